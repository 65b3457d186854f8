"""Whether a training has room: asked of the GPU and of the disk before hours are spent on it."""

import contextlib
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch

from ...config import LaftSpec, ModelSpec
from ...errors import XltError
from ..weights import footprint, load
from . import ranks

_MOMENTS = 3 * 4  # bytes of a checkpoint per trained weight: float32, and Adam's two moments


def check_gpu(model: ModelSpec, laft: LaftSpec, device: str | None) -> None:
    """Raise :class:`XltError` where the states of a training do not fit into the GPU's memory.

    States are weights, gradients and Adam's moments, as ``--plan`` counts them, over the processes
    that train together. Activations are left out: what is known of them is rough.
    """
    target = load.device_of(device)
    if target.type != "cuda":
        return
    full = laft.mode == "full"
    dtype = torch.float32 if full else load.dtype_of(model.dtype, target)
    count = footprint.count(load.configuration(model))
    rank = None if full else laft.lora_rank
    states = count.trained_bytes(rank, dtype.itemsize, model.quantization)
    one = free = torch.cuda.mem_get_info(target)[0]
    if load.goes_over_all(model, dtype, device):
        free = sum(torch.cuda.mem_get_info(i)[0] for i in range(torch.cuda.device_count()))
    if states / ranks.count() <= free:
        return
    smaller = "a smaller model" if model.quantization != "none" else "`quantization: int4`"
    if full:
        several = max(2, math.ceil(states / (0.8 * one)))  # the rest is for activations
        todo = (
            f"run `.venv/bin/accelerate launch --multi_gpu --num_processes {several} -m "
            "xltlib.methods.laft_launch --profile PROFILE --language LANGUAGE` first, on that many "
            "such GPUs, or set `laft.mode: lora`"
        )
    else:
        todo = f"set {smaller}, or end what else uses the GPU"
    among = f" over {ranks.count()} processes" if ranks.count() > 1 else ""
    raise XltError(
        f"`laft.mode` {laft.mode!r} of {model.path!r} needs {states / 1e9:.1f} GB of GPU memory"
        f"{among} for weights, gradients and Adam's moments, and {free / 1e9:.1f} GB are free: "
        f"{todo}"
    )


def check_precision(model: ModelSpec, laft: LaftSpec, device: str | None) -> None:
    """Raise :class:`XltError` for LoRA on a base in float16: small gradients vanish in it."""
    target = load.device_of(device)
    if laft.mode == "lora" and load.dtype_of(model.dtype, target) == torch.float16:
        raise XltError(
            f"`dtype` {model.dtype!r} of {model.path!r} is float16 on {target}, in which "
            "`laft.mode: lora` does not train reliably, since losses are not scaled: set `dtype: "
            "float32`, or `dtype: bfloat16` on hardware that has it"
        )


@contextlib.contextmanager
def for_sequences(tokens: int, length: int) -> Iterator[None]:
    """Say what to change where the GPU's memory does not hold a training step."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        first = str(error).strip().partition("\n")[0]
        raise XltError(
            f"the GPU's memory does not hold a training step on {max(1, tokens // length)} "
            f"sequences of {length} tokens at a time ({first:.200}): lower `laft.micro_batch` (1 "
            "is the least; the results differ by rounding alone), set "
            "`laft.gradient_checkpointing: true`, or shorten `laft.sequence`"
        ) from error


def check_disk(part: Path, trained: int, weights: int, itemsize: int, checkpoints: bool) -> None:
    """Raise :class:`XltError` where checkpoints or the adapted model would not fit on the disk.

    A checkpoint has 12 bytes per trained weight, and the one before it stays until it is whole.
    """
    one = _MOMENTS * trained if checkpoints else 0
    there = sum(p.stat().st_size for p in part.glob("checkpoint.pt*"))
    needed = one + max(one, weights * itemsize) - there
    free = shutil.disk_usage(part).free
    if needed > free:
        raise XltError(
            f"training writes {(needed + there) / 1e9:.1f} GB to {part} at most (checkpoints of "
            f"{one / 1e9:.1f} GB, two of them for a moment, and a model of "
            f"{weights * itemsize / 1e9:.1f} GB), but {free / 1e9:.1f} GB are free: free some disk "
            "space, or let the variable XLTLIB_HOME name a folder on a larger disk"
        )
