"""Notebook kernels that start in about a second: forked from a server that has imported all.

A fresh kernel spends most of its start on importing torch, transformers and the plotting stack. On
a CPU, kernels are forked instead, through multiprocessing's fork server, after those imports; fork
and a GPU do not go together, so there, and with ``XLTLIB_FRESH_KERNELS=1``, each kernel is a fresh
process. Either way a kernel is seeded from its cell's id, has one compute thread, keeps nothing in
the user's home and dies with the process that started it.

``python -m xltlib.runs.kernels CONNECTION_FILE`` is the fresh kernel.
"""

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing import process as mp_process
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from .. import machine, paths

PRELOAD = (
    "numpy pandas torch transformers matplotlib.pyplot seaborn statsmodels.api "
    "statsmodels.stats.api ipykernel.kernelapp xltlib.config xltlib.records.schema "
    "xltlib.runs.kernels "
    # What transformers imports with its first model: two seconds of every kernel otherwise.
    "transformers.generation.utils transformers.modeling_layers safetensors.torch "
    "rouge_score.rouge_scorer sacrebleu xltlib.study.study"
).split()

_starting = threading.Lock()


def environment() -> dict[str, str]:
    """Variables that every kernel, and the fork server, has to have.

    One thread each: the same numbers for any number of workers, and two kernels with two threads
    each on two cores are several times slower than with one.
    """
    one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")}
    path = os.environ.get("PYTHONPATH")
    return one | {
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONHASHSEED": "0",
        # matplotlib reads it on import, which in a forked kernel is before ipykernel would set it
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": os.pathsep.join([str(paths.CHECKOUT), *([path] if path else [])]),
    }


def forking() -> bool:
    """Whether kernels are forked: on Linux, without a GPU, unless XLTLIB_FRESH_KERNELS is set.

    A daemon of multiprocessing, which a cluster's worker is by default, may have no children.
    """
    fresh = os.environ.get("XLTLIB_FRESH_KERNELS", "") not in {"", "0"}
    fresh = fresh or mp_process.current_process().daemon
    return sys.platform == "linux" and not fresh and not machine.has_gpu()


def warm() -> None:
    """Start the fork server, which imports in the background; nothing where kernels are fresh.

    It takes its environment from this process, so that :func:`environment` has to be in place.
    """
    if forking():
        from multiprocessing import forkserver

        multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOAD)
        forkserver.ensure_running()


def manager(scratch: Path, log: Path) -> "Manager":
    """A kernel manager whose kernel is not started yet.

    ``scratch`` is a folder with a short path for sockets and IPython's own files; ``log`` gets
    what the kernel process writes outside of cells, such as the message of a crash.
    """
    # Sockets in a private folder: ports can be lost to another process, and others can reach them
    made = Manager(
        kernel_name="python3",
        transport="ipc",
        connection_file=str(scratch / f"{os.urandom(4).hex()}.json"),
    )
    provisioner = Forked if forking() else Fresh
    made.kernel_id = os.urandom(8).hex()
    made.provisioner = provisioner(
        kernel_id=made.kernel_id, kernel_spec=made.kernel_spec, parent=made
    )
    made.provisioner.log_file = log
    return made


class Manager(AsyncKernelManager):
    """A manager of this interpreter's kernel, whatever kernels the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-m", "xltlib.runs.kernels", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class Fresh(LocalProvisioner):
    """A kernel in a new process."""

    log_file: Path
    peak_memory: int = 0  # bytes, resident, as seen when the kernel was shut down

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        with open(self.log_file, "wb") as log:
            return await super().launch_kernel(cmd, **kwargs | {"stdout": log, "stderr": log})

    async def kill(self, restart: bool = False) -> None:
        self.peak_memory = _peak_memory(self.pid) or self.peak_memory
        await super().kill(restart)


class Forked(Fresh):
    """A kernel forked from the warm server."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        arguments = cmd[cmd.index("xltlib.runs.kernels") + 1 :]
        settings = (arguments, dict(kwargs["env"]), str(kwargs["cwd"]), str(self.log_file))
        with _starting:  # multiprocessing keeps its list of children without a lock
            warm()
            context = multiprocessing.get_context("forkserver")
            child = context.Process(target=_forked, args=settings, name="kernel")
            child.start()
        self.process = _Popen(child)
        self.pid = self.pgid = child.pid  # it leads its own group, see _forked
        self.cwd = kwargs["cwd"]
        return self.connection_info


class _Popen:
    """What a provisioner needs of subprocess.Popen, of a multiprocessing process."""

    stdin = stdout = stderr = None

    def __init__(self, child: Any):
        self._child, self.pid = child, child.pid

    def poll(self) -> int | None:
        return self._child.exitcode

    def wait(self) -> int | None:
        self._child.join()
        return self._child.exitcode

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _peak_memory(pid: int | None) -> int:
    """Largest resident memory in bytes so far; where Linux does not tell, the present one."""
    import psutil

    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0
    except OSError:
        try:
            return psutil.Process(pid).memory_info().rss
        except psutil.Error:
            return 0


def _forked(arguments: list[str], env: dict[str, str], cwd: str, log: str) -> None:
    """The forked kernel's life, in the child."""
    os.setsid()
    # The fork server outlives its clients as long as a child of it lives, so that its death tells
    # a kernel nothing: wait for the runner's end of our pipe instead.
    parent = mp_process.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    _serve(arguments)


def _serve(arguments: list[str]) -> None:
    """Be a kernel until told to end; all generators of random numbers are seeded."""
    from ipykernel.kernelapp import IPKernelApp
    from tqdm import tqdm

    # Its own lock is a semaphore, which a killed kernel leaves, as is said at the end of the run
    tqdm.set_lock(threading.RLock())
    app = IPKernelApp.instance()
    app.initialize(["-f", *arguments])
    events = app.shell.events

    def once(*_: object) -> None:
        events.unregister("pre_run_cell", once)
        _seed(int(os.environ.get("XLTLIB_SEED", "0")))

    # With the first cell, not before: until then the kernel itself draws random numbers
    events.register("pre_run_cell", once)
    app.start()


def _seed(seed: int) -> None:
    import random

    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


if __name__ == "__main__":
    _serve(sys.argv[1:])
