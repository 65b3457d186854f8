"""``--plan``: the grid as a table on the terminal, with what it will take."""

import shutil
from collections.abc import Sequence

from ... import paths
from .. import grid, manifest
from ..progress import duration
from . import time as estimates
from .memory import Needs


def show(planned: Sequence[grid.Job], workers: int, fresh: bool, takes: Needs) -> None:
    """The grid as a table, with an estimate of time and disk.

    The guesses are of the mini profile: a cell of another model that has no like yet counts in no
    sum, but for the disk of an adapted model.
    """
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("cell", "what", "state"):
        table.add_column(name, no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    expected = estimates.estimate(planned)
    left, size, guessed, unknown = 0.0, 0.0, False, 0
    mini = takes.profile.model.path == "mini"
    open_cells: set[str] = set()
    for job in planned:
        waits = job.kind == "analysis" and any(b.id in open_cells for b in job.depends_on)
        done = not (fresh or waits) and manifest.check(job) is None
        seconds, needed, known = expected[job.id]
        time = f"{seconds:.0f}" if known else f"{seconds:.0f} ?" if mini else "?"
        if done:
            time = ""
        else:
            open_cells.add(job.id)
            guessed = guessed or not known
            if known or mini:
                left, size = left + seconds, size + needed
            else:
                unknown += 1
                size += takes.adapted_bytes() if job.facts.get("phase") == "training" else 0
        table.add_row(job.id, job.label, "done" if done else "to run", time)
    console = Console(width=max(100, shutil.get_terminal_size().columns), highlight=False)
    console.print(table)
    free = shutil.disk_usage(next(p for p in [paths.home(), *paths.home().parents] if p.exists()))
    besides = f" besides {unknown} cells of unknown time" if unknown else ""
    print(
        f"\n{len(planned)} cells, {len(planned) - len(open_cells)} done before; about "
        f"{duration(left / workers)} with {workers} at a time{besides}, about {size / 1e6:.0f} MB "
        f"of disk ({free.free / 1e9:.0f} GB are free)"
    )
    if guessed:
        meaning = "a guess" if mini else "not known"
        print(f"? is {meaning}: no like cell has run here yet")
