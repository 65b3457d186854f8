"""Which keys a row attends to: all that it may see, or of those the last ones within a window.

Layers are told apart by transformers' own cache interface, which knows each architecture's. A
windowed layer with window w lets position p attend to positions above p - w: itself and the w - 1
before it. So of the shared tokens it keeps the last w - 1 alone.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedConfig
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

_NARROW = 5  # tokens of the window under which the self-test tries a windowed model

Window = int | None  # None: the layer attends to everything before


def windows(config: PreTrainedConfig) -> list[Window] | None:
    """The window of each layer; None when a layer keeps something else than keys of its own.

    Layers with states (Mamba's) or with another layer's keys cannot be masked token by token.
    """
    found: list[Window] = []
    for layer in DynamicCache(config=config).layers or [DynamicLayer()] * config.num_hidden_layers:
        if type(layer) is DynamicSlidingWindowLayer:
            found.append(layer.sliding_window)
        elif type(layer) is DynamicLayer:
            found.append(None)
        else:
            return None
    return found


@contextlib.contextmanager
def narrowed(config: PreTrainedConfig) -> Iterator[None]:
    """Within the block the window is so narrow that a short sequence crosses it."""
    window = getattr(config, "sliding_window", None)
    if isinstance(window, int) and window > _NARROW:
        config.sliding_window = _NARROW
    try:
        yield
    finally:
        if window is not None:
            config.sliding_window = window


def kept(length: int, window: Window) -> int:
    """How many of ``length`` tokens a layer needs for what stands behind them."""
    return length if window is None else min(length, window - 1)


def first_column(end: int, new: int, window: Window) -> int:
    """The first of ``end`` columns that any of the last ``new`` ones sees: columns are positions
    but for padding in front, which all share.
    """
    return 0 if window is None else max(0, end - new - (window - 1))


def additive(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """Mask [b, 1, q, k] to be added to scores, from ``visible`` [b, q, k].

    The lowest number instead of -inf: a row that sees nothing stays a number.
    """
    made = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return made.masked_fill_(~visible, torch.finfo(dtype).min)[:, None]


@dataclass
class Sight:
    """What the rows of one forward pass see, for each kind of layer.

    ``positions`` [b, q] are those of all rows, ``at`` [b, k] those of the own columns, of which the
    last q are the rows themselves. ``visible`` [b, m, k] is for the last m rows; the first q - m
    are causal (m = q where all are told). None: all are causal. ``length`` tokens are shared.
    """

    positions: Tensor
    at: Tensor
    visible: Tensor | None
    length: int
    dtype: torch.dtype
    _made: dict[tuple, Tensor | None] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """An upper bound of all positions, known without a look into tensors."""
        return self.length + self.at.shape[1]

    def own(self, window: Window) -> Tensor | None:
        """Additive mask [b, 1, m, columns] over own columns, from :func:`first_column` on."""
        if self.visible is None:
            return None
        if window is not None and self.end <= window:
            window = None
        if ("own", window) not in self._made:
            seen = self.own_visible(window)
            self._made["own", window] = additive(seen, self.dtype)
        return self._made["own", window]

    def own_visible(self, window: Window) -> Tensor:
        """``visible`` within ``window``, from :func:`first_column` on."""
        visible, at = self.visible, self.at
        if window is None:
            return visible
        first = first_column(at.shape[1], self.positions.shape[1], window)
        rows = self.positions[:, -visible.shape[1] :, None]
        return visible[..., first:] & (rows - at[:, None, first:] < window)

    def shared_visible(self, window: Window) -> Tensor | None:
        """Which of the shared tokens that a layer keeps are within the window: [b, q, kept].

        None: all of them.
        """
        count = kept(self.length, window)
        if window is None or self.end - 1 - (self.length - count) < window:
            return None
        start = self.length - count
        at = torch.arange(start, self.length, device=self.positions.device)
        return self.positions[..., None] - at < window

    def shared(self, window: Window, repeat: int, last: int | None) -> Tensor | None:
        """Additive mask [1, 1, repeat * b * q, kept] over shared tokens, of the ``last`` rows."""
        key = ("shared", window, repeat, last)
        if key not in self._made:
            seen = self.shared_visible(window)
            if seen is not None:
                seen = seen[:, -last:] if last else seen
                made = additive(seen, self.dtype).flatten(0, 2)
                self._made[key] = made.repeat(repeat, 1)[None, None]
            else:
                self._made[key] = None
        return self._made[key]

    def whole(self, window: Window, stored: int) -> Tensor | None:
        """Additive mask [b, 1, q, stored + columns]: shared tokens in storage, then own columns.

        ``stored`` is what the layer keeps of the shared tokens, 0 where they are not in storage.
        """
        if self.visible is None:
            return None
        if stored == 0:
            return self.own(window)
        key = ("whole", window, stored)
        if key not in self._made:
            visible = self.visible
            if window is not None and self.end > window:
                rows = self.positions[:, -visible.shape[1] :, None]
                visible = visible & (rows - self.at[:, None] < window)
            shared = self.shared_visible(window)
            if shared is None:
                shared = visible.new_ones((*visible.shape[:2], stored))
            self._made[key] = additive(torch.cat([shared, visible], -1), self.dtype)
        return self._made[key]
