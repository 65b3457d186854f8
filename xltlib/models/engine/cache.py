"""Key-value storage that is allocated once per batch and written in place."""

import contextlib
from collections.abc import Iterator, Sequence

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
        self.column: torch.Tensor | None = None  # see :func:`write_at`

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
        if self.column is not None:
            self.keys.index_copy_(2, self.column, key_states)
            self.values.index_copy_(2, self.column, value_states)
            return self.keys, self.values
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


@contextlib.contextmanager
def write_at(cache: Cache, column: torch.Tensor) -> Iterator[None]:
    """Within the block a pass has one column, which ``column`` [1] names behind the head, on the
    device; all columns are returned. Only for storage behind a head.
    """
    places = {shared: column + shared for shared in {layer.shared for layer in cache.layers}}
    for layer in cache.layers:
        layer.column = places[layer.shared]
    try:
        yield
    finally:
        for layer in cache.layers:
            layer.column = None


def keep_rows(cache: Cache, rows: torch.Tensor) -> None:
    """Drop all sequences but ``rows``."""
    for layer in cache.layers:
        layer.keep(rows)
