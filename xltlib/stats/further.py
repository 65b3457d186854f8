"""More draws where the first are too few: for tests in a large family.

By ``R`` random draws no p is below ``1 / (R + 1)``, and Holm's correction multiplies the smallest p
by the number of tests: of 10,000 draws and 1,500 tests none could ever be significant at 5 %. So
what few draws have reached is drawn on, until :data:`EACH` draws stand for each test of the family
or :data:`ENOUGH` have reached it (the sequential Monte Carlo test of Besag and Clifford 1991,
Biometrika 78(2)): a p that is large already is known well enough.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import resample
from .metrics import Metric
from .resample import RESAMPLES

EACH = 25  # draws for each test: 0.04 is then the smallest p after Holm's correction
ENOUGH = 10  # draws as extreme as what was observed
#: ``draw(chunk, draws, which)``: of further draws, how many reach each of ``which`` tests.
Draw = Callable[[int, int, Sequence[int]], Sequence[int]]


def drawn_on(p: Sequence[float], draws: int, family: Sequence[int], draw: Draw) -> list[float]:
    """The p of each test after as many draws as its ``family`` (its number of tests) needs.

    ``p`` is ``(c + 1) / (draws + 1)``, where ``c`` draws have reached what was observed.
    """
    reached = [round(one * (draws + 1)) - 1 for one in p]
    total = [draws] * len(reached)
    for chunk in range(1, 1 + max(1, EACH * max(family, default=0) // draws)):
        open_ = [
            i for i, count in enumerate(reached) if count < ENOUGH and total[i] < EACH * family[i]
        ]
        if not open_:
            break
        for i, more in zip(open_, draw(chunk, draws, open_), strict=True):
            reached[i] += more
            total[i] += draws
    return [(c + 1) / (n + 1) for c, n in zip(reached, total, strict=True)]


def is_small(p: float, draws: int) -> bool:
    """Whether fewer than :data:`ENOUGH` of the draws have reached what was observed."""
    return round(p * (draws + 1)) - 1 < ENOUGH


@dataclass(frozen=True)
class Pair:
    """Two methods' statistics [N, k] of the same items, and the metric that they are of."""

    a: np.ndarray
    b: np.ndarray
    metric: Metric


def randomization(
    pairs: Sequence[Pair],
    p: Sequence[float],
    family: Sequence[int],
    seed: int,
    draws: int = RESAMPLES,
) -> list[float]:
    """The p of :func:`.resample.randomization`, drawn on where their families need it."""

    def draw(chunk: int, draws: int, which: Sequence[int]) -> list[int]:
        found: dict[int, int] = {}
        kinds: dict[tuple[str, int], list[int]] = {}
        for i in which:
            kinds.setdefault((pairs[i].metric.name, len(pairs[i].a)), []).append(i)
        for (_, n), some in kinds.items():
            swap = resample.swaps(n, draws, resample.generator(seed, "swaps", "further", n, chunk))
            sides = [(pairs[i].a, pairs[i].b) for i in some]
            tested = resample.randomization(sides, pairs[some[0]].metric.value, swap)
            found |= {i: round(p * (draws + 1)) - 1 for i, (_, p) in zip(some, tested, strict=True)}
        return [found[i] for i in which]

    return drawn_on(p, draws, family, draw)


def drawn_in(
    table: pd.DataFrame, family: Sequence[str], seed: int, draws: int = RESAMPLES
) -> pd.DataFrame:
    """A table of :func:`.paired.compare`'s rows whose small p are known well enough for Holm.

    Rows that agree in the columns ``family`` are corrected together (none: all rows).
    """
    known = [column for column in family if column in table]  # others are refused with the family
    sizes = pd.Series(len(table), index=table.index)
    if known:
        sizes = table.groupby(known, sort=False)["p"].transform("size")
    small = table.index[table["pair"].notna()]
    again = table.loc[small]
    p = randomization(list(again["pair"]), list(again["p"]), list(sizes[small]), seed, draws)
    table = table.drop(columns="pair")
    table.loc[small, "p"] = p
    return table
