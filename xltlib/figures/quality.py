"""How good the methods are: scores, scores by shots, valid outputs, pooled differences."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ..errors import not_one_of
from ..stats.first import commonest_shots
from ..stats.metrics import HEADLINE, metric
from ..stats.panel import ordered
from ..tasks import names
from .look import (
    INK,
    SOFT,
    TASK_NAMES,
    dodge,
    finish,
    from_zero,
    headline,
    intervals,
    language_name,
    look,
    place_labels,
    places_of,
    reference_lines,
    sets_of,
    shots_name,
    style,
)

_WIDEST = 10.0  # inches that panels beside each other may take; printed, a third of it is lost


def scores(
    table: pd.DataFrame,
    shots: int | None = None,
    references: pd.DataFrame | None = None,
    about: str = "",
) -> Figure:
    """Headline scores by method, task and language at one shot count, with 95 % intervals.

    ``table`` is a score table, ``shots`` one of its shot counts (default: that of most scores, of
    several the largest), ``references`` a table with task, dataset, language, score and reference,
    whose best is a line to read scores against
    (:func:`xltlib.validity.baselines.reference_table`).
    """
    rows = headline(table)
    shots = commonest_shots(rows) if shots is None else shots
    if shots not in set(rows["shots"]):
        raise not_one_of("shots", shots, sorted(set(rows["shots"])))
    rows = rows[rows["shots"] == shots]
    tasks, methods = (
        ordered(rows["task"].unique(), names()),
        ordered(rows["method"]),
    )
    places = {t: places_of(rows[rows["task"] == t]) for t in tasks}
    with style():
        widths = [max(2, len(places[t])) for t in tasks]
        # inches, so that labels and as many methods fit
        each = max(0.95, 0.11 * rows["dataset"].str.len().max(), 0.13 * len(methods))
        if 0.9 + each * sum(widths) <= _WIDEST:
            size, down = (max(4.2, 0.9 + each * sum(widths)), 3.7), 1
        else:
            size, down = (max(4.2, 0.9 + each * max(widths)), 1.2 + 2.2 * len(tasks)), len(tasks)
        ratios = {"width_ratios": widths} if down == 1 else {}
        figure, axes = plt.subplots(down, len(tasks) // down, figsize=size, squeeze=False, **ratios)
        for ax, task in zip(axes.flat, tasks, strict=True):
            mine = rows[rows["task"] == task]
            at = {place: i for i, place in enumerate(places[task])}
            for i, method in enumerate(methods):
                one = mine[mine["method"] == method]
                x = [
                    at[p] + dodge(i, len(methods), 0.5 if len(methods) < 5 else 0.72)
                    for p in zip(one["dataset"], one["language"], strict=True)
                ]
                intervals(ax, x, one, methods, method)
            reference_lines(ax, references, task, at)
            place_labels(ax, places[task], several=mine["dataset"].nunique() > 1)
            ax.set_title(TASK_NAMES.get(task, task))
            ax.set_ylabel(metric(HEADLINE[task]).label)
            from_zero(ax, mine, references, task)
            ax.grid(axis="x", visible=False)
        return finish(figure, f"Scores at {shots_name(shots)}, 95 % intervals", about, axes[0][0])


def score_by_shots(
    table: pd.DataFrame, references: pd.DataFrame | None = None, about: str = ""
) -> Figure:
    """Do more demonstrations help? Headline scores by shots: a panel per task and language.

    A second data set of a task and language gets a row of its own. Bars are 95 % intervals; methods
    stand beside each other at each number of shots.
    """
    rows = headline(table)
    tasks, methods = (
        ordered(rows["task"].unique(), names()),
        ordered(rows["method"]),
    )
    languages = sorted(rows["language"].unique())
    lines = [(t, i) for t in tasks for i in range(max(len(sets_of(rows, t, v)) for v in languages))]
    shots = sorted(rows["shots"].unique())
    with style():
        narrow = len(languages) > 3
        size = (
            1.0 + (1.85 if narrow else 2.35) * len(languages),
            1.2 + (2.3 if len(lines) == 1 else 1.75) * len(lines),
        )
        between = "\n" if narrow else " · "
        figure, axes = plt.subplots(
            len(lines), len(languages), figsize=size, sharex=True, sharey="row", squeeze=False
        )
        for row, (task, number) in enumerate(lines):
            several = rows.loc[rows["task"] == task, "dataset"].nunique() > 1
            shown = []
            for column, language in enumerate(languages):
                ax, sets = axes[row][column], sets_of(rows, task, language)
                if number >= len(sets):
                    ax.set_visible(False)
                    continue
                mine = rows[
                    (rows["task"] == task)
                    & (rows["language"] == language)
                    & (rows["dataset"] == sets[number])
                ]
                shown.append(mine)
                for i, method in enumerate(methods):
                    one = mine[mine["method"] == method].sort_values("shots")
                    wide = 0.45 if len(methods) < 5 else 0.7
                    x = [shots.index(s) + dodge(i, len(methods), wide) for s in one["shots"]]
                    ax.plot(x, one["score"], color=look(methods, method)[0], linewidth=0.9)
                    intervals(ax, x, one, methods, method)
                reference_lines(ax, references, task, {(sets[number], language): None})
                if several or row == 0:
                    ax.set_title(
                        language_name(language) + (between + sets[number] if several else ""),
                        fontsize=9,
                    )
                ax.set_xticks(range(len(shots)), shots)
                ax.set_xlim(-0.5, len(shots) - 0.5)
                ax.grid(axis="x", visible=False)
            first = next(a for a in axes[row] if a.get_visible())
            first.set_ylabel(f"{TASK_NAMES.get(task, task)}\n{metric(HEADLINE[task]).label}")
            first.tick_params(labelleft=True)
            from_zero(first, pd.concat(shown), references, task)
        for column in axes.T:
            lowest = [ax for ax in column if ax.get_visible()][-1]
            lowest.set_xlabel("Demonstrations (shots)")
            lowest.tick_params(labelbottom=True)
        return finish(figure, "Score against shots, 95 % intervals", about, axes[0][0])


def valid_outputs(table: pd.DataFrame, about: str = "") -> Figure:
    """How many outputs can be read as an answer? A cell a condition and method: a valid table.

    Rows are tasks and languages, columns methods; the shot count with the fewest is shown, all of
    them and the intervals stand in the table.
    """
    arms = ordered(table["method"])
    several = table.groupby(["task", "language"])["dataset"].nunique().max() > 1
    rows = table.assign(
        row=[
            f"{TASK_NAMES.get(t, t)} · {language_name(v)}" + (f" · {d}" if several else "")
            for t, v, d in zip(table["task"], table["language"], table["dataset"], strict=True)
        ]
    )
    order = ordered(rows["row"])
    least = rows.pivot_table(index="row", columns="method", values="score", aggfunc="min")
    least = 100 * least.reindex(index=order, columns=arms)
    with style():
        size = (max(4.2, 2.4 + 0.55 * len(arms)), 1.6 + 0.3 * len(order))
        figure, ax = plt.subplots(figsize=size)
        sns.heatmap(
            least,
            ax=ax,
            annot=True,
            fmt=".0f",
            vmin=min(90.0, float(np.floor(least.min().min()))),
            vmax=100,
            cmap=sns.light_palette(INK, reverse=True, as_cmap=True),
            cbar=False,
            linewidths=1.5,
            annot_kws={"fontsize": 8},
        )
        ax.set_xticks(
            np.arange(len(arms)) + 0.5, arms, rotation=35, ha="right", rotation_mode="anchor"
        )
        ax.set(xlabel="", ylabel="")
        ax.grid(visible=False)
        ax.tick_params(axis="both", length=0)
        ax.tick_params(axis="y", labelrotation=0)
        note = (
            "Where an arm was asked with several numbers of shots, the one with the fewest answers."
        )
        return finish(figure, "Outputs that hold an answer, in percent", about, note=note)


def _sentence(text: str) -> Figure:
    """A figure of words, where there is nothing to draw."""
    with style():
        figure = plt.figure(figsize=(6.2, 0.7))
        figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True, color=SOFT)
        return figure
