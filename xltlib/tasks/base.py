"""What a task says about itself, and what all tasks share.

A task is one module of this folder with ``TASK``, an instance of :class:`Task`, most often by way
of :class:`.choose.Choose` or :class:`.write.Write`. Tasks know nothing of models and methods: a
translator reaches them as a plain function, a tokenizer is passed to
:func:`xltlib.prompts.fit.fit`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from ..config import Language
from ..data import Example
from ..errors import XltError
from ..prompts.prompt import Prompt
from ..text.spans import Span
from ..text.tagged import Copy
from .metric import Metric

if TYPE_CHECKING:
    import pandas as pd

#: ``translate(texts, source, target)`` gives one text for each text, in order.
Translate = Callable[[list[str], Language, Language], list[str]]
#: ``project(items, source, target)`` places spans: an :class:`xltlib.methods.projection.Projector`.
Project = Callable[[Sequence[Any], Language, Language], list[list[Span | None]]]
#: ``baseline(pool, test)`` answers every test item without a language model.
Baseline = Callable[[Sequence[Example], Sequence[Example]], list[Any]]
#: ``remake(rows, languages)`` gives the records that it applies to, scored otherwise.
Remake = Callable[["pd.DataFrame", Mapping[str, Language]], "pd.DataFrame"]


class Invalid:
    """The type of :data:`INVALID`; it has one instance, also after copying and unpickling."""

    _only: "Invalid | None" = None

    def __new__(cls) -> "Invalid":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "INVALID"

    def __reduce__(self) -> str:
        return "INVALID"


#: The outcome of an output in which no answer stands: counted as wrong, and reported as a rate.
INVALID: Final = Invalid()


@dataclass(frozen=True)
class Rereading:
    """A choice made after the model has spoken, made otherwise from records alone."""

    choice: str  # what is chosen: parser, reading of labels, label set ...
    name: str
    remake: Remake


class Task:
    """A task. ``labels`` in its verbs are the data's own for the language, or nothing.

    ``kind``: ``choose`` among options, ``write`` a text, or its ``own``. Tasks that choose have
    ``options`` (see :class:`.choose.Choose`); an answer of the others ends with one of ``stop``.
    """

    name: str
    title: str  # in figures and tables
    joined: str = "in"  # what stands between the title and the items' language
    about: str = ""  # one sentence for readers
    kind: Literal["choose", "write", "own"] = "own"
    fields: tuple[str, ...] = ("text",)  # of its examples, in the order of prompts
    english: tuple[str, ...] = ()  # of these, those that are English in whatever language one asks
    metrics: tuple[Metric, ...]  # the first speaks for the task
    baselines: Mapping[str, Baseline] = {}
    max_new_tokens: int = 64  # of an answer, where a profile does not say
    stop: tuple[str, ...] = ("\n",)
    place: int = 100  # in tables: smaller comes first

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str],
    ) -> Prompt:
        """The prompt of ``example``, with its demonstrations in the order given."""
        raise NotImplementedError

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str]
    ) -> Any:
        """The answer that stands in a model's output, or :data:`INVALID`."""
        raise NotImplementedError

    def copies(self, example: Example, language: Language, labels: Sequence[str]) -> Copy | None:
        """The text that an answer repeats, where nothing but tags may be put into it."""
        return None

    def score(self, answer: Any, example: Example) -> dict[str, float]:
        """The record's score columns of one item."""
        raise NotImplementedError

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """The examples in another language; ``project`` places spans.

        Test items are scored in their own language and need no carried gold: ``gold=False`` spares
        its translation and leaves it empty (a label stays, it costs nothing).
        """
        raise NotImplementedError

    def carry_back(
        self,
        answers: Sequence[Any],
        originals: Sequence[Example],
        carried: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        project: Project | None = None,
    ) -> list[tuple[Any, int]]:
        """Answers about ``carried`` (in ``source``) as answers about ``originals`` (in ``target``).

        Each comes with the number of its entities that could not be carried.
        """
        raise NotImplementedError

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        """What can be chosen otherwise from records alone."""
        return ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Its score columns in the records."""
        return tuple(dict.fromkeys(c for metric in self.metrics for c in metric.columns))

    def groups(self, example: Example) -> Iterable[str]:
        """The groups that take turns among demonstrations; the empty name comes last."""
        return ("all",)

    def texts_not_to_train_on(self, example: Example) -> list[str]:
        """All that a test item says: training text that overlaps with it is dropped."""
        return example.texts

    def gold_json(self, example: Example) -> str:
        """The gold answer as JSON text."""
        return json.dumps(example.gold, ensure_ascii=False)

    def answer_json(self, answer: Any) -> str | None:
        """An answer as JSON text; :data:`INVALID` is ``None``, a null in the records."""
        return None if answer is INVALID else json.dumps(answer, ensure_ascii=False)

    def show(self, told: str | None) -> str:
        """A gold answer or an answer, as records have it, for readers."""
        return "(no answer)" if told is None else str(json.loads(told))


def translated(
    texts: list[str], source: Language, target: Language, translate: Translate
) -> list[str]:
    """All texts through one call of ``translate``; no call for no texts.

    Raises :class:`XltError` when the translator gives another number of texts back.
    """
    if not texts:
        return []
    result = translate(texts, source, target)
    if len(result) != len(texts):
        raise XltError(
            f"the translator gave {len(result)} texts for {len(texts)} "
            f"({source.code} to {target.code}): it must give one for each, in order"
        )
    return result


def carried(
    examples: Sequence[Example],
    golds: Sequence[str] | None,
    source: Language,
    target: Language,
    translate: Translate,
) -> list[Example]:
    """The examples with their own texts translated, in one call, and ``golds`` where given.

    Without ``golds`` the gold answers stay what they are.
    """
    check_language(examples, source, "source")
    texts = [text for e in examples for text in e.own_texts]
    result = iter(translated(texts + list(golds or ()), source, target, translate))
    shown = [
        [text if name in e.kept else next(result) for name, text in e.fields.items()]
        + [next(result) for _ in e.options]
        for e in examples
    ]
    found = [e.gold for e in examples] if golds is None else list(result)
    return [
        e.carried(target.code, said, gold)
        for e, said, gold in zip(examples, shown, found, strict=True)
    ]


A = TypeVar("A")


def as_they_are(
    answers: Sequence[A],
    originals: Sequence[Example],
    carried: Sequence[Example],
    source: Language,
    target: Language,
) -> list[tuple[A, int]]:
    """What ``carry_back`` gives of answers that mean the same in every language."""
    check_language(carried, source, "source")
    check_language(originals, target, "target")
    return [(answer, 0) for answer in answers]


def check_language(examples: Iterable[Example], language: Language, parameter: str) -> None:
    """Raise :class:`XltError` unless every example is in ``language`` (swapped directions)."""
    for example in examples:
        if example.language != language.code:
            raise XltError(
                f"`{parameter}` is {language.code!r}, but example {example.id!r} is in "
                f"{example.language!r}: carry goes from source to target, carry_back from the "
                "carried examples' language (source) to the originals' (target)"
            )
