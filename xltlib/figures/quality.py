"""How good the methods are: scores, scores by shots, valid outputs, pooled differences."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..errors import not_one_of
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


def scores(
    table: pd.DataFrame,
    shots: int | None = None,
    references: pd.DataFrame | None = None,
    about: str = "",
) -> Figure:
    """Headline scores by method, task and language at one shot count, with 95 % intervals.

    ``table`` is a score table, ``shots`` one of its shot counts (default: the largest),
    ``references`` a table with task, dataset, language, score and reference: lines
    to read scores against (:func:`xltlib.validity.baselines.reference_table`).
    """
    rows = headline(table)
    shots = int(rows["shots"].max()) if shots is None else shots
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
        each = max(0.95, 0.11 * rows["dataset"].str.len().max())  # inches, so that labels fit
        figure, axes = plt.subplots(
            1,
            len(tasks),
            figsize=(max(4.2, 0.9 + each * sum(widths)), 3.7),
            squeeze=False,
            width_ratios=widths,
        )
        for ax, task in zip(axes[0], tasks, strict=True):
            mine = rows[rows["task"] == task]
            at = {place: i for i, place in enumerate(places[task])}
            for i, method in enumerate(methods):
                one = mine[mine["method"] == method]
                x = [
                    at[p] + dodge(i, len(methods), 0.5)
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
    """Headline scores against the number of demonstrations: a panel per task and language.

    A second data set of a task and language gets a row of its own. Bands are 95 % intervals.
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
        size = (1.0 + 2.35 * len(languages), 1.2 + 1.75 * len(lines))
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
                for method in methods:
                    one = mine[mine["method"] == method].sort_values("shots")
                    x = [shots.index(s) for s in one["shots"]]
                    colour, marker = look(methods, method)
                    ax.fill_between(
                        x, one["low"], one["high"], color=colour, alpha=0.14, linewidth=0
                    )
                    ax.plot(
                        x, one["score"], color=colour, marker=marker, markersize=4.5, label=method
                    )
                reference_lines(ax, references, task, {(sets[number], language): None})
                if several or row == 0:
                    ax.set_title(
                        language_name(language) + (f" · {sets[number]}" if several else ""),
                        fontsize=9,
                    )
                ax.set_xticks(range(len(shots)), shots)
                ax.set_xlim(-0.25, len(shots) - 0.75)
                ax.grid(axis="x", visible=False)
            first = next(a for a in axes[row] if a.get_visible())
            first.set_ylabel(f"{TASK_NAMES.get(task, task)}\n{metric(HEADLINE[task]).label}")
            from_zero(first, pd.concat(shown), references, task)
        for column in axes.T:
            lowest = [ax for ax in column if ax.get_visible()][-1]
            lowest.set_xlabel("Demonstrations (shots)")
            lowest.tick_params(labelbottom=True)
        return finish(figure, "Score against shots, 95 % intervals", about, axes[0][0])


