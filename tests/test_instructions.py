"""The language of words: an interaction that was planted is found, and none where there is none."""

import json

import factories
import numpy as np
import pandas as pd
import pytest

from xltlib import figures
from xltlib.config import READINGS, load_profile
from xltlib.errors import XltError
from xltlib.study.study import Study
from xltlib.tasks import readings
from xltlib.validity import instructions

PAIR = [("prompt", "english")]
OPTIONS = factories.LABELS[:3]


def answers(arm, favour, seed, items=150, language="hau", bias=0.0, effect=0.0):
    """Records with option scores: ``favour`` is how much the right label gets, ``bias`` what the
    first label gets whatever the text says."""
    rng = np.random.default_rng(seed)
    rows = factories.records(items=items, methods=["prompt"], tasks=["topics"],
                             languages=[language], shots=[4], seeds=[0])  # fmt: skip
    gold = np.random.default_rng(1).integers(0, 3, items)
    noise = np.random.default_rng(2).normal(0, 1, (items, 3)) + rng.normal(0, 0.2, (items, 3))
    sums = noise + np.eye(3)[gold] * (favour + effect)
    told = [
        readings.OptionScores(
            options=OPTIONS,
            sum=tuple(sums[i] + [bias, 0, 0]),
            tokens=(1, 1, 1),
            bytes=(5, 5, 5),
            content_free=((bias, 0.0, 0.0),) * 3,
            domain=(bias, 0.0, 0.0),
        ).json()
        for i in range(items)
    ]
    rows["option_scores"], rows["gold"] = told, [json.dumps(OPTIONS[g]) for g in gold]
    rows["arm"], rows["seed"] = arm, 0
    return rows


def test_a_planted_interaction_is_found_and_said():
    """English words put a bias on a label, which three readings take away and the sum does not."""
    rows = pd.concat([answers("prompt", 1, 3), answers("english", 1, 4, bias=4)])
    table = instructions.interaction_table(rows, PAIR)
    assert set(table["reading"]) == set(READINGS) and set(table["n"]) == {150}
    assert (table["p_holm"] < 1e-6).all()
    by = table.set_index("reading")
    assert by.loc["sum", "high"] < 0 and abs(by.loc["content_free", "gain"]) < 0.1
    assert np.allclose(by["gain"], by["score_english"] - by["score_own"])
    sentence = instructions.said(table)
    assert "in 1 of 1 comparison (5 %, Holm), most clearly in Hausa with 4 demo" in sentence


def test_a_gain_that_is_the_same_under_all_readings_is_no_interaction():
    parts = []
    for code, seed in (("hau", 5), ("kin", 6), ("lug", 7)):
        parts += [answers("prompt", 0.5, seed, language=code)]
        parts += [answers("english", 0.5, seed + 10, language=code, effect=1.5)]
    table = instructions.interaction_table(pd.concat(parts), PAIR)
    assert (table["gain"] > 0.1).all() and (table["p_holm"] > 0.05).all()
    assert "in none of 3 comparisons at 5 % (Holm)" in instructions.said(table)


def test_it_is_the_paired_test_where_two_readings_differ():
    """With one contrast Hotelling's T2 is the square of the paired t: scipy's own."""
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 80)).astype(float)
    found = instructions._equal(np.column_stack([a, b, a]))  # the third adds nothing
    theirs = ttest_rel(a, b)
    assert found["p"] == pytest.approx(theirs.pvalue)
    assert found["f"] == pytest.approx(theirs.statistic**2)
    assert instructions._equal(np.zeros((9, 6))) == pytest.approx(
        {"f": np.nan, "p": 1}, nan_ok=True
    )


def test_other_items_are_refused_and_nothing_to_compare_is_said():
    rows = pd.concat([answers("prompt", 1, 3), answers("english", 1, 4, items=140)])
    with pytest.raises(XltError, match="were not asked about the same items"):
        instructions.interaction_table(rows, PAIR)
    table = instructions.interaction_table(answers("prompt", 1, 3), PAIR)
    assert table.empty and instructions.said(table).startswith("No two arms differ")


def test_pairs_are_those_arms_that_differ_in_their_words_alone():
    profile = load_profile("gemma")
    pairs = instructions.pairs_of(profile.arms)
    assert pairs[:2] == [("prompt", "english_words"), ("prompt_nearest", "english_words_nearest")]
    asked = instructions.asked_arms(profile.arms)
    assert asked[:2] == ["prompt", "english_words"] and "instructed_kin" in asked
    assert not {"prompt_nearest", "translate", "twin"} & set(asked)


def crossed(own_better):
    parts = []
    for text in ("hau", "kin"):
        for asked in ("hau", "kin"):
            rows = answers("prompt" if text == asked else f"instructed_{asked}", 1, 3, 80, text)
            rng = np.random.default_rng(9)
            rows["correct"] = (rng.random(80) < 0.5 + own_better * (text == asked)).astype(float)
            parts.append(rows.assign(prompt_language=asked))
    return pd.concat(parts, ignore_index=True)


