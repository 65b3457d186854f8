"""All ways of a task, one under another: what they reach, and what no model reaches."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import not_one_of
from ..stats.metrics import HEADLINE, metric
from ..stats.panel import ordered
from ..stats.ways import open_ways
from .finish import finish
from .look import BEST, COLOURS, INK, REFERENCES, SOFT, TASK_NAMES, language_name, style

_MOST = 16  # ways in a figure


def ways(table: pd.DataFrame, task: str = "", about: str = "") -> Figure:
    """Score and 95 % interval of each way, the best first: a panel per language.

    ``table`` is a table of ways (:func:`xltlib.stats.ways.ways_table`), ``task`` one of its tasks
    (default: its first). Of many ways there are those of the paper's methods, the best in each
    place that one can go, with and without labelled items, and the best others.
    Ways stand by how far they lie above the mean of their place, since not all are in every place.
    Filled: the interval is above the best baseline without a model, which is
    the dashed line; a diamond: items were translated by people; a square: answered elsewhere.
    """
    tasks = ordered(table["task"])
    task = task or tasks[0]
    if task not in tasks:
        raise not_one_of("task", task, tasks)
    rows = table[table["task"] == task]
    scale = metric(HEADLINE[task]).top
    drawn = ["score", "low", "high", "baseline"]
    rows = rows.assign(**(scale * rows[drawn].astype(float)))
    rows = rows.assign(way=[f"{a} [{k}]" for a, k in rows[["arm", "shots"]].to_numpy()])
    lead = rows["score"] - rows.groupby(["dataset", "language"])["score"].transform("mean")
    best = lead.groupby(rows["way"]).mean().sort_values(ascending=False, kind="stable")
    ours = set(rows.loc[rows["arm"].isin(COLOURS), "way"]) | _leading(rows)
    others = [name for name in best.index if name not in ours]
    kept = ours | set(others[: max(0, _MOST - len(ours))])
    names = [name for name in best.index if name in kept]
    rows = rows[rows["way"].isin(kept)]
    places = list(rows.groupby(["dataset", "language"], sort=False))
    several = rows.groupby("language")["dataset"].nunique().max() > 1
    with style():
        size = (2.0 + 1.55 * len(places), 1.65 + 0.185 * max(len(names), 3))
        figure, axes = plt.subplots(
            1, len(places), figsize=size, squeeze=False, sharex=True, sharey=True
        )
        for ax, ((dataset, language), mine) in zip(axes[0], places, strict=True):
            _panel(ax, mine, names)
            ax.set_title(language_name(language) + (f"\n{dataset}" if several else ""))
        axes[0][0].set_yticks(range(len(names)), names)
        axes[0][0].tick_params(axis="y", labelsize=8)
        axes[0][0].set_ylim(len(names) - 0.4, -0.6)
        axes[0][0].set_xlim(left=0)
        note = (
            "In brackets: labelled items shown or learned from. Filled: the whole interval is "
            f"above the {BEST} (dashed)."
        )
        if (rows["bound"].astype(str) == "True").any():
            note += " Diamond: items translated by people, a bound."
        if (rows["elsewhere"].astype(str) == "True").any():
            note += " Square: answered elsewhere."
        note += " 95 % intervals."
        if left_out := len(best) - len(names):
            ways_stand = "more way stands" if left_out == 1 else "more ways stand"
            note += f" {left_out} {ways_stand} in the table alone."
        title = f"{TASK_NAMES.get(task, task)}: which way is best?"
        across = metric(HEADLINE[task]).label
        return finish(figure, title, about, note=note, across=across, rows=rows)


def _leading(rows: pd.DataFrame) -> set[str]:
    """The ways that one can go and that are best in a place, of all and of those that show none."""
    can = open_ways(rows).sort_values("score", ascending=False, kind="stable")
    place = ["dataset", "language"]
    tops = (some.drop_duplicates(place)["way"] for some in (can, can[can["shots"] == 0]))
    return {way for top in tops for way in top}


def _panel(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    for _, row in rows.iterrows():
        bound, elsewhere = str(row["bound"]) == "True", str(row["elsewhere"]) == "True"
        above = bool(row["above"])
        colour = INK if above else SOFT
        error = np.clip([[row["score"] - row["low"]], [row["high"] - row["score"]]], 0, None)
        ax.errorbar(
            row["score"],
            names.index(row["way"]),
            xerr=error,
            fmt="D" if bound else "s" if elsewhere else "o",
            color=colour,
            markersize=4.5,
            elinewidth=1.3,
            markerfacecolor=colour if above else "white",
            clip_on=False,  # a score of 0 stands on the axis, and is seen whole
        )
    if rows["baseline"].notna().any():
        grey, dashes = REFERENCES[BEST]
        ax.axvline(rows["baseline"].iloc[0], color=grey, linestyle=dashes, linewidth=1.2, zorder=1)
    ax.grid(axis="y", visible=True)
