"""How near a choice was: a model's belief in each option, item by item."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Protocol

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from ..errors import XltError
from ..text.printed import printable
from .look import COLOURS, INK, drawable, style

UNDRAWN = "(no font here has the letters of this text)"


def shown(text: str) -> str:
    """The text of an item as it can be drawn here."""
    text = printable(text)
    return text if drawable(text) else UNDRAWN


class Chosen(Protocol):
    """An item with the share of probability that each option got."""

    text: str
    gold: str
    shares: Mapping[str, float]


def option_bars(items: Sequence[Chosen]) -> Figure:
    """A row of bars per item, an option each; the right one has a dark outline.

    Raises :class:`XltError` without items: then nothing was chosen by likelihood.
    """
    if not items:
        raise XltError("there are no options to draw: nothing was chosen by likelihood")
    width = 0.34 * len(items[0].shares) + 0.9
    with style():
        figure, axes = plt.subplots(
            len(items), 1, figsize=(6.6, len(items) * width), squeeze=False, layout="constrained"
        )
        for ax, item in zip(axes[:, 0], items, strict=True):
            names = list(item.shares)
            edges = [INK if name == item.gold else "none" for name in names]
            ax.barh(names, list(item.shares.values()), color=COLOURS["prompt"], edgecolor=edges,
                    linewidth=1.8)  # fmt: skip
            ax.invert_yaxis()
            ax.set_xlim(0, 1)
            ax.grid(axis="y", visible=False)
            text = textwrap.shorten(" ".join(item.text.split()), 90, placeholder=" ...")
            ax.set_title(shown(text), loc="left", fontweight="normal", parse_math=False)
        axes[-1, 0].set_xlabel("share of probability among the options; outlined: the right answer")
        plt.close(figure)
    return figure
