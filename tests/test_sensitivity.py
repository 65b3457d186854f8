"""Sensitivity: what is read again from records moves as it should, and wordings are asked again."""

import json
import weakref

import factories
import pandas as pd
import pytest

from xltlib import methods, stats
from xltlib.config import load_language, load_profile
from xltlib.study.study import Study
from xltlib.validity import probes, sensitivity

RESAMPLES = 300


def topics_rows(outputs, gold="business", method="prompt", language="hau"):
    rows = factories.records(items=len(outputs), methods=[method], tasks=["topics"],
                             languages=[language], shots=[0], seeds=[0])  # fmt: skip
    rows["output"], rows["gold"] = outputs, json.dumps(gold)
    rows["answer"], rows["valid"], rows["correct"] = json.dumps("business"), True, 1.0
    return rows


def ner_rows(golds, answers, method="prompt"):
    rows = factories.records(items=len(golds), methods=[method], tasks=["ner"],
                             languages=["hau"], shots=[0], seeds=[0])  # fmt: skip
    rows["gold"] = [json.dumps(g) for g in golds]
    rows["answer"] = [None if a is None else json.dumps(a) for a in answers]
    rows["valid"] = rows["answer"].notna()
    return rows


def after(rows, name):
    (found,) = [v for v in sensitivity.variants(rows) if v.name.startswith(name)]
    return found.after


def test_topics_are_read_strictly_and_normalised():
    rows = topics_rows(["kasuwanci", "Kasuwanci.", "na kasuwancin kasa", "KASUWÁNCI", "babu"])
    assert after(rows, "strict: the label")["correct"].tolist() == [1, 0, 0, 0, 0]
    assert after(rows, "normalised")["correct"].tolist() == [1, 1, 1, 1, 0]
    assert after(rows, "normalised")["valid"].tolist() == [True] * 4 + [False]


def test_hooked_letters_count_alike_in_the_normalised_reading_alone():
    rows = topics_rows(["nishadi"], gold="entertainment")
    assert after(rows, "normalised")["correct"].tolist() == [1]
    assert after(rows, "strict: the label")["correct"].tolist() == [0]


def test_entities_are_counted_strictly_leniently_and_without_types():
    gold = [["PER", "Musa", 0], ["DATE", "jiya", 0]]
    rows = ner_rows(
        [gold] * 4,
        [gold, [["PER", "musa", -1], ["DATE", "jiya", 0]], [["LOC", "Musa", 0]], None],
    )

    def counts(name):
        return after(rows, name)[["tp", "fp", "fn"]].to_numpy().tolist()

    assert counts("strict: one odd") == [[2, 0, 0], [0, 0, 2], [0, 1, 2], [0, 0, 2]]
    assert counts("lenient") == [[2, 0, 0], [2, 0, 0], [0, 1, 2], [0, 0, 2]]
    assert counts("relaxed") == [[2, 0, 0], [2, 0, 0], [0, 1, 2], [0, 0, 2]]
    assert counts("entity types ignored") == [[2, 0, 0], [1, 1, 1], [1, 0, 1], [0, 0, 2]]
    assert counts("without dates") == [[1, 0, 0], [0, 1, 1], [0, 1, 1], [0, 0, 1]]


def test_a_part_of_a_name_is_enough_in_the_relaxed_count():
    gold = [["PER", "Musa Bello", 0], ["PER", "Bello", 1]]
    rows = ner_rows([gold] * 2, [[["PER", "Bello", 0], ["PER", "Bello", 1]], [["PER", "B", -1]]])
    assert after(rows, "relaxed")[["tp", "fp", "fn"]].to_numpy().tolist() == [[2, 0, 0], [0, 1, 2]]


def test_the_default_rouge_tokenizer_knows_no_hooks():
    rows = factories.records(items=2, methods=["prompt"], tasks=["summarization"],
                             languages=["hau"], shots=[0], seeds=[0])  # fmt: skip
    rows["gold"] = [json.dumps("ƙasar ɗan"), json.dumps("kasar dan")]
    rows["answer"] = [json.dumps("ɓasar ƙan"), json.dumps("kasar dan")]
    rows["output"], rows["rougeL"] = ["x", "kasar dan\nmore"], [0.0, 1.0]
    assert after(rows, "rouge-score")["rougeL"].tolist() == [1, 1]  # "asar an" is all it sees
    assert after(rows, "the whole output")["rougeL"].iloc[1] == pytest.approx(0.8)
    english = rows.assign(prompt_language="eng")
    assert not [v for v in sensitivity.variants(english) if v.name == "the whole output"]