def test_the_matrix_has_a_cell_for_each_pair_of_languages_and_is_drawn():
    rows = crossed(0.3)
    table = instructions.matrix_table(rows, ["prompt", "instructed_hau", "instructed_kin"])
    found = {(r.asked, r.language): r.score for r in table.itertuples()}
    wanted = rows.groupby(["prompt_language", "language"])["correct"].mean()
    assert found == pytest.approx(wanted.to_dict())
    assert "more often by +0." in instructions.matrix_said(rows, table)
    picture = figures.matrix(table, "asked", ("Title", "words in", "text in"))
    shown = {text.get_text() for text in picture.axes[0].texts}
    assert shown == {f"{score:.2f}" for score in wanted}
    assert [t.get_text() for t in picture.axes[0].get_yticklabels()] == ["Hausa", "Kinyarwanda"]
    same = crossed(0.0)
    told = instructions.matrix_said(same, instructions.matrix_table(same, set(same["arm"])))
    assert "not told apart from none" in told


def test_data_sets_of_which_each_text_was_asked_in_its_own_language_have_no_panel():
    crossing = crossed(0.3)
    own = crossing[crossing["prompt_language"] == crossing["language"]]
    other = own.assign(dataset="other")
    arms = set(crossing["arm"])
    table = instructions.matrix_table(pd.concat([crossing, other]), arms)
    assert set(table["dataset"]) == set(crossing["dataset"])
    assert own["prompt_language"].nunique() > 1 and instructions.matrix_table(own, arms).empty


def test_without_another_language_there_is_no_matrix():
    rows = answers("prompt", 1, 3)
    table = instructions.matrix_table(rows, ["prompt"])
    assert table.empty and "another language than its own" in instructions.matrix_said(rows, table)
    with pytest.raises(XltError, match="nothing to draw: No text was asked"):
        figures.matrix(table, "asked")


def own_profile(tmp_path, arm):
    from test_methods_switching import profile

    return profile(tmp_path, f"  - {arm}\n")


def test_words_are_of_one_language_and_texts_of_another(home, tmp_path):
    spec = own_profile(tmp_path, "{name: asked, method: instructed, with: {language: kin}}")
    asked = {"dataset": "sib200", "shots": [2], "seeds": [0], "limit": 4, "profile": spec}
    one, kin = Study("asked", "topics", **asked), Study("asked", "topics", language="lug", **asked)
    assert one.method.language.code == kin.method.language.code == "kin"
    words = one.method.language
    prompt = one.prompts(2, 0)[0].text
    assert prompt.startswith(one.task.render(
        one.test[0], (), words, 0, one.labels).text().split("\n")[0])  # fmt: skip
    assert one.test[0].text in prompt and one.demonstrations(2, 0)[0].text in prompt
    assert kin.test[0].text in kin.prompts(2, 0)[0].text
    rows = one.run(progress=lambda line: None)
    assert set(rows["prompt_language"]) == {"kin"} and set(rows["language"]) == {"hau"}
    with pytest.raises(XltError, match="answers to the task 'ner' are written"):
        from xltlib import tasks

        one.method.carry(tasks.get("ner"), [], True)


def test_a_language_that_is_asked_in_is_hashed_into_the_cell(tmp_path, home, monkeypatch):
    from xltlib.records import provenance
    from xltlib.runs import grid

    spec = own_profile(tmp_path, "{name: asked, method: instructed, with: {language: kin}}")
    seen, real = [], provenance.languages
    monkeypatch.setattr(provenance, "languages", lambda names, task: seen.append(set(names)) or
                        real(names, task))  # fmt: skip
    grid.plan(spec)
    assert {"hau", "kin"} in seen and {"lug", "kin"} in seen


def test_plain_letters_are_the_items_alone(home, tmp_path):
    spec = own_profile(tmp_path, "{name: plain_letters}")
    one = Study("plain_letters", "topics", profile=spec, dataset="sib200", shots=[2], seeds=[0],
                limit=12)  # fmt: skip
    changed = 0
    for before, after in zip(one.test, one.carried.examples, strict=True):
        assert not set(after.text) & set("ɓɗƙƴƁƊƘƳ’‘ʼ") and len(after.text) == len(before.text)
        pairs = {(a, b) for a, b in zip(before.text, after.text, strict=True) if a != b}
        assert pairs <= {*zip("ɓɗƙƴƁƊƘƳ", "bdkyBDKY", strict=True), ("’", "'"), ("‘", "'")}
        changed += bool(pairs)
    assert changed > 3 and one.shown(2, 0).examples == one.demonstrations(2, 0)
    assert one.carried.examples[0].gold == one.test[0].gold


def test_plain_letters_refuse_entity_spans(home, tmp_path):
    from xltlib.data import Example
    from xltlib.text.spans import Span

    spec = own_profile(tmp_path, "{name: plain_letters}")
    one = Study("plain_letters", "topics", profile=spec, dataset="sib200", shots=[0], limit=2)
    with pytest.raises(XltError, match="has entity spans, which are compared by their letters"):
        one.method.carry(one.task, [Example("1", "hau", "Ɓaure", (Span(0, 5, "LOC"),))], False)
