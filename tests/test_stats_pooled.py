"""Pooled comparisons, the mixed model, interactions, cost, conclusions and calibration."""

import factories
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from xltlib import stats
from xltlib.errors import XltError
from xltlib.stats.calibrate import calibrate
from xltlib.stats.mixed import fit
from xltlib.stats.pooled import pools

RESAMPLES = 1000


@pytest.fixture(scope="module")
def records():
    return factories.records(items=80, shots=[0, 2])


@pytest.fixture(scope="module")
def table(records):
    return stats.pooled_table(records, resamples=RESAMPLES)


def test_each_cell_counts_the_same(records, table):
    scores = stats.score_table(records, metrics="headline", resamples=10).query("shots == 2")
    mean = scores.groupby("method")["score"].mean()
    row = table.query("shots == 2 and method_a == 'prompt' and method_b == 'laft'").iloc[0]
    assert (
        row["score_a"] == pytest.approx(mean["prompt"])
        and row["conditions"] == 9
        and row["n"] == 720
    )
    assert row["difference"] == pytest.approx(mean["prompt"] - mean["laft"])
    assert row["low"] < row["difference"] < row["high"] and row["p_holm"] < 0.05 and row["low"] > 0
    assert set(table["family"]) == {"6 tests: the whole table"}


def test_identical_methods_are_not_told_apart_and_both_analyses_agree(records):
    prompt = records.query("method == 'prompt'")
    twins = pd.concat([prompt, prompt.assign(method="laft", arm="laft")])
    row = stats.pooled_table(twins, resamples=RESAMPLES).iloc[0]
    assert row["difference"] == 0 and row["p"] == 1 and row["agree"] == "yes"


def test_over_all_shots_and_refusal_of_other_items(records):
    every = stats.pooled_table(records, over=(), resamples=RESAMPLES)
    assert len(every) == 3 and set(every["conditions"]) == {18} and "shots" not in every
    gone = records.query(
        "method == 'laft' and language == 'lug' and task == 'ner' and example_id == '0007'"
    ).index
    with pytest.raises(XltError, match="0007"):
        stats.pooled_table(records.drop(gone), resamples=10)


def test_parallel_items_are_resampled_together(records):
    """Copies of one language under other names are no new evidence."""
    one = records.query("language == 'hau' and shots == 0 and task == 'topics'")
    copies = pd.concat([one, one.assign(language="kin"), one.assign(language="lug")])
    alone = stats.pooled_table(one, resamples=4000).iloc[0]
    thrice = stats.pooled_table(copies, resamples=4000).iloc[0]
    assert thrice["high"] - thrice["low"] == pytest.approx(alone["high"] - alone["low"], rel=0.05)
    assert thrice["p"] == pytest.approx(alone["p"], abs=0.02)


def test_a_condition_of_few_items_has_the_interval_of_its_own_score():
    """Ten languages with one item each, all of other texts, beside one with sixty."""
    rows = factories.records(items=60, tasks=["topics"], methods=["prompt", "laft"], shots=[0],
                             languages=["hau"])  # fmt: skip
    one = rows[rows["example_id"] == rows["example_id"].iloc[0]]
    small = [
        one.assign(
            language=code,
            example_id=f"only-{code}",
            correct=(one["method"] == "prompt").astype(float),
        )
        for code in ("kin", "lug", "swa", "yor", "ibo", "xho", "zul", "sna", "lin", "wol")
    ]
    table = stats.pooled_table(pd.concat([rows, *small]), resamples=RESAMPLES)
    row = table.iloc[0]
    assert row["conditions"] == 11 and row["difference"] > 0.85
    assert row["low"] <= row["difference"] <= row["high"]
    alone = stats.pooled_table(pd.concat(small), resamples=RESAMPLES).iloc[0]
    assert alone["difference"] == 1 and alone[["low", "high", "detectable"]].isna().all()


