"""Progress bars, in notebooks and on terminals alike, by tqdm.

They are for people who wait: in the cells of a run, in CI and where the output goes to a file there
are none, so that executed notebooks and logs hold no progress.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def quiet() -> bool:
    """Whether nobody watches: a cell of a run, CI, or an output that is neither page nor screen."""
    if os.environ.get("XLTLIB_CELL") or os.environ.get("CI"):
        return True
    return not (_in_notebook() or sys.stderr.isatty())


def each(items: Sequence[T], what: str) -> Iterator[T]:
    """The items, with a bar that says how many of them are done; it is cleared at their end."""
    from tqdm.auto import tqdm

    yield from tqdm(items, desc=what, disable=quiet(), leave=False)


def counter(what: str) -> Callable[[int, int], None]:
    """A function of (done, all) that keeps a bar up to date, and closes it when all is done."""
    from tqdm.auto import tqdm

    bar: Any = None

    def at(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            # What was done before, by a run that was killed, says nothing of the speed.
            bar = tqdm(total=total, desc=what, initial=done - 1, disable=quiet(), leave=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return at


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"
