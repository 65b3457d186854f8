"""What this machine has: cores, processor, GPUs, told without importing torch."""

import hashlib
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line for line in lines if line.startswith("model name"))
        return name.split(":", 1)[1].strip()
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def has_gpu() -> bool:
    """Whether torch may find a GPU, told without importing it."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in {"", "-1"}:
        return False
    try:
        if metadata.version("torch").endswith("+cpu"):
            return False
    except metadata.PackageNotFoundError:
        return False
    return Path("/dev/nvidiactl").exists() or Path("/dev/kfd").exists()


def gpus() -> list[str]:
    """What ``CUDA_VISIBLE_DEVICES`` may name here, one by one; empty without an NVIDIA GPU."""
    if not has_gpu():
        return []
    if given := os.environ.get("CUDA_VISIBLE_DEVICES"):
        return [name.strip() for name in given.split(",")]
    return [str(i) for i in range(len(list(Path("/dev").glob("nvidia[0-9]*"))))]


def gpu_memory() -> int:
    """Bytes of the GPU that has the least; 0 where nothing tells."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        return min(int(line) for line in told.stdout.split()) * 2**20
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def process() -> str:
    """This process among all that share a folder: a sign of the machine, and its number."""
    return f"{_sign()}-{os.getpid()}"


def is_gone(name: str) -> bool:
    """Whether the process that :func:`process` named ran on this machine and runs no more.

    Of processes of other machines and containers nothing is known.
    """
    sign, _, number = name.partition("-")
    if sign != _sign() or not (number.isascii() and number.isdigit()):
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _sign() -> str:
    """Eight digits for the machine and its process space, which containers have of their own."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]
