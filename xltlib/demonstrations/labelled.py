"""``labelled``: as ``fixed``, and where its short texts are used up, all others behind them.

For methods that learn from labelled items and show none, so that no prompt grows too long. The
first items are those that ``fixed`` would show; from then on groups take turns among the others,
in a seeded order, up to the whole pool.
"""

import random
from collections import defaultdict
from collections.abc import Sequence

from ..config import DemonstrationsSpec
from ..data import Example
from ..data.demonstrations import draw
from ..errors import XltError
from ..tasks import Task
from .base import Picker


class Labelled(Picker):
    """The same items for every test item: class-balanced as far as they go, nested in ``shots``."""

    def __init__(
        self,
        settings: DemonstrationsSpec,
        task: Task,
        pool: Sequence[Example],
        test: Sequence[Example],
    ):
        super().__init__(settings, task, pool, test)
        self._orders: dict[int, tuple[Example, ...]] = {}

    def pick(self, item: Example, shots: int, seed: int) -> tuple[Example, ...]:
        if seed not in self._orders:
            self._orders[seed] = self._order(seed)
        if not 0 <= shots <= len(self._orders[seed]):
            raise XltError(
                f"`shots` is {shots}, but the pool of the task {self.task.name!r} has "
                f"{len(self._orders[seed])} labelled items that are neither test items nor repeats"
            )
        return self._orders[seed][:shots]

    def _order(self, seed: int) -> tuple[Example, ...]:
        short = self._short(seed)
        used = {e.id for e in (*self.test, *short)}
        known = {e.key for e in (*self.test, *short)}
        rest: dict[str, list[Example]] = defaultdict(list)
        for example in sorted(self.pool, key=lambda e: e.id):
            if example.id not in used and example.key not in known:
                known.add(example.key)
                rest[next(iter(self.task.groups(example)), "")].append(example)
        dice = random.Random(f"labelled {self.task.name} {seed}")
        names = sorted(rest)
        dice.shuffle(names)
        for name in names:
            dice.shuffle(rest[name])
        turns = [e for i in range(max(map(len, rest.values()), default=0))
                 for name in names for e in rest[name][i : i + 1]]  # fmt: skip
        return (*short, *turns)

    def _short(self, seed: int) -> tuple[Example, ...]:
        """As many as ``fixed`` can show."""
        low, high = 0, len(self.pool)
        found: tuple[Example, ...] = ()
        while low < high:
            middle = (low + high + 1) // 2
            try:
                found = draw(self.pool, self.task.name, middle, seed, self.test, self.task.groups)
                low = middle
            except XltError:
                high = middle - 1
        return found


PICKER = Labelled
