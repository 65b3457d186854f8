"""Demonstrations borrowed from another language, the item, instruction and label words its own.

Which language to borrow from when the target has no labelled items is the question of
https://arxiv.org/abs/2212.01757 and https://arxiv.org/abs/2411.08785, whose finding is that it is
not always the largest, nor the nearest. In a parallel data set (SIB-200) the demonstrations are the
same sentences as those that ``prompt`` shows, in the lender's words, so that nothing but their
language differs (our choice). A further lender is one more file like ``borrowed_hau``.
"""

from collections.abc import Sequence
from functools import cached_property

from .. import data
from ..config import Language, Profile
from ..data import Example
from ..errors import XltError
from ..tasks import Task
from .prompt import Prompt


class Borrowing(Prompt):
    """Few-shot prompting with the demonstrations of the same ids in the language ``lender``."""

    notebook = "prompt"
    reads_references = True

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, target, scope)
        self._profile = profile

    @classmethod
    def serves(cls, language: str, pivot: str) -> bool:
        return language not in (cls.lender, pivot)

    @cached_property
    def _pools(self) -> dict[str, dict[str, Example]]:
        """Task -> id -> the item in the lender's language, of all data sets that have it."""
        found: dict[str, dict[str, Example]] = {}
        for spec in self._profile.datasets:
            try:
                pool = data.load(spec.name, spec.task, self.lender, "demos", self._profile.data_dir)
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
                    f"demonstration {example.id!r} cannot be borrowed from {self.lender!r}: no "
                    f"item of the task {task.name!r} has that id and label there. Borrow in data "
                    "sets that are parallel (sib200), or give the arm `tasks` and `languages`"
                )
            carried.append(other)
        return carried
