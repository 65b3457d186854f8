"""Attention on a GPU where all query heads share one key head: no row is left alone in its block.

PyTorch's memory-efficient kernel, which is taken where there is a mask, works on blocks of 32 or 64
rows. It has a shortcut for a single query of such a model (``num_queries == 1 && k_strideH == 0``
in its kernel_forward.h) and takes it for a last block of one row, too, where it reads the mask in
wrong places. Seen on an H200 with PyTorch 2.11: with Gemma 3 270M every pass of 33 or 65 rows gave
log-likelihoods that were off by up to 8 nats, and all others were right. So such a pass is given
one more row, whose output is dropped.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

BLOCK = 32  # rows; 64 is a multiple
DEVICES = ("cuda",)
_NAME = "sdpa"


@contextlib.contextmanager
def accompanied() -> Iterator[None]:
    """Within the ``with`` block no row of a pass on one of :data:`DEVICES` is left alone."""
    attend = ALL_ATTENTION_FUNCTIONS[_NAME]

    def forward(
        module: torch.nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None,
        **kwargs: Any,
    ) -> tuple[Tensor, None]:
        shared = key.shape[1] == 1 and query.shape[1] > 1 and query.device.type in DEVICES
        if not shared or attention_mask is None or query.shape[2] % BLOCK != 1:
            return attend(module, query, key, value, attention_mask, **kwargs)
        return _with_one_more(attend, module, query, key, value, attention_mask, **kwargs)

    ALL_ATTENTION_FUNCTIONS[_NAME] = forward
    try:
        yield
    finally:
        ALL_ATTENTION_FUNCTIONS[_NAME] = attend


def _with_one_more(
    attend: Callable[..., tuple[Tensor, None]],
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Query [b, h, q, d] with its last row twice, and the mask's ([b, 1, q, k]) with it."""
    query = torch.cat([query, query[:, :, -1:]], 2)
    if mask.shape[2] > 1:  # else one row of it serves all
        mask = torch.cat([mask, mask[:, :, -1:]], 2)
    out, weights = attend(module, query, key, value, mask, **kwargs)
    return out[:, :-1], weights  # [b, q, h, d]
