"""One method is enough for a report; labels and confusions are counted; the floor is seen."""

import re

import factories
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_fscore_support

from xltlib import stats
from xltlib.claims import verdicts as claims
from xltlib.report import artifacts
from xltlib.stats.floor import above_floor, share_above, with_floor
from xltlib.stats.labels import (
    INVALID,
    UNKNOWN,
    at_most_shots,
    confusion_table,
    confusions,
    label_grid,
    label_table,
)


@pytest.fixture(scope="module")
def records():
    return factories.records(items=40, shots=[0, 2])


@pytest.fixture(scope="module")
def alone(records):
    """What ``--methods prompt --languages hau --tasks topics`` leaves."""
    mine = records["method"].eq("prompt") & records["language"].eq("hau")
    return records[mine & records["task"].eq("topics")].reset_index(drop=True)


def test_labels_have_scikit_learns_precision_recall_and_f1(alone):
    rows = alone[alone["shots"] == 0]
    gold, answers = rows["gold"].str.strip('"'), rows["answer"].str.strip('"').fillna("none")
    labels = sorted(set(gold) | set(answers) - {"none"})
    expected = precision_recall_fscore_support(gold, answers, labels=labels, zero_division=0)
    table = label_table(alone).query("shots == 0").set_index("label").loc[labels]
    for column, values in zip(("precision", "recall", "f1", "gold"), expected, strict=True):
        assert table[column].fillna(0).to_numpy(float) == pytest.approx(values)


def test_entities_are_counted_by_type():
    rows = factories.records(items=1, tasks=["ner"], languages=["hau"], shots=[0], seeds=[0])
    row = rows.iloc[:1]
    gold = '[["PER", "Musa", 0], ["LOC", "Kano", 0], ["LOC", "Kano", 1]]'
    answer = '[["PER", "Musa", 0], ["LOC", "Kano", 0], ["PER", "Kano", 1], ["?X", "a", -1]]'
    table = label_table(row.assign(gold=gold, answer=answer)).set_index("label")
    counts = table[["gold", "answered", "right"]].to_numpy().tolist()
    assert dict(zip(table.index, counts, strict=True)) == {
        "LOC": [2, 1, 1], "PER": [1, 2, 1], UNKNOWN: [0, 1, 0],
    }  # fmt: skip


def test_every_answer_stands_once_in_the_confusion_table(records, alone):
    table = confusion_table(records)
    assert set(table["task"]) == {"topics"} and table["answers"].sum() == (
        records["task"].eq("topics").sum()
    )
    missing = table.loc[table["answer"] == INVALID, "answers"].sum()
    assert missing == (records["task"].eq("topics") & ~records["valid"]).sum() > 0
    right = table[table["gold"] == table["answer"]]["answers"].sum()
    assert right == records.loc[records["task"] == "topics", "correct"].sum()
    assert confusion_table(records[records["task"] == "summarization"]).empty


@pytest.mark.parametrize("table", [stats.paired_table, stats.pooled_table, stats.interaction_table])
def test_with_one_method_tables_are_empty_and_say_why(alone, table, tmp_path):
    found = table(alone, resamples=50)
    why = "There is one method only (prompt), so there is nothing to compare it with."
    assert found.empty and len(found.columns) > 5 and found.attrs["why"] == why
    artifacts.save_table(found, "pooled", "Pooled", out=tmp_path)
    assert why in (tmp_path / "pooled.md").read_text(encoding="utf-8").replace("\\", "")
    assert '"why"' in (tmp_path / "pooled.meta.json").read_text(encoding="utf-8")


def test_arms_are_compared_by_their_own_names_in_the_order_in_which_they_come(records):
    topics = records[records["task"] == "topics"]
    base = topics[topics["method"].isin(["prompt", "translate"])]
    more = topics[topics["method"] == "laft"].assign(method="translate", arm="translate_lm")
    rows = pd.concat([more, base.assign(arm=base["method"])], ignore_index=True)
    table = stats.pooled_table(rows, resamples=50)
    pairs = list(dict.fromkeys(zip(table["method_a"], table["method_b"], strict=True)))
    assert pairs == [
        ("translate_lm", "prompt"), ("translate_lm", "translate"), ("prompt", "translate"),
    ]  # fmt: skip
    assert list(dict.fromkeys(stats.score_table(rows, resamples=20)["method"])) == [
        "translate_lm", "prompt", "translate",
    ]  # fmt: skip


def _baselines(records, score):
    places = records[["task", "dataset", "language"]].drop_duplicates()
    return places.assign(reference="majority class", score=score)