def valid_outputs(table: pd.DataFrame, about: str = "") -> Figure:
    """Share of outputs that parse to an answer, by shots, with 95 % intervals: a valid table.

    A panel per task; a method's line is the mean over languages, its points are the single ones.
    """
    tasks, methods = (
        ordered(table["task"].unique(), names()),
        ordered(table["method"]),
    )
    shots = sorted(table["shots"].unique())
    with style():
        figure, axes = plt.subplots(
            1, len(tasks), figsize=(1.2 + 2.5 * len(tasks), 3.2), sharey=True, squeeze=False
        )
        for ax, task in zip(axes[0], tasks, strict=True):
            for i, method in enumerate(methods):
                rows = table[(table["task"] == task) & (table["method"] == method)]
                colour, marker = look(methods, method)
                cells = list(rows.groupby(["dataset", "language"]).groups)
                width = 0.2 / max(1, len(cells) - 1)
                for j, (_, cell) in enumerate(rows.groupby(["dataset", "language"])):
                    shift = dodge(i, len(methods), 0.62) + (j - (len(cells) - 1) / 2) * width * 0.75
                    x = np.array([shots.index(s) for s in cell["shots"]]) + shift
                    errors = np.clip(
                        [cell["score"] - cell["low"], cell["high"] - cell["score"]], 0, None
                    )
                    ax.errorbar(
                        x,
                        cell["score"],
                        yerr=errors,
                        fmt=marker,
                        color=colour,
                        markersize=3,
                        elinewidth=0.8,
                        alpha=0.75,
                    )
                mean = rows.groupby("shots")["score"].mean()
                x = [shots.index(s) + dodge(i, len(methods), 0.62) for s in mean.index]
                ax.plot(x, mean, color=colour, alpha=0.55, linewidth=1.2)
                ax.plot([], [], color=colour, marker=marker, label=method, markersize=5)
            ax.set_title(TASK_NAMES.get(task, task))
            ax.set_xticks(range(len(shots)), shots)
            ax.set_xlabel("Demonstrations (shots)")
            ax.grid(axis="x", visible=False)
            ax.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))
        low = float(table["low"].min())
        bottom = 0 if low < 0.5 else np.floor(low * 20) / 20 - 0.01
        axes[0][0].set_ylim(bottom, 1.01)
        axes[0][0].set_ylabel("Valid outputs" + ("\n(axis does not start at 0)" if bottom else ""))
        title = "Outputs that hold an answer, 95 % intervals; line: mean over languages"
        return finish(figure, title, about, axes[0][0])


def _sentence(text: str) -> Figure:
    """A figure of words, where there is nothing to draw."""
    with style():
        figure = plt.figure(figsize=(6.2, 0.7))
        figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True, color=SOFT)
        return figure


def pooled_forest(table: pd.DataFrame, about: str = "") -> Figure:
    """Pooled differences between methods by shot count, with 95 % intervals: a pooled table.

    Filled points are significant at 5 % after Holm's correction. Of an empty table, which one
    method gives, it says why it is empty.
    """
    if table.empty:
        return _sentence(str(table.attrs.get("why") or "There are no two methods to compare."))
    rows = table.assign(pair=table["method_a"] + " − " + table["method_b"])
    shots = sorted(rows["shots"].unique()) if "shots" in rows else [None]
    with style():
        figure, ax = plt.subplots(figsize=(7.4, 1.3 + 0.22 * len(rows) + 0.26 * len(shots)))
        y, ticks = 0.0, []
        for count in shots:
            group = rows if count is None else rows[rows["shots"] == count]
            top = y
            for _, row in group.iterrows():
                sure = row["p_holm"] <= 0.05
                ax.plot(
                    [row["low"], row["high"]],
                    [y, y],
                    color=INK,
                    linewidth=1.8,
                    solid_capstyle="round",
                )
                ax.plot(
                    row["difference"],
                    y,
                    "o",
                    markersize=6.5,
                    mec=INK,
                    mew=1.4,
                    mfc=INK if sure else "white",
                )
                p = "p < 0.001" if row["p_holm"] < 0.001 else f"p = {row['p_holm']:.3f}"
                note = "" if row["agree"] == "yes" else "  †"
                interval = f"[{row['low']:+.3f}, {row['high']:+.3f}]"
                text = f"{row['difference']:+.3f}  {interval}  {p}{note}".replace("-", "−")
                ax.text(
                    1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=7.8
                )
                ticks.append((y, row["pair"]))
                y += 1
            if count is not None:
                ax.text(
                    -0.012,
                    top - 0.95,
                    shots_name(count),
                    transform=ax.get_yaxis_transform(),
                    va="center",
                    ha="right",
                    fontsize=8.8,
                    fontweight="bold",
                )
            y += 1.1
        ax.axvline(0, color=INK, linewidth=0.9)
        ax.set_yticks([t for t, _ in ticks], [name for _, name in ticks], fontsize=8.5)
        ax.set_ylim(y - 1.5, -1.4)
        ax.set_xlabel("Difference of mean headline scores (right of 0: the first method is better)")
        ax.grid(axis="y", visible=False)
        daggers = "" if (rows["agree"] == "yes").all() else " † the mixed model does not agree."
        note = f"Filled: significant at 5 % after Holm; p-values are Holm's.{daggers} {about}"
        return finish(figure, "Methods compared over all tasks and languages, 95 % intervals", note)
