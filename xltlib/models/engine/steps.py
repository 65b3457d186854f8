"""Decoding steps whose tensors keep their places and shapes, so that a GPU replays them.

A step of a small batch is some hundred short kernels: on a GPU it takes as long as Python needs to
launch them. Here each step attends to all columns of the storage, those that are not yet written
being masked, and is recorded once as a CUDA graph; each further step is one launch. On a CPU the
same step is computed without a recording. The storage must begin with the shared tokens (the
``dense`` way), behind which no column is left out for a window.
"""

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from ..usage import Usage
from .cache import write_at
from .core import Core, Prefix

_WARM = 2  # runs before the recording, in which kernels are chosen and memory is taken


class Steps:
    """The steps of one batch as long as no row leaves it; :meth:`run` takes one."""

    def __init__(self, core: Core, prefix: Prefix, cache: Cache, valid: Tensor, positions: Tensor):
        self.core, self.prefix, self.cache = core, prefix, cache
        self.valid, self.positions = valid, positions
        self.ids = torch.zeros(len(valid), 1, dtype=torch.long, device=core.device)
        self.column = torch.zeros(1, dtype=torch.long, device=core.device)
        self.columns = torch.arange(valid.shape[1], device=core.device)
        self.graph: torch.cuda.CUDAGraph | None = None
        self.logits: Tensor | None = None
        self.cost = Usage()

    def run(self, tokens: list[int], column: int) -> Tensor:
        """Float32 logits [b, vocabulary] behind ``tokens``, which stand in ``column``.

        The next call overwrites them.
        """
        self.ids.copy_(torch.tensor(tokens)[:, None])
        self.column.fill_(column)
        if self.core.device.type != "cuda":
            return self._step()
        if self.graph is None:
            self._record()
        self.graph.replay()
        self.core.usage.add(self.cost)
        return self.logits

    def _step(self) -> Tensor:
        seen = (self.valid & (self.columns <= self.column))[:, None]
        here = self.positions.index_select(1, self.column)
        with write_at(self.cache, self.column):
            hidden = self.core.forward(
                self.ids, here, seen, self.cache, self.prefix, read=1, at=self.positions
            )
        return self.core.logits(hidden[:, -1])

    def _record(self) -> None:
        """Warm up and record; what is written meanwhile is what the first replay writes again."""
        usage, self.core.usage = self.core.usage, Usage()
        try:
            aside = torch.cuda.Stream()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(_WARM):
                    self._step()
            torch.cuda.current_stream().wait_stream(aside)
            self.core.usage = self.cost
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self.logits = self._step()
            self.graph = graph
        finally:
            self.core.usage = usage
