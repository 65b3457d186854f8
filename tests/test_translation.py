"""The translator's quality: parallel text, and the scores of translators that are known."""

import json
import math

import pandas as pd
import pytest

from xltlib import models
from xltlib.config import load_profile
from xltlib.data import parallel
from xltlib.data.sets.mafand import parallel as mafand
from xltlib.errors import XltError
from xltlib.validity import translators as translation
from xltlib.validity.translators import (
    COLUMNS,
    quality_of_arms,
    score_by_quality,
    translates,
    translation_quality,
)


class Perfect:
    """A translator that knows the reference of every sentence."""

    def __init__(self, sides):
        self.known = dict(sides) | {b: a for a, b in sides}

    def translate(self, texts, source, target, scope=""):
        assert scope == "quality"
        return [self.known[t] for t in texts]


class Silent(Perfect):
    def translate(self, texts, source, target, scope=""):
        if target.code != "eng":
            raise XltError("the model has one direction")
        return [""] * len(texts)


def test_scores_of_a_perfect_and_of_a_silent_translator():
    mini, sides = load_profile("mini"), parallel.pairs("mini", "lug", limit=30)
    best = translation_quality(mini, ["lug"], 30, Perfect(sides))
    assert tuple(best.columns) == COLUMNS
    assert best[["source", "target"]].to_numpy().tolist() == [["lug", "eng"], ["eng", "lug"]]
    assert set(best["dataset"]) == {"mini"} and set(best["sentences"]) == {30}
    assert best[["chrf", "chrf++", "bleu"]].to_numpy() == pytest.approx(100)
    for signature in best["signature"]:
        assert "chrF2 nrefs:1|case:mixed|eff:yes|nc:6|nw:0" in signature
        assert "chrF2++ nrefs:1|case:mixed|eff:yes|nc:6|nw:2" in signature
        assert "BLEU nrefs:1|case:mixed|eff:no|tok:13a" in signature and "version:" in signature
    worst = translation_quality(mini, ["lug"], 30, Silent(sides))
    assert worst.loc[0, ["chrf", "bleu"]].tolist() == [0, 0]
    assert math.isnan(worst.loc[1, "chrf"])
    assert worst.loc[1, "signature"] == "not measured: the model has one direction"


def test_the_mini_translator_is_measured_and_the_same_each_time(home):
    mini = load_profile("mini")
    first = translation_quality(mini, ["hau"], 12)
    assert (first["chrf"] > 50).all() and (first["sentences"] == 12).all()
    plain = models.load_translator(mini.translator)  # without what was kept on disk
    assert translation_quality(mini, ["hau"], 12, plain).equals(first)


def test_the_translator_is_left_alone_where_no_cell_translates(home):
    assert translates("mini")  # nothing has run
    for cell, method in {"a": "prompt", "b": "translate", "c": "laft"}.items():
        content = {"label": cell, "kind": "method", "facts": {"method": method}}
        (home / "runs" / "mini" / cell).mkdir(parents=True)
        path = home / "runs" / "mini" / cell / "manifest.json"
        path.write_text(json.dumps(content), encoding="utf-8")
    assert translates("mini") and translates("mini", ["a", "b"])
    assert not translates("mini", ["a", "c", "imported-x"])


def test_all_sentences_may_be_asked_for():
    mini, sides = load_profile("mini"), parallel.pairs("mini", "lug")
    counts = [
        translation_quality(mini, ["lug"], translator=Perfect(sides), **n)["sentences"].unique()
        for n in ({}, {"sentences": None})
    ]
    assert [c.tolist() for c in counts] == [[100], [len(sides)]] and len(sides) > 100


def test_pairs_are_chosen_by_a_hash_and_nest():
    few, many = parallel.pairs("mini", "kin", limit=20), parallel.pairs("mini", "kin", limit=60)
    assert set(few) < set(many) and len(many) == 60
    assert many == [p for p in parallel.pairs("mini", "kin") if p in set(many)][:60]
    assert many[:20] != parallel.pairs("mini", "kin")[:20]
    with pytest.raises(XltError, match="`parallel set` must be one of .*'mafand', 'mini'"):
        parallel.pairs("flores", "kin")
    with pytest.raises(XltError, match="--data-dir"):
        parallel.pairs("mafand", "hau")


