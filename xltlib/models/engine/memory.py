"""How much fits: bytes per token, free memory, and what an out-of-memory error looks like."""

import ctypes
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from transformers import PreTrainedConfig

from ...errors import XltError

_SHARE = 0.4  # of the free memory, since its other users grow too
_MEMINFO = Path("/proc/meminfo")
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 1 << 30  # freed memory at the heap's end that stays with the process
_MOST_BLOCK = 32 << 20  # larger blocks are the system's each time: glibc's own limit


def free_bytes(device: torch.device) -> int:
    """Bytes that new tensors may take on ``device``; 4 GiB where the system does not tell."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if _MEMINFO.is_file():
        for line in _MEMINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 4 << 30


def budget(
    device: torch.device, config: PreTrainedConfig, kv_bytes: int, itemsize: int, most: int
) -> int:
    """Cached tokens that one batch may hold: ``most``, or fewer where the memory does not reach.

    ``kv_bytes``: keys and values of one token over all layers. A token in flight also holds its
    activations: some twelve vectors of the hidden size and three of the inner size.
    """
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    each = kv_bytes + (12 * config.hidden_size + 3 * inner) * itemsize
    return max(1, min(most, int(_SHARE * free_bytes(device) / each)))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that a device or the machine has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text
        or "can't allocate memory" in text
        or "cublas_status_alloc_failed" in text
    )


def in_batches(
    batches: Sequence[list[int]],
    run: Callable[[list[int]], None],
    device: torch.device,
    too_large: Callable[[int], str],
) -> int:
    """Run each batch of items; one that does not fit is halved and tried again. Returns how often.

    Raises :class:`XltError` with ``too_large(item)`` when one item alone does not fit.
    """
    todo, halved = list(reversed(batches)), 0
    while todo:
        batch = todo.pop()
        try:
            run(batch)
            continue
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise XltError(too_large(batch[0])) from error
        # Out here the error, and with it the tensors of its traceback, is gone.
        halved += 1
        if device.type == "cuda":
            torch.cuda.empty_cache()
        half = len(batch) // 2
        todo += [batch[half:], batch[:half]]
    return halved


def keep_freed() -> None:
    """Keep memory that is freed from now on for the next tensors, as much as a batch's take.

    glibc returns blocks of some megabytes at once otherwise, and each page that comes back for the
    next batch is an interrupt: measured 10 % of scoring with a model of 100 million parameters.
    """
    if sys.platform == "linux" and (option := getattr(ctypes.CDLL(None), "mallopt", None)):
        option(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        option(_M_MMAP_THRESHOLD, _MOST_BLOCK)
