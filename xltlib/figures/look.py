"""What all figures share: colours, markers, names and type."""

import hashlib
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.font_manager
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import config
from ..errors import XltError
from ..stats.floor import best_baseline
from ..stats.metrics import HEADLINE, metric
from ..tasks import every

#: The paper's methods, and the arms that shipped profiles show beside them: families by hue.
COLOURS = {"prompt": "#0072B2", "laft": "#D55E00", "translate": "#009E73"}
MARKERS = {"prompt": "o", "laft": "s", "translate": "^"}
_KEPT = {
    "prompt_nearest": ("#56B4E9", "D"),
    "laft_nearest": ("#E69F00", "p"),
    "translate_nearest": ("#6B8E23", "v"),
    "translate_reference": ("#004D38", "P"),
    "english_words": ("#CC79A7", "X"),
    "prompt (GPT-4)": ("#000000", "*"),
    "prompt (GPT-3.5)": ("#7F7F7F", "h"),
    "prompt_more": ("#3E8FC4", "<"),
    "vectors": ("#7B5EA7", ">"),
    "fine_tuned": ("#C2185B", "d"),
    "self_distilled": ("#B8860B", "H"),
    "soft_prompt": ("#7A4A1E", "8"),
    "translate_prompted": ("#5C6BC0", "<"),
    "translate_prompted_filtered": ("#AD5D5D", ">"),
    "translate_prompted_random": ("#2E8B8B", "d"),
    "translate_tuned_50k": ("#9CCC65", "p"),
    "translate_tuned_200k": ("#558B2F", "8"),
    "translate_tuned_800k": ("#33691E", "D"),
    "translate_tuned_3m": ("#1B3B0F", "s"),
    # Projectors, which are no arms, in greys.
    "match": ("#222222", "o"),
    "markers": ("#6b6b6b", "s"),
    "alignment": ("#8a8a8a", "^"),
    "codec": ("#4d4d4d", "D"),
}
MORE_COLOURS = ("#B8860B", "#7B5EA7", "#7A4A1E", "#C2185B", "#2E8B8B", "#A0A000", "#5C6BC0",
                "#8D6E63", "#3E8FC4", "#AD5D5D")  # fmt: skip
MORE_MARKERS = ("<", ">", "d", "H", "8", "D", "v", "P", "X", "p")
TASK_NAMES = {task.name: task.title for task in every()}
INK, SOFT = "#222222", "#6b6b6b"
_ACROSS = 3  # panels beside each other
BEST = "best baseline without a language model"
#: Grey and dashes of the baselines (:mod:`xltlib.validity.baselines`); a new one gets the first.
REFERENCES = {
    BEST: ("#4d4d4d", (0, (4, 2))),
    "majority class": ("#8a8a8a", (0, (4, 2))),
    "TF-IDF and logistic regression": ("#4d4d4d", (0, (1, 1.3))),
}


#: Fonts for scripts that the first lacks, as far as they are installed.
_FONTS = ("Noto Sans", "Noto Sans Ethiopic", "Abyssinica SIL", "Nyala", "Noto Sans Arabic",
          "Noto Naskh Arabic", "Noto Sans Devanagari", "Noto Sans NKo", "Noto Sans Myanmar",
          "Noto Sans CJK SC")  # fmt: skip


@cache
def _families() -> list[str]:
    installed = set(mpl.font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in _FONTS if name in installed)]


@cache
def drawable(text: str) -> bool:
    """Whether the fonts of the figures have every character of ``text``."""
    faces = [mpl.font_manager.get_font(mpl.font_manager.findfont(family)) for family in _families()]
    return all(any(face.get_char_index(ord(c)) for face in faces) for c in text if not c.isspace())


def language_name(code: str) -> str:
    """A language's name; its code where no file names it, or no font here can show the name.

    The latter is said in a warning, which stands under the figure in its notebook.
    """
    name = config.language_name(code)
    if drawable(name):
        return name
    warnings.warn(
        f"no font here has all letters of {name!r}, so figures show {code!r}: install a font of "
        "its script, such as Noto Sans",
        stacklevel=2,
    )
    return code


@contextmanager
def style():
    """The look of all figures: seaborn's whitegrid, small sans-serif type, open frame."""
    look = {
        "figure.dpi": 110,
        "font.family": _families(),
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "axes.labelsize": 9,
        "axes.edgecolor": "#999999",
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "grid.color": "#e6e6e6",
        "grid.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "lines.linewidth": 1.6,
        "axes.axisbelow": True,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
    }
    with sns.axes_style("whitegrid"), mpl.rc_context(look):
        yield


def look(arms: Sequence[str], arm: str) -> tuple[str, str]:
    """The colour and the marker of an arm: its own in every figure, whichever arms stand in it.

    Those of names that no shipped profile shows are drawn from their names; the next free one where
    two names meet.
    """
    if arm in COLOURS:
        return COLOURS[arm], MARKERS[arm]
    if arm in _KEPT:
        return _KEPT[arm]
    taken: dict[int, str] = {}
    for name in sorted({*arms, arm} - set(COLOURS) - set(_KEPT)):
        at = int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(MORE_COLOURS)
        while at in taken and len(taken) < len(MORE_COLOURS):
            at = (at + 1) % len(MORE_COLOURS)
        taken[at] = name
        if name == arm:
            return MORE_COLOURS[at], MORE_MARKERS[at]
    raise AssertionError("unreachable: the arm is one of the names")