def test_the_mixed_model_is_statsmodels_formula(records):
    (pool,) = pools(records.query("shots == 0"), resamples=10).values()
    model = fit(pool.cells)
    frame = pd.concat(
        pd.DataFrame(
            {"score": c.metric.item_scores(a.summed / len(a.seeds)),
             "method": a.name, "task": c.key["task"],
             "language": c.key["language"], "item": [f"{c.name} {i}" for i in a.items]}
        )
        for c in pool.cells
        for a in c.arms.values()
    )  # fmt: skip
    theirs = smf.mixedlm(
        "score ~ C(method, Treatment('prompt')) * (C(task) + C(language))",
        frame, groups=frame["item"],
    ).fit()  # fmt: skip
    assert np.sort(model.effects) == pytest.approx(np.sort(theirs.fe_params.to_numpy()), abs=1e-4)
    errors = np.sqrt(np.diag(model.covariance))
    assert np.sort(errors) == pytest.approx(np.sort(theirs.bse_fe.to_numpy()), rel=0.01)
    means = frame.groupby(["method", "task", "language"])["score"].mean().groupby("method").mean()
    estimate, p = model.difference("prompt", "laft", range(9))
    assert estimate == pytest.approx(means["prompt"] - means["laft"], abs=1e-6) and p < 0.05


def test_an_interaction_is_found_where_there_is_one_only():
    plain = dict(
        items=300, languages=["hau", "kin"], shots=[2], tasks=["topics"], methods=["prompt", "laft"]
    )
    same = factories.records(**plain, seed=5)
    hau = factories.records(
        **plain | {"languages": ["hau"]}, seed=6, effects={"prompt": 1.0, "laft": -0.5}
    )
    kin = factories.records(
        **plain | {"languages": ["kin"]}, seed=7, effects={"prompt": -0.5, "laft": 1.0}
    )
    crossed = stats.interaction_table(pd.concat([hau, kin]), resamples=RESAMPLES).set_index(
        "factor"
    )
    assert crossed.loc["language", "p"] < 0.001 and crossed.loc["language", "mixed_p"] < 0.001
    assert "task" not in crossed.index  # one task only
    assert (
        stats.interaction_table(same, resamples=RESAMPLES).set_index("factor").loc["language", "p"]
        > 0.01
    )


def test_training_is_shared_by_the_answers_of_its_language(records):
    table = stats.cost_table(records, factories.training(steps=100)).set_index(["method", "shots"])
    answers = len(records.query("method == 'laft' and language == 'hau'"))
    whole = factories.training(steps=100).groupby("language")["flops"].max()["hau"]
    assert table.loc[("laft", 0), "flops_training"] == pytest.approx(whole / answers)
    assert (table["flops"] == table["flops_inference"] + table["flops_training"]).all()
    assert table.loc[("prompt", 0), "flops_training"] == 0
    assert table.loc[("laft", 2), "languages_without_history"] == ""
    untrained = stats.cost_table(records, factories.training(["hau"])).set_index(
        ["method", "shots"]
    )
    assert untrained.loc[("laft", 2), "languages_without_history"] == "kin, lug"
    with pytest.raises(XltError, match="count from the start"):
        history = factories.training()
        stats.cost_table(records, history.assign(seconds=history["seconds"].to_numpy()[::-1]))


def test_seconds_stand_beside_what_they_were_measured_on(records):
    told = {"hau": "NVIDIA H100", "kin": "AMD EPYC"}
    languages = records.drop_duplicates("cell_id").set_index("cell_id")["language"]
    ran_on = {cell: told.get(language, "") for cell, language in languages.items()}
    table = stats.cost_table(records, hardware=ran_on)
    assert set(table["hardware"]) == {"AMD EPYC, NVIDIA H100"}
    assert "hardware" not in stats.cost_table(records)


def test_tokens_per_word_is_a_ratio_of_sums():
    texts = pd.DataFrame({"language": ["hau"] * 3, "tokens": [10, 20, 33], "words": [5, 10, 10]})
    row = stats.fertility_table(texts, resamples=500).iloc[0]
    assert row["tokens_per_word"] == pytest.approx(63 / 25) and row["low"] <= 63 / 25 <= row["high"]
    with pytest.raises(XltError, match="no words"):
        stats.fertility_table(texts.assign(words=0))


def test_conclusions_say_what_the_tables_say(records, table):
    paired, scores = (
        stats.paired_table(records, resamples=200),
        stats.score_table(records, resamples=10),
    )
    interactions = stats.interaction_table(records, resamples=200)
    text = stats.conclusions(table, paired, scores, interactions)
    row = table.query("shots == 2 and method_a == 'prompt' and method_b == 'laft'").iloc[0]
    assert any(f"prompt beats laft by {row['difference']:.3f}" in s for s in text)
    assert any(f"of {len(paired)} comparisons" in s for s in text)
    assert any("depend on the task" in s for s in text) and any("18 conditions" in s for s in text)
    assert any("pooled over 9 conditions" in s for s in text)
    doubtful = table.assign(p_holm=0.4, agree="no: randomization neither, mixed model prompt")
    assert "not told apart" in stats.conclusions(doubtful, paired, scores)[1]
    said = "(the mixed model does not confirm this: randomization neither, mixed model prompt)"
    assert said in stats.conclusions(doubtful, paired, scores)[1]
    unknown = table.assign(agree="not known: the mixed model did not converge")
    said = stats.conclusions(unknown, paired, scores)[1]
    assert "confirms this is not known: the mixed model did not converge)" in said
    assert "does not confirm" not in said


