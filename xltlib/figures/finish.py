"""How every figure is finished, and what is known of it then."""

import textwrap
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .look import REFERENCES, SOFT

_DRAWN: WeakKeyDictionary[Figure, pd.DataFrame] = WeakKeyDictionary()


def finish(
    figure: Figure,
    title: str,
    about: str,
    legend_of: Axes | None = None,
    note: str = "",
    across: str = "",
    rows: pd.DataFrame | None = None,
) -> Figure:
    """Title above, the legend under it, what signs mean in small type below.

    ``across`` is the label of an x-axis that all panels share, and stands in their middle.

    ``about``, what the profile is, goes with the files as their description, not into the picture;
    ``rows``, those of the table that are drawn, are kept for :func:`drawn`.
    """
    figure.set_label(" ".join(about.split()))
    if rows is not None:
        _DRAWN[figure] = rows
    width, height = figure.get_size_inches()
    titles = textwrap.wrap(title, int(width * 10.2))
    head = 0.17 + 0.19 * len(titles)
    if legend_of is not None:
        found: dict[str, object] = {}
        for ax in figure.axes:
            found |= {
                k: h for h, k in zip(*ax.get_legend_handles_labels(), strict=True) if k not in found
            }
        for names in _legend_lines(list(found), width):
            line = figure.legend(
                [found[n] for n in names],
                names,
                loc="upper center",
                ncols=len(names),
                bbox_to_anchor=(0.5, 1 - (head - 0.09) / height),
                columnspacing=1.6,
                handletextpad=0.5,
            )
            line.set_in_layout(False)
            head += 0.22
        head += 0.02
    # Not suptitle: tight_layout would reserve its room a second time.
    figure.text(
        0.5,
        1 - 0.08 / height,
        "\n".join(titles),
        fontsize=11,
        fontweight="bold",
        ha="center",
        va="top",
    )
    lines = textwrap.wrap(note, int(width * 15))
    foot = 0.06 + 0.145 * len(lines) + (0.22 if across else 0)
    if lines:
        figure.text(
            0.012,
            0.05 / height,
            "\n".join(lines),
            fontsize=7.5,
            color=SOFT,
            va="bottom",
            linespacing=1.3,
        )
    figure.tight_layout(rect=(0, foot / height, 1, 1 - head / height))
    if across:
        ends = [ax.get_position() for ax in figure.axes]
        middle = (min(e.x0 for e in ends) + max(e.x1 for e in ends)) / 2
        figure.text(middle, foot / height, across, ha="center", va="top", fontsize=9)
    return figure


def drawn(figure: Figure) -> pd.DataFrame | None:
    """The rows of the table that a figure shows; None where they are no scores of methods."""
    return _DRAWN.get(figure)


def _legend_lines(names: list[str], width: float) -> list[list[str]]:
    """Names in lines that fit into ``width`` inches: methods, then baselines on their own."""
    methods = [n for n in names if n not in REFERENCES]  # as they are drawn
    lines: list[list[str]] = []
    for group in (methods, [n for n in REFERENCES if n in names]):
        left = 0.0
        for name in group:
            needed = 0.55 + 0.075 * len(name)
            if not lines or name == group[0] or needed > left:
                lines.append([])
                left = width
            lines[-1].append(name)
            left -= needed
    return lines
