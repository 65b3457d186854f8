"""One job, executed: a notebook with its parameters in a kernel, and what it left behind.

:func:`execute` is all that a worker does, whether a thread here or a process on another machine:
it takes a job and gives back a small dict; results stay on disk.
"""

import contextlib
import itertools
import logging
import os
import queue
import re
import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .. import files, machine, paths
from ..errors import XltError
from . import kernels, manifest, notebooks
from .job import Job

_SCRATCH = "xlt-"  # how temporary folders begin; their process follows
_LINES = 12  # of an exception's text, its last ones
_ANSI = re.compile(r"\x1b\[[0-9;]*m")

_live: set[Any] = set()  # provisioners of the kernels that run now
_stopping = threading.Event()
_gpus: "queue.SimpleQueue[str] | None" = None  # those that no kernel has now; None: not shared out


def share_gpus(names: Sequence[str], n_workers: int) -> None:
    """Give each of this process's workers one GPU; workers beyond their number share them.

    Of one GPU, or none, kernels are told nothing: each sees what there is.
    """
    global _gpus
    _gpus = None
    if len(names) > 1 and n_workers > 1:
        _gpus = queue.SimpleQueue()
        for name in itertools.islice(itertools.cycle(names), n_workers):
            _gpus.put(name)


@contextlib.contextmanager
def _gpu() -> Iterator[dict[str, str]]:
    """The variable that shows a kernel its worker's GPU alone, while the kernel has it."""
    if (free := _gpus) is None:
        yield {}
        return
    name = free.get()
    try:
        yield {"CUDA_VISIBLE_DEVICES": name}
    finally:
        free.put(name)


def execute(job: Job, timeout: int | None = None) -> dict[str, Any]:
    """Run a job in a kernel of its own; ``timeout`` is per notebook cell, in seconds.

    Gives ``status`` (done, failed, or died when the kernel did), ``seconds`` and ``message``. Only
    a job that is done has a manifest; the notebook of one that failed is kept beside it, as far as
    it came.
    """
    start = time.perf_counter()
    try:
        status, message = _execute(job, timeout, start)
    except XltError as error:
        status, message = "failed", str(error)
    except OSError as error:
        status, message = "failed", str(files.unwritable(job.folder, error))
    return {"status": status, "message": message, "seconds": time.perf_counter() - start}


def stop() -> None:
    """End all kernels of this process now; no new ones start until :func:`resume`."""
    _stopping.set()
    for provisioner in list(_live):
        if provisioner.pid and provisioner.process and provisioner.process.poll() is None:
            try:
                os.killpg(provisioner.pid, 9)
            except ProcessLookupError:
                pass


def resume() -> None:
    """Allow kernels again after :func:`stop`."""
    _stopping.clear()


