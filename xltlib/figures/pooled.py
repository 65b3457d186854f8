"""Which method is better on the whole: differences pooled over tasks and languages."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..stats.conclusions import interval_text
from .finish import finish
from .look import INK, SOFT, shots_name, style

_FEW = 3  # arms of which every pair has a panel


def pooled_forest(table: pd.DataFrame, about: str = "") -> Figure:
    """Which method is better on the whole? Differences by pair and shots: a pooled table.

    Of three arms each pair has a panel and an axis of its own; of more, each is set against the
    first, in a panel for each number of shots. 95 % intervals; filled points are significant at 5 %
    after Holm's correction. Of an empty table, which one method gives, it says why it is empty.
    """
    if table.empty:
        return _sentence(str(table.attrs.get("why") or "There are no two methods to compare."))
    several = pd.unique(table[["method_a", "method_b"]].to_numpy().ravel()).size > _FEW
    with style():
        figure = _against_the_first(table) if several else _pairs(table)
        note = "Filled: significant at 5 % after Holm's correction."
        shown = table[table["method_a"] == table["method_a"].iloc[0]] if several else table
        if shown["agree"].str.startswith("no:").any():
            note += " †: the mixed model does not agree."
        title = "Which method is better on the whole? Over tasks and languages"
        across = f"Mean score minus that of {table['method_a'].iloc[0]}" if several else ""
        return finish(figure, title, about, note=note, across=across, rows=shown)


def _sentence(text: str) -> Figure:
    """A figure of words, where there is nothing to draw."""
    with style():
        figure = plt.figure(figsize=(6.2, 0.7))
        figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True, color=SOFT)
        return figure


def _against_the_first(table: pd.DataFrame) -> Figure:
    """Every arm less the first: rows are arms, panels numbers of shots."""
    first = table["method_a"].iloc[0]
    rows = table[table["method_a"] == first]
    arms = list(dict.fromkeys(rows["method_b"]))
    shots = sorted(rows["shots"].unique()) if "shots" in rows else [None]
    each = 1.9 if len(shots) < 4 else 1.45
    size = (1.7 + each * len(shots), 1.2 + 0.26 * len(arms))
    figure, axes = plt.subplots(
        1, len(shots), figsize=size, squeeze=False, sharex=True, sharey=True
    )
    for ax, count in zip(axes[0], shots, strict=True):
        for _, row in (rows if count is None else rows[rows["shots"] == count]).iterrows():
            flipped = row.rename({"low": "high", "high": "low"})
            flipped[["low", "difference", "high"]] *= -1
            _point(ax, flipped, arms.index(row["method_b"]))
            if row["agree"].startswith("no:"):
                ax.annotate(
                    "†",
                    (flipped["difference"], arms.index(row["method_b"])),
                    xytext=(0, 3),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7,
                )
        ax.axvline(0, color=SOFT, linewidth=0.9)
        ax.set_title("" if count is None else shots_name(count))
        ax.grid(axis="y", visible=False)
        ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
    axes[0][0].set_yticks(range(len(arms)), arms)
    axes[0][0].set_ylim(len(arms) - 0.5, -0.5)
    return figure


def _pairs(table: pd.DataFrame) -> Figure:
    """A panel a pair, with the numbers: rows are numbers of shots."""
    pairs = list(dict.fromkeys(zip(table["method_a"], table["method_b"], strict=True)))
    shots = sorted(table["shots"].unique()) if "shots" in table else []
    across = len(pairs)
    size = (1.1 + 2.35 * across, 1.5 + 0.42 * max(1, len(shots)))
    figure, axes = plt.subplots(1, across, figsize=size, squeeze=False, sharey=True)
    for ax, (a, b) in zip(axes[0], pairs, strict=True):
        rows = table[(table["method_a"] == a) & (table["method_b"] == b)]
        for _, row in rows.iterrows():
            _difference(ax, row, shots.index(row["shots"]) if shots else 0)
        ax.axvline(0, color=SOFT, linewidth=0.9)
        ax.set_title(f"{a} − {b}")
        ax.set_ylim(max(1, len(shots)) - 0.45, -0.7)
        ends = np.append(rows[["low", "difference", "high"]].to_numpy(float), 0.0)
        ends = ends[~np.isnan(ends)]  # an interval may be unknown
        room = 0.18 * (max(ends) - min(ends)) or 0.1
        ax.set_xlim(min(ends) - room, max(ends) + room)
        low, high = ax.get_xlim()
        ticks = mpl.ticker.MaxNLocator(4).tick_values(low, high)
        ax.set_xticks([t for t in ticks if low <= t <= high])
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("Difference of mean scores")
    axes[0][0].set_yticks(range(len(shots)), [shots_name(s) for s in shots])
    return figure


def _point(ax: Axes, row: pd.Series, y: float) -> None:
    """A difference with its interval."""
    ax.plot([row["low"], row["high"]], [y, y], color=INK, linewidth=1.8, solid_capstyle="round")
    fill = INK if row["p_holm"] <= 0.05 else "white"
    ax.plot(row["difference"], y, "o", markersize=5.5, mec=INK, mew=1.3, mfc=fill)


def _difference(ax: Axes, row: pd.Series, y: float) -> None:
    """The same, with its numbers above it."""
    _point(ax, row, y)
    mark = " †" if row["agree"].startswith("no:") else ""
    text = f"{row['difference']:+.3f} {interval_text(row['low'], row['high'], '+.3f')}{mark}"
    # in the middle of the panel: at the point it would leave it
    ax.text(
        0.5,
        y - 0.3,
        text.replace("-", "−"),
        transform=ax.get_yaxis_transform(),
        ha="center",
        va="center",
        fontsize=7.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
    )
