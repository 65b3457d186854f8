"""The arms that stand first: those that a figure or a narrow table has room for.

A profile may compare dozens of arms; nobody reads a figure of more than ten. Which stand in it is
declared before a run (arms that are not ``optional``), never chosen by their scores.
"""

from collections.abc import Sequence

import pandas as pd

from ..records.places import PLACE, Records, conditions, select
from .panel import ordered

MOST = 10
_COLUMNS = ("method", "method_a", "method_b")


def first_arms(table: pd.DataFrame, declared: Sequence[str], own: str = "") -> pd.DataFrame:
    """The rows of ``table`` whose arms are among the first :data:`MOST`, in the same order.

    ``declared`` are the arms that come first, ``own`` the model of the profile: an arm that is
    called with it, since answers made elsewhere stand beside it, gets its plain name. Those come
    after the declared arms. ``table`` names arms in ``method``, or in ``method_a`` and
    ``method_b``. Where nothing is declared, all arms count as such.
    """
    named = [c for c in _COLUMNS if c in table]
    table = table.assign(**{c: table[c].str.removesuffix(f" ({own})") for c in named})
    arms = ordered(table[named].to_numpy().ravel())
    mine = [arm for arm in declared or arms if arm in arms]
    guests = [arm for arm in arms if arm not in mine and arm.partition(" (")[0] in mine]
    kept = [*mine, *guests][:MOST]
    return table[table[named].isin(kept).all(axis=1)].reset_index(drop=True)


def comparable(records: Records, declared: Sequence[str]) -> Records:
    """The records in which means over conditions can be compared between arms.

    Those of the tasks, data sets and languages that most of the ``declared`` arms answered, and
    there of the arms that answered all of them; answers made elsewhere are left out.
    """

    def own(rows: pd.DataFrame) -> pd.Series:
        return rows["arm"].isin(list(declared)) & rows["flops"].notna()

    rows = conditions(records)
    rows = rows[own(rows)]
    arms = rows.groupby(PLACE)["arm"].nunique()
    fullest = arms.index[arms == arms.max()]
    kept = rows[pd.MultiIndex.from_frame(rows[PLACE]).isin(fullest)]
    places = kept[[*PLACE, "arm"]].drop_duplicates()["arm"].value_counts()
    whole = places.index[places == len(fullest)]
    return select(
        records,
        lambda rows: (
            own(rows)
            & rows["arm"].isin(whole)
            & pd.MultiIndex.from_frame(rows[PLACE]).isin(fullest)
        ),
    )


def commonest_shots(rows: pd.DataFrame) -> int:
    """The shot count that most rows of a table have, of several the largest.

    Answers made elsewhere, which are called with their model, do not count beside others.
    """
    if "method" in rows:
        own = rows[~rows["method"].str.contains(" (", regex=False)]
        rows = own if len(own) else rows
    counts = rows["shots"].value_counts()
    return int(max(counts[counts == counts.max()].index))
