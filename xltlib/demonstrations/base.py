"""What picks the demonstrations of a prompt: the facts that a picker declares, and what it does."""

from collections.abc import Sequence
from typing import ClassVar

from ..config import DemonstrationsSpec
from ..data import Example
from ..tasks import Task


class Picker:
    """Picks demonstrations for test items out of one data set's pool.

    ``pool`` and ``test`` are the whole splits in the language of the data, ``task`` is the
    task. A picker never shows a test item to anybody, itself included.
    """

    #: Whether each test item has demonstrations of its own.
    per_item: ClassVar[bool] = False
    #: Whether the seed changes anything; otherwise the first seed of a profile is enough.
    uses_seed: ClassVar[bool] = True

    def __init__(
        self,
        settings: DemonstrationsSpec,
        task: Task,
        pool: Sequence[Example],
        test: Sequence[Example],
    ):
        self.settings, self.task, self.pool, self.test = settings, task, pool, test

    def pick(self, item: Example, shots: int, seed: int) -> tuple[Example, ...]:
        """``shots`` demonstrations for ``item``, in the order in which the prompt shows them.

        Raises :class:`xltlib.errors.XltError` where the pool is too small.
        """
        raise NotImplementedError
