"""Methods compared over all tasks and languages, each task x data set x language counting the same.

That is a condition (a cell of the grid is one method in it; ``cells`` below are conditions, with
the arms of all methods). The pooled score of a method is the mean of its headline scores over
conditions. Its test is a paired randomization stratified by condition: within every one items
change sides, its score is recomputed, and the mean over conditions is the statistic. Items that
share an id within a data set (parallel text in several languages, one article in two tasks or at
several shot counts) change sides together and are drawn together, so that parallel items never
count as independent evidence. A mixed model stands beside it (:mod:`xltlib.stats.mixed`); where
they disagree the table says so.

Test and interval answer slightly different questions when there are several seeds: the test takes
the demonstrations that were drawn as given, the interval also lets the seeds vary (two-level), so
that an interval may reach 0 beside a small p.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from . import effects, further, resample
from .families import corrected, empty
from .mixed import fit
from .panel import Panel, Records, arms_of, canonical, headlines, nothing_to_compare
from .resample import RESAMPLES, SEED


@dataclass(frozen=True)
class Pool:
    """Several cells, resampled together: ``R`` resamples, ``C`` cells."""

    cells: tuple[Panel, ...]
    resamples: int = RESAMPLES
    seed: int = SEED

    @cached_property
    def clusters(self) -> dict[str, dict[str, int]]:
        """Data set -> item id -> its place among that data set's resampled units."""
        ids: dict[str, set[str]] = {}
        for cell in self.cells:
            ids.setdefault(cell.key["dataset"], set()).update(
                *(a.items for a in cell.arms.values())
            )
        return {d: {item: i for i, item in enumerate(sorted(items))} for d, items in ids.items()}

    def pairs(self) -> list[tuple[str, str]]:
        names = arms_of(self.cells)
        return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]

    def shared(self, a: str, b: str) -> list[int]:
        """The cells that have both methods."""
        return [i for i, c in enumerate(self.cells) if a in c.arms and b in c.arms]

    def _spread(self, cell: Panel, name: str) -> np.ndarray:
        """An arm's statistics [S, units, k], zeros for units that the cell does not hold."""
        arm, places = cell.arms[name], self.clusters[cell.key["dataset"]]
        out = np.zeros((len(arm.seeds), len(places), arm.values.shape[-1]))
        out[:, [places[i] for i in arm.items]] = arm.values
        return out

    def points(self, name: str) -> dict[int, float]:
        """Cell -> the method's score, on a scale of 0 to 1."""
        return {
            i: float(c.metric.value(c.arms[name].summed.sum(axis=0))) / c.metric.top
            for i, c in enumerate(self.cells)
            if name in c.arms
        }

    @cached_property
    def replicates(self) -> dict[tuple[int, str], np.ndarray]:
        """(cell, method) -> bootstrap scores [R]."""
        return {(i, name): x for i, drawn in self._drawn() for name, x in drawn.items()}

    def gaps(self, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], np.ndarray]:
        """Pair -> bootstrap differences [R], the mean over the cells that have both."""
        sums = {pair: np.zeros(self.resamples) for pair in pairs}
        for _, drawn in self._drawn():  # one cell at a time: all of them may be many
            for a, b in pairs:
                if a in drawn and b in drawn:
                    sums[a, b] += drawn[a] - drawn[b]
        return {pair: sums[pair] / len(self.shared(*pair)) for pair in pairs}

    def _drawn(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """Each cell's bootstrap scores [R] by method; parallel cells share their draws."""
        for dataset, places in self.clusters.items():
            rng = resample.generator(self.seed, "pooled", dataset, len(places))
            units = resample.counts(len(places), self.resamples, rng)
            for i, cell in enumerate(self.cells):
                if cell.key["dataset"] != dataset:
                    continue
                drawn: dict[tuple[int, ...], np.ndarray] = {}
                for arm in cell.arms.values():
                    if arm.seeds not in drawn:
                        drawn[arm.seeds] = resample.counts(len(arm.seeds), self.resamples, rng)
                sums = resample.resampled_sums(
                    [self._spread(cell, name) for name in cell.arms],
                    units,
                    [drawn[arm.seeds] for arm in cell.arms.values()],
                )
                held = {places[item] for arm in cell.arms.values() for item in arm.items}
                kept = resample.not_empty(units[:, sorted(held)].sum(axis=1), rng)
                yield (
                    i,
                    {
                        name: cell.metric.value(x)[kept] / cell.metric.top
                        for name, x in zip(cell.arms, sums, strict=True)
                    },
                )

    def randomization(self, tests: int = 1) -> dict[tuple[str, str], float]:
        """Pair -> two-sided p = (c + 1) / (R + 1) of the mean difference over cells.

        ``tests`` are corrected together: more of them need more draws (:mod:`.further`).
        """
        pairs = self.pairs()
        p = [(c + 1) / (self.resamples + 1) for c in self._reached(pairs)]

        def draw(chunk: int, draws: int, which: Sequence[int]) -> list[int]:
            return self._reached([pairs[i] for i in which], chunk)

        found = further.drawn_on(p, self.resamples, [tests] * len(p), draw)
        return dict(zip(pairs, found, strict=True))

    def _reached(self, pairs: Sequence[tuple[str, str]], chunk: int = 0) -> list[int]:
        """How many of R randomizations reach what was observed of each pair."""
        observed = dict.fromkeys(pairs, 0.0)
        at_random = {pair: np.zeros(self.resamples) for pair in pairs}
        conditions = {pair: len(self.shared(*pair)) for pair in pairs}
        for dataset, places in self.clusters.items():
            names = ("pooled swaps", dataset, len(places), *([chunk] if chunk else []))
            rng = resample.generator(self.seed, *names)
            swap = resample.swaps(len(places), self.resamples, rng)
            for cell in self.cells:
                here = [p for p in pairs if set(p) <= set(cell.arms)]
                if cell.key["dataset"] != dataset or not here:
                    continue
                for pair in here:
                    cell.paired(*pair)  # refuses unpaired items
                items = {name: self._spread(cell, name).mean(axis=0) for name in cell.arms}
                value, k = cell.metric.value, next(iter(items.values())).shape[1]
                moved = swap @ np.concatenate([items[b] - items[a] for a, b in here], axis=1)
                for j, (a, b) in enumerate(here):
                    change, total_a, total_b = (
                        moved[:, j * k : (j + 1) * k],
                        items[a].sum(axis=0),
                        items[b].sum(axis=0),
                    )
                    share = 1 / cell.metric.top / conditions[a, b]
                    observed[a, b] += float(value(total_a) - value(total_b)) * share
                    at_random[a, b] += (value(total_a + change) - value(total_b - change)) * share
        return [
            int((np.abs(at_random[pair]) >= abs(observed[pair]) - 1e-9).sum()) for pair in pairs
        ]


def pools(
    records: Records,
    over: Sequence[str] = ("shots",),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[tuple, Pool]:
    """The cells of ``records`` on their headline metrics, grouped by the columns ``over``.

    Of all places only their items' statistics stay in memory: 16 bytes an answer where these are
    right or wrong, and the items' names once a cell.
    """
    found = [panel for _, panel in headlines(records)]
    grouped: dict[tuple, list[Panel]] = {}
    for panel in sorted(found, key=lambda panel: panel.key["task"]):
        grouped.setdefault(tuple(panel.key[c] for c in over), []).append(panel)
    return {key: Pool(tuple(cells), resamples, seed) for key, cells in sorted(grouped.items())}


def pooled_table(
    records: Records,
    over: Sequence[str] = ("shots",),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Pairs of methods over all tasks and languages, per shot count (``over=()``: all shots too).

    Columns: the columns ``over``, method_a, method_b, conditions (task x data set x language), n
    (items, summed over conditions), score_a, score_b, difference, low, high (95 %, bootstrap), p,
    p_holm, p_bh, best_in (conditions where a, then b, scores higher), detectable (80 % power),
    mixed_difference, mixed_p, mixed_p_holm, agree, family. All pairs of the table are one family.

    ``agree``: ``yes`` when both analyses, after Holm, name the same better method or both name
    none at 5 %; else what each of them says, or why the mixed model says nothing. The interval
    and ``detectable`` are empty where no resample differs from another, as with one item each.
    """
    table, made = [], pools(records, over, resamples, seed)
    known = {
        key: {pair: cells for pair in pool.pairs() if (cells := pool.shared(*pair))}
        for key, pool in made.items()
    }
    tests = sum(map(len, known.values()))
    for key, pool in made.items():
        pairs = known[key]
        if not pairs:
            continue
        p, boot, mixed = pool.randomization(tests), pool.gaps(pairs), fit(pool.cells)
        points = {name: pool.points(name) for name in arms_of(pool.cells)}
        for (a, b), cells in pairs.items():
            at_a, at_b, gaps = points[a], points[b], boot[a, b]
            low, high = resample.percentile(gaps)
            detectable = effects.minimum_detectable(float(gaps.std(ddof=1)))
            if np.ptp(gaps) < 1e-12:  # no resample differs from another: nothing is known
                low = high = detectable = np.nan
            score_a, score_b = np.mean([at_a[i] for i in cells]), np.mean([at_b[i] for i in cells])
            difference, mixed_p = mixed.difference(a, b, cells)
            wins = [sum(at_a[i] > at_b[i] for i in cells), sum(at_a[i] < at_b[i] for i in cells)]
            table.append(
                dict(zip(over, key, strict=True))
                | {
                    "method_a": a,
                    "method_b": b,
                    "conditions": len(cells),
                    "n": sum(len(pool.cells[i].arms[a].items) for i in cells),
                    "score_a": float(score_a),
                    "score_b": float(score_b),
                    "difference": float(score_a - score_b),
                    "low": low,
                    "high": high,
                    "p": p[a, b],
                    "best_in": f"{wins[0]}/{wins[1]}",
                    "detectable": detectable,
                    "mixed_difference": difference,
                    "mixed_p": mixed_p,
                }
            )
    columns = [
        *over,
        "method_a",
        "method_b",
        "conditions",
        "n",
        "score_a",
        "score_b",
        "difference",
        "low",
        "high",
    ]
    columns += [
        "p",
        "p_holm",
        "p_bh",
        "best_in",
        "detectable",
        "mixed_difference",
        "mixed_p",
        "mixed_p_holm",
    ]
    columns += ["agree", "family"]
    if not table:
        return empty(columns, nothing_to_compare(records))
    out = canonical(pd.DataFrame(table))
    mixed_holm = corrected(out.assign(p=out["mixed_p"]), ())["p_holm"]
    out = corrected(out, ()).assign(mixed_p_holm=mixed_holm)
    return out.assign(agree=out.apply(_agreement, axis=1))[columns]


def _agreement(row: pd.Series, alpha: float = 0.05) -> str:
    def better(difference: float, p: float) -> str:
        return "neither" if p > alpha else row["method_a"] if difference > 0 else row["method_b"]

    if np.isnan(row["mixed_difference"]):
        return "not known: the mixed model would be too large"
    if np.isnan(row["mixed_p"]):
        return "not known: the mixed model did not converge"
    ours, model = (
        better(row["difference"], row["p_holm"]),
        better(row["mixed_difference"], row["mixed_p_holm"]),
    )
    return "yes" if ours == model else f"no: randomization {ours}, mixed model {model}"
