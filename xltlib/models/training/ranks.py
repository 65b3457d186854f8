"""Processes that train one model together: how many, which of them this is, waiting, adding up.

One process alone is rank 0 of 1, so that callers need no second way.
"""

import torch
import torch.distributed as distributed


def count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def index() -> int:
    """Which of them this is; rank 0 alone writes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def wait() -> None:
    """Go on when all processes are here."""
    if count() > 1:
        distributed.barrier()


def summed(value: float, device: torch.device) -> float:
    """The sum of all processes' values, in float64."""
    if count() == 1:
        return value
    total = torch.tensor(value, dtype=torch.float64, device=device)
    distributed.all_reduce(total)
    return total.item()
