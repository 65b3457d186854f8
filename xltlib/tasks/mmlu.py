"""Exam questions with four answers of their own, of which one is right: by chance, a quarter.

How the answers stand in a prompt is the wording's ``choices``. ``letter``: they are listed, and a
letter is asked for (``mcqa`` of lm-evaluation-harness). ``text``: they are listed, and the words of
one are asked for. ``cloze``: they are not listed, and each is scored as what may follow. Scores
move by many points between the three (Gu et al. 2024, arXiv 2406.08446), so numbers are compared
within one.
"""

import re
from collections.abc import Sequence
from functools import partial

from ..config import READINGS, Language
from ..data import Example
from ..prompts.layout import Lines, compose
from ..prompts.prompt import Prompt
from ..text.words import words
from . import baselines, rescoring
from .base import INVALID, Rereading
from .choose import Answer, Choose, Strictness

LETTERS = "ABCD"
#: A letter that is all there is, or that stands before an answer's text: "B", "(B)", "B. text".
_LETTER = re.compile(r"[\W_]*([A-Z])(?:[\W_]*$|\s*[.:)\]])")


def longest(pool: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """The longest of an item's answers: who writes questions says the right one in most detail."""
    return [letter_of(max(e.options, key=len), e) for e in test]


def letter_of(option: str, example: Example) -> str:
    """The letter under which an answer stands; of two that are the same the first."""
    return LETTERS[example.options.index(option)]


class Mmlu(Choose):
    name = "mmlu"
    title = "Exam questions"
    about = "Exam questions with four answers to choose from; a guess is right in one of four."
    fields = ("question",)
    metrics = Choose.metrics[:1]
    baselines = {"majority class": baselines.majority, "longest answer": longest}
    place = 6

    def options(
        self, example: Example, language: Language, labels: Sequence[str], wording: int = 0
    ) -> dict[str, str]:
        """Each letter -> itself, or the answer's text, as the wording has it."""
        shown = LETTERS[: len(example.options)]
        said = shown if self._choices(language, wording) == "letter" else example.options
        return {letter: f" {text}" for letter, text in zip(shown, said, strict=True)}

    def _choices(self, language: Language, wording: int) -> str:
        return language.prompts[self.name][wording].choices

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str],
    ) -> Prompt:
        """The prompt; ``{labels}`` in an instruction is the list of the letters."""

        def listed(shown: Example) -> Lines:
            cloze = self._choices(language, wording) == "cloze"
            return [] if cloze else list(zip(LETTERS, shown.options, strict=False))

        def answer(shown: Example) -> str:
            return self.options(shown, language, labels, wording)[shown.gold].strip()

        names = {"labels": ", ".join(LETTERS)}
        return compose(self.name, example, demonstrations, answer, language, wording, names, listed)

    def parse(
        self,
        output: str,
        example: Example | None,
        language: Language,
        labels: Sequence[str],
        by: Strictness = "one",
    ) -> Answer:
        """The letter that begins the first line with words in it, or whose text that line is."""
        line = next((x for x in output.split("\n") if words(x)), "")
        options = example.options if example else ()
        found = _LETTER.match(line)
        if found and found[1] in LETTERS[: len(options)]:
            return found[1]
        same = [o for o in options if words(o) == words(line)]
        return letter_of(same[0], example) if example and same else INVALID

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        """The readings of options that look at one item alone: each has options of its own."""
        return tuple(
            Rereading("reading of labels", reading, partial(rescoring.read_again, reading))
            for reading in READINGS
            if reading != "batch"
        )


TASK = Mmlu()
