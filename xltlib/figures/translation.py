"""What a better translation is worth: scores against the quality of the text that was read."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn.objects as so
from matplotlib.figure import Figure

from ..stats.metrics import HEADLINE, metric
from ..stats.panel import PLACE, ordered
from .finish import finish
from .look import SOFT, TASK_NAMES, from_zero, language_name, look, panels, style


def score_by_translation(table: pd.DataFrame, about: str = "") -> Figure:
    """Score of each arm that reads a translation, by the chrF of what it read: a panel a place.

    Of the arms that read the same translation there is the first, as the others differ by something
    else. Places where all read the same have no panel, unless all are like that.
    ``table`` has a row per arm, task, data set and language with score, low, high and chrf
    (:func:`xltlib.validity.translators.score_by_quality`).
    """
    table = table.drop_duplicates([*PLACE, "chrf"])
    arms = ordered(table["method"])
    every = list(table.groupby(PLACE, sort=False))
    places = [place for place in every if place[1]["chrf"].nunique() > 1] or every
    with style():
        figure, axes = panels(len(places), (2.5, 2.4), (1.0, 1.2), least=4.2)
        for ax, ((task, dataset, language), rows) in zip(axes.flat, places, strict=False):
            _points(ax, rows, arms)
            from_zero(ax, rows, None, task)
            ax.set_xlim(0, 105)
            name = TASK_NAMES.get(task, task)
            ax.set_title(f"{language_name(language)}\n{name}\n{dataset}")
            ax.set_ylabel(metric(HEADLINE[task]).label if ax in axes[:, 0] else "")
            ax.set_xlabel("chrF of the translation that is read")
        first = axes[0][0]
        for arm in arms:
            colour, marker = look(arms, arm)
            first.plot([], [], marker, color=colour, markersize=5, label=arm)
        title = "What is a better translation worth? 95 % intervals"
        return finish(figure, title, about, first, rows=pd.concat(rows for _, rows in places))


def _points(ax: plt.Axes, rows: pd.DataFrame, arms: list[str]) -> None:
    looks = {arm: look(arms, arm) for arm in arms}
    (
        so.Plot(rows.reset_index(drop=True), x="chrf", y="score", ymin="low", ymax="high")
        .add(so.Line(color=SOFT, linewidth=0.8), legend=False)
        .add(so.Range(linewidth=1.7), color="method", legend=False)
        .add(so.Dot(pointsize=5.5), color="method", marker="method", legend=False)
        .scale(
            color=so.Nominal({arm: colour for arm, (colour, _) in looks.items()}, order=arms),
            marker=so.Nominal({arm: marker for arm, (_, marker) in looks.items()}, order=arms),
        )
        .on(ax)
        .plot()
    )
    for marks in ax.collections:
        marks.set_clip_on(False)  # a score of 0 stands on the axis, and is seen whole
