"""Linear layers in oneDNN's blocked weight layout while the engine runs, in float32 on a CPU.

torch multiplies float32 matrices with MKL, which leaves half the width of AVX-512 unused on
processors that are not Intel's. oneDNN's kernels use it on all, provided that the weights are laid
out for them beforehand: measured 2.2 times as fast from about 30 rows on, on an AMD processor. The
layers' ``forward`` is exchanged for the length of a ``with`` block; weights and modules stay.
"""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

_LEAST_ROWS = 8  # below, a plain product is as fast
_MOST_BYTES = 4 << 30  # the copies of larger models would take more memory than they are worth


class _Layer:
    def __init__(self, module: nn.Linear):
        self.module = module
        self.weight: Tensor | None = None
        self.state: tuple[int, int] | None = None

    def refresh(self) -> None:
        """Lay the weights out, again when they were changed or exchanged since."""
        weight = self.module.weight
        state = (weight.data_ptr(), weight._version)
        if state != self.state:
            self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None)
            self.state = state

    def forward(self, rows: Tensor) -> Tensor:
        module = self.module
        if rows.dtype != torch.float32 or rows.numel() < _LEAST_ROWS * module.in_features:
            return functional.linear(rows, module.weight, module.bias)
        return torch.ops.mkldnn._linear_pointwise(rows, self.weight, module.bias, "none", [], "")


class PackedLinears:
    """The linear layers of a model that are worth it; none on a GPU or in half precision."""

    def __init__(self, model: nn.Module):
        found = [m for m in model.modules() if type(m) is nn.Linear] if _supported() else []
        found = [
            m
            for m in found
            if m.weight.dtype == torch.float32
            and m.weight.device.type == "cpu"
            and "forward" not in vars(m)  # someone else has exchanged it
        ]
        if sum(m.weight.nbytes for m in found) > _MOST_BYTES:
            found = []
        self.layers = [_Layer(m) for m in found]

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Exchange the layers' forward within the block, in which no gradients are wanted."""
        for layer in self.layers:
            layer.refresh()
            layer.module.forward = layer.forward
        try:
            yield
        finally:
            for layer in self.layers:
                del layer.module.forward


def _supported() -> bool:
    return torch.backends.mkldnn.is_available() and (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
    )