def sweep() -> None:
    """Remove the temporary folders of runners of this machine that are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        if machine.is_gone(folder.name.removeprefix(_SCRATCH).rpartition("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)


def _execute(job: Job, timeout: int | None, start: float) -> tuple[str, str]:
    data_dir = job.parameters.get("data_dir")
    job.folder.mkdir(parents=True, exist_ok=True)
    manifest.retract(job)
    notebook = notebooks.read(job.notebook)
    # A short path: that of a socket has at most about 100 characters
    scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{machine.process()}-"))
    reached: dict[int, float] = {}
    try:
        manager = kernels.manager(scratch, job.folder / manifest.LOG)
        kernel = manager.provisioner
        try:
            with _gpu() as gpu:
                environment = _environment(job, scratch) | gpu
                notebook, error = _run(
                    notebook, job.parameters, manager, environment, timeout, reached
                )
        finally:
            _live.discard(kernel)
        if _stopping.is_set():
            return "failed", "interrupted"
        if error is None and job.kind == "method" and not (job.folder / manifest.RECORDS).exists():
            error = XltError(f"the notebook ended without leaving {manifest.RECORDS}")
        if error is None:
            notebooks.write(notebook, job.folder / manifest.NOTEBOOK, data_dir)
            for left in (manifest.FAILED, manifest.LOG):
                (job.folder / left).unlink(missing_ok=True)
            startup = min(reached.values()) - start
            manifest.write(job, time.perf_counter() - start, startup, kernel.peak_memory)
            return "done", ""
        kept = job.folder / manifest.FAILED
        notebooks.write(notebook, kept, data_dir)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    died, text = _explain(error, job)
    where = f"{job.notebook.name}, cell {max(reached)}" if reached else job.notebook.name
    return "died" if died else "failed", f"{where}: {text}\nThe notebook as far as it came: {kept}"


def _environment(job: Job, scratch: Path) -> dict[str, str]:
    return {
        **os.environ,
        **kernels.environment(),
        "XLTLIB_HOME": str(paths.home()),
        "XLTLIB_CELL": str(job.folder),
        "XLTLIB_NOTEBOOK": job.name,
        "XLTLIB_SEED": str(int(job.id, 16) % 2**32),
        "IPYTHONDIR": str(scratch),
    }


def _run(
    notebook: Any,
    parameters: dict[str, Any],
    manager: kernels.Manager,
    environment: dict[str, str],
    timeout: int | None,
    reached: dict[int, float],
) -> tuple[Any, Exception | None]:
    """Let papermill run all cells; ``reached`` collects their numbers and when they began.

    Gives the notebook as far as it came, and the error that ended it, if any.
    """
    import papermill

    if _stopping.is_set():
        return notebook, XltError("interrupted before it began")
    _live.add(manager.provisioner)
    managed: list[Any] = []
    for name in ("papermill", "papermill.translators", "nbclient", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is raised as well
    manager.log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            papermill.execute_notebook(
                notebook,
                None,  # where the notebook goes is not papermill's to say, see manifest
                parameters=parameters,
                engine_name=_engine(),
                progress_bar=False,
                managed=managed,
                manager=manager,
                environment=environment,
                timeout=timeout,
                on_cell_start=lambda cell, cell_index: reached.update(
                    {cell_index: time.perf_counter()}
                ),
            )
    except Exception as error:  # anything that ends one cell must not end the others
        return (managed[0].nb if managed else notebook), error
    return managed[0].nb, None


@cache
def _engine() -> str:
    """The name of a papermill engine whose kernels are this project's own, registered once."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    class OwnKernels(Engine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man, kernel_name, *, managed, manager, environment, timeout, on_cell_start, **_
        ):
            managed.append(nb_man)
            client = PapermillNotebookClient(
                nb_man,
                km=manager,
                timeout=timeout,
                startup_timeout=300,
                record_timing=False,
                shutdown_kernel="immediate",
                on_cell_start=on_cell_start,
            )
            return client.execute(cleanup_kc=True, env=environment, cwd=environment["XLTLIB_CELL"])

    papermill_engines.register("xltlib", OwnKernels)
    return "xltlib"


def _explain(error: Exception, job: Job) -> tuple[bool, str]:
    """Whether the kernel died, and the error in words."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(error, PapermillExecutionError):
        text = "\n".join(_ANSI.sub("", error.evalue).strip().splitlines()[-_LINES:])
        return False, text if error.ename == "XltError" else f"{error.ename}: {text}"
    if isinstance(error, CellTimeoutError):
        return False, "the cell took longer than its time limit"
    if isinstance(error, XltError):
        return False, str(error)
    before_ready = isinstance(error, RuntimeError) and "Kernel died" in str(error)
    # the last of these: the fork server died while it was asked for one
    if isinstance(error, (DeadKernelError, EOFError, ConnectionError)) or before_ready:
        return True, "its kernel died" + _last_words(job.folder / manifest.LOG)
    return False, f"{type(error).__name__}: {error}"


def _last_words(log: Path) -> str:
    """What the kernel's process wrote at the end, if it wrote anything."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_LINES:]
    except OSError:
        lines = []
    hint = "; it may have run out of memory, fewer --jobs need less"
    return "; its last words:\n" + "\n".join(lines) if lines else hint
