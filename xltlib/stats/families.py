"""Corrections for testing several hypotheses at once, each family stated in words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from ..errors import not_one_of


def empty(columns: Sequence[str], why: str) -> pd.DataFrame:
    """A table without rows that says why in a sentence (``attrs["why"]``), saved with it."""
    table = pd.DataFrame(columns=list(columns))
    table.attrs["why"] = why
    return table


def corrected(table: pd.DataFrame, family: Sequence[str]) -> pd.DataFrame:
    """``table`` with columns p_holm, p_bh and family.

    Rows that agree in the columns ``family`` are corrected together (an empty list: all rows).
    Holm controls the chance of any false finding in a family, Benjamini-Hochberg (p_bh) the
    expected share of false findings. A row whose p is not known (NaN) is no test. Raises
    :class:`XltError` for an unknown column.
    """
    for column in family:
        if column not in table.columns:
            raise not_one_of("family", column, table.columns)
    out = table.assign(p_holm=np.nan, p_bh=np.nan, family="")
    groups = table.groupby(list(family), sort=False) if family else [((), table)]
    for key, rows in groups:
        known = rows.index[rows["p"].notna()]
        if len(known):
            out.loc[known, "p_holm"] = multipletests(rows.loc[known, "p"], method="holm")[1]
            out.loc[known, "p_bh"] = multipletests(rows.loc[known, "p"], method="fdr_bh")[1]
        which = ", ".join(f"{c}={v}" for c, v in zip(family, key, strict=True)) or "the whole table"
        out.loc[rows.index, "family"] = (
            f"{len(known)} test{'s' if len(known) != 1 else ''}: {which}"
        )
    return out
