"""Tasks that choose among options: the base of topics, inference, multiple choice and the like.

A model that gives log-probabilities is asked for those of every option (:mod:`.readings` makes an
answer of them); of others the answer's text is read.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal

from ..config import READINGS, Language
from ..data import Example
from ..errors import XltError
from ..prompts.layout import compose
from ..prompts.prompt import Prompt
from ..text.words import words
from . import baselines, rescoring
from .base import (
    INVALID,
    Invalid,
    Project,
    Rereading,
    Task,
    Translate,
    as_they_are,
    carried,
)
from .metric import Metric

Answer = str | Invalid
#: How text is read: an answer that names one label; the first of several; the label word alone.
Strictness = Literal["one", "first", "strict"]


class Choose(Task):
    """One of several options is right: the data's own labels, by their words in the language."""

    kind = "choose"
    metrics: tuple[Metric, ...] = (
        Metric("accuracy", "Accuracy", "proportion", ("correct",)),
        Metric("macro_f1", "Macro-F1", "macro_f1"),
    )
    baselines = {
        "majority class": baselines.majority,
        "TF-IDF and logistic regression": baselines.tfidf,
    }
    max_new_tokens = 16

    def words(self, language: Language, labels: Sequence[str]) -> dict[str, str]:
        """Each of the data's labels -> its word in the language, in the order given.

        Raises :class:`XltError` when a label has no word, and when two labels share one.
        """
        chosen: dict[str, str] = {}
        owner: dict[tuple[str, ...], str] = {}
        own = language.words.get(self.name, {})
        for label in labels:
            word = own.get(label, language.labels.get(label, "")).strip()
            if not words(word):
                raise XltError(
                    f"language {language.code!r} has no word for the data's label {label!r}: add "
                    f"`{label}: <its word>` under `labels` in its language file, or under "
                    f"`words: {self.name}:` where it is this task's alone"
                )
            other = owner.setdefault(tuple(words(word)), label)
            if other != label:
                raise XltError(
                    f"language {language.code!r} has the word {word!r} for both {other!r} and "
                    f"{label!r}: give each label of one data set a word of its own"
                )
            chosen[label] = word
        return chosen

    def options(
        self, example: Example, language: Language, labels: Sequence[str], wording: int = 0
    ) -> dict[str, str]:
        """Each possible answer -> the text whose likelihood after the prompt is its score."""
        return {label: " " + word for label, word in self.words(language, labels).items()}

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str],
    ) -> Prompt:
        """The prompt; ``{labels}`` in an instruction is the list of the label words on offer."""
        chosen = self.words(language, labels)

        def answer(shown: Example) -> str:
            if shown.gold not in chosen:
                raise XltError(
                    f"demonstration {shown.id!r} has the label {shown.gold!r}, which is none of "
                    f"the labels on offer: {', '.join(chosen)}"
                )
            return chosen[shown.gold]

        names = {"labels": ", ".join(chosen.values())}
        return compose(self.name, example, demonstrations, answer, language, wording, names)

    def parse(
        self,
        output: str,
        example: Example | None,
        language: Language,
        labels: Sequence[str],
        by: Strictness = "one",
    ) -> Answer:
        """The label that the first line with a label names, by its word and as whole words.

        A line that names several is ambiguous and no answer; ``first`` takes the first of them. Of
        two words in one place the longer counts. ``strict`` takes nothing but a label word as it is
        written, alone on the first line that is not empty. The distance between these readings is
        how much a score depends on the parser.
        """
        chosen = self.words(language, labels)
        lines = [x.strip() for x in output.split("\n") if x.strip()]
        if by == "strict":
            said = lines[0] if lines else ""
            return next((label for label, word in chosen.items() if word == said), INVALID)
        for line in lines:
            if named := _named(words(line), chosen):
                return named[0] if by == "first" or len(set(named)) == 1 else INVALID
        return INVALID

    def score(self, answer: Answer, example: Example) -> dict[str, float]:
        """``correct``: 1 or 0."""
        return {"correct": float(answer == example.gold)}

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """The texts translated; a label means the same in every language."""
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
        """The labels as they are."""
        return as_they_are(answers, originals, carried, source, target)

    def groups(self, example: Example) -> Iterable[str]:
        """Labels take turns among demonstrations."""
        return (str(example.gold),)

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        return (
            *(
                Rereading("reading of labels", reading, partial(rescoring.read_again, reading))
                for reading in READINGS
            ),
            Rereading(
                "parser", "strict: the label word alone", partial(rescoring.parsed, self, "strict")
            ),
            Rereading(
                "parser", "the first of several labels", partial(rescoring.parsed, self, "first")
            ),
            Rereading(
                "parser",
                "normalised: no case, marks or word ends",
                partial(rescoring.parsed, self, "normalised"),
            ),
            Rereading("label set", "labels that all languages have", rescoring.common_labels),
        )


def _named(said: Sequence[str], chosen: dict[str, str]) -> list[str]:
    """The labels that a line's words name, in their order; of two in one place the longer."""
    wanted = sorted(((words(w), label) for label, w in chosen.items()), key=lambda x: -len(x[0]))
    found, at = [], 0
    while at < len(said):
        for word, label in wanted:
            if said[at : at + len(word)] == word:
                found.append(label)
                at += len(word) - 1
                break
        at += 1
    return found
