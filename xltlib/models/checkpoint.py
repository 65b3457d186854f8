"""Training checkpoints: the state from which a killed run goes on to the same weights."""

import json
import os
import pickle
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

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


def save(
    folder: Path,
    recipe: dict,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    state: State,
) -> None:
    """Write the checkpoint to a temporary name and rename it, so that one that exists is whole."""
    trained = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    content = {
        "recipe": json.dumps(recipe, sort_keys=True),
        "weights": trained,
        "optimizer": optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "state": asdict(state),
    }
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
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        warnings.warn(f"{path} cannot be read ({error}): training starts anew", stacklevel=2)
        return State()
    if content["recipe"] != json.dumps(recipe, sort_keys=True):
        warnings.warn(f"{path} is of another recipe or text: training starts anew", stacklevel=2)
        return State()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.requires_grad:
                p.copy_(content["weights"][name])
    optimizer.load_state_dict(content["optimizer"])
    torch.set_rng_state(content["random"])
    return State(**content["state"])
