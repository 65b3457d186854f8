"""All ways of a place, one under another: what they reach, and what no model reaches."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..stats.metrics import HEADLINE, metric
from ..stats.panel import PLACE
from .look import INK, REFERENCES, SOFT, TASK_NAMES, finish, language_name, panels, style


def ways(table: pd.DataFrame, about: str = "") -> Figure:
    """Score and 95 % interval of each way, best first: a panel per task, data set and language.

    ``table`` is a table of ways (:func:`xltlib.stats.ways.ways_table`). Filled: above the best
    baseline without a model, which is the dashed line; a diamond: items were translated by people.
    """
    places = list(table.groupby(PLACE, sort=False))
    most = max(len(rows) for _, rows in places)
    with style():
        figure, axes = panels(len(places), (3.9, 0.7 + 0.19 * most), (0.4, 1.1))
        for ax, (key, rows) in zip(axes.flat, places, strict=False):
            _panel(ax, key, rows)
        note = (
            "In brackets: demonstrations. Filled: above the best baseline without a language model "
            "(dashed). Diamond: items translated by people, a bound."
        )
        return finish(figure, "Ways to ask, best first, 95 % intervals", about, note=note)


def _panel(ax: Axes, key: tuple[str, str, str], rows: pd.DataFrame) -> None:
    task, dataset, language = key
    for at, (_, row) in enumerate(rows.iterrows()):
        bound, above = str(row["bound"]) == "True", bool(row["above"])
        colour = INK if above else SOFT
        error = np.clip([[row["score"] - row["low"]], [row["high"] - row["score"]]], 0, None)
        ax.errorbar(
            row["score"], at, xerr=error, fmt="D" if bound else "o", color=colour, markersize=4.5,
            elinewidth=1.3, markerfacecolor=colour if above else "white",
        )  # fmt: skip
    ax.set_yticks(range(len(rows)), [f"{a} [{k}]" for a, k in rows[["arm", "shots"]].to_numpy()])
    ax.tick_params(axis="y", labelsize=7.5)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    if rows["baseline"].notna().any():
        grey, _ = next(iter(REFERENCES.values()))
        ax.axvline(rows["baseline"].iloc[0], color=grey, linestyle="--", linewidth=1.2, zorder=1)
    ax.set_xlim(left=0)
    ax.set_xlabel(metric(HEADLINE[task]).label)
    ax.set_title(f"{TASK_NAMES.get(task, task)}, {language_name(language)}\n{dataset}")
    ax.grid(axis="y", visible=False)
