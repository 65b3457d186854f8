"""Training checkpoints: the state from which a killed run goes on to the same weights.

Optimizer, schedule (by the step), random state and position in the data (by the step, too). Shards
of several processes are put together, so that any number of processes may go on.
"""

import json
import os
import pickle
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch.distributed.tensor import DTensor, distribute_tensor

from . import ranks

_NAME = "checkpoint.pt"


@dataclass
class State:
    """Where training stands; model and optimizer are stored beside it."""

    step: int = 0
    tokens: int = 0
    flops: float = 0.0
    seconds: float = 0.0
    rows: list[list[float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)  # of the steps since the last row


def trained(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights that training changes, in one piece on rank 0; empty tensors on the others."""
    return {n: _whole(p.detach()) for n, p in model.named_parameters() if p.requires_grad}


def save(
    folder: Path,
    recipe: dict,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    state: State,
) -> None:
    """Write the checkpoint to a temporary name and rename it, so that one that exists is whole."""
    moments = optimizer.state_dict()
    moments["state"] = {
        n: {k: _whole(v) for k, v in one.items()} for n, one in moments["state"].items()
    }
    content = {
        "recipe": json.dumps(recipe, sort_keys=True),
        "weights": trained(model),
        "optimizer": moments,
        "random": torch.get_rng_state(),
        "state": asdict(state),
    }
    if ranks.index() > 0:
        return
    path = folder / (_NAME + ".part")
    try:
        torch.save(content, path)
    except RuntimeError as error:  # how torch reports a full disk
        raise OSError(str(error)) from error
    os.replace(path, folder / _NAME)


def resume(
    folder: Path, recipe: dict, model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> State:
    """Put the checkpoint's weights, optimizer and random state back; a new State without one.

    A checkpoint of another recipe, or one that cannot be read, is passed over with a warning.
    """
    path = folder / _NAME
    if not path.is_file():
        return State()
    try:
        # mapped, not read: each of several processes would hold the whole of it in memory
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        warnings.warn(f"{path} cannot be read ({error}): training starts anew", stacklevel=2)
        return State()
    if content["recipe"] != json.dumps(recipe, sort_keys=True):
        warnings.warn(f"{path} is of another recipe or text: training starts anew", stacklevel=2)
        return State()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.requires_grad:
                p.copy_(_like(content["weights"][name], p))
    moments = content["optimizer"]
    stepped = [p for group in optimizer.param_groups for p in group["params"]]
    moments["state"] = {
        n: {k: _like(v, stepped[n]) for k, v in one.items()} for n, one in moments["state"].items()
    }
    optimizer.load_state_dict(moments)
    torch.set_rng_state(content["random"])
    return State(**content["state"])


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    """A sharded tensor put together, on rank 0; all processes have to ask for it."""
    if not isinstance(tensor, DTensor):
        return tensor
    whole = tensor.full_tensor()
    return whole.cpu() if ranks.index() == 0 else whole.new_empty(0)


def _like(tensor: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """A whole tensor, sharded as the weight ``p`` that it belongs to; a step count as it is."""
    if not isinstance(p, DTensor) or tensor.shape != p.shape:
        return tensor
    return distribute_tensor(tensor.to(p.device), p.device_mesh, p.placements)
