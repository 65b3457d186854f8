"""What a notebook leaves in ``figures/<profile>``: tables and figures that know their notebook."""

from typing import TYPE_CHECKING

import pandas as pd

from ..records.places import Records
from . import artifacts

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Output:
    """Keeps a notebook's tables and figures, and hands each back for the notebook to show.

    ``notebook`` is its name in the project, such as ``results/scores``; ``records`` are those that
    everything is computed from (None: it needs none).
    """

    def __init__(self, notebook: str, profile: str, records: Records | None = None):
        self.profile = profile
        self.source = artifacts.made_by(notebook, {"profile": profile}, records)

    def table(self, table: pd.DataFrame, name: str, caption: str) -> pd.DataFrame:
        """Write ``tables/<name>`` as CSV, Markdown and LaTeX."""
        artifacts.save_table(table, name, caption, profile=self.profile, source=self.source)
        return table

    def figure(self, figure: "Figure", name: str, caption: str) -> "Figure":
        """Write ``<name>`` as PNG, SVG and PDF."""
        artifacts.save_figure(figure, name, caption, profile=self.profile, source=self.source)
        return figure
