"""Demonstrations out of the pivot's pool, for items as they are translated."""

from collections.abc import Callable, Sequence
from functools import cached_property

from ..data import Example
from ..demonstrations import Picker


class InPivot(Picker):
    """What ``picker``, which has the pivot's pool, picks for each item as it was carried there.

    ``carried`` gives the test items in the pivot; they are translated when the first is asked for.
    """

    def __init__(self, picker: Picker, carried: Callable[[], Sequence[Example]]):
        super().__init__(picker.settings, picker.task, picker.pool, picker.test)
        self.per_item, self.uses_seed = picker.per_item, picker.uses_seed  # type: ignore[misc]
        self._picker, self._carried = picker, carried

    @cached_property
    def _there(self) -> dict[str, Example]:
        return {item.id: item for item in self._carried()}

    def pick(self, item: Example, shots: int, seed: int) -> tuple[Example, ...]:
        return self._picker.pick(self._there[item.id], shots, seed)
