"""Word problems whose answer is a number: the model may reason, the last number counts.

An answer may take several lines, up to an empty one. Numbers are compared as numbers: ``2,125``,
``2125`` and ``2125.0`` are one.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

import pandas as pd

from ..config import Language
from ..data import Example
from . import baselines
from .base import INVALID, Invalid, Project, Rereading, Translate, as_they_are
from .choose import Choose
from .write import Answer, Write

_NUMBER = re.compile(r"(?<![\d.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\d)")
_FIRST = 0  # which of an output's numbers
_LAST = -1


def numbers(text: str) -> list[str]:
    """The numbers of a text in order, each in one way of writing: ``-3``, ``2125``, ``0.5``.

    A minus counts at the beginning of a word, so that the 3 of ``5-3`` is positive.
    """
    found = []
    for match in _NUMBER.finditer(text):
        said = match[0].replace(",", "")
        if said.startswith("-") and match.start() and text[match.start() - 1].isalnum():
            said = said[1:]
        found.append(format(Decimal(said).normalize(), "f"))
    return found


def last_number(text: str) -> Answer:
    """The last number of a text, or INVALID."""
    found = numbers(text)
    return found[_LAST] if found else INVALID


def asked_last(pool: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """The last number of the problem; 0 where it has none."""
    return [(numbers(item.text) or ["0"])[_LAST] for item in test]


def summed(pool: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """The sum of the problem's numbers."""
    return [format(sum(map(Decimal, numbers(item.text)), Decimal(0)), "f") for item in test]


def again(
    read: Callable[[str], Answer], rows: pd.DataFrame, languages: Mapping[str, Language]
) -> pd.DataFrame:
    """The outputs read otherwise."""
    answers = [read(output) for output in rows["output"]]
    golds = [numbers(json.loads(gold))[_LAST] for gold in rows["gold"]]
    return rows.assign(
        answer=[None if a is INVALID else json.dumps(a) for a in answers],
        valid=[a is not INVALID for a in answers],
        correct=[float(a == g) for a, g in zip(answers, golds, strict=True)],
    )


def _first(output: str) -> Answer:
    found = numbers(output)
    return found[_FIRST] if found else INVALID


def _first_line(output: str) -> Answer:
    return last_number(next((x for x in output.split("\n") if x.strip()), ""))


class Math(Write):
    """The gold of a demonstration is its reasoning, which ends with the number."""

    name = "math"
    title = "Word problems"
    about = "School problems in words, answered with a number that must be exactly right."
    metrics = Choose.metrics[:1]
    baselines = {
        "commonest number": baselines.majority,
        "last number of the problem": asked_last,
        "sum of the problem's numbers": summed,
    }
    max_new_tokens = 192
    stop = ("\n\n",)
    place = 10

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str] = ()
    ) -> Answer:
        """The last number before the first empty line that follows on any words."""
        return last_number(output.strip().split("\n\n")[0])

    def score(self, answer: Answer, example: Example) -> dict[str, float]:
        """``correct``: whether the number is the gold's."""
        right = not isinstance(answer, Invalid) and last_number(answer) == last_number(example.gold)
        return {"correct": float(right)}

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
        """The numbers as they are."""
        return as_they_are(answers, originals, carried, source, target)

    def groups(self, example: Example) -> tuple[str, ...]:
        """Each is a group of its own: of eight problems none is too long to be shown."""
        return (example.id,)

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        return (
            Rereading("parser", "the first number", partial(again, _first)),
            Rereading("parser", "the first line's last number", partial(again, _first_line)),
        )


TASK = Math()