def test_a_score_passes_the_floor_with_its_whole_interval(records):
    scores = stats.score_table(records, metrics="headline", resamples=100)
    low = float(scores["low"].median())
    table = with_floor(scores, _baselines(records, low))
    assert (table["above"] == (table["low"] > low)).all() and 0 < table["above"].mean() < 1
    unknown = with_floor(scores, _baselines(records, low).iloc[:0])
    assert unknown["above"].all(), "where there is no baseline nothing is held against a score"
    above = above_floor(records, _baselines(records, 1.0), resamples=50)
    assert share_above(above, records, ["prompt", "laft"]) == (0.0, 18)


def test_claims_about_scores_at_the_floor_are_not_testable(records):
    judge = claims.verdicts
    options = {"training": factories.training(), "resamples": 200}
    table = judge(records, baselines=_baselines(records, 0.99), **options).set_index("claim")
    assert table.loc["C1", "verdict"] == "supported", "a cost is no score"
    for claim in ("C2", "C3", "C4", "C5", "C6"):
        row = table.loc[claim]
        assert row["verdict"] == "not testable here", claim
        why = r"In all (18|9) conditions (neither \w+ nor|none of \w+, \w+ and) \w+ beats the best "
        assert re.match(why, row["in_short"]) and row["in_short"] in row["evidence"]
        assert row["would_decide"].startswith("A stronger model")
    first = records[["task", "dataset", "language", "shots"]].iloc[0]
    alone = records[records[first.index].eq(first).all(axis=1)]
    said = judge(alone, baselines=_baselines(alone, 0.99), **options)["evidence"]
    assert said.str.contains("In the only condition n").any()
    assert not said.str.contains("1 conditions").any()
    low = judge(records, baselines=_baselines(records, 0.0), **options)
    without = judge(records, **options)
    pd.testing.assert_frame_equal(low, without)


def test_a_claim_is_contradicted_by_the_pairs_that_pass_the_floor():
    effects = {"prompt": -3.0, "laft": -3.5, "translate": 2.5}
    records = factories.records(items=60, shots=[0, 4], effects=effects)
    baselines = _baselines(records, 0.35)
    table = claims.verdicts(records, None, baselines, resamples=300).set_index("claim")
    assert table.loc["C4", "verdict"] == "contradicted"  # translate beats it, well above the floor
    assert "neither prompt nor laft beats the best program" in table.loc["C4", "evidence"]
    assert table.loc["C6", "verdict"] == "not testable here"


def test_one_method_has_conclusions_of_its_own(alone):
    scores = stats.score_table(alone, resamples=50)
    tables = [t(alone, resamples=50) for t in (stats.pooled_table, stats.paired_table)]
    (sentence,) = stats.conclusions(*tables, scores, stats.interaction_table(alone, resamples=50))
    assert sentence.startswith("prompt, topics in hau (mini): accuracy of 0.")
    assert "its best of 2 shot counts." in sentence


def test_arms_are_compared_at_the_largest_shot_count_that_all_of_them_have(alone):
    few = alone[alone["shots"] == 0].assign(arm="few", method="few")
    both = pd.concat([alone.assign(arm="prompt"), few], ignore_index=True)
    assert set(at_most_shots(both)["shots"]) == {0} and set(at_most_shots(alone)["shots"]) == {2}
    none = pd.concat([alone[alone["shots"] == 2].assign(arm="prompt"), few], ignore_index=True)
    found = at_most_shots(none).groupby("arm")["shots"].unique()
    assert found["prompt"].tolist() == [2] and found["few"].tolist() == [0]


def test_a_label_has_one_row_though_arms_have_other_numbers_of_seeds(alone):
    one = alone[alone["seed"] == alone["seed"].min()].assign(arm="one", method="one")
    both = pd.concat([alone.assign(arm="prompt"), one], ignore_index=True)
    most = at_most_shots(both)
    table = label_table(most)
    grid = label_grid(table)
    assert list(grid.columns) == ["label", "gold", *dict.fromkeys(table["method"])]
    assert grid["label"].is_unique and len(grid) == table["label"].nunique()
    gold = most[most["arm"] == "one"]["gold"].str.strip('"').value_counts()
    for _, row in grid.iterrows():
        assert row["gold"] == gold.get(row["label"], 0)
    wanted = table.set_index(["method", "label"])["f1"]
    assert grid.set_index("label")["one"].to_dict() == wanted["one"].to_dict()


def test_the_commonest_mistakes_of_each_arm_come_first(alone):
    table = confusion_table(at_most_shots(alone))
    found = confusions(table, 2)
    assert len(found) == 2 and (found["gold"] != found["answer"]).all()
    wrong = table[table["gold"] != table["answer"]]["answers"]
    assert found["answers"].tolist() == sorted(wrong, reverse=True)[:2]
