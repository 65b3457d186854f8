"""A storm of kill -9 over a small grid, here and on a Dask cluster.

``python tests/storm.py KILLS [--where here|dask] [--grid toy|mini] [--seed 1]`` runs the grid
undisturbed, then again and again while processes die at random moments: kernels above all, the run
itself, the fork server, and on a cluster workers and the scheduler. What was finished must never
be made again, and every grid must end with the records of the undisturbed one, and with nothing
left behind. ``mini`` is three ways on two tasks with the mini model, with a training and caches of
translations; ``toy`` (:mod:`toy_grid`) has no model, so that more kills go into an hour.

``python tests/storm.py drive HOME mini|toy [dask:ADDRESS]`` is one run of a grid.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection
from contextlib import nullcontext, suppress
from pathlib import Path

import pandas as pd
import psutil
import toy_grid
from clusters import Cluster, children
from factories import heed_interrupts

from xltlib import machine, paths
from xltlib.errors import XltError
from xltlib.runs import grid, manifest, runner
from xltlib.runs.cluster import connected
from xltlib.runs.job import Job

LANGUAGE, ITEMS = "hau", 3
GRIDS = ("toy", "mini")
MEASURED = ["seconds"]  # columns of records that differ from run to run
TABLE = """\
# %% tags=["parameters"]
cells = []
# %%
import os
from pathlib import Path
import pandas as pd
cell = Path(os.environ["XLTLIB_CELL"])
rows = pd.concat([pd.read_parquet(cell.parent / c / "records.parquet") for c in cells])
rows.groupby(["arm", "task"])["valid"].sum().to_csv(cell / "table.csv")
"""
WEIGHTS = {"kernel": 10, "run": 3, "fork server": 1, "worker": 2, "scheduler": 1}
LIFE = 0.5  # seconds after which at most one that was waited for is killed
PAUSE = 0.05  # seconds between two looks for it


def jobs(folder: Path, kind: str) -> list[Job]:
    """The grid's."""
    return toy_grid.jobs(folder, 6) if kind == "toy" else _mini(folder)


def _mini(folder: Path) -> list[Job]:
    """Three ways on two tasks of the mini corpus, with what they prepare, and one table."""
    mini = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    profile = folder / "storm.yaml"
    profile.write_text(
        mini.replace("name: mini\n", "name: storm\n", 1)
        .replace("max_lines: 1500", "max_lines: 24")
        .replace("sequence: 512", "sequence: 128"),
        encoding="utf-8",
    )
    options = grid.Options(
        languages=[LANGUAGE], tasks=["topics", "ner"], shots=[0], seeds=[0], limit=ITEMS
    )
    cells = [job for job in grid.plan(str(profile), options) if job.kind != "analysis"]
    table = Job(toy_grid.write(folder, "60_table", TABLE), "analysis", "storm", {})
    return [*cells, table.over(cells)]


def drive(home: str, kind: str, where: str = "") -> int:
    os.environ["XLTLIB_HOME"] = home
    if kind == "toy":
        toy_grid.dask_setup(None)
    try:
        with connected(where) if where else nullcontext((None, 2)) as (pool, n):
            summary = runner.run(jobs(Path(home) / "notebooks", kind), n, executor=pool)
    except XltError as error:
        print(f"error: {error}")
        return 2
    print("\n".join(summary.failed.values()))
    return bool(summary.failed)


def driver(home: Path, kind: str, where: str = "") -> subprocess.Popen:
    command = [sys.executable, __file__, "drive", str(home), kind, *([where] if where else [])]
    env = os.environ | {"PYTHONPATH": str(paths.CHECKOUT)}
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "run.log", "ab") as log:
        return subprocess.Popen(
            command, env=env, stdout=log, stderr=subprocess.STDOUT, preexec_fn=heed_interrupts
        )


