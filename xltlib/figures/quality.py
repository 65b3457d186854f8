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
from .finish import finish
from .look import (
    INK,
    SOFT,
    TASK_NAMES,
    dodge,
    from_zero,
    headline,
    intervals,
    language_name,
    legible,
    look,
    place_labels,
    places_of,
    reference_lines,
    sets_of,
    shots_name,
    style,
)

_WIDEST = 10.0  # inches that panels beside each other may take; printed, a third of it is lost
_DOWN = 3  # panels one under another
_LINES = 6  # lines of panels that a page has room for
_PLACES = 16  # places of a figure in which every output may be an answer


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
            across, size = len(tasks), (max(4.2, 0.9 + each * sum(widths)), 3.7)
        elif len(tasks) <= _DOWN:
            across, size = 1, (max(4.2, 0.9 + each * max(widths)), 1.2 + 2.2 * len(tasks))
        else:  # one under another they would be longer than a page
            across, each = 2, max(0.88, 0.075 * rows["dataset"].str.len().max(), 0.1 * len(methods))
            size = (max(6.3, 1.3 + 2 * each * max(widths)), 1.2 + 2.0 * -(-len(tasks) // 2))
        ratios = {"width_ratios": widths} if across == len(tasks) else {}
        down = -(-len(tasks) // across)
        figure, axes = plt.subplots(down, across, figsize=size, squeeze=False, **ratios)
        for ax in axes.flat[len(tasks) :]:
            ax.set_visible(False)
        for ax, task in zip(axes.flat, tasks, strict=False):
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
        title = f"How good is each method with {shots_name(shots)}? 95 % intervals"
        return finish(figure, title, about, axes[0][0], rows=rows)


def score_by_shots(
    table: pd.DataFrame, references: pd.DataFrame | None = None, about: str = ""
) -> Figure:
    """Do more demonstrations help? Headline scores by shots: a panel per task and language.

    A second data set of a task and language gets a row of its own. Bars are 95 % intervals; methods
    stand beside each other at each number of shots. Of more tasks than a page has room for there
    are those with most methods.
    """
    rows, note = _most_compared(headline(table))
    tasks, methods = (
        ordered(rows["task"].unique(), names()),
        ordered(rows["method"]),
    )
    languages = sorted(rows["language"].unique())
    lines = [(t, i) for t in tasks for i in range(_sets(rows, t))]
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
                if several or not any(above.get_visible() for above in axes[:row, column]):
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
        first = next(ax for ax in axes.flat if ax.get_visible())
        title = "Do more demonstrations help? 95 % intervals"
        return finish(figure, title, about, first, note=note, rows=rows)


def _sets(rows: pd.DataFrame, task: str) -> int:
    """The most data sets that a language has of a task."""
    return int(rows[rows["task"] == task].groupby("language")["dataset"].nunique().max())


def _most_compared(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows of the tasks with most methods, as many as a page has room for; what is left out."""
    tasks = ordered(rows["task"].unique(), names())
    methods = rows.groupby("task")["method"].nunique()
    kept: list[str] = []
    for task in sorted(tasks, key=lambda t: -methods[t]):
        if not kept or sum(_sets(rows, t) for t in [*kept, task]) <= _LINES:
            kept.append(task)
    left = [TASK_NAMES.get(t, t) for t in tasks if t not in kept]
    note = f"In the table alone, with fewer methods: {', '.join(left)}." if left else ""
    return rows[rows["task"].isin(kept)], note


def valid_outputs(table: pd.DataFrame, about: str = "") -> Figure:
    """How many outputs can be read as an answer? A cell a condition and method: a valid table.

    Rows are tasks and languages, columns methods; the shot count with the fewest is shown, all of
    them and the intervals stand in the table. Of many rows, those are left out in which all outputs
    are answers.
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
    whole = (least.isna() | (least == 100)).all(axis=1)
    whole &= len(order) > _PLACES and not whole.all()
    least = least[~whole]
    order = list(least.index)
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
        legible(ax)
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
        if whole.any():
            note += f" In {whole.sum()} further places all outputs hold one."
        title = "How many outputs hold an answer? In percent"
        return finish(figure, title, about, note=note, rows=rows[rows["row"].isin(order)])


def _sentence(text: str) -> Figure:
    """A figure of words, where there is nothing to draw."""
    with style():
        figure = plt.figure(figsize=(6.2, 0.7))
        figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True, color=SOFT)
        return figure
