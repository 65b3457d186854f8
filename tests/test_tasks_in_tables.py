"""Every task's records go through all tables and figures of a run, whatever their metrics are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from conftest import FIXTURES

from xltlib import data, figures, stats
from xltlib.config import load_language
from xltlib.records.schema import SCHEMA
from xltlib.tasks import INVALID, get
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
    dice, rows = np.random.default_rng(5), []
    for name, dataset in PLACES.items():
        task, test = get(name), data.load(dataset, name, "hau", "test", FIXTURES)[:12]
        for arm, share in ARMS.items():
            for shots, seed in ((0, 0), (4, 0), (4, 1)):
                for at, item in enumerate(test):
                    other = task.parse(str(test[at - 1].gold), item, load_language("hau"), ())
                    answer = item.gold if dice.random() < share else other
                    answer = INVALID if dice.random() < 0.05 else answer
                    told = {"arm": arm, "method": arm, "task": name, "dataset": dataset}
                    told |= {"language": "hau", "prompt_language": "hau", "profile": "local"}
                    told |= {"model": "m", "shots": shots, "seed": seed, "example_id": item.id}
                    told |= {"answer": task.answer_json(answer), "gold": task.gold_json(item)}
                    told |= {"valid": answer is not INVALID, "output": str(item.gold), "flops": 1e9}
                    told |= {"seconds": 0.1, "cell_id": f"{arm}{name}", "dropped": 0}
                    rows.append(dict.fromkeys(SCHEMA.names) | told | task.score(answer, item))
    return pd.DataFrame(rows)


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
    table = sensitivity.sensitivity_table(records, [], [load_language("hau")])
    assert {"qa", "from_english", "into_english", "math"} <= set(table["task"])
