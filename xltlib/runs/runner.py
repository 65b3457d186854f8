"""The runner: executes whatever of a plan is not done yet, each job after those it depends on.

Jobs run in kernels, one process each, driven by ``n_workers`` threads or by any other executor
with ``submit``. A job that fails takes down only those that depend on it. Nothing that is done is
ever run again, however the run before ended.
"""

import os
import shutil
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

from .. import files, locks, machine, methods, paths
from ..config import load_language, load_profile
from ..errors import XltError
from . import cluster, execution, kernels, manifest, notebooks, workers
from .job import Job
from .plan import time as estimates
from .progress import Reporter


@dataclass
class Summary:
    """What became of the jobs of a run. ``failed`` holds a message for each that has no result."""

    done: list[Job] = field(default_factory=list)
    cached: list[Job] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def run(
    jobs: Sequence[Job],
    n_workers: int = 1,
    *,
    fresh: bool = False,
    timeout: int | None = None,
    executor: Executor | None = None,
) -> Summary:
    """Execute all jobs of one profile that are not done.

    Parameters
    ----------
    jobs
        As :func:`xltlib.runs.grid.plan` gives them: each after those it depends on.
    n_workers
        Jobs at a time. Where there are several GPUs, each of several workers has one of them.
    fresh
        Make all of them anew, and what their methods keep outside their folders.
    timeout
        Seconds for one notebook cell; none: as long as it takes.
    executor
        Where jobs run; by default threads of this process. It needs ``submit(execute, job,
        timeout)`` and as many workers as ``n_workers``; :func:`.cluster.connected` gives one.

    Raises :class:`XltError` before anything runs when parameters do not fit a notebook, the folder
    cannot be written or another run has it, and :class:`.cluster.Lost` with a cluster's scheduler.
    ``KeyboardInterrupt`` ends all kernels and passes on.
    """
    workers.check(n_workers)
    for job in jobs:
        notebooks.check_parameters(job.notebook, job.parameters)
    if not jobs:
        return Summary()
    ids = {job.id for job in jobs}
    if strange := [b.label for job in jobs for b in job.depends_on if b.id not in ids]:
        raise ValueError(f"jobs depend on {strange[0]}, which is not among them")
    with _locked(jobs[0].profile), _environment():
        if fresh:
            _forget(jobs)
        execution.resume()
        pool = executor or ThreadPoolExecutor(n_workers, thread_name_prefix="worker")
        try:
            state = _Run(jobs, n_workers, pool, timeout)
            if executor is None and state.waiting:
                execution.share_gpus(machine.gpus(), n_workers)
                kernels.warm()
            summary = state.all()
            if summary.done:  # a kernel that died and was tried again may have left a file's half
                _sweep(jobs[0].profile)
            return summary
        finally:
            if executor is None:
                pool.shutdown(cancel_futures=True)


