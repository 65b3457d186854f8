"""A p of one over the draws cannot survive Holm in a large family: small ones are drawn on."""

import factories
import numpy as np
import pandas as pd
import pytest

from xltlib import stats
from xltlib.stats import further, resample
from xltlib.stats.metrics import metric

ARMS = 32


@pytest.fixture(scope="module")
def many():
    """The answers of many arms, of which the first is far better than all others."""
    base = factories.records(
        items=50, methods=["prompt"], tasks=["topics"], languages=["hau", "kin"], shots=[4],
        seeds=[0, 1], effects={"prompt": -1.0},
    )  # fmt: skip
    rng, made = np.random.default_rng(0), []
    for i in range(ARMS):
        right = (rng.random(len(base)) < (0.9 if i == 0 else 0.3)).astype(float)
        made.append(base.assign(method=f"m{i}", arm=f"m{i}", correct=right))
    return pd.concat(made, ignore_index=True)


def test_a_clear_effect_is_found_among_hundreds_of_comparisons(many):
    draws = 300  # one of 300 times 496 or 992 tests is more than 1
    for table in (
        stats.pooled_table(many, resamples=draws),
        stats.paired_table(many, resamples=draws),
    ):
        first = table[(table[["method_a", "method_b"]] == "m0").any(axis=1)]
        assert (first["p_holm"] <= 0.05).all() and (first["low"] > 0).all()
        rest = table.drop(first.index)
        assert (rest["p_holm"] > 0.05).mean() > 0.99
        assert first["p"].min() >= 1 / (further.EACH * len(table) + draws + 1)
        assert "pair" not in table


def test_p_after_more_draws_is_that_of_all_draws_together():
    reached = {0: [0, 4, 30], 1: [1, 0, 9], 2: [0, 7, 9]}
    asked = []

    def draw(chunk, draws, which):
        asked.append((chunk, tuple(which)))
        return [reached[chunk][i] for i in which]

    first = [(c + 1) / 101 for c in reached[0]]
    p = further.drawn_on(first, 100, [12, 12, 12], draw)  # 300 draws for 12 tests
    assert p == pytest.approx([2 / 301, 12 / 301, 31 / 101])
    assert asked == [(1, (0, 1)), (2, (0, 1))], "what is large is known well enough"
    assert further.drawn_on(first, 100, [4, 4, 4], draw) == first, "a small family needs no more"
    assert further.drawn_on([], 100, [], draw) == []


def test_more_draws_come_to_the_p_that_as_many_at_once_have():
    rng = np.random.default_rng(1)
    a, b = rng.random(40) + 0.16, rng.random(40)
    sides = tuple(np.column_stack([x, np.ones(40)]) for x in (a, b))
    rouge = metric("rougeL")
    swap = resample.swaps(40, 200_000, rng)
    ((_, known),) = resample.randomization([sides], rouge.value, swap)
    (p,) = further.randomization([further.Pair(*sides, rouge)], [1 / 2001], [1000], 0, 2000)
    assert p == pytest.approx(known, rel=0.8) and p > 1 / 2001
