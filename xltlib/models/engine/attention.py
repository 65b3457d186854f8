"""Attention over two blocks of keys: a prefix that all rows share, and each row's own.

Softmax over both blocks is the mean of the two blocks' outputs weighted by their normalizers, so
the shared block is not copied per row, and masked only where a window ends within it: its scores
are one matrix product for the whole batch. The function is registered through transformers'
attention interface; the engine switches a model to it for the length of a forward pass.
"""

import contextlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, PreTrainedConfig

from .masks import Sight, Window

NAME = "xltlib_shared_prefix"
_PIECE = 128  # rows of causal attention at a time

#: Per layer keys and values of shared tokens, each [key heads, tokens, head size].
Layers = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class _Pass:
    """What the layers of one forward pass attend to: see :func:`attending`."""

    prefix: Layers
    windows: Sequence[Window]
    sight: Sight
    chain: int
    read: int | None


_active: ContextVar[_Pass] = ContextVar("active")


@contextlib.contextmanager
def attending(
    config: PreTrainedConfig,
    prefix: Layers,
    windows: Sequence[Window],
    sight: Sight,
    chain: int,
    read: int | None = None,
) -> Iterator[None]:
    """Let the model of ``config`` attend to ``prefix`` and to its own tokens within the block.

    ``windows`` are the layers'. The first ``chain`` rows of a batch are causal among themselves and
    need no mask; those of ``sight`` are for the rows behind them. Of the last layer only the last
    ``read`` rows are wanted, those of the mask or without one a single row (None: all); the others
    are 0.
    """
    usual = config._attn_implementation
    token = _active.set(_Pass(prefix, windows, sight, chain, read))
    config._attn_implementation = NAME
    try:
        yield
    finally:
        _active.reset(token)
        config._attn_implementation = usual


def _block(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float, causal: bool
) -> tuple[Tensor, Tensor]:
    """Output [b, h, q, d] and log normalizer [b, h, q] of softmax attention over one block."""
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, causal, attn_mask=mask, scale=scale
    )


def _own(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    scale: float,
    chain: int,
    window: Window,
) -> tuple[Tensor, Tensor]:
    b, h, q, d = query.shape
    repeat = h // key.shape[1]
    if repeat > 1 and q == 1:
        rows = query.reshape(b, h // repeat, repeat, d)
        out, weight = _block(rows, key, value, mask, scale, False)
        return out.reshape(b, h, q, d), weight.reshape(b, h, q)
    if repeat > 1:
        key, value = key.repeat_interleave(repeat, 1), value.repeat_interleave(repeat, 1)
    if q == 1 or (mask is not None and chain == 0):
        return _block(query, key, value, mask, scale, False)
    pieces = list(_causal(query, key, value, scale, q if mask is None else chain, window))
    if mask is not None:
        pieces.append(_block(query[:, :, chain:], key, value, mask, scale, False))
    if len(pieces) == 1:
        return pieces[0]
    # Joined as [b, q, h, d], in which the model goes on.
    out = torch.cat([out.transpose(1, 2) for out, _ in pieces], 1).transpose(1, 2)
    return out, torch.cat([weight for _, weight in pieces], 2)


def _causal(
    query: Tensor, key: Tensor, value: Tensor, scale: float, count: int, window: Window
) -> Iterator[tuple[Tensor, Tensor]]:
    """Causal attention of the first ``count`` rows, in pieces: the kernel computes masked scores
    too. Within a ``window`` a piece's keys begin where its first row's do.
    """
    if count <= _PIECE and (window is None or count <= window):
        first = (x[:, :, :count] for x in (query, key, value))
        yield _block(*first, None, scale, count > 1)
        return
    for start in range(0, count, _PIECE):
        end = min(start + _PIECE, count)
        low = 0 if window is None else max(0, start - window + 1)
        if window is None:
            before = -(-count // 1024) * 1024
            mask = _stairs(before, None, query.dtype)[: end - start, before - start :]
        else:
            mask = _stairs(start - low, window, query.dtype)[: end - start]
        mask = mask[None, None, :, : end - low]
        piece = (query[:, :, start:end], key[:, :, low:end], value[:, :, low:end])
        yield _block(*piece, mask, scale, False)


@lru_cache(maxsize=64)
def _stairs(before: int, window: Window, dtype: torch.dtype) -> Tensor:
    """Additive mask of a piece's rows behind ``before`` keys: any piece's is cut out of it.

    Row r sees the keys up to ``before + r``, within a ``window`` the last of these.
    """
    steps = torch.full((_PIECE, _PIECE), float("-inf"), dtype=dtype).triu_(1)
    made = functional.pad(steps, (before, 0))
    if window is not None:
        rows = torch.arange(before, before + _PIECE)[:, None]
        made.masked_fill_(torch.arange(before + _PIECE) <= rows - window, float("-inf"))
    return made


def _forward(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: object,
) -> tuple[Tensor, None]:
    """Query [b, h, q, d], key and value [b, g, t, d] with h a multiple of g."""
    for feature in ("softcap", "s_aux", "position_bias", "sinks", "cache"):
        if kwargs.get(feature) is not None:
            raise NotImplementedError(f"attention with {feature}")
    now = _active.get()
    window, chain, read = now.windows[module.layer_idx], now.chain, None
    mask, left_out = now.sight.own(window), 0
    if now.read and module.layer_idx + 1 == len(now.windows):
        read, left_out = now.read, query.shape[2] - now.read
        query, chain = query[:, :, left_out:], 0
        if mask is not None:
            mask = mask[:, :, -read:]
        elif window is not None and key.shape[2] >= window:  # the one row that is read
            key, value = key[:, :, -window:], value[:, :, -window:]
    b, h, q, d = query.shape
    scale = d**-0.5 if scaling is None else scaling
    out, weight = _own(query, key, value, mask, scale, chain, window)
    if now.prefix:
        keys, values = now.prefix[module.layer_idx]
        rows = query.transpose(0, 1).reshape(1, keys.shape[0], -1, d)
        seen = now.sight.shared(window, h // keys.shape[0], read)
        shared, share = _block(rows, keys[None], values[None], seen, scale, False)
        shared = shared.reshape(h, b, q, d).transpose(0, 1)
        share = share.reshape(h, b, q).transpose(0, 1)
        out = torch.lerp(out, shared, torch.sigmoid(share - weight).unsqueeze(-1).to(out.dtype))
    out = out.transpose(1, 2)
    return functional.pad(out, (0, 0, 0, 0, left_out, 0)).contiguous(), None


AttentionInterface.register(NAME, _forward)
