"""Two methods and several, against statsmodels, scipy and sacrebleu on the same data."""

import factories
import numpy as np
import pandas as pd
import pytest
from sacrebleu.metrics import CHRF
from sacrebleu.significance import PairedTest
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_effectsize

from xltlib import stats
from xltlib.errors import XltError
from xltlib.stats import effects, resample
from xltlib.stats.metrics import metric
from xltlib.stats.paired import mcnemar_exact


@pytest.fixture(scope="module")
def records():
    return factories.records(items=80)


@pytest.fixture(scope="module")
def table(records):
    return stats.paired_table(records, metrics="all", resamples=2000)


def test_mcnemar_is_statsmodels_on_the_table_of_one_seed(records, table):
    cells = records.query("task == 'topics' and language == 'hau' and shots == 0")
    wide = cells.pivot(index="example_id", columns="method", values="correct")
    contingency = pd.crosstab(wide["prompt"], wide["laft"]).to_numpy()
    row = table.query(
        "metric == 'accuracy' and language == 'hau' and shots == 0 "
        "and method_a == 'prompt' and method_b == 'laft'"
    ).iloc[0]
    assert row["test"] == "McNemar exact"
    assert row["p"] == pytest.approx(mcnemar(contingency, exact=True).pvalue)
    assert row["odds_ratio"] == pytest.approx(contingency[1, 0] / contingency[0, 1])
    assert row["cohen_h"] == pytest.approx(
        proportion_effectsize(wide["prompt"].mean(), wide["laft"].mean())
    )