def test_label_sets_are_cut_to_what_languages_share():
    lug = topics_rows(["bizinensi"] * 3, language="lug")
    hau = topics_rows(["kasuwanci"] * 4)
    assert not [v for v in sensitivity.variants(pd.concat([hau, lug])) if v.choice == "label set"]
    hau.loc[hau.index[:2], "gold"] = json.dumps("technology")
    cut = after(pd.concat([hau, lug], ignore_index=True), "labels that all")
    assert len(cut) == 5 and set(cut["gold"]) == {'"business"'}


@pytest.fixture(scope="module")
def table():
    """Prompt is right with the bare label word, laft as often but wordily: strictness flips it."""
    wordy = ["kasuwanci"] * 40 + ["babu"] * 20
    short = ["kasuwanci ne"] * 40 + ["babu"] * 20
    frames = [topics_rows(wordy), topics_rows(short, method="laft")]
    for frame in frames:
        wrong = frame["output"] == "babu"
        frame.loc[wrong, ["answer", "valid", "correct"]] = [None, False, 0.0]
    return sensitivity.sensitivity_table(sensitivity.variants(pd.concat(frames)), RESAMPLES)


def test_the_biggest_shift_comes_first_and_flips_are_named(table):
    assert list(table.columns) == sensitivity.COLUMNS
    first = table.iloc[0]
    assert first["variant"].startswith("strict") and first["where"] == "laft, shots 0"
    assert first["largest"] == pytest.approx(-2 / 3) and first["score_then"] == 0
    assert (first["comparisons"], first["flips"], first["which"]) == (1, 1, "prompt-laft at 0")
    assert table["largest"].abs().is_monotonic_decreasing
    assert table.iloc[-1]["flips"] == 0


def test_answers_without_an_output_are_left_out():
    rows = topics_rows(["kasuwanci"] * 4)
    whole = {v.name: len(v.before) for v in sensitivity.variants(rows)}
    rows.loc[0, "output"] = None
    assert {v.name: len(v.before) for v in sensitivity.variants(rows)} == {
        name: n - 1 for name, n in whole.items()
    }
    none = list(sensitivity.variants(rows.assign(output=None)))
    assert whole and not none and sensitivity.sensitivity_table(none).empty


def test_all_tasks_at_once(home):
    records = factories.records(items=12, shots=[0, 2], seeds=[0])
    records.loc[records["task"] == "ner", "gold"] = '[["PER", "Musa", 0]]'
    records.loc[(records["task"] == "ner") & records["valid"], "answer"] = "[]"
    table = sensitivity.sensitivity_table(sensitivity.variants(records), RESAMPLES)
    whole = table[table["variant"] != "labels that all languages have"]
    assert len(whole) == 10 * 3 and (whole["n"] == 12).all()
    topics = table[table["variant"].str.startswith("strict: the label")]
    assert (topics["largest"] < 0).all(), "the outputs 'x' of these records hold no label"


