"""Studies, on the shipped mini models: real prompts, real answers, real records."""

import json

import numpy as np
import pandas as pd
import pytest

from xltlib import tasks
from xltlib.data.card import card
from xltlib.errors import XltError
from xltlib.records import results
from xltlib.records import schema as records
from xltlib.study import study as evaluate
from xltlib.study.study import Study

SMALL = {"shots": [0, 2], "seeds": [0, 1], "limit": 6}


def study(method="prompt", task="topics", **changes) -> Study:
    return Study(method, task, **(SMALL | changes))


@pytest.fixture(autouse=True)
def own_home(home):
    return home


def test_records_hold_everything_and_add_up():
    one = study()
    rows = one.run(progress=lambda line: None)
    # 0 shots once, 2 shots under both seeds
    assert rows.groupby(["shots", "seed"]).size().to_dict() == {(0, 0): 6, (2, 0): 6, (2, 1): 6}
    assert set(rows["example_id"]) == {item.id for item in one.test}
    assert rows["valid"].all() and rows["correct"].isin([0, 1]).all()
    assert (rows["correct"] == (rows["answer"] == rows["gold"])).all()
    assert rows[["tp", "rougeL", "translator_revision"]].replace("", None).isna().all().all()
    assert (rows["seconds"] > 0).all() and (rows["flops"] > 0).all()
    assert (rows["model_tokens"] >= rows["distinct_tokens"]).all()
    assert (rows["distinct_tokens"] > 0).all()
    more, fewer = rows[rows["shots"] == 2], rows[rows["shots"] == 0]
    assert more["prompt_tokens"].mean() > fewer["prompt_tokens"].mean()
    stored = records.read([one.folder / "records.parquet"])
    pd.testing.assert_frame_equal(stored, rows)


def test_records_name_the_data_that_was_loaded(tmp_path):
    """One character of a file, and the records say so: of its own split, and of no other."""
    topics, folder = ("sports", "health"), tmp_path / "sib200" / "hau"
    folder.mkdir(parents=True)
    (folder / "labels.txt").write_text("\n".join(topics), encoding="utf-8")
    for split in ("train", "test"):
        rows = [f"{split}-{i}\t{topics[i % 2]}\tLabari {split} {i}." for i in range(6)]
        text = "\n".join(["index_id\tcategory\ttext", *rows]) + "\n"
        (folder / f"{split}.tsv").write_text(text, encoding="utf-8")

    def checksums(name, changed=None):
        if changed:
            path = folder / f"{changed}.tsv"
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("Labari", "Lavari", 1), encoding="utf-8")
        one = study(dataset="sib200", data_dir=str(tmp_path), shots=[0, 1], seeds=[0], limit=2)
        one.folder = one.folder.with_name(name)
        rows = one.run(progress=lambda line: None)
        made = card("sib200", "topics", "hau", tmp_path)
        found = {split: made[f"{split}_sha256"] for split in ("demos", "test")}
        assert set(rows["test_sha256"]) == {found["test"]}
        shown = rows["shots"] > 0
        assert set(rows.loc[shown, "demos_sha256"]) == {found["demos"]}
        assert rows.loc[~shown, "demos_sha256"].isna().all()
        return found

    first, again = checksums("first"), checksums("again")
    demos, test = checksums("demos", "train"), checksums("test", "test")
    assert first == again
    assert demos["demos"] != first["demos"] and demos["test"] == first["test"]
    assert test["demos"] == demos["demos"] and test["test"] != demos["test"]


def test_demonstrations_are_nested_and_do_not_move_with_the_limit():
    few, more = study(limit=3), study(limit=50)
    assert few.demonstrations(4, 0) == more.demonstrations(4, 0)
    assert few.demonstrations(2, 0) == few.demonstrations(4, 0)[:2]
    assert few.demonstrations(4, 0) != few.demonstrations(4, 1)
    assert {e.id for e in few.test} < {e.id for e in more.test}


