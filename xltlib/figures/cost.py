"""What it takes: cost against the number of answers, losses of adaptation, tokens per word."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..stats.panel import ordered
from .finish import finish
from .look import COLOURS, INK, SOFT, amount, language_name, look, style

_ASIDE = 9  # points between a point and its number


def laft_loss(training: pd.DataFrame, about: str = "") -> Figure:
    """Does the model learn the language? Losses while it is adapted: a panel a language.

    ``training`` has language, step, loss, held_out_loss (nats per token; empty where not measured).
    """
    kinds = {"loss": "training text", "held_out_loss": "held-out text"}
    rows = training.melt(["language", "step"], list(kinds), "kind", "nats").dropna(subset=["nats"])
    rows = rows.assign(kind=rows["kind"].map(kinds), language=rows["language"].map(language_name))
    with style():
        grid = sns.relplot(
            rows,
            x="step",
            y="nats",
            hue="kind",
            style="kind",
            size="kind",
            col="language",
            col_order=sorted(rows["language"].unique()),
            col_wrap=min(3, rows["language"].nunique()),
            kind="line",
            dashes={"training text": (2, 1), "held-out text": ""},
            sizes={"training text": 1.0, "held-out text": 1.6},
            palette={"training text": SOFT, "held-out text": COLOURS["laft"]},
            height=2.3,
            aspect=1.05,
            legend=False,
            errorbar=None,
        )
        grid.set_titles("{col_name}").set_axis_labels("Optimizer step", "Loss (nats per token)")
        for kind, colour, marker, dash in (
            ("training text", SOFT, None, "--"),
            ("held-out text", COLOURS["laft"], "o", "-"),
        ):
            grid.axes[0].plot([], [], color=colour, marker=marker, linestyle=dash, label=kind)
        held = rows[rows["kind"] == "held-out text"]
        for name, ax in grid.axes_dict.items():
            mine = held[held["language"] == name]
            ax.plot(mine["step"], mine["nats"], "o", color=COLOURS["laft"], markersize=4)
            ax.grid(axis="x", visible=False)
        width, height = grid.figure.get_size_inches()
        grid.figure.set_size_inches(width, height + 0.8)  # for the title and the legend
        title = "Does the model learn the language while it is adapted?"
        return finish(grid.figure, title, about, grid.axes[0])


def tokens_per_word(table: pd.DataFrame, about: str = "") -> Figure:
    """How finely does the tokenizer cut each language? Tokens per word with 95 % intervals.

    A line for each language (and tokenizer, of several), with a point for each data set.
    """
    rows = table.assign(label=[language_name(v) for v in table["language"]])
    if "tokenizer" in rows and rows["tokenizer"].nunique() > 1:
        rows["label"] += " · " + rows["tokenizer"]
    rows = rows.sort_values(["tokens_per_word", "label"])
    labels = list(rows.groupby("label")["tokens_per_word"].max().sort_values().index)
    with style():
        figure, ax = plt.subplots(figsize=(5.8, 1.3 + 0.34 * len(labels)))
        for y, label in enumerate(labels):
            mine = rows[rows["label"] == label]
            value, high = mine["tokens_per_word"], mine["high"].max()
            ax.hlines(y, 0, value.max(), color="#c9d3da", linewidth=3, zorder=1)
            errors = [value - mine["low"], mine["high"] - value]
            ax.errorbar(value, [y] * len(mine), xerr=errors, fmt="o", color=INK, markersize=5)
            ends = dict.fromkeys((f"{value.min():.2f}", f"{value.max():.2f}"))
            ax.text(
                high + 0.025 * rows["high"].max(), y, " to ".join(ends), va="center", fontsize=8.5
            )
        ax.set_yticks(range(len(labels)), labels)
        ax.set_xlim(0, rows["high"].max() * (1.16 if rows["label"].is_unique else 1.3))
        ax.set_ylim(-0.6, len(labels) - 0.4)
        ax.set_xlabel("Tokens per word")
        ax.grid(axis="y", visible=False)
        note = "" if rows["label"].is_unique else "A point for each data set."
        title = "How finely does the tokenizer cut each language?"
        return finish(figure, title, about, note=note)


def cost_quality(table: pd.DataFrame, about: str = "") -> Figure:
    """Does training pay off? What all answers cost together, and what scores they buy.

    ``table`` is a cost table. On the left training is paid before the first answer, and where two
    lines cross the cheaper method changes; on the right each point is a number of shots, at its
    cost per answer without training. Rows without a cost (imported) are left out.
    """
    table = table.dropna(subset=["flops", "seconds"])
    arms = ordered(table["method"])
    with style():
        figure, (grows, buys) = plt.subplots(1, 2, figsize=(7.6, 3.5))
        _growth(grows, table, arms)
        for arm in arms:
            rows = table[table["method"] == arm].sort_values("shots")
            colour, marker = look(arms, arm)
            x, y = rows["flops_inference"], rows["score"]
            buys.plot(x, y, color=colour, marker=marker, markersize=6, label=arm, linewidth=1.0)
        _log(buys, table["flops_inference"])
        buys.set_xlabel("FLOPs of an answer, without training\n(numbers: shots)")
        buys.set_ylabel("Mean headline score")
        buys.set_ylim(0, 1.15 * float(table["score"].max()) or 1.0)
        title = "What do the answers cost, and what do they buy?"
        figure = finish(figure, title, about, buys, rows=table)
        _number(buys, table)
        return figure


def _number(ax: Axes, table: pd.DataFrame) -> None:
    """The least and the most shots of each arm, where no point and no other number stands."""
    points = ax.transData.transform(table[["flops_inference", "score"]].to_numpy(float))
    points = points * 72 / ax.figure.dpi
    taken = list(points)
    aside = [(-_ASIDE, 0), (_ASIDE, 0), (0, _ASIDE), (0, -_ASIDE)]
    shots = table["shots"].reset_index(drop=True)
    for _, rows in shots.groupby(table["method"].to_numpy(), sort=False):
        for at in dict.fromkeys((rows.idxmin(), rows.idxmax())):
            first = at == rows.idxmin() and len(rows) > 1  # to its left, if there is room
            others = [*taken[:at], *taken[at + 1 :]]
            spots = [points[at] + spot for spot in (aside if first else aside[1:] + aside[:1])]
            room = [min((np.hypot(*(spot - o)) for o in others), default=1e9) for spot in spots]
            best = next((i for i, r in enumerate(room) if r >= _ASIDE), int(np.argmax(room)))
            ax.annotate(
                f"{rows[at]}",
                (table["flops_inference"].iloc[at], table["score"].iloc[at]),
                xytext=tuple(spots[best] - points[at]),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=7.5,
                color=SOFT,
            )
            taken.append(spots[best])


def _growth(ax: Axes, table: pd.DataFrame, arms: list[str]) -> None:
    """FLOPs against the number of answers, and where a trained method becomes the cheaper one."""
    lines = {}
    for arm in arms:
        rows = table[table["method"] == arm]
        each = float(np.average(rows["flops_inference"], weights=rows["items"]))
        lines[arm] = (float((rows["flops_training"] * rows["items"]).sum()), each)
    crossings = {
        (a, b): (lines[a][0] - lines[b][0]) / (lines[b][1] - lines[a][1])
        for a in arms
        for b in arms
        if lines[a][0] > lines[b][0] and lines[a][1] < lines[b][1]
    }
    for a in arms:  # of each trained arm the first one; others lie close to each other
        later = sorted((at, pair) for pair, at in crossings.items() if pair[0] == a)[1:]
        crossings = {k: v for k, v in crossings.items() if k not in {pair for _, pair in later}}
    most = 10 * max([float(table["items"].sum()), *crossings.values()])
    answers = np.geomspace(1, 10 ** np.ceil(np.log10(most)), 200)
    for i, (arm, (training, each)) in enumerate(lines.items()):
        colour, marker = look(arms, arm)
        under = [b for b in arms[:i] if lines[b][0] == training and _same(lines[b][1], each)]
        ax.plot(
            answers,
            training + each * answers,
            color=colour,
            linewidth=1.8,
            linestyle=(0, (3, 3)) if under else "-",  # what it lies upon shows in its gaps
            marker=marker,
            markersize=5,
            markevery=[int(len(answers) * (i + 0.5) / len(arms))],
        )
    for (a, _), at in crossings.items():
        y = lines[a][0] + lines[a][1] * at
        ax.plot(at, y, "o", mfc="white", mec=INK, markersize=6, zorder=5)
        ax.annotate(
            f"about {float(f'{at:.2g}'):,.0f}",
            (at, y),
            xytext=(-6, 8),
            textcoords="offset points",
            ha="right",
            fontsize=8,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("Number of answers")
    ax.set_ylabel("FLOPs of training and all answers")


def _same(one: float, other: float) -> bool:
    """Whether two costs are one line where powers of ten stand on the axis."""
    return abs(np.log(one / other)) < np.log(1.15)


def _log(ax: Axes, values: pd.Series) -> None:
    """A logarithmic axis with at least two ticks, no two of them alike."""
    if not (values > 0).all():
        return
    ax.set_xscale("log")
    wide = values.max() / values.min() >= 30
    subs = (1.0,) if wide else (1.0, 2.0, 5.0) if values.max() / values.min() >= 4 else range(1, 10)
    ax.xaxis.set_major_locator(mpl.ticker.LogLocator(subs=tuple(subs)))
    ax.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(amount))
    ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    ax.set_xlim(values.min() / 1.3, values.max() * 1.3)
