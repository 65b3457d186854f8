"""How prompts for base language models are laid out.

An instruction (if the wording has one) and an empty line; per demonstration its document and its
answer, each after the name of its field, and an empty line; then the item, up to the colon after
the answer's field. A continuation begins with a space, as the demonstrations' answers do.
"""

from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from ..config import Language, Wording
from ..data import Example
from ..errors import XltError
from ..text.words import one_line
from .prompt import Prompt


def compose(
    task: str,
    example: Example,
    demonstrations: Sequence[Example],
    answer: Callable[[Example], str],
    language: Language,
    wording: int,
    names: Mapping[str, str],
) -> Prompt:
    """The prompt of an example; ``answer`` writes a demonstration's gold, ``names`` fill braces.

    Raises :class:`XltError` for a wording that the language does not have, and for an instruction
    with other names in braces than ``names`` has.
    """
    offered = language.prompts.get(task, ())
    if not 0 <= wording < len(offered):
        raise XltError(
            f"`wording` is {wording}, but language {language.code!r} has {len(offered)} for the "
            f"task {task!r}, counted from 0: choose another, or add one under prompts.{task} in "
            "the language's file"
        )
    chosen = offered[wording]
    return Prompt(
        example_id=example.id,
        instruction=_instruction(chosen, f"{language.code}.yaml: prompts.{task}[{wording}]", names),
        document_field=chosen.document,
        answer_field=chosen.answer,
        turns=tuple((one_line(d.text), answer(d)) for d in demonstrations),
        document=one_line(example.text),
    )


def _instruction(wording: Wording, where: str, names: Mapping[str, str]) -> str:
    where = f"language file {where}.instruction"
    try:
        parts = list(Formatter().parse(wording.instruction))
    except ValueError as error:
        raise XltError(
            f"{where} {wording.instruction!r}: {error}; a brace is written {{{{"
        ) from error
    text = []
    for literal, name, specification, conversion in parts:
        text.append(literal)
        if name is None:
            continue
        if name not in names or specification or conversion:
            allowed = ", ".join(f"{{{n}}}" for n in names) or "no name in braces"
            raise XltError(f"{where} uses the undefined name {{{name}}}: this task knows {allowed}")
        text.append(names[name])
    return "".join(text)
