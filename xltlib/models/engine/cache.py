"""Key-value storage that is allocated once per batch and written in place."""

from collections.abc import Sequence

import torch
from transformers.cache_utils import Cache, DynamicLayer

from .masks import Window, first_column


class _Fixed(DynamicLayer):
    """A layer of fixed capacity: :meth:`update` copies new states in and returns views.

    ``capacity`` counts own columns, behind those of ``head``. Where there is no head, columns in
    front of the ``window`` of all new ones are left out of what is returned.
    """

    def __init__(
        self,
        capacity: int,
        rows: int | None,
        head: tuple[torch.Tensor, torch.Tensor] | None,
        window: Window,
    ):
        super().__init__()
        self.count, self.head = rows, head
        self.window = window if head is None else None
        self.shared = head[0].shape[1] if head is not None else 0
        self.capacity = self.shared + capacity
        self.length = self.shared
        self.rows = slice(None)

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        # Zeros, since columns that a row leaves free are masked, and a mask does not hide a NaN.
        self.keys, self.values = (
            made.new_zeros((self.count or len(made), made.shape[1], self.capacity, made.shape[3]))
            for made in (key_states, value_states)
        )
        if self.head is not None:
            self.keys[:, :, : self.shared], self.values[:, :, : self.shared] = self.head
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        self.keys[self.rows, :, self.length : end] = key_states
        self.values[self.rows, :, self.length : end] = value_states
        self.length = end
        seen = slice(first_column(end, key_states.shape[2], self.window), end)
        return self.keys[self.rows, :, seen], self.values[self.rows, :, seen]

    def get_seq_length(self) -> int:
        return self.length

    def keep(self, rows: torch.Tensor) -> None:
        rows = rows.to(self.keys.device)  # of a model over several GPUs each layer has its own
        self.keys, self.values = self.keys[rows], self.values[rows]


def fixed_cache(
    windows: Sequence[Window],
    capacity: int,
    rows: int | None = None,
    head: list[tuple[torch.Tensor, torch.Tensor]] | None = None,
) -> Cache:
    """A cache of ``capacity`` columns for each of ``rows`` sequences, None: those of the first use.

    ``windows`` are the layers'. ``head`` holds, per layer, keys and values [key heads, columns,
    head size] that every sequence begins with; they are copied in, in front of the columns.
    """
    heads = head or [None] * len(windows)
    return Cache([_Fixed(capacity, rows, h, w) for h, w in zip(heads, windows, strict=True)])


def go_to(cache: Cache, rows: slice, column: int) -> None:
    """Let the next forward pass write into ``rows`` from ``column`` behind the head on."""
    for layer in cache.layers:
        layer.rows, layer.length = rows, layer.shared + column


def keep_rows(cache: Cache, rows: torch.Tensor) -> None:
    """Drop all sequences but ``rows``."""
    for layer in cache.layers:
        layer.keep(rows)
