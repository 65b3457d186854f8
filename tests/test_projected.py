"""Projectors on parallel text: the pairs, the counts, the table and the figure."""

import pandas as pd
import pytest
from tiny_models import marian

from xltlib import figures, stats
from xltlib.config import (
    PROJECTORS,
    ProjectionSpec,
    TranslatorSpec,
    load_language,
    load_profile,
)
from xltlib.data import Span
from xltlib.errors import XltError
from xltlib.methods import projection
from xltlib.models import load_translator
from xltlib.models.translation.translator import Translator
from xltlib.text.spans import Item
from xltlib.validity import projectors as projected


def test_pairs_say_the_same_and_have_entities():
    for code in ("hau", "kin", "lug"):
        ids, items, gold = projected.pairs(load_language(code), 12, "eng")
        assert len(set(ids)) == len(items) == len(gold) == 12
        for item, spans in zip(items, gold, strict=True):
            assert item.spans and sorted(s.type for s in item.spans) == sorted(
                s.type for s in spans
            )
            assert all(0 <= s.start < s.end <= len(item.target) for s in spans)


def test_languages_are_the_profiles_or_all():
    mini = load_profile("mini")
    assert [x.code for x in projected.languages(mini)] == ["hau", "kin", "lug"]
    sets = tuple(d.model_copy(update={"languages": ("lug", "eng")}) for d in mini.datasets)
    one = mini.model_copy(update={"datasets": sets})
    assert [x.code for x in projected.languages(one)] == ["lug"]
    sets = tuple(d.model_copy(update={"languages": ("eng",)}) for d in mini.datasets)
    none = mini.model_copy(update={"datasets": sets})
    assert [x.code for x in projected.languages(none)] == ["hau", "kin", "lug"]


def test_all_projectors_are_asked_about_the_same_spans():
    translator = Translator(*marian(), "revision", max_new_tokens=8)
    results = list(projected.compare(load_profile("mini"), translator, limit=2))
    assert [(r.projector, r.language) for r in results] == [
        (by, code) for by in PROJECTORS for code in ("hau", "kin", "lug")
    ]
    counts = pd.concat([r.counts() for r in results])
    assert counts.groupby("projector")["spans"].sum().nunique() == 1
    assert (counts["tp"] + counts["fp"] + counts["dropped"] == counts["spans"]).all()


def test_a_translator_without_a_model_serves_two_of_the_projectors():
    copy = load_translator(TranslatorSpec(path="copy"))
    results = list(projected.compare(load_profile("mini"), copy, limit=2))
    assert {r.projector for r in results} == {"match", "markers"}
    for by in ("codec", "alignment"):
        with pytest.raises(XltError, match=f"`projection.by` is '{by}'.*take `match` or `markers`"):
            projection.load(ProjectionSpec(by=by), copy)


@pytest.fixture
def counts():
    item = Item([Span(0, 4, "PER"), Span(9, 13, "LOC")], "Musa saw Kano", "Musa ya ga Kano")
    gold = (Span(0, 4, "PER"), Span(11, 15, "LOC"))
    founds = {
        "match": [[Span(0, 4, "PER"), None], [*gold]],
        "codec": [[Span(0, 7, "PER"), Span(11, 15, "LOC")], [Span(0, 4, "LOC"), None]],
    }
    made = [
        projected.Projected(by, "hau", ["a", "b"], [item, item], [gold, gold], found)
        for by, found in founds.items()
    ]
    assert made[0].surfaces(0) == ["Musa", "–"]
    return pd.concat([m.counts() for m in made], ignore_index=True)


def test_the_table_is_the_counts(counts):
    table = stats.projection_table(counts, resamples=500).set_index("projector")
    match, codec = table.loc["match"], table.loc["codec"]
    assert (match["precision"], match["recall"]) == (1.0, 0.75)
    assert match["f1"] == pytest.approx(6 / 7)
    assert (codec["precision"], codec["recall"]) == (pytest.approx(1 / 3), 0.25)
    assert (match["dropped"], codec["dropped"], match["spans"], match["n"]) == (1, 1, 4, 2)
    for name in ("precision", "recall", "f1"):
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
    assert (match["recall_low"], match["recall_high"]) == (0.5, 1.0)


def test_the_figure_shows_every_projector(counts):
    figure = figures.projector_scores(stats.projection_table(counts, resamples=50), "about")
    assert {t.get_text() for t in figure.legends[0].get_texts()} == {"match", "codec"}
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["Hausa"]