def records(home: Path) -> dict[str, str]:
    """Cell -> hash of its records without what was measured, and of the table made of them all."""
    found = {}
    for path in sorted((home / "runs").glob("*/*/records.parquet")):
        content = path.read_bytes()
        if content[:4] == b"PAR1":  # those of toys are none
            content = pd.read_parquet(path).drop(columns=MEASURED).to_json().encode()
        found[path.parent.name] = hashlib.sha256(content).hexdigest()
    for path in (home / "runs").glob("*/*/table.csv"):
        found[path.parent.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class Storm:
    """Kills over grids that run in ``folder``; ``told`` counts who was killed."""

    def __init__(self, folder: Path, where: str = "here", kind: str = "toy", seed: int = 1):
        self.folder, self.where, self.kind = folder, where, kind
        self.draw = random.Random(seed)
        self.told: Counter[str] = Counter()
        self.grids = self.runs = 0
        self.cluster: Cluster | None = None

    def blow(self, kills: int, calm: dict[str, str], seconds: float) -> None:
        """Kill ``kills`` processes; ``calm`` are the records wanted, made within ``seconds``."""
        try:
            while self.told.total() < kills:
                self._grid(self.folder / f"{self.where}{self.grids}", kills, calm, seconds)
                self.grids += 1
                print(f"{self.where}: {self.grids} grids, {self.runs} runs, {dict(self.told)}")
                sys.stdout.flush()
        finally:
            self._without_cluster()

    def _grid(self, home: Path, kills: int, calm: dict[str, str], seconds: float) -> None:
        finished: dict[Path, int] = {}
        for _ in range(kills + 3):
            process = driver(home, self.kind, self._address())
            self.runs += 1
            while process.poll() is None:
                if self.told.total() >= kills:
                    process.wait()
                    break
                self._kill(process, home, seconds)
            made = {p: p.stat().st_ino for p in (home / "runs").rglob(manifest.NAME)}
            again = [p for p, number in finished.items() if made.get(p) != number]
            assert not again, f"finished cells were lost or made again: {again}"
            finished = made
            if process.returncode == 0:
                break
        said = (home / "run.log").read_text(encoding="utf-8")
        assert process.returncode == 0, said
        # A cell whose kernel was killed twice is failed for that run, whose table is of the others.
        assert calm.items() <= records(home).items(), f"other records: {home}\n{said}"
        self._nothing_left(home, calm)

    def _kill(self, process: subprocess.Popen, home: Path, seconds: float) -> None:
        """Kill one of a kind that is drawn first: kernels live shortly, and are waited for."""
        kinds = [k for k in WEIGHTS if self.cluster or k not in ("worker", "scheduler")]
        (kind,) = self.draw.choices(kinds, [WEIGHTS[k] for k in kinds])
        pause = 1.0 if kind == "kernel" else seconds / 2
        earliest = time.monotonic() + self.draw.uniform(0, pause)
        there: list[psutil.Process] = []
        while time.monotonic() < earliest or not there:
            if process.poll() is not None:
                return
            time.sleep(PAUSE)
            if time.monotonic() >= earliest:
                there = self._there(kind, process, home)
        time.sleep(self.draw.uniform(0, LIFE))  # some way into its life, if it lives that long
        if process.poll() is not None:
            return
        victim = self.draw.choice(there)
        try:
            victim.kill()
        except psutil.Error:
            return  # it ended by itself meanwhile: none was killed
        self.told[kind] += 1
        if kind == "run":
            process.wait()
        if kind == "worker":
            assert self.cluster
            gone = next(w for w in self.cluster.workers if w.pid == victim.pid)
            gone.wait()
            self.cluster.workers.remove(gone)
            self.cluster.add()
        if kind == "scheduler":
            process.wait(timeout=600)
            self._without_cluster()

    def _there(self, kind: str, process: subprocess.Popen, home: Path) -> list[psutil.Process]:
        """The processes of one kind that run now."""
        if kind == "run":
            return [psutil.Process(process.pid)]
        if kind in ("worker", "scheduler"):
            assert self.cluster
            those = self.cluster.workers if kind == "worker" else [self.cluster.scheduler]
            return [psutil.Process(one.pid) for one in those]
        found = []
        for child in (c for root in self._roots(process) for c in children(root)):
            with suppress(psutil.Error):
                is_kernel = Path(child.cwd()).is_relative_to(home / "runs")
                if is_kernel if kind == "kernel" else "forkserver" in " ".join(child.cmdline()):
                    found.append(child)
        return found

    def _roots(self, process: subprocess.Popen) -> list[subprocess.Popen]:
        """Those that start kernels."""
        return self.cluster.workers if self.cluster else [process]

    def _address(self) -> str:
        if self.where != "dask":
            return ""
        if not self.cluster:
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            preload = toy_grid.__file__ if self.kind == "toy" else None
            self.cluster = Cluster(folder, preload=preload).__enter__()
        return self.cluster.where

    def _without_cluster(self) -> None:
        if self.cluster:
            self.cluster.__exit__()
            self.cluster = None

    def _nothing_left(self, home: Path, cells: Collection[str]) -> None:
        """No half-written files of processes that are gone; none of ``cells`` looks failed."""
        left = [p for p in home.rglob("*.part") if machine.is_gone(p.suffixes[-2].lstrip("."))]
        assert not left, f"half-written files stay: {left}"
        failed = [p for p in (home / "runs").rglob(manifest.FAILED) if p.parent.name in cells]
        assert not failed, f"failed cells stay: {failed}"


def storm(folder: Path, kills: int, where: str, kind: str = "toy", seed: int = 1) -> Storm:
    """An undisturbed grid, then others under kills. Raises ``AssertionError`` for any loss."""
    start = time.monotonic()
    calm = folder / "calm"
    process = driver(calm, kind)
    assert process.wait(timeout=1800) == 0, (calm / "run.log").read_text(encoding="utf-8")
    blown = Storm(folder, where, kind, seed)
    blown.blow(kills, records(calm), time.monotonic() - start)
    return blown


if __name__ == "__main__":
    if sys.argv[1] == "drive":
        raise SystemExit(drive(*sys.argv[2:]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int)
    parser.add_argument("--where", choices=["here", "dask"], default="here")
    parser.add_argument("--grid", choices=GRIDS, default="toy")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storm-") as scratch:
        begin = time.monotonic()
        done = storm(Path(scratch), given.kills, given.where, given.grid, given.seed)
        print(
            f"{done.told.total()} kills {dict(done.told)} over {done.runs} runs of {done.grids} "
            f"grids in {time.monotonic() - begin:.0f} s: nothing lost, the same records"
        )
