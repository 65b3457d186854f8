"""Key-value storage that is allocated once per batch and written in place."""

import torch
from transformers.cache_utils import Cache, DynamicLayer


class _Fixed(DynamicLayer):
    """A layer of fixed capacity: :meth:`update` copies new states in and returns views."""

    def __init__(self, capacity: int, head: tuple[torch.Tensor, torch.Tensor] | None):
        super().__init__()
        self.capacity, self.head = capacity, head
        self.length = head[0].shape[1] if head is not None else 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys = key_states.new_empty(
            (*key_states.shape[:2], self.capacity, key_states.shape[3])
        )
        self.values = value_states.new_empty(
            (*value_states.shape[:2], self.capacity, value_states.shape[3])
        )
        if self.head is not None:
            self.keys[:, :, : self.length] = self.head[0]
            self.values[:, :, : self.length] = self.head[1]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        return self.length

    def keep(self, rows: torch.Tensor) -> None:
        rows = rows.to(self.keys.device)  # of a model over several GPUs each layer has its own
        self.keys, self.values = self.keys[rows], self.values[rows]


def fixed_cache(
    layers: int, capacity: int, head: list[tuple[torch.Tensor, torch.Tensor]] | None = None
) -> Cache:
    """A cache of ``capacity`` columns per sequence, optionally starting with ``head``.

    ``head`` holds, per layer, keys and values [key heads, columns, head size] that every sequence
    begins with; they are copied in.
    """
    return Cache(layers=[_Fixed(capacity, head[i] if head else None) for i in range(layers)])


def keep_rows(cache: Cache, rows: torch.Tensor) -> None:
    """Drop all sequences but ``rows``."""
    for layer in cache.layers:
        layer.keep(rows)
