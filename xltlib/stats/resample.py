"""Resampling as linear algebra: a matrix of item weights times cached per-item statistics.

Nothing here loops over resamples. ``R`` resamples, ``S`` seeds, ``N`` items, ``k`` statistics.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

RESAMPLES = 10_000
SEED = 20_240_311
_AT_ONCE = 4_000_000  # resamples times pairs of which sums are held
Value = Callable[[np.ndarray], np.ndarray]


def generator(seed: int, *names: object) -> np.random.Generator:
    """A generator for each named purpose: results do not depend on the order of calls."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])


def counts(n: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of ``n`` units is drawn in each bootstrap resample: float64 [R, n]."""
    draws = rng.integers(0, n, size=(resamples, n), dtype=np.int64)
    draws += np.arange(resamples, dtype=np.int64)[:, None] * n
    return np.bincount(draws.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def swaps(n: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Whether each of ``n`` units changes sides in each randomization: 0 or 1 [R, n]."""
    octets = rng.bytes(resamples * (-(-n // 8)))
    bits = np.unpackbits(np.frombuffer(octets, np.uint8).reshape(resamples, -1), axis=1, count=n)
    return bits.astype(float)


@lru_cache(maxsize=6)
def shared(what: str, n: int, resamples: int, seed: int, purpose: str = "") -> np.ndarray:
    """``counts`` or ``swaps`` for ``n`` units, drawn once for all cells of that size.

    Cells that share their draws share Monte Carlo error, which matters to no single interval or
    p-value; whatever adds cells up must draw for itself.
    """
    return {"counts": counts, "swaps": swaps}[what](n, resamples, generator(seed, what, purpose, n))


def resampled_sums(
    values: Sequence[np.ndarray], items: np.ndarray, seeds: Sequence[np.ndarray | None]
) -> list[np.ndarray]:
    """Sums [R, k] of each array of ``values`` [S, N, k] under weights [R, N] and [R, S].

    Seeds and items are crossed (every seed answers every item), so both are drawn independently
    and the weight of a row is the product: the two-level or pigeonhole bootstrap (Owen 2007, The
    Annals of Applied Statistics 1(2)). Seed weights ``None`` weigh all seeds alike: items only.
    All arrays go through one matrix product, which reads the large weights once.
    """
    flat = [
        v.sum(axis=0) if w is None or len(v) == 1 else v.transpose(1, 0, 2).reshape(v.shape[1], -1)
        for v, w in zip(values, seeds, strict=True)
    ]
    product = items @ np.concatenate(flat, axis=1)
    edges = np.cumsum([f.shape[1] for f in flat])[:-1]
    out = []
    for v, w, part in zip(values, seeds, np.split(product, edges, axis=1), strict=True):
        if w is not None and len(v) > 1:
            part = np.einsum("rs,rsk->rk", w, part.reshape(len(part), *v.shape[::2]))
        out.append(part)
    return out


def not_empty(drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which resample stands for each of [R]: itself, or another where ``drawn`` has no item of it.

    A condition with few of the items that are drawn together would else score 0 where it was not
    drawn at all, and its interval be about another quantity than its score.
    """
    chosen = np.arange(len(drawn))
    empty = drawn == 0
    if empty.any() and not empty.all():
        chosen[empty] = rng.choice(chosen[~empty], size=int(empty.sum()))
    return chosen


def percentile(replicates: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of bootstrap replicates [R]."""
    return percentiles(replicates[None], level)[0]


def percentiles(replicates: np.ndarray, level: float = 0.95) -> list[tuple[float, float]]:
    """The percentile interval of each row of replicates [P, R]."""
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=1).tolist()
    return list(zip(low, high, strict=True))


def bca(
    replicates: np.ndarray, point: float, jackknife: np.ndarray, level: float = 0.95
) -> tuple[float, float]:
    """The bias-corrected and accelerated interval (Efron 1987).

    ``jackknife`` [N]: the score with each item left out, from which the acceleration comes (items
    only, also for the two-level bootstrap). Constant replicates give a point.
    """
    if np.ptp(replicates) == 0:
        return float(point), float(point)
    below = (replicates < point).mean() + (replicates == point).mean() / 2
    edge = 0.5 / len(replicates)
    bias = ndtri(np.clip(below, edge, 1 - edge))
    gaps = jackknife.mean() - jackknife
    spread = (gaps**2).sum() ** 1.5
    acceleration = (gaps**3).sum() / (6 * spread) if spread > 0 else 0.0
    z = ndtri([(1 - level) / 2, (1 + level) / 2])
    at = ndtr(bias + (bias + z) / (1 - acceleration * (bias + z)))
    low, high = np.quantile(replicates, at)
    return float(low), float(high)


def leave_one_out(summed: np.ndarray, value: Value) -> np.ndarray:
    """The score with each item left out [N], from per-item statistics summed over seeds [N, k]."""
    return value(summed.sum(axis=0) - summed)


def randomization(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], value: Value, swap: np.ndarray
) -> list[tuple[float, float]]:
    """Paired approximate randomization of score differences: (difference, two-sided p) per pair.

    A pair is two methods' statistics [N, k] of the same items; ``swap`` [R, N] says which items
    change sides. The score is recomputed from the swapped counts and p = (c + 1) / (R + 1), where c
    counts differences at least as large as the observed one (Noreen 1989; Yeh 2000). Differences
    within 1e-9 of it count as as large.
    """
    out = []
    step = max(1, _AT_ONCE // len(swap))  # thousands of pairs would fill the memory
    for some in (pairs[i : i + step] for i in range(0, len(pairs), step)):
        edges = np.cumsum([a.shape[1] for a, _ in some])[:-1]
        moved = np.split(swap @ np.concatenate([b - a for a, b in some], axis=1), edges, axis=1)
        for (a, b), change in zip(some, moved, strict=True):
            total_a, total_b = a.sum(axis=0), b.sum(axis=0)
            observed = float(value(total_a) - value(total_b))
            at_random = value(total_a + change) - value(total_b - change)
            c = int((np.abs(at_random) >= abs(observed) - 1e-9 * max(1.0, abs(observed))).sum())
            out.append((observed, (c + 1) / (len(swap) + 1)))
    return out
