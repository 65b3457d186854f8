"""Scores of one language by another: a grid of cells, each with its number in it."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ..config import name_of
from ..errors import XltError
from ..stats.panel import ordered
from .finish import finish
from .look import legible, panels, style


def matrix(
    table: pd.DataFrame, down: str, titles: Sequence[str] = ("", "", ""), about: str = ""
) -> Figure:
    """``score`` by two languages: ``down``, a column of ``table``, and ``language`` across.

    A panel for each task and data set. ``titles``: of the figure, of the rows, of the columns.
    """
    if table.empty:
        raise XltError(f"there is nothing to draw: {table.attrs.get('why', 'the table is empty')}")
    places = list(table.groupby(["task", "dataset"], sort=False))
    whole = ordered(table[down])
    ends = {"vmin": float(table["score"].min()), "vmax": float(table["score"].max())}
    with style():
        size = (1.0 + 0.62 * table["language"].nunique(), 0.5 + 0.34 * len(whole))
        figure, axes = panels(len(places), size, (1.2, 1.1), least=4.6)
        for ax, ((_, dataset), rows) in zip(axes.flat, places, strict=False):
            grid = rows.pivot_table(index=down, columns="language", values="score", sort=False)
            grid = grid.loc[sorted(grid.index), sorted(grid.columns)]
            sns.heatmap(
                grid, annot=True, fmt=".2f", cmap="cividis", cbar=False, ax=ax, linewidths=1,
                annot_kws={"fontsize": 8.5}, **ends,
            )  # fmt: skip
            legible(ax)
            ax.set_xticklabels([name_of(c) for c in grid.columns], rotation=0, fontsize=8)
            ax.set_yticklabels([name_of(c) for c in grid.index], rotation=0, fontsize=8)
            ax.set_xlabel(titles[2])
            ax.set_ylabel(titles[1])
            ax.set_title(dataset if len(places) > 1 else "")
        return finish(figure, titles[0], about, rows=table)
