"""Summarization: the headline of an article, compared with the one its editors gave it."""

import json
from collections.abc import Sequence

from ..config import Language
from ..data import Example
from ..prompts.layout import compose
from ..prompts.prompt import Prompt
from ..text.words import ROUGE, one_line, text_scores
from .base import INVALID, Invalid, Project, Translate, check_language, translated

name = "summarization"
kind = "generate"
stop: tuple[str, ...] = ("\n",)


def render(
    example: Example,
    demonstrations: Sequence[Example],
    language: Language,
    wording: int,
    labels: Sequence[str] = (),
) -> Prompt:
    """The prompt; its instruction may use no name in braces."""
    return compose(
        name, example, demonstrations, lambda demonstration: one_line(demonstration.gold).strip(),
        language, wording, {},
    )  # fmt: skip


def parse(
    output: str, example: Example, language: Language, labels: Sequence[str] = ()
) -> str | Invalid:
    """The first line that is not empty."""
    return next((x.strip() for x in output.split("\n") if x.strip()), INVALID)


def score(answer: str | Invalid, example: Example) -> dict[str, float]:
    """ROUGE-1/2/L F-measures and chrF; an INVALID answer scores 0."""
    if answer is INVALID:
        return dict.fromkeys((*ROUGE, "chrf"), 0.0)
    return text_scores(answer, example.gold)


def carry(
    examples: Sequence[Example],
    source: Language,
    target: Language,
    translate: Translate,
    gold: bool = True,
    project: Project | None = None,
) -> list[Example]:
    """Texts and, where asked for, summaries translated, in one call."""
    check_language(examples, source, "source")
    texts = [e.text for e in examples]
    summaries = [e.gold for e in examples] if gold else []
    result = translated(texts + summaries, source, target, translate)
    golds = result[len(texts) :] if gold else [""] * len(texts)
    return [
        e.carried(target.code, [text], summary)
        for e, text, summary in zip(examples, result[: len(texts)], golds, strict=True)
    ]


def carry_back(
    answers: Sequence[str | Invalid],
    originals: Sequence[Example],
    carried: Sequence[Example],
    source: Language,
    target: Language,
    translate: Translate,
    project: Project | None = None,
) -> list[tuple[str | Invalid, int]]:
    """The summaries translated, in one call; one that comes back empty is INVALID."""
    check_language(carried, source, "source")
    check_language(originals, target, "target")
    back = iter(translated([a for a in answers if a is not INVALID], source, target, translate))
    return [(INVALID if a is INVALID else next(back).strip() or INVALID, 0) for a in answers]


def gold_json(example: Example) -> str:
    return json.dumps(example.gold, ensure_ascii=False)


def answer_json(answer: str | Invalid) -> str | None:
    return None if answer is INVALID else json.dumps(answer, ensure_ascii=False)
