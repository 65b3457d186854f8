"""Gated feed-forward blocks, ``down(act(gate(x)) * up(x))``, with the product formed in place.

The product is as wide as a layer gets. Written over one of its factors it takes no memory of its
own, and stays in the processor's caches: measured 2 % of scoring's time. A block's ``forward`` is
exchanged for the length of a ``with`` block; the module itself stays as it is.
"""

import contextlib
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

_PARTS = ("gate_proj", "up_proj", "down_proj", "act_fn")


class GatedBlocks:
    """The blocks of a model on a CPU that give the very same numbers in place."""

    def __init__(self, model: nn.Module):
        self.blocks = [m for m in model.modules() if _is_gated(m)]

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Exchange the blocks' ``forward`` within the block, in which no gradients are wanted."""
        try:
            for module in self.blocks:
                module.forward = partial(_forward, module)
            yield
        finally:
            for module in self.blocks:
                vars(module).pop("forward", None)


def _forward(module: nn.Module, rows: Tensor) -> Tensor:
    gate = module.act_fn(module.gate_proj(rows))
    return module.down_proj(gate.mul_(module.up_proj(rows)))


@torch.no_grad()
def _is_gated(module: nn.Module) -> bool:
    """Whether a block is what its parts make: tried, since names alone promise little.

    A ``forward`` that somebody exchanged already (offloading does) is left alone.
    """
    if "forward" in vars(module) or not all(hasattr(module, name) for name in _PARTS):
        return False
    gate = module.gate_proj
    if type(gate) is not nn.Linear or gate.weight.device.type != "cpu":
        return False
    rows = torch.linspace(-1, 1, 3 * gate.in_features, dtype=gate.weight.dtype)
    rows = rows.view(3, gate.in_features)
    return torch.equal(module(rows), _forward(module, rows))
