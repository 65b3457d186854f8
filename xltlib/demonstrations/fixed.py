"""``fixed``: one class-balanced set per seed for all test items, as the paper has it."""

from collections.abc import Sequence

from ..config import DemonstrationsSpec
from ..data import Example
from ..data.demonstrations import draw
from ..tasks import Task
from .base import Picker


class Fixed(Picker):
    """The same demonstrations for every test item: class-balanced, nested in ``shots``."""

    def __init__(
        self,
        settings: DemonstrationsSpec,
        task: Task,
        pool: Sequence[Example],
        test: Sequence[Example],
    ):
        super().__init__(settings, task, pool, test)
        self._drawn: dict[tuple[int, int], tuple[Example, ...]] = {}

    def pick(self, item: Example, shots: int, seed: int) -> tuple[Example, ...]:
        if (shots, seed) not in self._drawn:
            self._drawn[shots, seed] = draw(
                self.pool, self.task.name, shots, seed, self.test, self.task.groups
            )
        return self._drawn[shots, seed]


PICKER = Fixed
