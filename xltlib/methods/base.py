"""What a method is: the facts that it declares, and how examples and answers pass through it.

The grid, the plan, the study and the reports read these facts; none of them knows a method by its
name. A further method is one module in this folder whose ``METHOD`` is such a class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd

from ..config import Language, ModelSpec, Profile, Spec
from ..data import Example
from ..tasks import Task


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """A notebook that runs before the cells of a method, once per language or once per cell.

    ``settings`` are the profile's blocks that its outcome depends on, ``phase`` what its time is
    booked as.
    """

    notebook: str  # in notebooks/preparations
    per: Literal["language", "cell"]
    settings: tuple[str, ...]
    phase: str


@dataclass(frozen=True)
class Labelled:
    """A labelled item as it would be asked, for a method that learns from it.

    ``text`` is the item's own, ``prompt`` that of no demonstrations, ``options`` the texts whose
    likelihood behind it is compared, of which ``right`` is the place of the right one.
    """

    text: str
    prompt: str
    options: tuple[str, ...]
    right: int


class Method:
    """One way to use a language model for a task in ``target``, the language of the data.

    A method knows which model answers, in which language it is asked, how examples are carried into
    that language and how answers are carried back. It knows a task by its verbs alone; a task never
    knows which method called it. The class attributes are the method's facts, the others what an
    opened method has: ``language`` of the prompt, ``translator`` what carries (none: nothing is
    translated). With its model loaded (:meth:`load`) it has ``lm``, the model that is asked,
    ``revision``, what identifies its weights, and ``history``, the training that the model had on
    the target language (none: it had none). To carry examples no model is loaded.

    ``scope`` separates the translation cache of one data set from another's, so that batches, and
    with them the last bits of every number, do not depend on which cell ran first.
    """

    about: ClassVar[str]  # what happens, for a reader, in one line
    uses_translator: ClassVar[bool] = False
    trains: ClassVar[bool] = False  # the model's own weights
    asks_in: ClassVar[Literal["own", "pivot"]] = "own"
    preparation: ClassVar[Preparation | None] = None
    settings: ClassVar[tuple[str, ...]] = ()  # blocks of the profile that it reads, besides `model`
    notebook: ClassVar[str] = ""  # in notebooks/methods; none: the one of the method's own name
    reads_references: ClassVar[bool] = False  # items by id in another language, of a parallel set
    shows_pivot: ClassVar[bool] = False  # demonstrations written in the pivot, not its own
    picks_in_pivot: ClassVar[bool] = (
        False  # for each item, from the pivot's pool, by its translation
    )
    learns: ClassVar[bool] = False  # from demonstrations (:meth:`taught`), and shows none
    vets: ClassVar[bool] = False  # demonstrations: those that are not :meth:`sound` are not shown
    #: The parameters that an arm gives under ``with``, and what it gave; by default there are none.
    Given: ClassVar[type[Spec]] = Spec
    given: ClassVar[Spec] = Spec()

    language: Language
    lm: Any
    revision: str
    translator: Any = None
    history: pd.DataFrame | None = None

    def __init__(self, profile: Profile, target: Language, scope: str):
        raise NotImplementedError

    def load(self) -> None:
        """Load the model that is asked, trained first where the method trains it."""
        raise NotImplementedError

    @classmethod
    def serves(cls, language: str, pivot: str) -> bool:
        """Whether it has cells in a language: in the pivot nothing is to translate or adapt to."""
        return language != pivot or not (cls.uses_translator or cls.trains)

    @classmethod
    def given_json(cls) -> str | None:
        """Its parameters in this arm as JSON; None where it has none."""
        return cls.given.model_dump_json() if cls.Given.model_fields else None

    @classmethod
    def asks(cls, task: Task) -> Task:
        """The task as this method asks it: its answers may be written in another form."""
        return task

    @classmethod
    def instructs_in(cls) -> str:
        """The language of its instructions and label words, where the arm names one."""
        return ""

    @classmethod
    def lender(cls) -> str:
        """The language in which it reads the data set's demonstrations, if not in the item's."""
        return ""

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        """Refuse, before anything is loaded, what this method cannot do or should not be asked."""

    @classmethod
    def lacks(cls, profile: Profile, language: str) -> str:
        """Why it is left out in a language, for want of what a profile asks for; else nothing."""
        return ""

    @classmethod
    def needs_preparation(cls, profile: Profile, language: str) -> bool:
        """Whether its preparation has something to do in a language."""
        return cls.preparation is not None

    @classmethod
    def reads(cls, profile: Profile, language: str) -> set[str]:
        """Data sets and corpora that its preparation reads, besides the cell's own data set."""
        return set()

    @classmethod
    def reads_in(cls, profile: Profile, language: str) -> tuple[str, ...]:
        """Other languages in which it, or its preparation, reads what :meth:`reads` says."""
        return ()

    @classmethod
    def keeps(cls, profile: Profile, target: Language, scope: str) -> list[Path]:
        """Files and folders outside a cell's own that its answers come from, there or not.

        ``--fresh`` deletes them, and nothing of another arm unless both would use the very same.
        ``scope`` as for an opened method; empty for a preparation that serves all of a language.
        """
        return []

    @classmethod
    def other_models(cls, profile: Profile, language: str) -> dict[str, ModelSpec]:
        """Models that it asks in a language in place of the profile's, under a name for each."""
        return {}

    def taught(self, labelled: Sequence[Labelled], asked: dict[str, str], seed: int) -> Any:
        """The model that answers, for a method that ``learns``: it has learned from ``labelled``.

        ``asked`` are the prompts of the items, each with the item's own text. What is learned
        depends on the arguments alone, whatever was taught before.
        """
        return self.lm

    def sound(self, task: Task, examples: Sequence[Example]) -> list[bool]:
        """Which demonstrations may be shown, for a method that ``vets`` them."""
        return [True] * len(examples)

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """The examples in the language of the prompt; with ``gold``, their gold answers too."""
        return list(examples)

    def carry_back(
        self,
        task: Task,
        answers: Sequence[Any],
        originals: Sequence[Example],
        carried: Sequence[Example],
    ) -> list[tuple[Any, int]]:
        """Per answer: the answer in the data's language, and how many entities were dropped."""
        return [(answer, 0) for answer in answers]
