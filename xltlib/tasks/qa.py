"""Extractive question answering: the words of a passage that answer a question.

Scored as SQuAD is (Rajpurkar et al. 2016): exact match, and F1 of the words that answer and gold
share, after lower-casing and without punctuation and English articles. The passages are English
whatever language asks, and so are the answers: they stay as they are when a question is translated.
A yes-or-no question is answered by that word, which stands in no passage.
"""

import json
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import pandas as pd
import regex

from ..config import Language
from ..data import Example
from ..text.words import words
from . import baselines
from .base import (
    Invalid,
    Project,
    Rereading,
    Translate,
    as_they_are,
    carried,
)
from .metric import Metric
from .write import Answer, Write

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_PUNCTUATION = str.maketrans("", "", string.punctuation)
#: Capitalised words and numbers with nothing but spaces between.
_NAME = r"(?:\p{Lu}[\p{L}\p{M}'’.-]*|\p{N}[\p{N}.,]*)"
_NAMES = regex.compile(f"{_NAME}(?: {_NAME})*")


def normalised(text: str) -> str:
    """A text as SQuAD's script compares it."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def token_f1(answer: str, gold: str) -> float:
    """F1 of the words of two texts, each word as often as it stands there."""
    said, wanted = normalised(answer).split(), normalised(gold).split()
    if not said or not wanted:  # no words are the same as no words, and as nothing else
        return float(said == wanted)
    common = (Counter(said) & Counter(wanted)).total()
    return 2 * common / (len(said) + len(wanted))


def longest_name(pool: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """The longest name or number of the passage in which no word of the question stands."""

    def answer(item: Example) -> str:
        asked = set(words(item.fields["question"]))
        found = _NAMES.findall(item.fields["passage"])
        other = [name for name in found if not asked & set(words(name))]
        return max(other or found or [item.fields["passage"]], key=len)

    return [answer(item) for item in test]


def common_phrase(pool: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """The longest run of words that passage and question share, or the passage's first word."""

    def answer(item: Example) -> str:
        passage = item.fields["passage"].split()
        asked = item.fields["question"].split()
        here, there = ([" ".join(words(word)) for word in text] for text in (passage, asked))
        found = SequenceMatcher(a=here, b=there, autojunk=False).find_longest_match()
        return " ".join(passage[found.a : found.a + max(1, found.size)])

    return [answer(item) for item in test]


def whole_output(rows: pd.DataFrame, languages: Mapping[str, Language]) -> pd.DataFrame:
    """All lines of the output, scored as one answer."""
    pairs = [
        (" ".join(output.split()), json.loads(gold))
        for output, gold in zip(rows["output"], rows["gold"], strict=True)
    ]
    return rows.assign(
        token_f1=[token_f1(said, gold) for said, gold in pairs],
        exact_match=[float(normalised(said) == normalised(gold)) for said, gold in pairs],
    )


class Qa(Write):
    name = "qa"
    title = "Question answering"
    about = "The words of an English passage that answer a question, in the question's language."
    fields = ("passage", "question")
    english = ("passage",)
    metrics = (
        Metric("token_f1", "Token F1", "mean", ("token_f1",)),
        Metric("exact_match", "Exact match", "proportion", ("exact_match",)),
    )
    baselines = {
        "commonest answer": baselines.majority,
        "longest name": longest_name,
        "longest common phrase": common_phrase,
    }
    max_new_tokens = 32
    place = 7

    def score(self, answer: Answer, example: Example) -> dict[str, float]:
        """SQuAD's F1 and exact match (0 to 1); an INVALID answer scores 0."""
        if isinstance(answer, Invalid):
            return {"token_f1": 0.0, "exact_match": 0.0}
        gold = str(example.gold)
        exact = float(normalised(answer) == normalised(gold))
        return {"token_f1": token_f1(answer, gold), "exact_match": exact}

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """The questions translated; passages and answers are English already."""
        return carried(examples, None, source, target, translate)

    def carry_back(
        self,
        answers: Sequence[Answer],
        originals: Sequence[Example],
        carried: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        project: Project | None = None,
    ) -> list[tuple[Answer, int]]:
        """The answers as they are, in the passage's words."""
        return as_they_are(answers, originals, carried, source, target)

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        return (Rereading("parser", "the whole output", whole_output),)


TASK = Qa()
