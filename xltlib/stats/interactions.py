"""Do the differences between methods depend on task, language or condition?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import f as fisher

from .families import corrected, empty
from .mixed import fit
from .panel import Records, arms_of, nothing_to_compare
from .pooled import pools
from .resample import RESAMPLES, SEED

ONE_CONDITION = "No two conditions have the same methods, so nothing can depend on them."
#: Contrasts beyond which a factor is not tested: far more than any data set has items.
MOST = 2000


def interaction_table(
    records: Records,
    over: Sequence[str] = ("shots",),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Do the differences between methods depend on task, language, or condition at all?

    For each factor: Wald's test that the differences between methods, averaged per level of the
    factor, are equal at all levels, with the covariance of the joint bootstrap (parallel items
    drawn together). A covariance from few items makes chi-squared reject too often (of 25 items 9 %
    instead of 5), so p is Hotelling's, from F with the units of the smallest data set; it is empty
    where there are no more units than degrees of freedom. ``mixed_p`` tests the same interaction in
    the mixed model (empty for ``condition``, which that model has not, and where it is too large).
    Only conditions with all methods count. A factor of more than :data:`MOST` contrasts has no
    statistic. Columns: the columns ``over``, factor, levels, conditions, statistic, df, units,
    p, p_holm, p_bh, mixed_p, family.
    """
    table = []
    for key, pool in pools(records, over, resamples, seed).items():
        names = arms_of(pool.cells)
        cells = [i for i, c in enumerate(pool.cells) if set(names) <= set(c.arms)]
        if len(names) < 2 or len(cells) < 2:
            continue
        mixed, at = fit(pool.cells), {name: pool.points(name) for name in names}
        for factor in ("task", "language", "condition"):
            level = [
                str(pool.cells[i].key[factor]) if factor != "condition" else pool.cells[i].name
                for i in cells
            ]
            levels = sorted(set(level))
            if len(levels) < 2:
                continue
            statistic, df = np.nan, (len(levels) - 1) * (len(names) - 1)
            if df <= MOST:
                share = np.array([[(v == w) / level.count(w) for v in level] for w in levels])
                contrast = share[1:] - share[0]  # levels against the first
                points, draws = [], []
                for name in names[1:]:
                    gaps = [pool.replicates[i, name] - pool.replicates[i, names[0]] for i in cells]
                    apart = [at[name][i] - at[names[0]][i] for i in cells]
                    points.append(contrast @ np.array(apart))
                    draws.append(contrast @ np.array(gaps))
                statistic, df = wald(np.concatenate(points), np.concatenate(draws))
            units = min(map(len, pool.clusters.values()))
            table.append(
                dict(zip(over, key, strict=True))
                | {
                    "factor": factor,
                    "levels": len(levels),
                    "conditions": len(cells),
                    "statistic": statistic,
                    "df": df,
                    "units": units,
                    "p": hotelling(statistic, df, units),
                    "mixed_p": mixed.interaction(factor) if factor != "condition" else np.nan,
                }
            )
    columns = [
        *over,
        "factor",
        "levels",
        "conditions",
        "statistic",
        "df",
        "units",
        "p",
        "p_holm",
        "p_bh",
        "mixed_p",
        "family",
    ]
    if not table:
        return empty(columns, nothing_to_compare(records) or ONE_CONDITION)
    return corrected(pd.DataFrame(table), ())[columns]


def wald(point: np.ndarray, draws: np.ndarray) -> tuple[float, int]:
    """(statistic, degrees of freedom) of contrasts [k] being 0; ``draws`` [k, R] give their spread.

    Contrasts that are the same in all draws carry no information, and no degree of freedom.
    """
    covariance = np.atleast_2d(np.cov(draws))
    inverse = np.linalg.pinv(covariance, hermitian=True)
    df = int(np.linalg.matrix_rank(covariance, hermitian=True))
    return float(point @ inverse @ point), df


def hotelling(statistic: float, df: int, units: int) -> float:
    """p of a Wald statistic whose covariance was estimated from ``units`` (Hotelling's T squared).

    1 where nothing varies, NaN where the units do not suffice.
    """
    if df == 0:
        return 1.0
    if units <= df or np.isnan(statistic):
        return float("nan")
    return float(fisher.sf(statistic * (units - df) / (df * (units - 1)), df, units - df))