ITEMS = 5


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """The grid's records of two methods in two languages, and every variant of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLTLIB_HOME", str(tmp_path_factory.mktemp("home")))
        profile = load_profile("mini", shots=[2], seeds=[0])
        spec = next(d for d in profile.datasets if d.task == "topics")
        spec = spec.model_copy(update={"languages": ["hau", "kin"]})
        small = profile.model_copy(update={"datasets": [spec]})
        grid = [
            Study(method, "topics", language=code, shots=[2], seeds=[0], limit=ITEMS).run()
            for method in ("prompt", "translate")
            for code in spec.languages
        ]
        records = pd.concat(grid, ignore_index=True)
        return records, list(probes.probe(small, "mini", records, limit=4))


def test_wordings_and_orders_are_asked_again_of_the_same_items(probed):
    records, variants = probed
    assert [(v.choice, v.name) for v in variants] == [
        ("prompt wording", "wording 1"),
        ("prompt wording", "wording 2"),
        ("order of demonstrations", "reversed"),
        ("order of demonstrations", "shuffled"),
    ]
    same = ["method", "language", "shots", "seed", "example_id", "gold"]
    for variant in variants:
        assert variant.before[same].equals(variant.after[same])
        assert (variant.before["prompt_sha256"] != variant.after["prompt_sha256"]).any()
        assert len(variant.after) == 2 * 2 * 4
    # What stands beside the new answers are the grid's own.
    kept = records.set_index(["method", "language", "example_id"])["prompt_sha256"]
    found = variants[0].before.set_index(["method", "language", "example_id"])["prompt_sha256"]
    assert found.equals(kept.loc[found.index])


def test_a_comparison_of_methods_is_tested_again_under_another_wording(probed):
    _, variants = probed
    asked = sensitivity.sensitivity_table(variants, resamples=50)
    assert set(asked["choice"]) == {"prompt wording", "order of demonstrations"}
    assert set(asked["language"]) == {"hau", "kin"} and (asked["comparisons"] == 1).all()


def test_one_language_models_are_gone_before_the_next_are_loaded(probed, home, monkeypatch):
    records, _ = probed
    profile = load_profile("mini", shots=[2], seeds=[0])
    spec = next(d for d in profile.datasets if d.task == "topics")
    prompt = methods.get("prompt")
    real, loaded = prompt.load, []

    def load(self):
        assert not any(model() for model in loaded), "an earlier model is still in memory"
        real(self)
        loaded.extend(weakref.ref(m) for m in (self, self.lm.model))

    monkeypatch.setattr(prompt, "load", load)
    small = profile.model_copy(update={"datasets": [spec]})
    prompted = records[records["method"] == "prompt"]
    assert list(probes.probe(small, "mini", prompted, limit=2))
    assert len(loaded) == 2 * 2 and not any(model() for model in loaded)


def test_what_was_not_run_is_not_asked(probed):
    records, _ = probed
    none = records[records["method"] == "laft"]
    profile = load_profile("mini", shots=[2], seeds=[0])
    assert list(probes.probe(profile, "mini", none)) == []


def test_an_optional_arm_with_more_demonstrations_is_not_asked_in_place_of_the_others(probed):
    records, _ = probed
    profile = load_profile("mini", shots=[2], seeds=[0])
    spec = next(d for d in profile.datasets if d.task == "topics")
    small = profile.model_copy(
        update={"datasets": [spec.model_copy(update={"languages": ["hau"]})]}
    )
    prompted = records[(records["method"] == "prompt") & (records["language"] == "hau")]
    trained = prompted.assign(arm="vectors", shots=701)
    asked = list(probes.probe(small, "mini", pd.concat([prompted, trained]), limit=1))
    assert len(asked) == 4 and all(set(v.after["arm"]) == {"prompt"} for v in asked)
    assert all(set(v.after["shots"]) == {2} for v in asked)


def test_lengths_stand_beside_scores():
    records = factories.records(items=10, methods=["prompt"], tasks=["topics"], shots=[0, 2])
    records.loc[records["shots"] == 2, "truncated_tokens"] = 30
    foreign = records[records["shots"] == 0].assign(model="x", truncated_tokens=None)
    fertility = pd.DataFrame(
        {"dataset": "mini", "language": ["hau", "kin"], "tokens_per_word": [2.5, 3.0]}
    )
    table = stats.length_table(pd.concat([records, foreign]), fertility)
    hau = table[(table["language"] == "hau") & (table["method"] == "prompt (mini)")]
    assert hau["truncated"].tolist() == [0, 1] and hau["truncated_tokens"].tolist() == [0, 30]
    assert set(hau["tokens_per_word"]) == {2.5} and (hau["prompt_tokens"] == 300).all()
    assert table.loc[table["language"] == "lug", "tokens_per_word"].isna().all()
    assert table.loc[table["method"] == "prompt (x)", "truncated"].isna().all()
    own = records[(records["language"] == "hau") & (records["shots"] == 0)]
    assert hau["score"].iloc[0] == pytest.approx(own["correct"].mean())


def test_languages_without_a_shipped_file_are_given():
    rows = topics_rows(["kasuwanci"]).assign(language="xyz", prompt_language="xyz")
    other = load_language("hau").model_copy(update={"code": "xyz"})
    assert list(sensitivity.variants(rows, [other]))
