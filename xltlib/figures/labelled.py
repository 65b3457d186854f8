"""What labelled items buy: scores against how many of them a way has seen."""

from collections.abc import Collection

import pandas as pd
from matplotlib.figure import Figure

from ..stats.metrics import HEADLINE, metric
from ..stats.panel import PLACE, ordered
from ..tasks import names as names_of_tasks
from .finish import finish
from .look import (
    REFERENCES,
    amount,
    headline,
    intervals,
    language_name,
    look,
    panels,
    style,
)

_APART = 0.13  # between two numbers that are written on the axis, as a share of its length
_LEFT = 0.6  # where no labelled item stands on an axis that is logarithmic from 1 on


def labelled_items(arms: pd.DataFrame, baselines: pd.DataFrame, about: str = "") -> Figure:
    """Scores of arms (points) and of what needs no model (lines), by labelled items seen.

    Both are score tables with ``labelled``, of tasks that choose among labels
    (:mod:`xltlib.validity.learning_curve`): a panel for each data set and language in which an arm
    has seen as many items as the least of what needs no model; for all, where there is none.
    """
    rows = headline(arms[arms["task"].isin(set(baselines["task"]))])
    found = set(zip(rows["task"], rows["dataset"], rows["language"], strict=True))
    order = names_of_tasks().index
    least = baselines.groupby(PLACE)["labelled"].min()
    most = rows.groupby(PLACE)["labelled"].max().reindex(least.index)
    found = (found & set(least.index[most >= least])) or found
    places = sorted(found, key=lambda place: (order(place[0]), *place[1:]))
    names, shown = ordered(rows["method"]), []
    with style():
        crowded = len(places) <= 4 and len(names) > 5
        each = (3.3, 2.6) if crowded else (2.5, 2.3)
        figure, axes = panels(len(places), each, (1.2, 1.5), sharey=True)
        for ax, place in zip(axes.flat, places, strict=False):
            mine, lines = (t[(t[PLACE] == list(place)).all(axis=1)] for t in (rows, baselines))
            for name, line in lines.groupby("method"):
                grey, dashes = REFERENCES.get(name, next(iter(REFERENCES.values())))
                line = line.sort_values("labelled")
                ax.plot(line["labelled"], line["score"], color=grey, linestyle=dashes, label=name)
                ax.fill_between(
                    line["labelled"], line["low"], line["high"], color=grey, alpha=0.12, linewidth=0
                )
            shown.append(mine)
            for i, name in enumerate(names):
                one = mine[mine["method"] == name]
                nudge = 1.11 ** (i - (len(names) - 1) / 2)
                x = one["labelled"].where(one["labelled"] > 0, _LEFT) * nudge
                if len(one):
                    intervals(ax, list(x), one, names, name)
                    ax.plot(x, one["score"], color=look(names, name)[0], linewidth=0.7)
            ax.set_xscale("log")
            ticks = [_LEFT, *_apart(lines["labelled"])]
            ax.set_xticks(ticks, ["none", *(amount(t) for t in ticks[1:])], fontsize=8)
            ax.minorticks_off()
            task, dataset, language = place
            ax.set_title(f"{language_name(language)} · {dataset}")
            ax.set_ylabel(metric(HEADLINE[task]).label if ax in axes[:, 0] else "")
            ax.set_xlabel("labelled items")
        axes[0][0].set_ylim(0, None)  # once all is drawn: the panels share what this ends
        title = "What do labelled items buy? 95 % intervals"
        return finish(figure, title, about, axes[0][0], rows=pd.concat(shown))


def _apart(sizes: Collection[int]) -> list[int]:
    """The sizes, without those whose labels would touch the next larger one's."""
    kept: list[int] = []
    ratio = (max(sizes) / _LEFT) ** _APART
    for size in sorted(set(sizes), reverse=True):
        if not kept or kept[-1] >= ratio * size:
            kept.append(size)
    return kept[::-1]
