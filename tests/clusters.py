"""A Dask scheduler and workers on this machine, each a process that can be killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import toy_grid
from factories import heed_interrupts

from xltlib import paths


class Cluster:
    """A scheduler on loopback and ``n`` workers with one thread; a context manager.

    ``preload`` is a file of which workers run ``dask_setup``.
    """

    def __init__(
        self, folder: Path, n: int = 2, nanny: bool = False, preload: str | None = toy_grid.__file__
    ):
        self.folder, self.n, self.nanny, self.preload = folder, n, nanny, preload
        self.file, self.workers = folder / "scheduler.json", []

    def __enter__(self) -> "Cluster":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        )
        for _ in range(self.n):
            self.add()
        return self

    def __exit__(self, *_: object) -> None:
        for process in [*self.workers, self.scheduler]:
            for one in children(process):
                one.kill()
            process.kill()
            process.wait()

    def add(self) -> subprocess.Popen:
        """One more worker."""
        more = ["--nthreads", "1", "--no-dashboard"]
        more += ["--preload", self.preload] if self.preload else []
        more += ["--nanny" if self.nanny else "--no-nanny"]
        self.workers.append(self._start("worker", "--local-directory", str(self.folder), *more))
        return self.workers[-1]

    @property
    def where(self) -> str:
        """What ``--cluster`` is given."""
        import json

        deadline = time.monotonic() + 60
        while not self.file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        return "dask:" + json.loads(self.file.read_text(encoding="utf-8"))["address"]

    def _start(self, what: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        env = os.environ | {"PYTHONPATH": str(paths.CHECKOUT), "OMP_NUM_THREADS": "1"}
        with open(self.folder / f"{what}{len(self.workers)}.log", "wb") as log:
            return subprocess.Popen(
                [*command, "--scheduler-file", str(self.file)],
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=heed_interrupts,
            )


def children(process: subprocess.Popen) -> list[psutil.Process]:
    """A process's children and theirs, where it still runs."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []
