"""Leakage counts: on made texts, and on the published sets whose leaks are known."""

import functools
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xltlib import data
from xltlib.data.generated import world
from xltlib.data.leaks import common
from xltlib.data.leaks.audit import audit, overlaps, repeats
from xltlib.data.leaks.common import may_be_near, meeting
from xltlib.data.leaks.decontaminate import decontaminate
from xltlib.data.leaks.shingles import SHINGLE, shingles, shingles_of
from xltlib.data.sets.mafand import parallel
from xltlib.mini import pretrain
from xltlib.mini.reading import read_by_models
from xltlib.text.key import key

LINE = "Gwamnan jihar Kano ya ce za a ƙara ɗakunan karatu a makarantun jihar baki ɗaya"


def test_the_key_keeps_letters_of_african_orthographies():
    assert key("Ƙungiyar ɗalibai , ba ’ya’ya !") == "ƙungiyarɗalibaibayaya"
    assert key("ŋŋanda") == "ŋŋanda"
    assert key("e\u0301") == key("é") != key("e")


@given(st.text(st.characters(exclude_categories=[])))
def test_the_key_is_letters_digits_and_marks_whatever_the_script(text):
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] in "LMN")
    assert key(text) == "".join(kept).casefold()


@given(st.lists(st.text("abcɗƙ", max_size=60), max_size=8))
def test_a_shingles_hash_is_the_number_that_its_letters_write(texts):
    def number(window: str) -> int:
        return functools.reduce(lambda n, c: (n * 0x9E3779B97F4A7C15 + ord(c)) % 2**64, window, 0)

    each = [[number(t[i : i + SHINGLE]) for i in range(len(t) - SHINGLE + 1)] for t in texts]
    assert [shingles(text).tolist() for text in texts] == each
    hashes, owners = shingles_of(texts)
    assert hashes.tolist() == [n for numbers in each for n in numbers]
    assert owners.tolist() == [i for i, numbers in enumerate(each) for _ in numbers]


def test_tokenised_text_is_found_in_raw_text():
    found = overlaps(["A Legas , in ji shi .", "wani daban"], ["A Legas, in ji shi.", "x"])
    assert found.counts == {"n": 2, "exact": 1, "contained": 1, "near": 1}
    assert found.exact == (0,)


def test_containment_within_and_across_lines():
    half = LINE.split(" za ")
    assert overlaps([LINE], [f"A yau: {LINE}, a cewarsa."]).counts["contained"] == 1
    assert overlaps([LINE], [half[0], "za " + half[1]]).counts == {
        "n": 1,
        "exact": 0,
        "contained": 1,
        "near": 1,
    }


def test_near_duplicates_and_chance_hits():
    changed = LINE.replace("Kano", "Katsina")
    assert overlaps([changed], [LINE]).counts == {"n": 1, "exact": 0, "contained": 0, "near": 1}
    assert overlaps(["ya ce"], [LINE]).counts["contained"] == 0  # too short to mean anything
    assert overlaps(["wani labari daban da ba a taɓa ji ba a ko ina"], [LINE]).counts["near"] == 0
    assert overlaps([LINE], []).counts["near"] == 0
    assert overlaps(["..."], ["!!"]).counts["exact"] == 0


@given(st.lists(st.text(max_size=80), max_size=6), st.lists(st.text(max_size=80), max_size=6))
def test_exact_is_part_of_contained_is_part_of_near(tests, others):
    found = overlaps(tests, others)
    assert set(found.exact) <= set(found.contained) <= set(found.near)
    assert len(overlaps(others, others).exact) == sum(bool(key(t)) for t in others)


HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=40)


@given(HASHES, HASHES)
def test_hashes_meet_where_either_side_has_the_others(left, right):
    sides = [np.array(side, dtype=np.uint64) for side in (left, right)]
    at = meeting(*sides)
    assert at[0].tolist() == [i for i, one in enumerate(left) if one in right]
    assert at[1].tolist() == [i for i, one in enumerate(right) if one in left]


#: Texts of few words, so that many share a window.
TEXTS = st.lists(st.lists(st.sampled_from(LINE.split()), max_size=30).map(" ".join), max_size=12)


@given(TEXTS, TEXTS, st.integers(1, 200))
@example([LINE, "Kano", "Kano"], ["kano", LINE * 3, ""], 100)
def test_what_is_near_is_found_among_the_few_texts_that_may_be(documents, tests, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "_PIECE", piece)
        own, others = may_be_near(documents, tests)
    whole = decontaminate(documents, tests)
    part = decontaminate([documents[i] for i in own], [tests[i] for i in others])
    assert (part.exact, part.near) == (whole.exact, whole.near)
    assert decontaminate([d for i, d in enumerate(documents) if i not in own], tests).near == 0


def test_two_texts_that_share_one_phrase_are_not_looked_at():
    long = " ".join(f"wani labari na {n} daban" for n in range(40))
    assert may_be_near([f"{LINE} {long}"], [f"{LINE} {long[::-1]}"]) == ([], [])
    assert may_be_near([f"{LINE} {long}", "x"], ["y", LINE]) == ([0], [1])


def test_repeats():
    assert repeats(["Ee .", "ee!", "aa", "Ee"]) == 2


@pytest.mark.parametrize(
    ("language", "exact", "n"), [("hau", 537, 552), ("kin", 599, 605), ("lug", 395, 407)]
)
def test_the_ner_test_sets_stand_in_their_raw_text(shared_data, language, exact, n):
    table = audit("masakhaner1", "ner", language, data_dir=shared_data).set_index("against")
    raw = table.loc["corpus masakhaner1_text"]
    assert (raw["exact"], raw["n"]) == (exact, n)
    assert raw["contained"] >= 0.99 * n  # the other lines are split differently
    assert table.loc["corpus lacuna", "exact"] == 0
    assert table.loc["corpus lacuna", "near"] <= 3
    assert table.loc["demos", "exact"] == 0
    assert raw["repeats"] == {"hau": 0, "kin": 36, "lug": 5}[language]


def test_lacuna_holds_the_luganda_mafand_targets(shared_data):
    targets = [target for _, target in parallel("lug", "test", shared_data)]
    found = overlaps(targets, data.corpus("lacuna", "lug", shared_data))
    assert (len(found.exact), found.n) == (1480, 1500)


def test_hausa_mafand_leaks_21_pairs(shared_data):
    train, test = (parallel("hau", split, shared_data) for split in ("train", "test"))
    known = [{pair[side] for pair in train} for side in (0, 1)]
    assert [sum(pair[side] in known[side] for pair in test) for side in (0, 1)] == [21, 21]


def test_what_the_mini_models_have_read_is_audited(monkeypatch):
    """Found when it is there: a sentence that the translator was trained on is a leak."""
    cycles = (pretrain.Cycle(600, 1.0, 0.0), pretrain.Cycle(300, 1.0, 0.0))
    monkeypatch.setattr(pretrain, "TRANSLATOR_CYCLES", cycles)
    read_by_models.cache_clear()
    read = read_by_models("hau")
    pairs = world.parallel_sentences("eng", "hau", 600, pretrain.SEED)
    assert read["translator"][:600] == [hausa for _, hausa in pairs]
    assert len(read["translator"]) == 900 and len(read["language model"]) == 5_000
    long = max(read["translator"], key=len)
    assert overlaps([long], read["translator"]).counts["exact"] == 1
    table = audit("mini", "ner", "hau", also=read_by_models("hau")).set_index("against")
    read_by_models.cache_clear()
    assert set(table.index) == {"demos", "corpus mini", "language model", "translator"}
    assert (table["exact"] == 0).all() and (table["near_share"] <= 0.02).all()
