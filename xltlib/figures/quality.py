"""How good the methods are: scores, scores by shots, valid outputs, pooled differences."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ..errors import not_one_of
from ..stats.conclusions import interval_text
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
                for i, method in enumerate(methods):
                    one = mine[mine["method"] == method].sort_values("shots")
                    x = [shots.index(s) + dodge(i, len(methods), 0.45) for s in one["shots"]]
                    ax.plot(x, one["score"], color=look(methods, method)[0], linewidth=0.9)
                    intervals(ax, x, one, methods, method)
                reference_lines(ax, references, task, {(sets[number], language): None})
                if several or row == 0:
                    ax.set_title(
                        language_name(language) + (f" · {sets[number]}" if several else ""),
                        fontsize=9,
                    )
                ax.set_xticks(range(len(shots)), shots)
                ax.set_xlim(-0.5, len(shots) - 0.5)
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
    """How many outputs can be read as an answer? A cell a condition and method: a valid table.

    Rows are tasks and languages, columns methods and shots; the intervals stand in the table.
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
    wide = rows.pivot(index="row", columns=["method", "shots"], values="score").loc[order]
    shots = sorted(table["shots"].unique())
    with style():
        size = (2.7 + 0.47 * len(shots) * len(arms), 1.35 + 0.3 * len(order))
        figure, axes = plt.subplots(1, len(arms), figsize=size, sharey=True, squeeze=False)
        low = min(0.9, float(np.floor(10 * table["score"].min()) / 10))
        for ax, arm in zip(axes[0], arms, strict=True):
            sns.heatmap(
                100 * wide[arm].reindex(columns=shots),
                ax=ax,
                annot=True,
                fmt=".0f",
                vmin=100 * low,
                vmax=100,
                cmap=sns.light_palette(look(arms, arm)[0], reverse=True, as_cmap=True),
                cbar=False,
                linewidths=1.5,
                annot_kws={"fontsize": 8},
            )
            ax.set_title(arm)
            ax.set_xlabel("Shots")
            ax.set_ylabel("")
            ax.tick_params(axis="both", length=0, labelrotation=0)
        return finish(figure, "Outputs that hold an answer, in percent", about)


def _sentence(text: str) -> Figure:
    """A figure of words, where there is nothing to draw."""
    with style():
        figure = plt.figure(figsize=(6.2, 0.7))
        figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True, color=SOFT)
        return figure


def pooled_forest(table: pd.DataFrame, about: str = "") -> Figure:
    """Which method is better on the whole? Differences by pair and shots: a pooled table.

    Each pair has a panel and an axis of its own, with 95 % intervals. Filled points are significant
    at 5 % after Holm's correction. Of an empty table, which one method gives, it says why it is
    empty.
    """
    if table.empty:
        return _sentence(str(table.attrs.get("why") or "There are no two methods to compare."))
    pairs = list(dict.fromkeys(zip(table["method_a"], table["method_b"], strict=True)))
    shots = sorted(table["shots"].unique()) if "shots" in table else []
    across = min(3, len(pairs))
    down = -(-len(pairs) // across)
    with style():
        size = (1.1 + 2.35 * across, 0.75 + (0.75 + 0.42 * max(1, len(shots))) * down)
        figure, axes = plt.subplots(down, across, figsize=size, squeeze=False, sharey=True)
        for ax in axes.ravel()[len(pairs) :]:
            ax.set_visible(False)
        for ax, (a, b) in zip(axes.ravel(), pairs, strict=False):
            rows = table[(table["method_a"] == a) & (table["method_b"] == b)]
            for _, row in rows.iterrows():
                y = shots.index(row["shots"]) if shots else 0
                _difference(ax, row, y)
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
        note = "Filled: significant at 5 % after Holm's correction."
        if (table["agree"] != "yes").any():
            note += " †: the mixed model does not agree."
        return finish(figure, "Methods compared over all tasks and languages", about, note=note)


def _difference(ax: mpl.axes.Axes, row: pd.Series, y: float) -> None:
    """A difference with its interval, and its numbers above it."""
    ax.plot([row["low"], row["high"]], [y, y], color=INK, linewidth=1.8, solid_capstyle="round")
    fill = INK if row["p_holm"] <= 0.05 else "white"
    ax.plot(row["difference"], y, "o", markersize=6.5, mec=INK, mew=1.4, mfc=fill)
    mark = "" if row["agree"] == "yes" else " †"
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