def test_published_pairs(published):
    pairs = parallel.pairs("mafand", "kin", published)
    assert len(pairs) == len(mafand("kin", "test", published)) and all(a and b for a, b in pairs)
    assert any("’" in b or "'" in b for _, b in pairs)
    by_id = parallel.pairs("sib200", "hau", published)
    assert len(by_id) == 204 and set("ɓɗƙ") <= set("".join(b for _, b in by_id))


def test_sets_for_a_profile(published, tmp_path):
    assert parallel.sets_for(load_profile("mini"), "hau") == ["mini"]
    local = load_profile("local", data_dir=str(published))
    assert parallel.sets_for(local, "lug") == ["mafand", "sib200"]
    bare = load_profile("local", data_dir=str(tmp_path))
    assert parallel.sets_for(bare, "lug") == ["sib200"]  # it comes with the project
    assert parallel.sets_for(load_profile("small"), "kin") == ["hub:mafand", "hub:sib200"]
    without = tuple(d for d in bare.datasets if d.name != "sib200")
    table = translation_quality(bare.model_copy(update={"datasets": without}))
    assert tuple(table.columns) == COLUMNS and table.empty


def test_a_set_that_cannot_be_had_is_a_row_that_says_so(monkeypatch):
    def refuse(*_):
        raise XltError("the hub is offline")

    monkeypatch.setattr(translation.parallel, "pairs", refuse)
    table = translation_quality(load_profile("small"), ["kin"])
    assert table["dataset"].tolist() == ["hub:mafand", "hub:sib200"]
    assert set(table["signature"]) == {"not measured: the hub is offline"}
    assert (table["sentences"] == 0).all() and table["chrf"].isna().all()


def test_other_releases_are_not_paired(tmp_path):
    folder = tmp_path / "sib200" / "hau"
    folder.mkdir(parents=True)
    (folder / "labels.txt").write_text("travel\n", encoding="utf-8")
    (folder / "test.tsv").write_text("index_id\tcategory\ttext\nx\ttravel\tTafiya.\n", "utf-8")
    with pytest.raises(XltError, match="hold different sentences"):
        parallel.pairs("sib200", "hau", tmp_path)


def test_arms_stand_beside_the_quality_of_what_they_read(monkeypatch):
    arms = [
        {"name": "prompt"},
        {"name": "copied", "method": "translate", "translator": {"path": "copy"}},
        {"name": "copied_nearest", "method": "translate", "translator": {"path": "copy"}},
        {"name": "people", "method": "translate", "translator": {"path": "reference"}},
    ]
    profile = load_profile("mini")
    profile = type(profile).model_validate(profile.model_dump() | {"arms": arms})
    asked = []

    def quality(spec, languages, sentences, both):
        asked.append(spec.translator.path)
        chrf = {"copy": 20.0, "reference": 100.0}[spec.translator.path]
        rows = [
            ("hau", "eng", "other", 1.0),
            ("hau", "eng", "mini", chrf),
            ("eng", "hau", "mini", 3.0),
            ("kin", "eng", "other", chrf),
        ]
        return pd.DataFrame(rows, columns=["source", "target", "dataset", "chrf"])

    monkeypatch.setattr(translation, "translation_quality", quality)
    scores = pd.DataFrame(
        [
            {"task": "topics", "dataset": "mini", "language": code, "method": arm, "shots": shots}
            | {"metric": "accuracy", "score": 0.5, "low": 0.4, "high": 0.6}
            for code in ("hau", "kin", "lug")
            for arm, counts in (("prompt", [0, 4, 8]), ("copied", [0, 4, 8]),
                                ("copied_nearest", [4]), ("people", [0, 4]))
            for shots in counts
        ]
    )  # fmt: skip
    known = quality_of_arms(profile, ["prompt", "copied", "copied_nearest", "people"])
    assert asked == ["copy", "reference"], "the same translator is measured once"
    assert known.groupby("arms")["chrf"].max().to_dict() == {
        "copied, copied_nearest": 20,
        "people": 100,
    }
    table = score_by_quality(profile, scores, known)
    assert set(table["shots"]) == {4} and set(table["method"]) == {
        "copied",
        "copied_nearest",
        "people",
    }
    hausa = table[table["language"] == "hau"].set_index("method")
    assert hausa["chrf"].to_dict() == {"copied": 20, "copied_nearest": 20, "people": 100}
    measured = table.groupby("language")["measured_on"].unique().map(list).to_dict()
    assert measured == {"hau": ["mini"], "kin": ["other"]}, "Luganda has no measure"
