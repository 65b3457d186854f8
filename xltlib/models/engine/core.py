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
from . import masks, memory
from .attention import Layers, attending
from .cache import fixed_cache
from .gated import GatedBlocks
from .last_layer import LastLayer
from .masks import Sight, Window
from .output import Output, log_likelihoods

Way = Literal["split", "dense", "copied", "whole"]
WAYS: tuple[Way, ...] = ("split", "dense", "copied", "whole")
_LOGITS = 1 << 24  # logits at a time, 64 MiB: a vocabulary of 262,144 times 64 rows
_CPU_ROWS = 1024  # tokens per batch on a CPU: more gains nothing and leaves its caches


class Prefix:
    """``length`` shared tokens that have been through the model: keys and values per layer.

    A windowed layer keeps those that the tokens behind them see.
    """

    def __init__(self, layers: Layers, length: int):
        self.layers, self.length = layers, length


class Core:
    """Forward passes of one model; ``way`` says how rows attend to the prefix."""

    def __init__(self, model: PreTrainedModel, batch_tokens: int):
        self.model, self.batch_tokens = model, batch_tokens
        self.base, self.head = model.base_model, model.get_output_embeddings()
        self.config = model.config.get_text_config(decoder=True)
        self.device, self.dtype = model.device, model.dtype
        self.layers = self.config.num_hidden_layers
        self.last: LastLayer | None = LastLayer(model)  # None: computed in full
        self.single = False  # the model's cache bears one token at a time: see :mod:`copied`
        self.recorded = False  # decoding steps are replayed: see :mod:`steps`
        self.output = Output(model)
        self._gated = GatedBlocks(model)
        self.way: Way = "whole"
        self.usage = Usage()
        looked_up = model.get_input_embeddings().weight
        self.weights = footprint.weights(model) - looked_up.numel()
        if looked_up is not self.head.weight:
            self.weights -= self.head.weight.numel()  # counted per output row instead
        self.vocabulary = self.head.weight.shape[0]
        self.head_size = self.head.weight.numel()
        self._windows: tuple[object, list[Window] | None] | None = None
        self.out_of_memory = 0  # batches that had to be halved
        if self.device.type == "cpu":
            memory.keep_freed()

    @property
    def windows(self) -> list[Window] | None:
        """Of each layer, as :func:`masks.windows` has it; it follows the model's configuration."""
        now = getattr(self.config, "sliding_window", None)
        if self._windows is None or self._windows[0] != now:
            self._windows = now, masks.windows(self.config)
        return self._windows[1]

    def count(self, tokens: int, keys: int, left_out: int = 0) -> None:
        """Note a forward pass of ``tokens`` that attend to ``keys`` each, or to a window of these.

        ``left_out`` of them do not go through the last layer's modules.
        """
        self.usage.model_tokens += tokens
        self.usage.batches += 1
        seen = sum(min(keys, w or keys) for w in self.windows or [None] * self.layers)
        attention = 4.0 * self.config.hidden_size * seen
        self.usage.flops += tokens * (2.0 * self.weights + attention)
        if left_out and self.last:
            self.usage.flops -= left_out * 2.0 * self.last.weights

    def forward(
        self,
        ids: Tensor,
        positions: Tensor,
        visible: Tensor | None,
        cache: Cache | None,
        prefix: Prefix,
        read: int,
        chain: int = 0,
        at: Tensor | None = None,
    ) -> Tensor:
        """Last hidden states [b, read, hidden] of the last ``read`` columns of ``ids`` [b, q].

        The tokens stand behind ``prefix``, at ``positions`` [b, q]. ``visible`` [b, m, columns]
        says which own columns, whose positions are ``at`` (None: ``positions``), the last m rows
        see; None: causal. ``chain`` as in :func:`attention.attending`.
        """
        split, size = self.way == "split", ids.shape[1]
        at = positions if at is None else at
        sight = Sight(positions, at, visible, prefix.length, self.dtype)
        narrow = self.last is not None and read < size
        self.count(ids.numel(), sight.end, len(ids) * (size - read) if narrow else 0)
        with contextlib.ExitStack() as block:
            if split:
                wanted = read if narrow else None
                seen = attending(self.config, prefix.layers, self.windows, sight, chain, wanted)
                block.enter_context(seen)
            if narrow:
                block.enter_context(self.last.narrowed(read))
            block.enter_context(self._gated.in_place())
            hidden = self.base(
                input_ids=ids,
                position_ids=positions,
                attention_mask=None if split else self._mask(sight, prefix),
                past_key_values=cache,
                use_cache=cache is not None,
            ).last_hidden_state
        return hidden[:, -read:].to(self.device)  # a model over several GPUs ends on another

    def _mask(self, sight: Sight, prefix: Prefix) -> Tensor | dict[str, Tensor] | None:
        """For the model's own attention: one mask, or one for each of its kinds of layers."""
        if sight.visible is None:
            return None
        windows = self.windows
        stored = {w: masks.kept(prefix.length, w) for w in windows}
        made = {w: sight.whole(w, count) for w, count in stored.items()}
        if len(made) == 1:
            return made[windows[0]]
        return {kind: made[w] for kind, w in zip(self.config.layer_types, windows, strict=True)}

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 logits [n, vocabulary] of hidden states [n, hidden]."""
        self.usage.flops += 2.0 * hidden.shape[0] * self.head_size
        return self.output.logits(hidden).to(self.device)

    def log_likelihoods(self, states: Tensor, rows: list[int], tokens: list[int]) -> list[float]:
        """Natural logs of the probabilities that ``states[rows[i]]`` gives to ``tokens[i]``.

        Logits are held for as many rows at a time as :data:`_LOGITS` allows.
        """
        picked = torch.tensor(rows, device=self.device)
        wanted = torch.tensor(tokens, device=self.device)
        values = torch.empty(len(rows), device=self.device)
        size = max(1, _LOGITS // self.vocabulary)
        for start in range(0, len(states), size):
            here = (picked >= start) & (picked < start + size)
            logits = self.logits(states[start : start + size])
            values[here] = log_likelihoods(logits, picked[here] - start, wanted[here])
        return values.tolist()

    def new_cache(self, prefix: Prefix, capacity: int, rows: int | None = None) -> Cache:
        """Storage for ``capacity`` new columns per row, behind a copy of the prefix if dense."""
        head = prefix.layers if self.way == "dense" and prefix.length else None
        return fixed_cache(self.windows, capacity, rows, head)

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
        visible, cache = None, Cache(layers=[DynamicLayer() for _ in range(self.layers)])
        if self.way == "dense" and prefix.length:
            square = torch.ones(1, len(ids), len(ids), dtype=torch.bool, device=self.device)
            visible, cache = square.tril(), self.new_cache(prefix, len(ids))
        self.forward(tokens, positions, visible, cache, prefix, read=1)
        new = [(layer.keys[0], layer.values[0]) for layer in cache.layers]
        if self.way == "split" and prefix.length:
            new = [
                (torch.cat([a, c], 1), torch.cat([b, d], 1))
                for (a, b), (c, d) in zip(prefix.layers, new, strict=True)
            ]
        length = prefix.length + len(ids)
        kept = [_last(pair, length, w) for pair, w in zip(new, self.windows, strict=True)]
        return Prefix(kept, length)

    def limits(self, prefix: Prefix) -> tuple[int, int, int]:
        """(cached tokens per row beside its own, cached tokens per batch, tokens per batch)."""
        itemsize = torch.finfo(self.dtype).bits // 8
        if prefix.layers:
            kv = sum(k[:, :1].numel() + v[:, :1].numel() for k, v in prefix.layers) * itemsize
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

        halved = memory.in_batches(batches, run, self.device, too_large)  # which may nest
        self.out_of_memory += halved


def _last(pair: tuple[Tensor, Tensor], length: int, window: Window) -> tuple[Tensor, Tensor]:
    """Of a layer's keys and values [heads, columns, size] what tokens behind all ``length`` see."""
    count = masks.kept(length, window)
    if count == pair[0].shape[1]:
        return pair
    # Copies: views would hold on to what is left out.
    return tuple(x[:, x.shape[1] - count :].contiguous() for x in pair)
