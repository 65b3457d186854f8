"""Linear layers by oneDNN's kernels while the engine runs, in float32 on a CPU.

torch multiplies float32 matrices with MKL, which leaves half the width of AVX-512 unused on
processors that are not Intel's. oneDNN's kernels use it on all: measured on an AMD processor, 1.4
times as fast for one row and 2.1 times from 64 rows on. Weights laid out in oneDNN's blocks
beforehand would be faster still, by 3 % at 300 rows and 15 % at 16, but would be held twice.
On Intel's the layers stay as they are: oneDNN makes a kernel for each shape of a product that it
meets, and scoring was measured 8 % faster without. The layers' ``forward`` is exchanged for the
length of a ``with`` block; modules and weights stay as they are.
"""

import contextlib
import os
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

# oneDNN keeps the kernel of every shape of a product that it has met, 1,024 by default: some 70 MB,
# while a batch's shape seldom comes twice. The variable is read when oneDNN is first used.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")

# Rows of a product, as in decoding, for which it is faster to take the weights as the rows, and
# the rows, no more than fit into one vector register's width, as the weights.
_FEW = 8, 16
_WIDE = 1 << 15  # outputs from which on the turned result stays a view: an output layer's logits


class OneDnnLinears:
    """The linear layers of a model that gain; none on a GPU, in half precision or on Intel's."""

    def __init__(self, model: nn.Module):
        found = [m for m in model.modules() if type(m) is nn.Linear] if _gains() else []
        self.layers = [
            m for m in found if m.weight.dtype == torch.float32 and m.weight.device.type == "cpu"
        ]
        self._active = False

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Exchange the layers' forward within the block, in which no gradients are wanted."""
        if self._active:  # a block within a block: all is exchanged
            yield
            return
        self._active = True
        try:
            for layer in self.layers:
                layer.forward = partial(_forward, layer)
            yield
        finally:
            self._active = False
            for layer in self.layers:
                vars(layer).pop("forward", None)


def _forward(layer: nn.Linear, rows: Tensor) -> Tensor:
    if rows.dtype != torch.float32 or rows.numel() == 0:
        return functional.linear(rows, layer.weight, layer.bias)
    count = rows.numel() // layer.in_features
    if _FEW[0] <= count <= _FEW[1]:
        flat = rows.reshape(count, -1)
        made = torch.ops.mkldnn._linear_pointwise(layer.weight, flat, None, "none", [], "").T
        if layer.bias is not None:
            made = made + layer.bias
        if layer.out_features < _WIDE:
            made = made.contiguous()
        return made.view(*rows.shape[:-1], -1) if rows.dim() != 2 else made
    return torch.ops.mkldnn._linear_pointwise(rows, layer.weight, layer.bias, "none", [], "")


def _gains() -> bool:
    return _supported() and not torch.cpu.get_capabilities()["cpu_name"].startswith("Intel")


def _supported() -> bool:
    return torch.backends.mkldnn.is_available() and (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
    )
