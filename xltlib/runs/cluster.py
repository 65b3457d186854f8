"""Cells on other machines: an executor for the runner whose workers are those of a Dask cluster.

Workers do what a thread here does (:func:`.execution.execute`) and write into the same folder,
which all machines have to share; what travels is the job and a small dict back. A worker that dies
gives its cell to another one, by the scheduler's own rule; a scheduler that is lost ends the run
with one message, and what is done stays done.
"""

import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .. import files, locks, paths
from ..config.yaml_file import read as read_yaml
from ..errors import XltError
from ..records import provenance
from . import execution, kernels, manifest
from .job import Job

_PATIENCE = 60.0  # seconds for a scheduler to answer; a queue may keep workers waiting for longer
_REFILL = 20.0  # seconds; jobs that the queue ended, as at their walltime, are asked anew
_INSTALL = "install the extra: XLT_EXTRAS=cluster ./run_all.sh, or pip install 'xltlib[cluster]'"


class Lost(XltError):
    """The scheduler is gone; nothing more can be learned of what was under way."""


@contextmanager
def connected(
    where: str, options: Path | None = None, jobs: int | None = None
) -> Iterator[tuple[Executor, int]]:
    """An executor on a cluster, and how many cells it may have at a time.

    Parameters
    ----------
    where
        ``dask:tcp://host:8786``, a scheduler that runs; or ``slurm``, which is asked for ``jobs``
        workers that end with the run.
    options
        Of ``slurm``: a YAML file with what ``dask_jobqueue.SLURMCluster`` takes, such as queue,
        memory, walltime and interface.
    jobs
        Cells at a time; by default as many as the scheduler has workers.

    Raises :class:`XltError` for a place, a file or an option that is none, a scheduler that does
    not answer and one without workers.
    """
    kind, _, address = where.partition(":")
    if where != "slurm" and (kind != "dask" or "://" not in address):
        raise XltError(
            f"`cluster` must be dask:tcp://HOST:PORT or slurm, but got {where!r}: correct --cluster"
        )
    if (options is not None) != (where == "slurm"):
        needed = "is missing" if where == "slurm" else "is for slurm alone"
        raise XltError(f"`cluster-options` {needed}: a YAML file of what the queue has to know")
    try:
        from distributed import Client
    except ImportError as error:
        raise XltError(f"--cluster needs dask's distributed: {_INSTALL}") from error
    for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a message of our own is enough
    with _slurm(options, jobs or 1) if options else _known(address) as scheduler:
        try:
            client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise XltError(
                f"the scheduler at {address} does not answer: {error}: start it with "
                "`dask scheduler`, or correct --cluster"
            ) from error
        try:
            pool = _Pool(client)
            yield pool, jobs or pool.workers()
        finally:
            pool.end()


@contextmanager
def _known(address: str) -> Iterator[str]:
    yield address