class _Run:
    """The state of a run: what waits, what is under way, what is finished."""

    def __init__(self, jobs: Sequence[Job], n_workers: int, pool: Executor, timeout: int | None):
        self.pool, self.n_workers, self.timeout = pool, n_workers, timeout
        self.summary = Summary()
        self.running: dict[Future, Job] = {}
        self.retried: set[str] = set()
        self.ended: dict[str, bool] = {}  # cell id as planned -> whether it has a result
        self.planned = {}  # the id of a job as it runs -> its id in the plan
        self.notes: list[str] = []
        self.waiting = {job.id: job for job in jobs if not self._is_cached(job)}
        waiting = list(self.waiting.values())
        self.expected = {k: e.seconds for k, e in estimates.estimate(waiting).items()}
        kinds = {k: (job.kind, self.expected[k]) for k, job in self.waiting.items()}
        self.reporter = Reporter(kinds, len(jobs), n_workers)
        self.ready: list[tuple[float, int, Job]] = []  # a heap, the longest first
        self.place = {job.id: number for number, job in enumerate(waiting)}
        self.open: dict[str, int] = {}  # how many of those it builds on have not ended
        self.after: dict[str, list[Job]] = defaultdict(list)
        for job in waiting:
            before = {b.id for b in job.depends_on if b.id not in self.ended}
            self.open[job.id] = len(before)
            for one in before:
                self.after[one].append(job)
            if not before:
                self._is_ready(job)

    def all(self) -> Summary:
        with self.reporter:
            self.reporter.cached(len(self.summary.cached))
            for note in self.notes:
                self.reporter.say(note)
            try:
                while self.waiting or self.running:
                    self._start_what_is_ready()
                    if not self.running:
                        continue
                    for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                        self._finish(self.running.pop(future), future)
            except BaseException:
                self._abandon()
                raise
        return self.summary

    def _is_cached(self, job: Job) -> bool:
        """Whether a job is done; says so in a line when it was and is not any more."""
        if job.kind == "analysis" and not all(self.ended.get(b.id) for b in job.depends_on):
            return False  # not known before those have ended, see _start
        reason = manifest.check(job)
        if reason is None:
            self._use(job)
            self.ended[job.id] = True
        elif reason:
            self.notes.append(f"{job.label}: {reason}, so it is made again")
        return reason is None

    def _use(self, job: Job) -> None:
        self.summary.cached.append(job)
        # The report shows the newest of cells that differ in settings alone: those of this run
        os.utime(job.folder / manifest.NAME)

    def _is_ready(self, job: Job) -> None:
        heappush(self.ready, (-self.expected.get(job.id, 0.0), self.place[job.id], job))

    def _start_what_is_ready(self) -> None:
        """Give every free worker the longest job that waits for nothing."""
        while self.ready and len(self.running) < self.n_workers:
            *_, job = heappop(self.ready)
            del self.waiting[job.id]
            self._start(job)

    def _end(self, job: Job, well: bool) -> None:
        """A job has come to its end: those that build on it are ready, or cannot run."""
        self.ended[job.id] = well
        for one in self.after.pop(job.id, ()):
            self.open[one.id] -= 1
            if not well and one.kind != "analysis":
                if self.waiting.pop(one.id, None):
                    self._fail(one, one, f"not run, because it builds on {job.label}")
            elif not self.open[one.id] and one.id in self.waiting:
                self._is_ready(one)

    def _start(self, job: Job) -> None:
        actual = job
        if job.kind == "analysis":
            actual = job.over([b for b in job.depends_on if self.ended[b.id]])
            if job.depends_on and not actual.depends_on:
                self._fail(job, job, "not run, because no cell has records")
                return
            reason = manifest.check(actual)
            if reason is None:
                self._use(actual)
                self.reporter.finished(job.id, job.label, 0.0, "done before")
                self._end(job, True)
                return
        self.planned[actual.id] = job
        self.running[self.pool.submit(execution.execute, actual, self.timeout)] = actual

    def _finish(self, job: Job, future: Future) -> None:
        planned = self.planned[job.id]
        outcome = _outcome(future)
        if outcome["status"] == "died" and job.id not in self.retried:
            self.retried.add(job.id)
            self.reporter.say(f"{job.label}: its kernel died, it is tried once more")
            self.running[self.pool.submit(execution.execute, job, self.timeout)] = job
        elif outcome["status"] == "done":
            self.summary.done.append(job)
            self.reporter.finished(planned.id, job.label, outcome["seconds"])
            self._end(planned, True)
        else:
            self._fail(planned, job, outcome["message"], outcome["seconds"])

    def _fail(self, planned: Job, job: Job, message: str, seconds: float = 0.0) -> None:
        self.summary.failed[job.label] = message
        self.reporter.finished(planned.id, job.label, seconds, f"FAILED: {message}")
        self._end(planned, False)

    def _abandon(self) -> None:
        """End all kernels, also one that a worker was just about to start."""
        for future in self.running:
            future.cancel()
        while self.running:
            execution.stop()
            ended = wait(self.running, timeout=0.2).done
            self.running = {f: j for f, j in self.running.items() if f not in ended}


def _outcome(future: Future) -> dict[str, Any]:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, Exception) and not isinstance(error, cluster.Lost):
        # a defect, or a worker elsewhere that vanished: one cell fails, the others go on
        message = "".join(traceback.format_exception(error))
        return {"status": "failed", "message": message, "seconds": 0.0}
    raise error


def _forget(jobs: Sequence[Job]) -> None:
    """Delete the cells, and what their methods keep elsewhere: models, texts and translations."""
    kept = {path for job in jobs for path in _kept(job)}
    # with what lies beside them under the same name, such as a database's journal
    beside = {other for path in kept for other in path.parent.glob(f"{path.name}*")}
    for path in [*(job.folder for job in jobs), *sorted(beside)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _kept(job: Job) -> list[Path]:
    """What a job's method keeps outside the job's own folder."""
    given = job.parameters
    if job.kind == "analysis" or "arm" not in given:
        return []
    spec = load_profile(given["profile"], data_dir=given["data_dir"]).of_arm(given["arm"])
    target = load_language(given["language"])
    place = [given[name] for name in ("task", "dataset") if name in given]
    scope = "-".join([*place, target.code]) if place else ""
    return methods.of(spec.arms[0]).keeps(spec, target, scope)


@contextmanager
def _locked(profile: str) -> Iterator[None]:
    """Have a profile's runs to ourselves, without what a run that was killed left half written."""
    folder = paths.runs(profile)
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.locked(folder / ".lock"))
        except locks.Held as held:
            raise XltError(
                f"another run (process {held.by}) is using {folder}: "
                "wait until it ends, or give this one another XLTLIB_HOME"
            ) from held
        _sweep(profile)
        execution.sweep()
        yield


def _sweep(profile: str) -> None:
    for folder in (paths.runs(profile), paths.figures(profile)):
        files.sweep(folder)


@contextmanager
def _environment() -> Iterator[None]:
    """The kernels' variables in our own environment, which the fork server takes over."""
    before = dict(os.environ)
    os.environ.update(kernels.environment())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