def test_a_mixed_model_without_an_answer_contradicts_nothing(records):
    every = [records.assign(method=f"{m} {i}", arm=f"{m} {i}") for i in (1, 2) for m in ("a", "b")]
    rows = pd.concat([records, *every], ignore_index=True).drop_duplicates(
        ["arm", "task", "dataset", "language", "shots", "seed", "example_id"]
    )
    pooled = stats.pooled_table(rows, resamples=40)
    tables = stats.paired_table(rows, resamples=40), stats.score_table(rows, resamples=10)
    unknown = pooled.assign(agree="not known: the mixed model did not converge")
    assert "mixed model" not in " ".join(stats.conclusions(unknown, *tables))
    other = pooled.assign(agree="no: randomization neither, mixed model prompt")
    assert "The mixed model does not agree on " in " ".join(stats.conclusions(other, *tables))


def test_a_condition_that_one_method_answered_is_won_by_none():
    rows = factories.records(items=12, methods=["prompt", "laft"], shots=[0], tasks=["topics"])
    alone = factories.records(items=12, methods=["prompt"], shots=[0], tasks=["ner"])
    scores = stats.score_table(pd.concat([rows, alone], ignore_index=True), resamples=10)
    first = stats.conclusions(pd.DataFrame(), stats.paired_table(rows, resamples=20), scores)[0]
    assert first.startswith("Of 3 conditions that several methods answered, ")


@pytest.mark.parametrize("own", [["prompt", "laft"], ["prompt", "laft", "translate"]])
def test_a_sentence_pools_what_its_methods_share_and_says_how_much(own):
    """An import that answers three of nine conditions is in no sentence on the nine."""
    rows = factories.records(items=12, methods=own, shots=[0])
    few = factories.records(items=12, methods=["laft"], tasks=["topics"], shots=[0])
    few = few.assign(method="gpt", arm="gpt")
    rows = pd.concat([rows, few], ignore_index=True)
    pooled = stats.pooled_table(rows, resamples=60)
    foreign = (pooled[["method_a", "method_b"]] == "gpt").any(axis=1)
    assert set(pooled["conditions"][foreign]) == {3} and set(pooled["conditions"][~foreign]) == {9}
    paired, scores = stats.paired_table(rows, resamples=60), stats.score_table(rows, resamples=10)

    def said(table):
        return [s for s in stats.conclusions(table, paired, scores) if "pooled over" in s]

    (own_alone,), (with_import,) = said(pooled), said(pooled[foreign])
    assert "pooled over 9 conditions" in own_alone and "gpt" not in own_alone
    assert "pooled over 3 conditions" in with_import and "gpt" in with_import


@pytest.mark.timeout(120)
def test_calibration_in_short():
    """50 experiments a check: wide bounds, which a broken test or interval still misses."""
    table = calibrate(experiments=50, items=100, resamples=199)
    rates = table.groupby("what")["rate"]
    assert rates.max()["rejections"] <= 0.16 and rates.max()["family-wise error"] <= 0.15
    assert rates.min()["coverage"] >= 0.85 and 0.65 <= rates.min()["power"]
    assert {"McNemar exact, accuracy", "pooled randomization", "mixed model"} <= set(table["check"])


def test_the_engines_accounting_is_the_records_own():
    records = factories.records(items=20, shots=(0, 1), seeds=(0,))
    table = stats.engine_table(records)
    assert set(table["task"]) == set(records["task"].unique())
    assert table["overhead"].to_numpy() == pytest.approx(61.5 / 60)
    ner = table[table["task"] == "ner"]
    assert ner["written"].to_numpy() == pytest.approx(305)  # prompts of 300, outputs of 5 tokens
    assert ner["saved"].to_numpy() == pytest.approx(1 - 61.5 / 305)
    elsewhere = records.assign(model_tokens=np.nan, distinct_tokens=np.nan)
    mixed = pd.concat([records, elsewhere.assign(profile="other")])
    assert stats.engine_table(mixed)["answers"].sum() == len(records)
