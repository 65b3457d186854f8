"""Snapshots of a training: the weights at each measurement, their mean, and the best of them.

After Free Lunch (https://arxiv.org/abs/2305.16834): the plain mean of all snapshots of one run.
LoRA's snapshots are averaged as what their factors add to the weights, since a mean of factors is
not the factors of a mean. A snapshot is written before the checkpoint that lies behind it, so that
a killed run that goes on has them all.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from . import checkpoint
from .trainee import Trainee

_NAME = re.compile(r"snapshot-(\d+)\.safetensors$")


def save(folder: Path, step: int, trainee: Trainee) -> None:
    """Keep the weights that training changes, as they are after ``step``."""
    path = folder / f"snapshot-{step}.safetensors"
    part = path.with_suffix(".part")
    weights = {name: p.contiguous() for name, p in checkpoint.trained(trainee.whole).items()}
    save_file(weights, part)
    os.replace(part, path)


def steps(folder: Path) -> list[int]:
    """The steps after which there are snapshots, in order."""
    found = (_NAME.match(path.name) for path in folder.glob("snapshot-*"))
    return sorted(int(match[1]) for match in found if match)


def best(history: pd.DataFrame) -> int:
    """The step with the lowest held-out loss, of those behind the first."""
    losses = history[history["step"] > 0].set_index("step")["held_out_loss"]
    return int(losses.idxmin())


def take(folder: Path, step: int, trainee: Trainee) -> None:
    """Put the weights of a snapshot into ``trainee``."""
    found = load_file(folder / f"snapshot-{step}.safetensors")
    with torch.no_grad():
        for name, p in trainee.whole.named_parameters():
            if p.requires_grad:
                p.copy_(found[name])


def average(folder: Path, trainee: Trainee) -> nn.Module:
    """The model with the mean of all snapshots' weights, without factors."""
    every = steps(folder)
    sums: dict[int, Tensor] = {}
    for step in every:
        take(folder, step, trainee)
        for i, (weight, added) in enumerate(_changes(trainee)):
            share = (weight.double() + added) / len(every)
            sums[i] = share if i not in sums else sums[i] + share
    for i, (weight, _) in enumerate(_changes(trainee)):
        weight.data.copy_(sums[i])
    return trainee.whole.unload() if trainee.lora else trainee.whole


def _changes(trainee: Trainee) -> Iterator[tuple[Tensor, Tensor | float]]:
    """The weights that training changes, each with what LoRA adds to it."""
    if not trainee.lora:
        for p in trainee.parameters:
            yield p.detach(), 0.0
        return
    for module in trainee.whole.modules():
        if hasattr(module, "get_delta_weight"):
            with torch.no_grad():
                added = module.get_delta_weight("default")
            yield module.get_base_layer().weight.detach(), added
