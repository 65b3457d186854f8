"""The model as the engine uses it: forward passes behind a shared prefix, output rows on demand."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer
from transformers.modeling_utils import PreTrainedModel

from ..usage import Usage
from ..weights import footprint
from . import memory
from .attention import Layers, attending
from .cache import fixed_cache
from .gated import GatedBlocks
from .last_layer import LastLayer

Way = Literal["split", "dense", "whole"]
WAYS: tuple[Way, ...] = ("split", "dense", "whole")
_CPU_ROWS = 1024  # tokens per batch on a CPU: more gains nothing and leaves its caches


class Prefix:
    """Shared tokens that have been through the model: their keys and values per layer."""

    def __init__(self, layers: Layers):
        self.layers = layers
        self.length = layers[0][0].shape[1] if layers else 0


class Core:
    """Forward passes of one model; ``way`` says how rows attend to the prefix."""

    def __init__(self, model: PreTrainedModel, batch_tokens: int):
        self.model, self.batch_tokens = model, batch_tokens
        self.base, self.head = model.base_model, model.get_output_embeddings()
        self.config, self.device, self.dtype = model.config, model.device, model.dtype
        self.layers = model.config.num_hidden_layers
        self.last: LastLayer | None = LastLayer(model)  # None: computed in full
        self._gated = GatedBlocks(model)
        self.way: Way = "whole"
        self.usage = Usage()
        looked_up = model.get_input_embeddings().weight
        self.weights = footprint.weights(model) - looked_up.numel()
        if looked_up is not self.head.weight:
            self.weights -= self.head.weight.numel()  # counted per output row instead
        self.vocabulary = self.head.weight.shape[0]
        self.head_size = self.head.weight.numel()
        self.cap = getattr(model.config, "final_logit_softcapping", None)
        self.out_of_memory = 0  # batches that had to be halved
        if self.device.type == "cpu":
            memory.keep_freed()

    def count(self, tokens: int, keys: int, left_out: int = 0) -> None:
        """Note a forward pass of ``tokens`` that attend to ``keys`` each.

        ``left_out`` of them do not go through the last layer's modules.
        """
        self.usage.model_tokens += tokens
        self.usage.batches += 1
        attention = 4.0 * self.layers * self.config.hidden_size * keys
        self.usage.flops += tokens * (2.0 * self.weights + attention)
        if left_out and self.last:
            self.usage.flops -= left_out * 2.0 * self.last.weights

    def forward(
        self,
        ids: Tensor,
        positions: Tensor,
        mask: Tensor | None,
        cache: Cache | None,
        prefix: Prefix,
        read: int,
        chain: int = 0,
    ) -> Tensor:
        """Last hidden states [b, read, hidden] of the last ``read`` columns of ``ids`` [b, q].

        The tokens stand behind ``prefix``. ``mask`` is from :meth:`mask`; None: causal. ``chain``
        as in :func:`attention.attending`.
        """
        split, size = self.way == "split", ids.shape[1]
        keys = size if mask is None else mask.shape[-1]
        keys += prefix.length if split else 0
        narrow = self.last is not None and read < size
        self.count(ids.numel(), keys, len(ids) * (size - read) if narrow else 0)
        with contextlib.ExitStack() as block:
            if split:
                wanted = read if narrow else None
                block.enter_context(attending(self.model, prefix.layers, chain, wanted))
            if narrow:
                block.enter_context(self.last.narrowed(read))
            block.enter_context(self._gated.in_place())
            hidden = self.base(
                input_ids=ids,
                position_ids=positions,
                attention_mask=mask,
                past_key_values=cache,
                use_cache=cache is not None,
            ).last_hidden_state
        return hidden[:, -read:].to(self.device)  # a model over several GPUs ends on another

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 logits [n, vocabulary] of hidden states [n, hidden]."""
        self.usage.flops += 2.0 * hidden.shape[0] * self.head_size
        logits = self.head(hidden).float().to(self.device)
        return torch.tanh(logits / self.cap) * self.cap if self.cap else logits

    def mask(self, visible: Tensor, prefix: Prefix) -> Tensor:
        """Additive mask [b, 1, q, columns] from ``visible`` [b, q, own columns].

        Where the prefix stands in the cache (the way ``dense``) its columns come first.
        """
        if self.way == "dense" and prefix.length:
            ones = visible.new_ones((*visible.shape[:2], prefix.length))
            visible = torch.cat([ones, visible], -1)
        low = torch.finfo(self.dtype).min
        made = torch.zeros(visible.shape, dtype=self.dtype, device=self.device)
        return made.masked_fill_(~visible, low)[:, None]

    def new_cache(self, prefix: Prefix, capacity: int, rows: int | None = None) -> Cache:
        """Storage for ``capacity`` new columns per row, behind a copy of the prefix if dense."""
        head = prefix.layers if self.way == "dense" and prefix.length else None
        return fixed_cache(self.layers, capacity + (prefix.length if head else 0), rows, head)

    def extend(self, prefix: Prefix, ids: list[int]) -> Prefix:
        """``prefix`` with more shared tokens behind it, in halves where they do not fit at once.

        Raises :class:`XltError` when not even one token fits.
        """
        made = prefix

        def run(part: list[int]) -> None:
            nonlocal made
            made = self._extended(made, [ids[i] for i in part])

        def too_large(i: int) -> str:
            return (
                f"out of memory on {self.device} behind {made.length} tokens that prompts share: "
                "use a smaller model, dtype bfloat16 or fewer shots"
            )

        whole = [list(range(len(ids)))] if ids else []
        self.out_of_memory += memory.in_batches(whole, run, self.device, too_large)
        return made

    def _extended(self, prefix: Prefix, ids: list[int]) -> Prefix:
        tokens = torch.tensor([ids], device=self.device)
        positions = torch.arange(len(ids), device=self.device)[None] + prefix.length
        mask, cache = None, Cache(layers=[DynamicLayer() for _ in range(self.layers)])
        if self.way == "dense" and prefix.length:
            square = torch.ones(1, len(ids), len(ids), dtype=torch.bool, device=self.device)
            mask, cache = self.mask(square.tril(), prefix), self.new_cache(prefix, len(ids))
        self.forward(tokens, positions, mask, cache, prefix, read=1)
        new = [(layer.keys[0], layer.values[0]) for layer in cache.layers]
        if self.way == "split" and prefix.length:
            new = [
                (torch.cat([a, c], 1), torch.cat([b, d], 1))
                for (a, b), (c, d) in zip(prefix.layers, new, strict=True)
            ]
        return Prefix(new)

    def limits(self, prefix: Prefix) -> tuple[int, int, int]:
        """(cached tokens per row beside its own, cached tokens per batch, tokens per batch)."""
        itemsize = torch.finfo(self.dtype).bits // 8
        if prefix.layers:
            kv = sum(k[:, 0].numel() + v[:, 0].numel() for k, v in prefix.layers) * itemsize
        else:
            kv = 2 * self.layers * self.config.hidden_size * itemsize
        most = memory.budget(self.device, self.config, kv, itemsize, self.batch_tokens)
        rows = min(most, _CPU_ROWS) if self.device.type == "cpu" else most
        return (prefix.length if self.way == "dense" else 0), most, rows

    def in_batches(
        self,
        batches: Sequence[list[int]],
        run: Callable[[list[int]], None],
        tokens: Callable[[int], int],
    ) -> None:
        """Run each batch; one that does not fit into memory is halved and tried again.

        Raises :class:`XltError` when one item alone does not fit.
        """

        def too_large(item: int) -> str:
            return (
                f"out of memory on {self.device} with item {item} alone ({tokens(item)} tokens): "
                "use a smaller model, dtype bfloat16, fewer shots or shorter documents"
            )

        self.out_of_memory += memory.in_batches(batches, run, self.device, too_large)
