"""What it takes: cost against quality, loss curves of adaptation, tokens per word."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ..stats.panel import ordered
from .look import INK, SOFT, amount, end_labels, finish, language_name, look, style


def laft_loss(training: pd.DataFrame, about: str = "") -> Figure:
    """Loss curves of language-adaptive fine-tuning: training and held-out loss by language.

    ``training`` has language, step, loss, held_out_loss (nats per token; empty where not measured).
    """
    languages = sorted(training["language"].unique())
    palette = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
    with style():
        figure, ax = plt.subplots(figsize=(6.2, 3.6))
        ends = []
        for i, language in enumerate(languages):
            rows, colour = (
                training[training["language"] == language].sort_values("step"),
                palette[i % len(palette)],
            )
            seen, held = rows.dropna(subset=["loss"]), rows.dropna(subset=["held_out_loss"])
            ax.plot(seen["step"], seen["loss"], color=colour, alpha=0.35, linewidth=1.1)
            ax.plot(held["step"], held["held_out_loss"], color=colour, marker="o", markersize=4)
            if len(held):
                ends.append(
                    (
                        float(held["held_out_loss"].iloc[-1]),
                        float(held["step"].iloc[-1]),
                        language,
                        colour,
                    )
                )
        end_labels(ax, [(y, x, language_name(name), colour) for y, x, name, colour in ends])
        keys = [
            plt.Line2D([], [], color=SOFT, alpha=0.45, linewidth=1.1, label="training text"),
            plt.Line2D([], [], color=SOFT, marker="o", markersize=4, label="held-out text"),
        ]
        ax.legend(handles=keys, loc="upper right")
        ax.set_xlabel("Optimizer step")
        ax.set_ylabel("Loss (nats per token)")
        ax.grid(axis="x", visible=False)
        return finish(figure, "Language-adaptive fine-tuning", about)


def tokens_per_word(table: pd.DataFrame, about: str = "") -> Figure:
    """Tokens per word by language, with 95 % intervals: a fertility table."""
    rows = table.assign(label=[language_name(v) for v in table["language"]])
    for column in ("dataset", "tokenizer"):
        if column in rows and rows[column].nunique() > 1:
            rows["label"] += " · " + rows[column]
    rows = rows.sort_values(["tokens_per_word", "label"]).reset_index(drop=True)
    with style():
        figure, ax = plt.subplots(figsize=(5.8, 1.3 + 0.34 * len(rows)))
        errors = [rows["tokens_per_word"] - rows["low"], rows["high"] - rows["tokens_per_word"]]
        ax.barh(rows["label"], rows["tokens_per_word"], color="#9ab8cc", height=0.62)
        ax.errorbar(
            rows["tokens_per_word"],
            rows["label"],
            xerr=errors,
            fmt="none",
            ecolor=INK,
            elinewidth=1,
        )
        for y, value, high in zip(
            range(len(rows)), rows["tokens_per_word"], rows["high"], strict=True
        ):
            ax.text(high + 0.02 * rows["high"].max(), y, f"{value:.2f}", va="center", fontsize=8.5)
        ax.set_xlim(0, rows["high"].max() * 1.14)
        ax.set_xlabel("Tokens per word")
        ax.grid(axis="y", visible=False)
        return finish(figure, "How finely the tokenizer cuts each language, 95 % intervals", about)


def cost_quality(table: pd.DataFrame, about: str = "") -> Figure:
    """Mean headline score against cost per answer, in FLOPs and in measured seconds: a cost table.

    A method's least shots stand above their point, its most shots below. Hollow points leave out
    training; a dotted line leads to the full cost with training shared by all answers. Rows
    without a cost (imported) are left out.
    """
    table = table.dropna(subset=["flops", "seconds"])
    methods = ordered(table["method"])
    with style():
        figure, axes = plt.subplots(1, 2, figsize=(7.6, 3.7), sharey=True)
        for ax, unit, label in zip(
            axes, ("flops", "seconds"), ("FLOPs per answer", "Seconds per answer"), strict=True
        ):
            for method in methods:
                rows, (colour, marker) = (
                    table[table["method"] == method].sort_values("shots"),
                    look(methods, method),
                )
                ax.plot(
                    rows[unit],
                    rows["score"],
                    color=colour,
                    marker=marker,
                    markersize=6,
                    label=method,
                    linewidth=1.1,
                )
                bare = rows[rows[f"{unit}_training"] > 0]
                ax.plot(
                    bare[f"{unit}_inference"],
                    bare["score"],
                    marker,
                    markersize=5,
                    mfc="white",
                    mec=colour,
                    mew=1,
                )
                for _, row in bare.iterrows():
                    ax.plot(
                        [row[f"{unit}_inference"], row[unit]],
                        [row["score"]] * 2,
                        ":",
                        color=colour,
                        linewidth=1,
                    )
                ends = {len(rows) - 1: -6, 0: 6}  # numbers apart where the points are not
                for at, up in ends.items():
                    row = rows.iloc[at]
                    ax.annotate(
                        f"{row['shots']}",
                        (row[unit], row["score"]),
                        xytext=(0, up),
                        textcoords="offset points",
                        ha="center",
                        va="bottom" if up > 0 else "top",
                        fontsize=7.5,
                        color=SOFT,
                    )
            if (table[unit] > 0).all():
                ax.set_xscale("log")
                ax.xaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
                ax.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(amount))
                ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
                label += " (log scale)"
            ax.set_xlabel(label)
        axes[0].set_ylabel("Mean headline score")
        axes[0].set_ylim(0, 1.12 * float(table["score"].max()) or 1.0)
        return finish(
            figure,
            "Cost against quality (numbers: least and most shots; hollow: without training)",
            about,
            axes[0],
        )
