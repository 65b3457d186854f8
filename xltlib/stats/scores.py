"""One score with its 95 % interval, for every method, task, data set, language and shot count.

Which interval: a proportion (accuracy, valid outputs) from one seed has Wilson's, and so has one
that is 0 or 1, of which every resample is the same; everything else has a bootstrap over items,
10,000 resamples, the score recomputed from resampled counts. Wilson's counts an item once, however
many seeds it was answered with. Several seeds make the bootstrap two-level (seeds and items drawn
independently, see :func:`xltlib.stats.resample.resampled_sums`). The percentile interval is in
``low`` and ``high``, BCa beside it. With three seeds the seed level is drawn from three values: the
interval covers the items' sampling error well and the seeds' spread roughly; ``seed_sd`` shows that
spread itself.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from .. import tasks
from . import resample
from .metrics import SCORED, VALID, Metric, of_task
from .panel import (
    Arm,
    Panel,
    Records,
    canonical,
    conditions,
    ordered,
    panels,
    pieces,
    with_arms,
)
from .resample import RESAMPLES, SEED


def score_table(
    records: Records,
    metrics: Literal["headline", "all"] = "all",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Every score with its interval, one row per method, cell and metric.

    ``metrics``: ``headline`` or ``all``. Columns: task, dataset, language, shots, metric, method,
    score, low, high, bca_low, bca_high, interval, n (items), seeds, seed_sd (standard deviation of
    the score between seeds; empty for one seed), valid (share of outputs that parse).
    """
    tables = [scored(*some, metrics, resamples, seed) for some in pieces(records, SCORED)]
    return canonical(pd.concat(tables, ignore_index=True))


def scored(
    rows: pd.DataFrame,
    order: Sequence[str],
    metrics: Literal["headline", "all"],
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """The rows of :func:`score_table` for records whose arms have whole names, in that order."""
    valid = {
        (p.name, a.name): _point(a, VALID) for p in panels(rows, VALID) for a in p.arms.values()
    }
    return pd.DataFrame(
        row | {"valid": valid[panel.name, row["method"]]}
        for task in rows["task"].unique()
        for metric in of_task(task, metrics)
        for panel in panels(rows, metric, order)
        for row in _scores(panel, resamples, seed)
    )


def valid_table(records: Records, resamples: int = RESAMPLES, seed: int = SEED) -> pd.DataFrame:
    """The share of outputs that are valid at all: columns as :func:`score_table`."""
    order = ordered(with_arms(conditions(records))["arm"])  # one metric, and so one for all tasks
    table = [
        row
        for rows, _ in pieces(records, VALID.columns)
        for panel in panels(rows, VALID, order)
        for row in _scores(panel, resamples, seed)
    ]
    return canonical(pd.DataFrame(sorted(table, key=lambda row: tasks.names().index(row["task"]))))


def _point(arm: Arm, metric: Metric) -> float:
    return float(metric.value(arm.summed.sum(axis=0)))


def _scores(panel: Panel, resamples: int, seed: int) -> list[dict]:
    table, metric = [], panel.metric
    for arm, replicates in bootstrap(panel, resamples, seed):
        s, n, _ = arm.values.shape
        point = _point(arm, metric)
        low, high = resample.percentile(replicates)
        jackknife = resample.leave_one_out(arm.summed, metric.value)
        bca_low, bca_high = resample.bca(replicates, point, jackknife)
        interval = "bootstrap over items" if s == 1 else "bootstrap over seeds and items"
        if metric.kind == "proportion" and (s == 1 or point in (0.0, 1.0)):
            low, high = map(float, proportion_confint(round(point * n), n, method="wilson"))
            interval = "Wilson"
        by_seed = metric.value(arm.values.sum(axis=1))
        row = {"metric": metric.name, "method": arm.name, "score": point, "low": low, "high": high}
        row |= {"bca_low": bca_low, "bca_high": bca_high, "interval": interval, "n": n, "seeds": s}
        row["seed_sd"] = float(np.std(by_seed, ddof=1)) if s > 1 else np.nan
        table.append(panel.key | row)
    return table


def bootstrap(panel: Panel, resamples: int, seed: int) -> list[tuple[Arm, np.ndarray]]:
    """Bootstrap scores [R] of each arm: arms of one size, or of the same seeds, share those draws.

    So the difference of two arms' replicates is a paired bootstrap where their items are the same.
    """
    out = []
    metric, order = panel.metric, list(dict.fromkeys(a.seeds for a in panel.arms.values()))
    for n in dict.fromkeys(len(a.items) for a in panel.arms.values()):
        arms = [a for a in panel.arms.values() if len(a.items) == n]
        seeds = [
            resample.shared(
                "counts", len(a.seeds), resamples, seed, f"seeds {order.index(a.seeds)}"
            )
            for a in arms
        ]
        items = resample.shared("counts", n, resamples, seed)
        sums = resample.resampled_sums([a.values for a in arms], items, seeds)
        out += [(a, metric.value(x)) for a, x in zip(arms, sums, strict=True)]
    return out
