"""How well projectors find entities again."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from .finish import finish
from .look import dodge, intervals, language_name, style


def projector_scores(table: pd.DataFrame, about: str = "") -> Figure:
    """How well are entities found again? F1 of each projector by language: a projection table."""
    languages = list(dict.fromkeys(table["language"]))
    projectors = list(dict.fromkeys(table["projector"]))
    with style():
        figure, ax = plt.subplots(figsize=(5.8, 3.3))
        for i, projector in enumerate(projectors):
            rows = table[table["projector"] == projector].set_index("language").reindex(languages)
            rows = rows.rename(columns={"f1": "score", "f1_low": "low", "f1_high": "high"})
            x = [n + dodge(i, len(projectors), 0.5) for n in range(len(languages))]
            intervals(ax, x, rows, projectors, projector)
        ax.set_xticks(range(len(languages)), [language_name(code) for code in languages])
        ax.set_xlim(-0.6, len(languages) - 0.4)
        ax.set_ylim(0, 1.04)
        ax.set_ylabel("F1 of projected spans")
        ax.grid(axis="x", visible=False)
        return finish(
            figure, "Are entities found again in a translation? 95 % intervals", about, ax
        )