def test_trap_1_documents_reach_the_model():
    one = study(task="summarization")
    prompts = one.prompts(2, 0)
    assert len({p.text for p in prompts}) == len(one.test)
    for prompt, item in zip(prompts, one.test, strict=True):
        assert item.text in prompt.text


def test_trap_2_the_labels_offered_are_the_datas_own():
    one = study()
    words = tasks.get("topics").options(one.test[0], one.language, one.labels)
    assert set(words) == {e.gold for e in one._load("test")}
    assert all(word.strip() in one.prompts(0, 0)[0].text for word in words.values())


def test_a_killed_study_goes_on_with_the_same_records(monkeypatch):
    whole = study(task="ner").run(progress=lambda line: None)
    again = study(task="ner", dataset="mini")
    again.folder = again.folder.with_name("again")
    real, calls = evaluate.Study._part, []

    def part(self, shots, seed):
        calls.append((shots, seed))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, shots, seed)

    monkeypatch.setattr(evaluate.Study, "_part", part)
    with pytest.raises(KeyboardInterrupt):
        again.run(progress=lambda line: None)
    assert not (again.folder / "records.parquet").exists()
    rows = again.run(progress=lambda line: None)
    assert calls == [(0, 0), (2, 0), (2, 0), (2, 1)]  # the first part was not made twice
    same = [c for c in rows if c not in {"seconds", "cell_id"}]
    pd.testing.assert_frame_equal(rows[same], whole[same])


def test_a_killed_study_that_was_changed_begins_anew(monkeypatch):
    real, calls = evaluate.Study._part, []

    def part(self, shots, seed):
        if len(calls) == 1:
            raise KeyboardInterrupt
        calls.append((shots, seed))
        return real(self, shots, seed)

    with monkeypatch.context() as cut_short:
        cut_short.setattr(evaluate.Study, "_part", part)
        with pytest.raises(KeyboardInterrupt):
            study().run(progress=lambda line: None)
    rows = study(limit=4).run(progress=lambda line: None)
    assert set(rows.groupby(["shots", "seed"]).size()) == {4}  # none of the six answers to 0 shots


def test_translate_asks_in_english_and_answers_in_the_language():
    one = study("translate", "ner", shots=[2], seeds=[0])
    assert one.method.language.code == "eng"
    pairs = zip(one.test, one.carried.examples, strict=True)
    assert all(item.text != english.text for item, english in pairs)
    rows = one.run(progress=lambda line: None)
    assert set(rows["prompt_language"]) == {"eng"} and set(rows["language"]) == {"hau"}
    assert rows["translator_revision"].str.len().gt(10).all()
    for item, answer in zip(one.test, rows["answer"], strict=True):
        for _, surface, occurrence in json.loads(answer or "[]"):
            assert occurrence < 0 or surface in item.text


def test_translation_costs_the_same_from_the_cache():
    def flops(name):
        one = study("translate", shots=[1], seeds=[0], limit=3)
        one.folder = one.folder.with_name(name)
        return one.run(progress=lambda line: None)["flops"].to_numpy()

    first, second = flops("first"), flops("second")
    np.testing.assert_allclose(second, first)
    alone = study(shots=[1], seeds=[0], limit=3).run(progress=lambda line: None)["flops"]
    assert (first > alone.max()).all()


def test_methods_share_items_and_demonstrations():
    prompt, translate = study(), study("translate")
    assert prompt.test == translate.test
    assert prompt.demonstrations(2, 1) == translate.demonstrations(2, 1)


def test_look_shows_best_and_worst():
    one = study(shots=[2], seeds=[0])
    shown = one.look(one.run(progress=lambda line: None), 2, 0, n=2)
    assert len(shown) == 4
    assert shown["correct"].iloc[0] >= shown["correct"].iloc[-1]


def test_bad_names_are_refused_at_once():
    with pytest.raises(XltError, match="`task` must be one of"):
        tasks.get("poetry")
    with pytest.raises(XltError, match="`language` must be one of"):
        study(language="xyz")
    with pytest.raises(XltError, match="`dataset` must be one of"):
        _ = study(dataset="none").test
    with pytest.raises(XltError, match="no finished cells"):
        results.read("mini")