def test_randomization_of_a_mean_agrees_with_scipys_permutation_test():
    rng = np.random.default_rng(3)
    a, b = rng.random(40) + 0.15, rng.random(40)
    columns = [np.column_stack([x, np.ones(40)]) for x in (a, b)]
    swap = resample.swaps(40, 20000, rng)
    gap, p = resample.randomization([columns], metric("rougeL").value, swap)[0]
    theirs = scipy_stats.permutation_test(
        (a, b), lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples",
        n_resamples=20000, vectorized=True, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert gap == pytest.approx(theirs.statistic) and p == pytest.approx(theirs.pvalue, abs=0.01)


def test_randomization_of_zeros_and_ones_agrees_with_mcnemar():
    rng = np.random.default_rng(0)
    a, b = (rng.random(60) < 0.6).astype(float), (rng.random(60) < 0.4).astype(float)
    ones = np.ones(60)
    pair = (np.column_stack([a, ones]), np.column_stack([b, ones]))
    swap = resample.swaps(60, 40000, rng)
    _, p = resample.randomization([pair], metric("accuracy").value, swap)[0]
    assert p == pytest.approx(mcnemar_exact(int((a > b).sum()), int((a < b).sum())), abs=0.01)


def test_many_pairs_are_taken_a_few_at_a_time_and_come_to_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    pairs = [
        tuple(np.column_stack([(rng.random(30) < s).astype(float), np.ones(30)]) for s in two)
        for two in rng.random((7, 2))
    ]
    swap = resample.swaps(30, 500, rng)
    whole = resample.randomization(pairs, metric("accuracy").value, swap)
    monkeypatch.setattr(resample, "_AT_ONCE", 1000)
    assert resample.randomization(pairs, metric("accuracy").value, swap) == whole
    assert len(whole) == 7


WORDS = "gari ya yi ƙasar Kano sabon labari ne ŋŋamba mutane suka zo kasuwa yau da safe".split()


def _sentences(rng, references, noise):
    return [
        " ".join(w if rng.random() > noise else str(rng.choice(WORDS)) for w in r.split())
        for r in references
    ]


def test_randomization_and_bootstrap_agree_with_sacrebleu_on_corpus_chrf(monkeypatch):
    """A metric that is no mean of item scores: sacrebleu resamples the same n-gram counts."""
    monkeypatch.setenv("SACREBLEU_SEED", "5")
    rng = np.random.default_rng(1)
    references = [" ".join(rng.choice(WORDS, 12)) for _ in range(100)]
    systems = [("a", _sentences(rng, references, 0.44)), ("b", _sentences(rng, references, 0.40))]
    chrf = CHRF()
    statistics = [
        np.array(CHRF(references=[references])._extract_corpus_statistics(s, None), float)
        for _, s in systems
    ]

    def value(sums):
        return np.apply_along_axis(
            lambda row: chrf._compute_f_score(row.astype(int).tolist()), -1, np.round(sums)
        )

    gap, p = resample.randomization([statistics], value, resample.swaps(100, 3000, rng))[0]
    _, theirs = PairedTest(
        systems, {"chrF": CHRF()}, [references], test_type="ar", n_samples=3000
    )()
    result = next(v for k, v in theirs.items() if k.lower().startswith("chrf"))
    assert abs(gap) == pytest.approx(abs(result[0].score - result[1].score))
    assert p == pytest.approx(result[1].p_value, abs=0.03)

    replicates = value(resample.counts(100, 3000, rng) @ statistics[0])
    _, theirs = PairedTest(
        systems, {"chrF": CHRF()}, [references], test_type="bs", n_samples=3000
    )()
    result = next(v for k, v in theirs.items() if k.lower().startswith("chrf"))
    low, high = resample.percentile(replicates)
    assert replicates.mean() == pytest.approx(result[0].mean, abs=0.15)
    assert (high - low) / 2 == pytest.approx(result[0].ci, abs=0.15)


def test_known_effects_are_found_with_the_right_sign():
    records = factories.records(items=400, tasks=["ner", "topics"], languages=["hau"], shots=[2])
    rows = stats.paired_table(records, resamples=2000)
    prompt_laft = rows.query("method_a == 'prompt' and method_b == 'laft'")
    assert (prompt_laft["difference"] > 0).all() and (prompt_laft["p_holm"] < 0.05).all()
    assert (
        (prompt_laft["low"] > 0).all()
        and (prompt_laft["improvement"] > 0.5).all()
        and (prompt_laft["smd"] > 0).all()
    )
    assert (rows["low"] <= rows["difference"]).all() and (rows["difference"] <= rows["high"]).all()


def test_the_p_value_has_the_ones_that_keep_it_above_zero():
    a, b = np.column_stack([np.ones(50), np.ones(50)]), np.column_stack([np.zeros(50), np.ones(50)])
    swap = resample.swaps(50, 999, np.random.default_rng(0))
    assert resample.randomization([(a, b)], metric("rougeL").value, swap)[0] == (1.0, 1 / 1000)
    assert resample.randomization([(a, a)], metric("rougeL").value, swap)[0] == (0.0, 1.0)


def test_corrections_are_those_of_statsmodels_within_the_stated_family(table):
    for (role, shots), rows in table.groupby(["metric_role", "shots"]):
        assert rows["p_holm"].to_numpy() == pytest.approx(
            multipletests(rows["p"], method="holm")[1]
        )
        assert rows["p_bh"].to_numpy() == pytest.approx(
            multipletests(rows["p"], method="fdr_bh")[1]
        )
        assert set(rows["family"]) == {f"{len(rows)} tests: metric_role={role}, shots={shots}"}
    with pytest.raises(XltError, match="family"):
        stats.paired_table(factories.records(items=5, shots=[0]), family=["colour"], resamples=10)


def test_other_items_are_refused_by_name(records):
    gone = records.query("method == 'laft' and language == 'lug' and example_id == '0007'").index
    with pytest.raises(
        XltError, match=r"only in prompt|Only in prompt: 0007 \(1\); only in laft: none"
    ):
        stats.paired_table(records.drop(gone), resamples=10)


def test_methods_with_other_seeds_are_compared_on_their_items(records):
    cell = records.query("task == 'ner' and language == 'hau' and shots == 1")
    imported = cell.query("method == 'prompt' or seed == 0")
    row = (
        stats.paired_table(imported, resamples=1000)
        .query("method_a == 'prompt' and method_b == 'laft'")
        .iloc[0]
    )
    scores = stats.score_table(imported, metrics="headline", resamples=10).set_index("method")[
        "score"
    ]
    assert row["difference"] == pytest.approx(scores["prompt"] - scores["laft"]) and row["n"] == 80


def test_effect_sizes():
    assert effects.cohen_h(0.5, 0.5) == 0 and effects.discordant_odds(0, 0) == 1
    assert effects.discordant_odds(6, 3) == 2 and effects.discordant_odds(4, 0) == 9
    assert effects.improvement(np.array([1, 1, 0]), np.array([0, 1, 1])) == 0.5
    assert effects.standardised_difference(np.ones(4), np.ones(4)) == 0
    gap = effects.minimum_detectable(0.02)
    assert gap == pytest.approx(0.05603, abs=1e-4) and effects.power_at(gap, 0.02) == pytest.approx(
        0.8, abs=1e-3
    )
