"""Scores and their intervals, against scikit-learn, statsmodels and scipy on the same data."""

import json

import factories
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats
from sklearn.metrics import f1_score
from statsmodels.stats.proportion import proportion_confint

from xltlib import stats
from xltlib.errors import XltError
from xltlib.stats import resample
from xltlib.stats.metrics import metric
from xltlib.stats.panel import panels


@pytest.fixture(scope="module")
def records():
    return factories.records(items=80)


@pytest.fixture(scope="module")
def table(records):
    return stats.score_table(records, resamples=2000)


def test_macro_f1_agrees_with_scikit_learn_and_an_invalid_answer_is_wrong_for_its_label_only(
    records,
):
    cell = records.query(
        "task == 'topics' and language == 'hau' and shots == 0 and method == 'laft'"
    )
    assert not cell["valid"].all()
    gold = [json.loads(g) for g in cell["gold"]]
    answers = [json.loads(a) if isinstance(a, str) else "INVALID" for a in cell["answer"]]
    labels = sorted(set(gold) | set(answers) - {"INVALID"})
    expected = f1_score(gold, answers, labels=labels, average="macro")
    statistics = metric("macro_f1").statistics(cell)
    assert metric("macro_f1").value(statistics.sum(axis=0)) == pytest.approx(expected)


def test_entity_f1_is_computed_from_summed_counts(records, table):
    cell = records.query(
        "task == 'ner' and language == 'kin' and shots == 0 and method == 'prompt'"
    )
    tp, fp, fn = cell[["tp", "fp", "fn"]].sum()
    row = table.query(
        "metric == 'entity_f1' and language == 'kin' and shots == 0 and method == 'prompt'"
    ).iloc[0]
    assert row["score"] == pytest.approx(2 * tp / (2 * tp + fp + fn))
    assert (
        metric("entity_f1").value(np.zeros(3)) == 0
    )  # nothing there and nothing found, as seqeval


def test_accuracy_of_one_seed_has_wilsons_interval(records, table):
    cell = records.query(
        "task == 'topics' and language == 'hau' and shots == 0 and method == 'prompt'"
    )
    row = table.query(
        "metric == 'accuracy' and language == 'hau' and shots == 0 and method == 'prompt'"
    ).iloc[0]
    expected = proportion_confint(int(cell["correct"].sum()), len(cell), method="wilson")
    assert (row["low"], row["high"]) == pytest.approx(expected)
    assert (
        row["interval"] == "Wilson"
        and row["n"] == 80
        and row["seeds"] == 1
        and np.isnan(row["seed_sd"])
    )


def test_percentile_and_bca_agree_with_scipy(records):
    cell = records.query(
        "task == 'ner' and language == 'hau' and shots == 0 and method == 'prompt'"
    )
    counts = cell.sort_values("example_id")[["tp", "fp", "fn"]].to_numpy()
    one = stats.score_table(cell, metrics="headline", resamples=20000).iloc[0]

    def f1(tp, fp, fn, axis=-1):
        tp, fp, fn = tp.sum(axis), fp.sum(axis), fn.sum(axis)
        return 2 * tp / (2 * tp + fp + fn)

    for method, low, high in (("percentile", "low", "high"), ("BCa", "bca_low", "bca_high")):
        theirs = scipy_stats.bootstrap(
            tuple(counts.T),
            f1,
            paired=True,
            n_resamples=20000,
            method=method,
            rng=np.random.default_rng(0),
        ).confidence_interval
        assert (one[low], one[high]) == pytest.approx(tuple(theirs), abs=0.004)


def test_several_seeds_widen_the_interval_when_they_differ():
    rng = np.random.default_rng(0)
    items = (rng.random((1, 200)) < 0.5).astype(float)
    same = np.stack([np.repeat(items, 3, axis=0), np.ones((3, 200))], axis=-1)
    apart = same.copy()
    apart[..., 0] = (rng.random((3, 200)) < np.array([[0.2], [0.5], [0.8]])).astype(float)
    units, seeds = resample.counts(200, 4000, rng), resample.counts(3, 4000, rng)
    value = metric("accuracy").value
    for values, crossed in ((same, False), (apart, True)):
        items_only = value(resample.resampled_sums([values], units, [None])[0]).std()
        both = value(resample.resampled_sums([values], units, [seeds])[0]).std()
        assert (both > 3 * items_only) == crossed
        if not crossed:
            assert both == pytest.approx(items_only)


def test_scores_lie_within_their_intervals_and_valid_outputs_stand_beside(table):
    inside = (table["low"] <= table["score"]) & (table["score"] <= table["high"])
    assert inside.all() and len(table) == 3 * 3 * 4 * (4 + 2 + 1)
    assert table["valid"].between(0.85, 1).all()
    assert (table.query("shots > 0")["seed_sd"] > 0).all()


def test_a_proportion_of_one_or_none_has_an_interval_with_several_seeds(records):
    two = records.query("task == 'ner' and shots == 2 and language == 'hau'")
    for value in (True, False):
        table = stats.valid_table(two.assign(valid=value), resamples=200)
        low, high = proportion_confint(80 * value, 80, method="wilson")
        assert (table["seeds"] > 1).all() and set(table["interval"]) == {"Wilson"}
        assert table["low"].to_numpy() == pytest.approx(low)
        assert table["high"].to_numpy() == pytest.approx(high)
    some = stats.valid_table(two.assign(valid=range(len(two))).assign(valid=lambda t: t.valid > 5))
    assert set(some["interval"]) <= {"bootstrap over seeds and items", "Wilson"}
    assert "bootstrap over seeds and items" in set(some["interval"])


def test_the_same_seed_gives_the_same_table_whatever_the_order_of_rows(records, table):
    shuffled = records.sample(frac=1, random_state=1)
    again = stats.score_table(shuffled, resamples=2000)
    key = ["task", "language", "shots", "metric", "method"]  # arms stand as they first appear
    pd.testing.assert_frame_equal(
        *(t.sort_values(key, ignore_index=True) for t in (again, table)), check_exact=False
    )
    other = stats.score_table(records, metrics="headline", resamples=2000, seed=1).query(
        "metric == 'rougeL'"
    )
    assert not np.allclose(other["low"], table.query("metric == 'rougeL'")["low"])


def test_valid_table_has_every_method_and_task(records):
    valid = stats.valid_table(records, resamples=500)
    assert set(valid["metric"]) == {"valid"} and len(valid) == 3 * 3 * 4 * 3


def test_an_empty_score_a_missing_item_and_a_repeated_row_are_refused(records):
    ner = records.query("task == 'ner'").copy()
    ner.loc[ner.index[3], "tp"] = np.nan
    with pytest.raises(XltError, match="tp"):
        stats.score_table(ner, resamples=10)
    topics = records.query("task == 'topics' and shots == 1")
    with pytest.raises(XltError, match="different numbers of items"):
        list(panels(topics.drop(topics.query("seed == 1").index[:1]), metric("accuracy")))
    with pytest.raises(XltError, match="twice"):
        list(panels(pd.concat([topics, topics.assign(profile="other")]), metric("accuracy")))
    with pytest.raises(XltError, match="no records"):
        stats.score_table(records[:0])


def test_records_of_another_model_become_an_arm_of_their_own(records):
    own = records.query("task == 'topics' and shots == 0 and language == 'hau'")
    both = pd.concat([own, own.query("method == 'prompt'").assign(model="other/model")])
    names = set(stats.score_table(both, metrics="headline", resamples=10)["method"])
    assert names == {"prompt (mini)", "prompt (other/model)", "laft", "translate"}
