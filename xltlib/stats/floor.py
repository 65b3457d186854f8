"""The floor: what needs no language model reaches it, so a score that does not pass it says little.

Which method is better is a question about a model that can do the task at all. Where no method's
interval lies above the best baseline, a difference between methods is one between ways to fail.
"""

from collections.abc import Collection

import pandas as pd

from .panel import CELL, PLACE, Records
from .resample import RESAMPLES
from .scores import score_table


def best_baseline(baselines: pd.DataFrame) -> pd.DataFrame:
    """The best baseline of every task, data set and language: those, ``reference``, ``baseline``.

    ``baselines`` has task, dataset, language, reference and score of headline metrics.
    """
    best = baselines.sort_values("score", ascending=False, kind="stable").drop_duplicates(PLACE)
    return best[[*PLACE, "reference", "score"]].rename(columns={"score": "baseline"})


def with_floor(scores: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    """A score table with ``reference``, ``baseline`` and ``above``: the interval lies above it.

    Rows of places without a baseline count as above.
    """
    out = scores.merge(best_baseline(baselines), on=PLACE, how="left")
    return out.assign(above=out["baseline"].isna() | (out["low"] > out["baseline"]))


def above_floor(
    records: Records, baselines: pd.DataFrame, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Whether each arm does better than the best baseline in each condition.

    Columns: task, dataset, language, shots, arm, above.
    """
    scores = score_table(records, metrics="headline", resamples=resamples)
    table = with_floor(scores, baselines).rename(columns={"method": "arm"})
    return table[[*CELL, "arm", "above"]]


def share_above(
    above: pd.DataFrame | None, records: pd.DataFrame, arms: Collection[str]
) -> tuple[float, int]:
    """In which share of the conditions of ``records`` one of ``arms`` at least is above the floor.

    Second comes the number of conditions. Without ``above`` it is all of them.
    """
    conditions = records[CELL].drop_duplicates()
    if above is None:
        return 1.0, len(conditions)
    mine = above[above["arm"].isin(arms)].merge(conditions, on=CELL)
    return float(mine.groupby(CELL)["above"].any().mean()), len(conditions)
