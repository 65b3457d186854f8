"""Tasks: how an example becomes a prompt, and how an output becomes an answer and a score.

A task is a module of this package with the names of :class:`Task`; :func:`xltlib.tasks.get` finds
it. Tasks know nothing of models and methods: a translator reaches them as a plain function, a
tokenizer is passed to :func:`xltlib.prompts.fit.fit`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, Protocol

from ..config import Language
from ..data import Example
from ..errors import XltError
from ..prompts.prompt import Prompt
from ..text.spans import Span

#: ``translate(texts, source, target)`` gives one text for each text, in order.
Translate = Callable[[list[str], Language, Language], list[str]]
#: ``project(items, source, target)`` places spans: an :class:`xltlib.methods.projection.Projector`.
Project = Callable[[Sequence[Any], Language, Language], list[list[Span | None]]]


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


class Task(Protocol):
    """What a task's module holds.

    ``labels`` are the data's own for that language: topic labels, entity types, or nothing. With
    ``kind == "choice"`` there is also ``continuations``, with ``"generate"`` also ``stop``.
    """

    name: str
    kind: Literal["choice", "generate"]

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str],
    ) -> Prompt:
        """The prompt of ``example``, with its demonstrations in the order given."""

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str]
    ) -> Any:
        """The answer that stands in a model's output, or :data:`INVALID`."""

    def score(self, answer: Any, example: Example) -> dict[str, float]:
        """The record's score columns of one item."""

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """The examples in another language; ``project`` places spans (none: by matching).

        Test items are scored in their own language and need no carried gold: ``gold=False`` spares
        its translation and leaves it empty (a topic's label stays, it costs nothing).
        """

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

    def gold_json(self, example: Example) -> str:
        """The gold answer as JSON text."""

    def answer_json(self, answer: Any) -> str | None:
        """An answer as JSON text; :data:`INVALID` is ``None``, a null in the records."""


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


def check_language(examples: Iterable[Example], language: Language, parameter: str) -> None:
    """Raise :class:`XltError` unless every example is in ``language`` (swapped directions)."""
    for example in examples:
        if example.language != language.code:
            raise XltError(
                f"`{parameter}` is {language.code!r}, but example {example.id!r} is in "
                f"{example.language!r}: carry goes from source to target, carry_back from the "
                "carried examples' language (source) to the originals' (target)"
            )
