"""``english_pool``: as ``translate``, with demonstrations that were written in the pivot.

The cross-lingual pool of https://arxiv.org/abs/2204.02292: the item is translated by machine, its
demonstrations come from the pool of the language that it is asked in, so that nothing but the item
is machine-translated. A picker that looks at the item (``nearest``) looks at its translation, in
the pivot's pool: no labelled item of its own language is needed.

Our choice: a picker that does not look at the item (``fixed``) draws from the item's own pool, and
what it draws is shown in the pivot as the parallel data set has it (SIB-200), so that the arm shows
the same items as the others. A fork without labelled items of its own takes ``nearest``.
"""

from collections.abc import Sequence
from typing import Any

from ..config import Language, Profile
from ..data import Example
from ..models.translation import reference
from ..tasks import Task
from . import parallel_text
from .translate import Translate


class EnglishPool(Translate):
    about = "as translate, with demonstrations written in English by people"
    notebook = "translate"
    reads_references = True
    shows_pivot = True
    picks_in_pivot = True

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, target, scope)
        self.pool: Any = reference.load(parallel_text.of(profile))

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        if not gold:
            return super().carry(task, examples, gold)
        if all(one.language == self.language.code for one in examples):  # picked there
            return list(examples)
        there = self.pool.translate
        return task.carry(list(examples), self.target, self.language, there, gold, self.project)


METHOD = EnglishPool
