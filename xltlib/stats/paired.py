"""Two methods on the same items: is one better, by how much, and how sure is that?

The unit that is paired is the item. With one seed, accuracy is tested by McNemar's exact test (the
binomial on the discordant items). With several seeds an item has several outcomes, which are not
independent evidence, so they are summed per item and whole items are swapped: paired approximate
randomization, which is also the test of every score that is not a mean (entity F1, macro-F1) and of
ROUGE and chrF. The interval of the difference is a paired bootstrap: the same resampled items (and
seeds) for both methods.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar

from . import effects, further, resample
from .families import corrected, empty
from .metrics import SCORED, of_task
from .panel import Arm, Panel, Records, canonical, nothing_to_compare, panels, pieces
from .resample import RESAMPLES, SEED
from .scores import bootstrap


def paired_table(
    records: Records,
    metrics: Literal["headline", "all"] = "headline",
    family: Sequence[str] = ("metric_role", "shots"),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Every pair of methods in every cell (task, data set, language, shots).

    ``family`` names the columns whose combinations are corrected together; the default is one
    family per shot count: all tasks, languages and pairs of headline scores (further metrics are a
    family of their own per shot count).

    Columns: task, dataset, language, shots, metric, metric_role, method_a, method_b, n, seeds,
    score_a, score_b, difference (a - b), low, high (95 %), wins, losses (items on which a or b is
    better), test, p, p_holm, p_bh, cohen_h and odds_ratio (accuracy only), smd (standardised mean
    difference), improvement (probability), detectable (smallest true difference that would be found
    with 80 % power), family. In a large family small p are drawn on (:mod:`.further`). The interval
    and ``detectable`` are empty where no resample differs from another, as with one item. Raises
    :class:`XltError` when two methods answered other items.
    """
    tables = []
    for rows, order in pieces(records, SCORED):
        table = []
        for task in rows["task"].unique():
            for role, metric in zip(_roles(), of_task(task, metrics), strict=False):
                for panel in panels(rows, metric, order):
                    table += [r | {"metric_role": role} for r in compare(panel, resamples, seed)]
        if table:
            tables.append(pd.DataFrame(table))
    if not tables:
        return empty(COLUMNS, nothing_to_compare(records))
    table = canonical(pd.concat(tables, ignore_index=True))
    return corrected(further.drawn_in(table, family, seed, resamples), family)[COLUMNS]


COLUMNS = [
    "task",
    "dataset",
    "language",
    "shots",
    "metric",
    "metric_role",
    "method_a",
    "method_b",
    "n",
    "seeds",
    "score_a",
    "score_b",
    "difference",
    "low",
    "high",
    "wins",
    "losses",
    "test",
    "p",
    "p_holm",
    "p_bh",
    "cohen_h",
    "odds_ratio",
    "smd",
    "improvement",
    "detectable",
    "family",
]


EXACT = "McNemar exact"


def _roles() -> list[str]:
    return ["headline"] + ["further"] * 9


def compare(panel: Panel, resamples: int = RESAMPLES, seed: int = SEED) -> list[dict]:
    """All pairs of one cell's arms, without correction: one dict per pair.

    ``pair`` is what :func:`.further.drawn_in` needs to know a small p better.
    """
    pairs = [panel.paired(*names) for names in panel.pairs()]
    if not pairs:
        return []
    replicates = {arm.name: scores for arm, scores in bootstrap(panel, resamples, seed)}
    swap = resample.shared("swaps", len(pairs[0][0].items), resamples, seed)
    sums = [_sums(a, b) for a, b in pairs]
    tested = resample.randomization(sums, panel.metric.value, swap)
    apart = np.stack([replicates[a.name] - replicates[b.name] for a, b in pairs])
    intervals = resample.percentiles(apart)
    table = []
    for (a, b), both, (difference, p), gaps, (low, high) in zip(
        pairs, sums, tested, apart, intervals, strict=True
    ):
        row: dict[str, Any] = {"metric": panel.metric.name, "method_a": a.name, "method_b": b.name}
        row |= {"n": len(a.items), "seeds": max(len(a.seeds), len(b.seeds))}
        row |= {"difference": difference, "low": low, "high": high}
        row["detectable"] = effects.minimum_detectable(float(gaps.std(ddof=1)))
        if np.ptp(gaps) == 0:  # one item, or no item on which they differ: nothing is known
            row |= {"low": np.nan, "high": np.nan, "detectable": np.nan}
        row |= panel.key | _described(panel, a, b, *both, p)
        again = row["test"] != EXACT and further.is_small(p, resamples)
        table.append(row | {"pair": further.Pair(*both, panel.metric) if again else None})
    return table


def _sums(a: Arm, b: Arm) -> tuple[np.ndarray, np.ndarray]:
    """Per-item statistics [N, k] over the seeds: sums, or means where seeds differ in number."""
    if len(a.seeds) == len(b.seeds):
        return a.summed, b.summed
    return a.summed / len(a.seeds), b.summed / len(b.seeds)


def _described(
    panel: Panel, a: Arm, b: Arm, sum_a: np.ndarray, sum_b: np.ndarray, p: float
) -> dict:
    metric, test = panel.metric, "approximate randomization"
    item_a, item_b = metric.item_scores(sum_a), metric.item_scores(sum_b)
    wins, losses = int((item_a > item_b).sum()), int((item_a < item_b).sum())
    score_a, score_b = (float(metric.value(x.sum(axis=0))) for x in (sum_a, sum_b))
    h = odds = np.nan
    if metric.kind == "proportion":
        h, odds = effects.cohen_h(score_a, score_b), effects.discordant_odds(wins, losses)
        if len(a.seeds) == len(b.seeds) == 1:
            p, test = mcnemar_exact(wins, losses), EXACT
    row = {
        "score_a": score_a,
        "score_b": score_b,
        "wins": wins,
        "losses": losses,
        "test": test,
        "p": p,
    }
    row |= {
        "cohen_h": h,
        "odds_ratio": odds,
        "smd": effects.standardised_difference(item_a, item_b),
    }
    return row | {"improvement": effects.improvement(item_a, item_b)}


@lru_cache(maxsize=4096)  # pairs of methods share few counts
def mcnemar_exact(wins: int, losses: int) -> float:
    """Two-sided exact McNemar p from the two counts of discordant items."""
    return float(min(1.0, mcnemar([[0, wins], [losses, 0]], exact=True).pvalue))
