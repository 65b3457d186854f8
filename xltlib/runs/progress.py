"""Progress: a line per finished cell, and on a terminal an overall bar with the time left."""

import sys
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Reporter:
    """Prints what a run does. Use as a context manager.

    ``expected`` maps the cell ids that are to run to their kind and estimated seconds; the time
    left is corrected by how right the estimates of each kind were so far.
    """

    def __init__(self, expected: Mapping[str, tuple[str, float]], total: int, workers: int):
        self._left = dict(expected)
        self._total, self._workers = total, workers
        self._waiting: Counter[str] = Counter()  # seconds, by kind
        self._planned: Counter[str] = Counter()
        self._spent: Counter[str] = Counter()
        for kind, seconds in self._left.values():
            self._waiting[kind] += seconds
        self._finished = 0
        self._console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> "Reporter":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """A line above the bar."""
        self._console.print(text, markup=False)

    def cached(self, count: int) -> None:
        """Cells that need not run."""
        self._finished += count
        self._bar.update(self._task, completed=self._finished)

    def finished(self, cell: str, label: str, seconds: float, outcome: str = "") -> None:
        """A cell came to its end, well or not."""
        kind, planned = self._left.pop(cell, ("", 0.0))
        self._waiting[kind] -= planned
        self._planned[kind] += planned
        self._spent[kind] += seconds
        self._finished += 1
        left = duration(self.seconds_left())
        self._bar.update(self._task, completed=self._finished, description=f"about {left} left")
        width = len(str(self._total))
        self.say(
            f"[{self._finished:{width}}/{self._total}] {label}: {outcome or duration(seconds)}"
            + (f" (about {left} left)" if self._left else "")
        )

    def seconds_left(self) -> float:
        """What the estimates, corrected, leave to do for all workers together."""
        right = {kind: self._spent[kind] / p for kind, p in self._planned.items() if p}
        waiting = sum(s * right.get(kind, 1.0) for kind, s in self._waiting.items())
        return max(waiting, 0.0) / self._workers  # of sums and differences a little is left over


def duration(seconds: float) -> str:
    """Seconds in words: 8.3 s, 2 min 5 s, 3 h 20 min."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
