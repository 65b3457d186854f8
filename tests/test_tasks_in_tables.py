"""Every task's records go through all tables and figures of a run, whatever their metrics are."""

import factories
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from xltlib import figures, stats
from xltlib.config import load_language
from xltlib.validity import sensitivity

PLACES = {
    "mmlu": "afrimmlu",
    "qa": "afriqa",
    "from_english": "mafand",
    "into_english": "mafand",
    "math": "afrimgsm",
}
ARMS = {"prompt": 0.35, "translate": 0.6}  # how often the answer is right


@pytest.fixture(scope="module")
def records():
    """Answers of two arms to twelve items of each task: right, another item's, or none."""
    dice = np.random.default_rng(5)
    places = ((name, dataset, "hau") for name, dataset in PLACES.items())
    return pd.concat([factories.answered(dice, *place, ARMS) for place in places])


def test_scores_have_intervals_around_them(records):
    table = stats.score_table(records, "all", resamples=200)
    assert set(table["task"]) == set(PLACES) and table["score"].notna().all()
    inside = (table["low"] - 1e-9 <= table["score"]) & (table["score"] <= table["high"] + 1e-9)
    assert inside.mean() > 0.9  # a percentile interval of twelve items may miss its own score
    headline = stats.score_table(records, "headline", resamples=50)
    for figure in (figures.scores(headline), figures.score_by_shots(headline)):
        plt.close(figure)


def test_arms_are_compared_and_pooled(records):
    paired = stats.paired_table(records, resamples=200)
    assert set(paired["task"]) == set(PLACES)
    assert paired["p"].between(0, 1).all() and paired["difference"].notna().all()
    pooled = stats.pooled_table(records, resamples=200)
    assert len(pooled) and pooled["difference"].notna().all()
    interactions = stats.interaction_table(records, resamples=200)
    told = stats.conclusions(pooled, paired, stats.score_table(records, resamples=50), interactions)
    assert told


def test_outputs_read_otherwise_move_scores(records):
    table = sensitivity.sensitivity_table(sensitivity.variants(records, [load_language("hau")]))
    assert {"qa", "from_english", "into_english", "math"} <= set(table["task"])
