"""How prompts for base language models are laid out.

An instruction (if the wording has one) and an empty line; per demonstration its texts and its
answer, each on a line after the name of its field, and an empty line; then the item, up to the
colon after the answer's field. A continuation begins with a space, as the demonstrations' answers
do.
"""

from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from ..config import Language, Wording
from ..data import Example
from ..errors import XltError
from .prompt import Prompt, Shown

#: (name of the field in the prompt, text) in order.
Lines = list[tuple[str, str]]


def compose(
    task: str,
    example: Example,
    demonstrations: Sequence[Example],
    answer: Callable[[Example], str],
    language: Language,
    wording: int,
    names: Mapping[str, str],
    more: Callable[[Example], Lines] = lambda example: [],
) -> Prompt:
    """The prompt of an example; ``answer`` writes a demonstration's gold, ``names`` fill braces.

    ``more`` are lines that stand behind an example's fields, such as its options.

    Raises :class:`XltError` for a wording that the language does not have, for a field that the
    wording has no word for, and for an instruction with other names in braces than ``names`` has.
    """
    offered = language.prompts.get(task, ())
    if not 0 <= wording < len(offered):
        raise XltError(
            f"`wording` is {wording}, but language {language.code!r} has {len(offered)} for the "
            f"task {task!r}, counted from 0: choose another, or add one under prompts.{task} in "
            "the language's file"
        )
    chosen, where = offered[wording], f"{language.code}.yaml: prompts.{task}[{wording}]"

    def lines(one: Example) -> Lines:
        words = chosen.words(tuple(one.fields))
        if missing := [name for name in one.fields if name not in words]:
            raise XltError(
                f"language file {where} has no word for the field {missing[0]!r} of example "
                f"{one.id!r}: write `fields: {{{', '.join(f'{n}: ...' for n in one.fields)}}}`"
            )
        return [(words[name], text) for name, text in one.fields.items()] + more(one)

    item = lines(example)
    return Prompt(
        example_id=example.id,
        instruction=_instruction(chosen, where, names),
        turns=tuple(_shown(lines(d), chosen.answer, answer(d)) for d in demonstrations),
        item=_shown(item, chosen.answer),
        frame=_shown([(word, "") for word, _ in item], chosen.answer),
    )


def _shown(lines: Lines, ask: str, answer: str = "") -> Shown:
    """The longest text may be cut: the first of them, of several."""
    at = max(range(len(lines)), key=lambda i: len(lines[i][1]))
    before = [f"{word}: {text}\n" for word, text in lines[:at]] + [f"{lines[at][0]}: "]
    after = [f"\n{word}: {text}" for word, text in lines[at + 1 :]] + [f"\n{ask}:"]
    return Shown("".join(before), lines[at][1], "".join(after), answer)


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