@contextmanager
def _slurm(options: Path, jobs: int) -> Iterator[Any]:
    """A scheduler in this process, and workers in Slurm's queue."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise XltError(f"--cluster slurm needs dask-jobqueue: {_INSTALL}") from error
    if not shutil.which("sbatch"):
        raise XltError("--cluster slurm: there is no sbatch here: run it where jobs are submitted")
    ended = threading.Event()
    with SLURMCluster(**slurm_settings(options)) as cluster:
        cluster.scale(jobs=jobs)

        def refill() -> None:
            while not ended.wait(_REFILL):
                cluster.scale(jobs=jobs)

        threading.Thread(target=refill, daemon=True).start()
        try:
            yield cluster
        finally:
            ended.set()


def slurm_settings(path: Path) -> dict[str, Any]:
    """What ``SLURMCluster`` is given: the file's options, and one cell at a time for each worker.

    Raises :class:`XltError` for a file that is none, and where no network interface is named:
    nothing listens beyond this machine unless told so.
    """
    read = read_yaml(path)
    read.refuse()
    given = read.content
    if not isinstance(given, dict) or "interface" not in given:
        raise XltError(
            f"{path}: `interface` is missing: name the network interface on which workers reach "
            "this machine, such as ib0 or eth0 (lo: this machine alone)"
        )
    prologue = [
        f"export XLTLIB_HOME={paths.home()}",
        f"export PYTHONPATH={paths.CHECKOUT}:$PYTHONPATH",
        # a nanny's worker could not fork kernels otherwise
        "export DASK_DISTRIBUTED__WORKER__DAEMON=False",
    ]
    settings = {"cores": 1, "memory": "8GB", "python": sys.executable} | given
    settings["processes"] = settings["cores"] = 1
    if (cores := given.get("cores", 1)) != 1:
        settings.setdefault("job_cpu", cores)
    settings["job_script_prologue"] = prologue + list(given.get("job_script_prologue", []))
    return settings


class _Cell(Future):
    """A job that runs elsewhere: whoever waits for it can always give it up."""

    def cancel(self) -> bool:
        with suppress(InvalidStateError):
            self.set_exception(CancelledError())
        return True


class _Pool(Executor):
    """Jobs as tasks of a Dask scheduler; their futures are those of the standard library."""

    def __init__(self, client: Any):
        self.client, self.address = client, client.scheduler.address
        self.tasks: dict[Future, Any] = {}
        self.tried: dict[str, int] = {}
        self.lock = threading.Lock()
        self.here = {"home": str(paths.home()), "sources": provenance.all_sources()}

    def workers(self) -> int:
        """How many workers there are, once there is one."""
        try:
            self.client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise XltError(
                f"no worker came within {_PATIENCE:.0f} seconds: start some with `dask worker "
                f"{self.address} --nthreads 1`, or say with --jobs how many to "
                "count on"
            ) from error
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def submit(self, execute: Any, job: Job, timeout: int | None = None) -> Future:
        """:func:`.execution.execute` elsewhere, under the cell's id."""
        found = _Cell()
        with self.lock:
            self.tried[job.id] = tried = self.tried.get(job.id, 0) + 1
        key = job.id if tried == 1 else f"{job.id}-{tried}"
        try:
            task = self.client.submit(
                _execute, job, timeout, self.here, key=key, pure=False, retries=0
            )
        except Exception:
            if self.client.status == "running":
                raise
        if self.client.status != "running":  # it would wait for a scheduler that may never come
            found.set_exception(self._lost())
            return found
        self.tasks[found] = task
        task.add_done_callback(lambda done: self._take(found, done))
        return found

    def _take(self, found: Future, task: Any) -> None:
        from distributed.scheduler import KilledWorker

        self.tasks.pop(found, None)
        with suppress(Exception):  # the run was ended meanwhile, and nobody asks for it
            try:
                found.set_result(task.result())
            except KilledWorker as error:
                died = error.allowed_failures + 1
                message = f"{died} workers died of it, one after the other: memory or time is short"
                found.set_result({"status": "failed", "message": message, "seconds": 0.0})
            except (CancelledError, OSError):
                found.set_exception(self._lost())
            except Exception as error:
                found.set_exception(error)

    def _lost(self) -> Lost:
        return Lost(
            f"the cluster's scheduler at {self.address} was lost: what is done is kept; start it "
            "again, and the same command goes on"
        )

    def end(self) -> None:
        """Let workers drop what they do, and leave the scheduler."""
        with suppress(Exception):
            if self.client.status == "running":
                busy = bool(self.tasks)
                self.client.cancel(list(self.tasks.values()), force=True)
                if busy:
                    self.client.run(execution.stop, wait=False)
        with suppress(Exception):
            self.client.close(timeout=5)


def _execute(job: Job, timeout: int | None, driver: dict[str, str]) -> dict[str, Any]:
    """What a worker does with a job."""
    os.environ.update(kernels.environment() | {"XLTLIB_HOME": driver["home"]})
    try:
        _same(job, driver)
        # A run that was killed may have left its cell to another worker, which makes it still.
        with locks.locked(paths.runs(job.profile) / ".cells" / f"{job.id}.lock", wait=True):
            if manifest.check(job) is None:
                return {"status": "done", "message": "", "seconds": 0.0}
            execution.resume()
            return execution.execute(job, timeout)
    except XltError as error:
        return {"status": "failed", "message": str(error), "seconds": 0.0}
    except OSError as error:
        message = str(files.unwritable(job.folder, error))
        return {"status": "failed", "message": message, "seconds": 0.0}


def _same(job: Job, driver: dict[str, str]) -> None:
    """Raise :class:`XltError` unless this worker has the run's folder and its sources."""
    if not (paths.runs(job.profile) / ".lock").exists():
        raise XltError(
            f"a worker does not see {paths.runs(job.profile)}: let XLTLIB_HOME be a folder that "
            "all machines share, under one path"
        )
    if provenance.all_sources() != driver["sources"]:
        raise XltError(
            f"a worker has other sources of xltlib ({paths.PACKAGE}): let it start from the same "
            "checkout"
        )