def panels(
    count: int,
    each: tuple[float, float],
    rest: tuple[float, float],
    least: float = 0.0,
    **shared: Any,
) -> tuple[Figure, np.ndarray]:
    """A figure of ``count`` panels, up to three beside each other: its axes [down, across].

    ``each`` is the width and height of a panel, ``rest`` what stands around them, ``least`` the
    smallest width of the whole, in inches; ``shared`` goes to :func:`matplotlib.pyplot.subplots`.
    """
    across = 2 if count == 4 else min(_ACROSS, count)  # four make a square, not three and one
    down = -(-count // across)
    size = (max(least, rest[0] + each[0] * across), rest[1] + each[1] * down)
    figure, axes = plt.subplots(down, across, figsize=size, squeeze=False, **shared)
    for ax in axes.flat[count:]:
        ax.set_visible(False)
    return figure, axes


def legible(ax: Axes) -> None:
    """The number in each cell of a heatmap black or white: whichever is easier to read on it."""
    mesh = ax.collections[0]
    drawn = mesh.get_facecolors()[~np.ma.getmaskarray(mesh.get_array()).ravel()]
    for text, colour in zip(ax.texts, drawn, strict=True):
        text.set_color("white" if sns.utils.relative_luminance(colour) < 0.18 else "black")


def dodge(i: int, n: int, width: float) -> float:
    return (i - (n - 1) / 2) * width / max(1, n)


def shots_name(count: int) -> str:
    return f"{count} shot{'' if count == 1 else 's'}"


def intervals(
    ax: Axes, x: Sequence[float], rows: pd.DataFrame, methods: Sequence[str], method: str
) -> None:
    colour, marker = look(methods, method)
    errors = np.clip([rows["score"] - rows["low"], rows["high"] - rows["score"]], 0, None)
    ax.errorbar(
        x,
        rows["score"],
        yerr=errors,
        fmt=marker,
        color=colour,
        markersize=5,
        elinewidth=1.7,
        label=method,
        clip_on=rows.empty,  # a score of 0 stands on the axis, and is seen whole
    )


def reference_lines(ax: Axes, references: pd.DataFrame | None, task: str, at: dict) -> None:
    """The best baseline of each place in ``at``: across the panel, or around its place in it."""
    if references is None or references.empty:
        return
    best = best_baseline(references)
    grey, dashes = REFERENCES[BEST]
    look = {"color": grey, "linestyle": dashes, "linewidth": 1.4, "zorder": 1, "label": BEST}
    for _, row in best[best["task"] == task].iterrows():
        place = (row["dataset"], row["language"])
        if place not in at:
            continue
        if at[place] is None:
            ax.axhline(row["baseline"], **look)
        else:
            ax.plot([at[place] - 0.36, at[place] + 0.36], [row["baseline"]] * 2, **look)


def place_labels(ax: Axes, places: Sequence[tuple[str, str]], several: bool) -> None:
    labels = [language_name(v) + (f"\n{d}" if several else "") for d, v in places]
    ax.set_xticks(range(len(places)), labels, fontsize=8 if several else 8.5)
    ax.set_xlim(-0.6, len(places) - 0.4)


def from_zero(ax: Axes, rows: pd.DataFrame, references: pd.DataFrame | None, task: str) -> None:
    top = float(rows["high"].max())
    if references is not None and task in set(references["task"]):
        top = max(top, float(references.loc[references["task"] == task, "score"].max()))
    whole = metric(HEADLINE[task]).top
    ax.set_ylim(0, min(1.04 * whole, max(0.05 * whole, top * 1.12)))


def amount(value: float, _: object = None) -> str:
    """``0.05``, ``20``, ``1,200``, ``1.5 times 10 to the 9th``: as short as a tick label can be."""
    if value >= 1000 and value < 1e6:
        return f"{value:,.0f}"
    if 1e-3 <= value < 1000:
        return f"{value:.3g}"
    digits, power = f"{value:.1e}".split("e")
    digits = digits.removesuffix(".0")
    times = "" if digits == "1" else rf"{digits}\!\times\!"
    return rf"${times}10^{{{int(power)}}}$"


def headline(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[table["metric"] == table["task"].map(HEADLINE)]
    if rows.empty:
        raise XltError(
            "the score table has no headline scores: make it with stats.score_table(records)"
        )
    return rows


def places_of(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return sorted(set(zip(rows["dataset"], rows["language"], strict=True)))


def sets_of(rows: pd.DataFrame, task: str, language: str) -> list[str]:
    return sorted(
        rows.loc[(rows["task"] == task) & (rows["language"] == language), "dataset"].unique()
    )
