"""The tests tested: how often they reject without a difference, what the intervals cover, power.

Experiments are simulated with items of varying difficulty, which both methods share, as real ones
have; each statistic is computed by the very functions that make the tables. ``python -m xltlib
calibrate`` writes the result, a short version runs in the tests.

McNemar's exact test is discrete: it rejects at most 5 %, and less when few items are discordant.
Its bound is therefore one-sided (at most 6 %), where the other tests have 5 % +- 1 %.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from . import effects, resample
from .interactions import hotelling, wald
from .metrics import Metric, metric
from .mixed import fit
from .paired import mcnemar_exact
from .panel import Arm, Panel
from .pooled import Pool

ALPHA = 0.05
CAPTION = "How often the tests reject, the intervals cover and differences are found, by simulation"


@dataclass(frozen=True)
class World:
    """How scores come about: item difficulty, a method's ability, and noise of its own.

    ``ability`` in logits; ``spread`` is the standard deviation of the difficulty that all methods
    share. ``seed_spread`` moves all items of one (method, seed) together.
    """

    metric: Metric
    spread: float = 1.0
    seed_spread: float = 0.0

    def draw(
        self, rng: np.random.Generator, items: int, abilities: list[float], seeds: int = 1
    ) -> list[np.ndarray]:
        """Statistics [S, N, k] of one experiment for each method."""
        difficulty = rng.normal(0, self.spread, items)
        entities = 1 + rng.poisson(1.2, items)
        out = []
        for ability in abilities:
            luck = (
                rng.normal(0, self.seed_spread, (seeds, 1))
                if self.seed_spread
                else np.zeros((seeds, 1))
            )
            chance = expit(ability + luck - difficulty)
            if self.metric.kind == "f1":
                tp = rng.binomial(entities, chance)
                stats = [tp, rng.poisson(1.0 * (1 - chance)), entities - tp]
            elif self.metric.kind == "proportion":
                stats = [rng.random(chance.shape) < chance, np.ones(chance.shape)]
            else:
                stats = [rng.beta(0.5 + 4 * chance, 4.5 - 4 * chance), np.ones(chance.shape)]
            out.append(np.stack([np.asarray(s, dtype=float) for s in stats], axis=-1))
        return out

    def truth(self, ability: float) -> float:
        """The score in the limit of many items and seeds, by simulation with a fixed seed."""
        rng = resample.generator(1, "truth", self.metric.name, self.spread, self.seed_spread)
        values = (
            self.draw(rng, 1000, [ability], 2000)
            if self.seed_spread
            else self.draw(rng, 2_000_000, [ability])
        )
        if not self.seed_spread:
            return float(self.metric.value(values[0].sum(axis=(0, 1))))
        many = [self.draw(rng, 1000, [ability], 2000)[0].sum(axis=(0, 1)) for _ in range(5)]
        return float(self.metric.value(values[0].sum(axis=(0, 1)) + np.sum(many, axis=0)))


ACCURACY, ENTITY_F1, ROUGE = (
    World(metric("accuracy")),
    World(metric("entity_f1")),
    World(metric("rougeL")),
)


def _pair_p(
    world: World, values: list[np.ndarray], resamples: int, rng: np.random.Generator
) -> float:
    a, b = (v.sum(axis=0) for v in values)
    swap = resample.swaps(len(a), resamples, rng)
    return resample.randomization([(a, b)], world.metric.value, swap)[0][1]


def _null_p(
    world: World, items: int, seeds: int, resamples: int, rng: np.random.Generator
) -> float:
    """p of two methods that are the same."""
    return _pair_p(world, world.draw(rng, items, [0, 0], seeds), resamples, rng)


def _finds(world: World, items: int, step: float, resamples: int, rng: np.random.Generator) -> bool:
    """Whether a difference of ``step`` in ability is found."""
    return _pair_p(world, world.draw(rng, items, [step, 0.0]), resamples, rng) <= ALPHA


def _mcnemar(values: list[np.ndarray]) -> float:
    a, b = (v[0, :, 0] for v in values)
    return mcnemar_exact(int((a > b).sum()), int((a < b).sum()))


def _panel(world: World, number: int, values: list[np.ndarray], names: tuple[str, ...]) -> Panel:
    items = tuple(f"{number}-{i:05d}" for i in range(values[0].shape[1]))
    key = {"task": world.metric.task, "dataset": f"d{number}", "language": "xxx", "shots": 0}
    arms = {n: Arm(n, tuple(range(len(v))), items, v) for n, v in zip(names, values, strict=True)}
    return Panel(key, world.metric, arms)


def calibrate(
    experiments: int = 2000, items: int = 200, resamples: int = 999, seed: int = 7
) -> pd.DataFrame:
    """All checks, one row each.

    Columns: check, what (``rejections``, ``coverage``, ``family-wise error`` or ``power``),
    experiments, items, rate, expected, lowest, highest (the bounds), within, note. Takes
    two and a half minutes at 2,000 experiments on one core.
    """
    rows = []
    for name, what, expected, low, high, note, one in _checks(items, resamples):
        rng = resample.generator(seed, "calibrate", name)
        rate = float(np.mean([one(rng) for _ in range(experiments)]))
        rows.append(
            {
                "check": name,
                "what": what,
                "experiments": experiments,
                "items": items,
                "rate": rate,
                "expected": expected,
                "lowest": low,
                "highest": high,
                "within": bool(low <= rate <= high),
                "note": note,
            }
        )
    return pd.DataFrame(rows)


Check = tuple[str, str, float, float, float, str, Callable[[np.random.Generator], bool]]


def _checks(items: int, resamples: int) -> Iterator[Check]:
    yield from _null(items, resamples)
    yield from _pooled_null(items, resamples)
    yield from _coverage(items, resamples)
    yield from _power(items, resamples)


def _null(items: int, resamples: int) -> Iterator[Check]:
    def rejections(
        name: str, one: Callable[[np.random.Generator], float], low: float = 0.04, note: str = ""
    ) -> Check:
        return name, "rejections", ALPHA, low, 0.06, note, lambda rng: one(rng) <= ALPHA

    yield rejections(
        "McNemar exact, accuracy",
        lambda rng: _mcnemar(ACCURACY.draw(rng, items, [0, 0])),
        0.0,
        "exact and discrete: at most 5 %, less with few discordant items",
    )
    for world, seeds in ((ENTITY_F1, 1), (ROUGE, 1), (ENTITY_F1, 3), (ACCURACY, 3)):
        several = f", {seeds} seeds summed per item" if seeds > 1 else ""
        yield rejections(
            f"approximate randomization, {world.metric.label}{several}",
            partial(_null_p, world, items, seeds, resamples),
        )

    def any_pair(rng: np.random.Generator) -> bool:
        values = ENTITY_F1.draw(rng, items, [0, 0, 0])
        p = [
            _pair_p(ENTITY_F1, [values[i], values[j]], resamples, rng)
            for i, j in ((0, 1), (0, 2), (1, 2))
        ]
        return bool(multipletests(p, ALPHA, "holm")[0].any())

    yield (
        "Holm over three pairs, Entity F1 (micro)",
        "family-wise error",
        ALPHA,
        0.0,
        0.055,
        "",
        any_pair,
    )


def _pooled_null(items: int, resamples: int) -> Iterator[Check]:
    size = max(20, items // 3)

    def cells(rng: np.random.Generator) -> tuple[Panel, ...]:
        worlds = (ACCURACY, ENTITY_F1, ROUGE)
        return tuple(
            _panel(w, i, w.draw(rng, size, [0, 0]), ("a", "b")) for i, w in enumerate(worlds)
        )

    def randomized(rng: np.random.Generator) -> bool:
        return (
            Pool(cells(rng), resamples, int(rng.integers(2**31))).randomization()["a", "b"] <= ALPHA
        )

    def mixed(rng: np.random.Generator) -> bool:
        return fit(cells(rng)).difference("a", "b", range(3))[1] <= ALPHA

    def interaction(rng: np.random.Generator) -> bool:
        panels, names = [], ("a", "b", "c")
        for number, world in enumerate((ACCURACY, ENTITY_F1, ROUGE)):
            for _ in range(2):  # two languages, the same items in both
                panels.append(_panel(world, number, world.draw(rng, size, [0, 0, 0]), names))
        pool = Pool(tuple(panels), resamples, int(rng.integers(2**31)))
        contrast = np.tile([1.0, -1.0], 3) / 3  # one language against the other

        def against(value: Callable[[int, str], np.ndarray | float]) -> np.ndarray:
            cells = range(len(panels))
            return np.array(
                [contrast @ np.array([value(i, m) - value(i, "a") for i in cells]) for m in "bc"]
            )

        points = {m: pool.points(m) for m in names}
        statistic, df = wald(
            against(lambda i, m: points[m][i]), against(lambda i, m: pool.replicates[i, m])
        )
        return hotelling(statistic, df, size) <= ALPHA

    note = f"three cells of {size} items, one of each task"
    yield "pooled randomization", "rejections", ALPHA, 0.04, 0.06, note, randomized
    yield "mixed model", "rejections", ALPHA, 0.04, 0.06, note, mixed
    note = f"three tasks in two languages, {size} parallel items each"
    yield "interaction, method x language", "rejections", ALPHA, 0.04, 0.06, note, interaction


def _coverage(items: int, resamples: int) -> Iterator[Check]:
    def covers(name: str, world: World, seeds: int, how: str, note: str = "") -> Check:
        true = world.truth(0.5)

        def one(rng: np.random.Generator) -> bool:
            (values,) = world.draw(rng, items, [0.5], seeds)
            summed = values.sum(axis=0)
            if how == "Wilson":
                low, high = proportion_confint(summed[:, 0].sum(), items, method="wilson")
                return bool(low <= true <= high)
            draws = [resample.counts(size, resamples, rng) for size in (items, seeds)]
            replicates = world.metric.value(
                resample.resampled_sums([values], draws[0], draws[1:])[0]
            )
            if how == "percentile":
                low, high = resample.percentile(replicates)
            else:
                point = float(world.metric.value(summed.sum(axis=0)))
                low, high = resample.bca(
                    replicates, point, resample.leave_one_out(summed, world.metric.value)
                )
            return low <= true <= high

        return name, "coverage", 0.95, 0.935, 0.965, note, one

    yield covers("Wilson, accuracy", ACCURACY, 1, "Wilson")
    for how in ("percentile", "BCa"):
        yield covers(f"{how} bootstrap, Entity F1 (micro)", ENTITY_F1, 1, how)
        yield covers(f"{how} bootstrap, ROUGE-L", ROUGE, 1, how)
    for seeds in (3, 5):
        world = World(metric("entity_f1"), seed_spread=0.1)
        yield covers(
            f"two-level bootstrap, Entity F1 (micro), {seeds} seeds",
            world,
            seeds,
            "percentile",
            "seeds differ by 0.1 logits",
        )

    gap = ENTITY_F1.truth(0.5) - ENTITY_F1.truth(0.0)

    def difference(rng: np.random.Generator) -> bool:
        draws = resample.counts(items, resamples, rng)
        a, b = (
            ENTITY_F1.metric.value(draws @ v[0]) for v in ENTITY_F1.draw(rng, items, [0.5, 0.0])
        )
        low, high = resample.percentile(a - b)
        return low <= gap <= high

    yield (
        "paired bootstrap of a difference, Entity F1 (micro)",
        "coverage",
        0.95,
        0.935,
        0.965,
        "",
        difference,
    )


def _power(items: int, resamples: int) -> Iterator[Check]:
    for world in (ROUGE, ENTITY_F1):
        step, gap = _found_with_power(world, items)
        yield (
            f"approximate randomization at the detectable difference, {world.metric.label}",
            "power",
            0.8,
            0.77,
            0.83,
            f"true difference {gap:.3f}",
            partial(_finds, world, items, step, resamples),
        )


def _found_with_power(world: World, items: int) -> tuple[float, float]:
    """(ability, score difference) at which ``effects.minimum_detectable`` promises 80 % power."""
    rng = resample.generator(3, "power", world.metric.name)
    base, step, gap = world.truth(0.0), 0.3, 0.0
    for _ in range(4):  # the standard error hardly depends on the step: this settles at once
        gaps = [
            float(world.metric.value(a.sum(axis=(0, 1))) - world.metric.value(b.sum(axis=(0, 1))))
            for a, b in (world.draw(rng, items, [step, 0.0]) for _ in range(2000))
        ]
        target = effects.minimum_detectable(float(np.std(gaps, ddof=1)))
        gap = world.truth(step) - base
        step *= target / gap
    return step, target
