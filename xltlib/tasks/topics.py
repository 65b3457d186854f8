"""Topic classification: the label word of highest likelihood among the data's own labels."""

import json
from collections.abc import Sequence

from ..config import Language
from ..data import Example
from ..errors import XltError
from ..prompts.layout import compose
from ..prompts.prompt import Prompt
from ..text.words import words
from .base import INVALID, Invalid, Project, Translate, check_language, translated

name = "topics"
kind = "choice"


def label_words(language: Language, labels: Sequence[str]) -> dict[str, str]:
    """Each of the data's labels -> its word in the language, in the order given.

    Raises :class:`XltError` when a label has no word, and when two labels share one.
    """
    chosen: dict[str, str] = {}
    owner: dict[tuple[str, ...], str] = {}
    for label in labels:
        word = language.labels.get(label, "").strip()
        if not words(word):
            raise XltError(
                f"language {language.code!r} has no word for the data's label {label!r}: add "
                f"`{label}: <its word>` under `labels` in its language file"
            )
        other = owner.setdefault(tuple(words(word)), label)
        if other != label:
            raise XltError(
                f"language {language.code!r} has the word {word!r} for both {other!r} and "
                f"{label!r}: give each label of one data set a word of its own"
            )
        chosen[label] = word
    return chosen


def _word(chosen: dict[str, str], example: Example) -> str:
    if example.gold not in chosen:
        raise XltError(
            f"demonstration {example.id!r} has the label {example.gold!r}, which is none of the "
            f"labels on offer: {', '.join(chosen)}"
        )
    return chosen[example.gold]


def render(
    example: Example,
    demonstrations: Sequence[Example],
    language: Language,
    wording: int,
    labels: Sequence[str],
) -> Prompt:
    """The prompt; ``{labels}`` in an instruction is the list of the label words on offer."""
    chosen = label_words(language, labels)
    return compose(
        name, example, demonstrations, lambda demonstration: _word(chosen, demonstration),
        language, wording, {"labels": ", ".join(chosen.values())},
    )  # fmt: skip


def continuations(language: Language, labels: Sequence[str]) -> dict[str, str]:
    """Each label -> the text whose likelihood after the prompt is its score."""
    return {label: " " + word for label, word in label_words(language, labels).items()}


def parse(
    output: str, example: Example, language: Language, labels: Sequence[str], strict: bool = False
) -> str | Invalid:
    """The label whose word the output mentions first, as whole words; of two there, the longer.

    ``strict`` takes nothing but a label word as it is written, alone on the first line that is not
    empty: the distance between both readings is how much a score depends on the parser.
    """
    chosen = label_words(language, labels)
    if strict:
        line = next((x.strip() for x in output.split("\n") if x.strip()), "")
        return next((label for label, word in chosen.items() if word == line), INVALID)
    said = words(output)
    best: tuple[int, int, str] | None = None
    for label, word in chosen.items():
        wanted = words(word)
        for at in range(len(said) - len(wanted) + 1):
            if said[at : at + len(wanted)] == wanted:
                best = min(best or (at, -len(wanted), label), (at, -len(wanted), label))
                break
    return best[2] if best else INVALID


def score(answer: str | Invalid, example: Example) -> dict[str, float]:
    """``correct``: 1 or 0."""
    return {"correct": float(answer == example.gold)}


def carry(
    examples: Sequence[Example],
    source: Language,
    target: Language,
    translate: Translate,
    gold: bool = True,
    project: Project | None = None,
) -> list[Example]:
    """The texts translated; a label means the same in every language."""
    check_language(examples, source, "source")
    texts = translated([e.text for e in examples], source, target, translate)
    return [e.carried(target.code, [t], e.gold) for e, t in zip(examples, texts, strict=True)]


def carry_back(
    answers: Sequence[str | Invalid],
    originals: Sequence[Example],
    carried: Sequence[Example],
    source: Language,
    target: Language,
    translate: Translate,
    project: Project | None = None,
) -> list[tuple[str | Invalid, int]]:
    """The labels as they are."""
    check_language(carried, source, "source")
    check_language(originals, target, "target")
    return [(answer, 0) for answer in answers]


def gold_json(example: Example) -> str:
    return json.dumps(example.gold, ensure_ascii=False)


def answer_json(answer: str | Invalid) -> str | None:
    return None if answer is INVALID else json.dumps(answer, ensure_ascii=False)
