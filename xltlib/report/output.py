"""What a notebook leaves in ``figures/<profile>``: tables and figures that know their notebook."""

from typing import TYPE_CHECKING

import pandas as pd

from ..records.places import PLACE, Records, conditions
from ..stats.panel import with_arms
from . import artifacts

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Output:
    """Keeps a notebook's tables and figures, and hands each back for the notebook to show.

    ``notebook`` is its name in the project, such as ``results/scores``; ``records`` are those that
    everything is computed from (None: it needs none).
    """

    def __init__(self, notebook: str, profile: str, records: Records | None = None):
        self.profile, self.records = profile, records
        self.source = artifacts.made_by(notebook, {"profile": profile}, records)

    def table(self, table: pd.DataFrame, name: str, caption: str) -> pd.DataFrame:
        """Write ``tables/<name>`` as CSV, Markdown and LaTeX."""
        artifacts.save_table(table, name, caption, profile=self.profile, source=self.source)
        return table

    def figure(self, figure: "Figure", name: str, caption: str) -> "Figure":
        """Write ``<name>`` as PNG, SVG and PDF, with the model, items and seeds that it shows."""
        from ..figures import drawn

        rows = drawn(figure)
        told = "" if rows is None or self.records is None else shown_facts(self.records, rows)
        artifacts.save_figure(
            figure, name, caption, profile=self.profile, source=self.source, facts=told
        )
        return figure


def shown_facts(records: Records, rows: pd.DataFrame) -> str:
    """The :func:`facts` of what ``rows`` of a table show of the records that it is made from.

    Rows that name no task and language are means: of these the models are told, and ``n`` where the
    table has it.
    """
    named = rows.rename(columns={"method": "arm"}) if "arm" not in rows else rows
    if "method_a" in rows:
        pairs = [named.rename(columns={one: "arm"}) for one in ("method_a", "method_b")]
        named = pd.concat([pair[["arm"]] for pair in pairs])
    by = [c for c in (*PLACE, "shots", "arm") if c in named]
    every = with_arms(conditions(records))
    own = every.loc[every["flops"].notna(), "model"].mode()
    if len(own):  # tables call its arms by their names alone
        every["arm"] = every["arm"].str.removesuffix(f" ({own.iloc[0]})")
        named = named.assign(arm=named["arm"].str.removesuffix(f" ({own.iloc[0]})"))
    found = every.merge(named[by].drop_duplicates(), on=by)
    if found.empty:
        return ""
    if set(PLACE) <= set(by):
        return _told(found)
    items = _range(rows["n"], "items in all") if "n" in rows else ""
    return " · ".join(filter(None, (_models(found), items)))


def facts(records: Records) -> str:
    """Model, items and seeds of records, for the head of the page and the captions."""
    return _told(conditions(records))


def _told(asked: pd.DataFrame) -> str:
    each = asked.groupby([*PLACE, "arm", "model", "shots", "seed"], dropna=False)["answers"].sum()
    items = each.groupby(PLACE).max()
    of = f"items in each of {len(items)} tasks and languages" if len(items) > 1 else "items"
    seeds = sorted(asked["seed"].unique())
    told = f"seed{'' if len(seeds) == 1 else 's'} {', '.join(map(str, seeds))}"
    return " · ".join((_models(asked), _range(items, of), told))


def _models(asked: pd.DataFrame) -> str:
    return f"model {', '.join(sorted(asked['model'].unique()))}"


def _range(counts: pd.Series, of: str) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"n = {low if low == high else f'{low} to {high}'} {of}"
