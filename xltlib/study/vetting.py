"""Demonstrations for a method that does not show all: the next ones stand in for the others."""

from collections.abc import Callable, Sequence

from ..data import Example
from ..demonstrations import Picker
from ..methods import Method


class Vetted(Picker):
    """What ``picker`` picks, without the examples that the method does not find sound.

    The method is opened when the first example is picked.
    """

    def __init__(self, picker: Picker, method: Callable[[], Method]):
        super().__init__(picker.settings, picker.task, picker.pool, picker.test)
        self.per_item, self.uses_seed = picker.per_item, picker.uses_seed  # type: ignore[misc]
        self._picker, self._method = picker, method
        self._known: dict[str, bool] = {}

    def pick(self, item: Example, shots: int, seed: int) -> tuple[Example, ...]:
        """In the order of the picker, which is asked for as many more as are left out.

        Raises :class:`XltError` where the pool has too few.
        """
        asked = shots
        while True:
            picked = self._picker.pick(item, asked, seed)
            self._learn([one for one in picked if one.id not in self._known])
            sound = tuple(one for one in picked if self._known[one.id])
            if len(sound) == shots:
                return sound
            asked += shots - len(sound)

    def _learn(self, new: Sequence[Example]) -> None:
        if new:
            found = self._method().sound(self.task, new)
            self._known.update(zip((one.id for one in new), found, strict=True))
