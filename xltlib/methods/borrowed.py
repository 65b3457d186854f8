"""``borrowed``: demonstrations in another language, the item, instruction and label words its own.

Which language to borrow from when the target has no labelled items is the question of
https://arxiv.org/abs/2212.01757 and https://arxiv.org/abs/2411.08785, whose finding is that it is
not always the largest, nor the nearest. In a parallel data set (SIB-200) the demonstrations are the
same sentences as those that ``prompt`` shows, in the lender's words, so that nothing but their
language differs (our choice). Any language that the data set has here can lend: nothing is asked in
it, so it needs no file under ``languages``.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field

from .. import data
from ..config import Profile, Spec
from ..data import Example
from ..errors import XltError
from ..tasks import Task
from .prompt import Prompt


class Lender(Spec):
    """``with: {language: swa}``: the ISO 639-3 code of the language that lends."""

    language: Annotated[str, Field(pattern=r"^[a-z]{3}$")]


class Borrowed(Prompt):
    """Few-shot prompting with the demonstrations of the same ids in another language."""

    about = "as prompt, with the same demonstrations in another language"
    notebook = "prompt"
    Given = Lender
    given: ClassVar[Lender]

    @classmethod
    def serves(cls, language: str, pivot: str) -> bool:
        return language not in (cls.given.language, pivot)

    @classmethod
    def lender(cls) -> str:
        return cls.given.language

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        """Raises :class:`XltError` for a data set that does not have the lender's language."""
        for name in datasets:
            data.revision(name, cls.given.language, profile.data_dir)

    @classmethod
    def lacks(cls, profile: Profile, language: str) -> str:
        """Nothing where a data set of the arm's tasks has the lender's language here."""
        tasks = {name for arm in profile.arms for name in arm.tasks}
        sets = [d.name for d in profile.datasets if not tasks or d.task in tasks]
        for name in dict.fromkeys(sets):
            try:
                data.revision(name, cls.given.language, profile.data_dir)
            except XltError:
                continue
            return ""
        lender = cls.given.language
        return f"none of its data sets has demonstrations in {lender!r} to borrow here"

    @cached_property
    def _pools(self) -> dict[str, dict[str, Example]]:
        """Task -> id -> the item in the lender's language, of all data sets that have it."""
        found: dict[str, dict[str, Example]] = {}
        lender, folder = self.given.language, self.profile.data_dir
        for spec in self.profile.datasets:
            try:
                pool = data.load(spec.name, spec.task, lender, "demos", folder)
            except XltError:  # this set does not have the language
                continue
            for item in pool:
                found.setdefault(spec.task, {})[item.id] = item
        return found

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """Raises :class:`XltError` for a demonstration that the lender does not have."""
        if not gold:
            return list(examples)
        pool = self._pools.get(task.name, {})
        carried = []
        for example in examples:
            other = pool.get(example.id)
            if other is None or other.gold != example.gold:
                raise XltError(
                    f"demonstration {example.id!r} cannot be borrowed from "
                    f"{self.given.language!r}: no item of the task {task.name!r} has that id and "
                    "label there. Borrow in data sets that are parallel (sib200), or give the arm "
                    "`tasks` and `languages`"
                )
            carried.append(other)
        return carried


METHOD = Borrowed
