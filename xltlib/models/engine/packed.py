"""Linear layers in oneDNN's blocked weight layout while the engine runs, in float32 on a CPU.

torch multiplies float32 matrices with MKL, which leaves half the width of AVX-512 unused on
processors that are not Intel's. oneDNN's kernels use it on all, provided that the weights are laid
out for them beforehand: measured 2.2 times as fast from about 30 rows on, on an AMD processor. On
Intel's the layers stay as they are: oneDNN makes a kernel for each shape of a product that it
meets, and scoring was measured 8 % faster without. The layers' ``forward`` is exchanged for the
length of a ``with`` block; modules and weights are afterwards as they were, to the bit. Where the
memory bears both layouts, the weights are laid out once; where it does not, in each block anew.
"""

import contextlib
import os
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import memory

# oneDNN keeps the kernel of every shape of a product that it has met, 1,024 by default: some 70 MB,
# while a batch's shape seldom comes twice. The variable is read when oneDNN is first used.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")

_LEAST_ROWS = 2  # below, a plain product is as fast; four rows of it are slower than sixteen
_SHARE = 0.25  # of the free memory, up to which both layouts stay; above, one replaces the other
_TRIM_EVERY = 4  # layers whose memory is freed between two returns of it to the system


class _Layer:
    def __init__(self, module: nn.Linear, shared: bool):
        self.module, self.shared = module, shared
        self.packed: Tensor | None = None
        self.state: tuple[int, int] | None = None

    def enter(self, keep: bool) -> None:
        """Lay the weights out, again when they were changed or exchanged since."""
        weight = self.module.weight
        state = (weight.data_ptr(), weight._version)
        if self.packed is None or state != self.state:
            self.packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None)
            self.state = state
        if not keep and not self.shared:
            weight.data = weight.new_empty(0)
        self.module.forward = self.forward

    def leave(self, keep: bool) -> None:
        vars(self.module).pop("forward", None)
        if not keep and self.packed is not None:
            if not self.module.weight.numel():
                self.module.weight.data = self.packed.to_dense()
            self.packed = None

    def forward(self, rows: Tensor) -> Tensor:
        module = self.module
        few = rows.numel() < _LEAST_ROWS * module.in_features
        if rows.dtype != torch.float32 or (few and module.weight.numel()):
            return functional.linear(rows, module.weight, module.bias)
        return torch.ops.mkldnn._linear_pointwise(rows, self.packed, module.bias, "none", [], "")


class PackedLinears:
    """The linear layers of a model that gain; none on a GPU, in half precision or on Intel's."""

    def __init__(self, model: nn.Module):
        found = [m for m in model.modules() if type(m) is nn.Linear] if _gains() else []
        others = {
            id(p)
            for m in model.modules()
            if type(m) is not nn.Linear
            for p in m.parameters(recurse=False)
        }
        self.layers = [
            _Layer(m, shared=id(m.weight) in others)  # tied to an embedding, which looks it up
            for m in found
            if m.weight.dtype == torch.float32 and m.weight.device.type == "cpu"
        ]
        self._bytes = sum(layer.module.weight.nbytes for layer in self.layers)
        self._active = False
        self._keep: bool | None = None  # told at the first use, when the model is in memory

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Exchange the layers' forward within the block, in which no gradients are wanted."""
        if self._active:  # a block within a block: all is exchanged
            yield
            return
        if self._keep is None:
            free = memory.free_bytes(torch.device("cpu"))
            self._keep = self._bytes <= _SHARE * free
        self._active = True
        try:
            # Weights made within inference mode could not be trained afterwards.
            with torch.inference_mode(False), torch.no_grad():
                self._each(_Layer.enter)
            yield
        finally:
            self._active = False
            with torch.inference_mode(False), torch.no_grad():
                self._each(_Layer.leave)

    def _each(self, act: Callable[[_Layer, bool], None]) -> None:
        for n, layer in enumerate(self.layers, 1):
            act(layer, self._keep)
            if not self._keep and n % _TRIM_EVERY == 0:
                memory.give_back()


def _gains() -> bool:
    return _supported() and not torch.cpu.get_capabilities()["cpu_name"].startswith("Intel")


def _supported() -> bool:
    return torch.backends.mkldnn.is_available() and (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
    )
