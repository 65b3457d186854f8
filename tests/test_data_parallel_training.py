"""Parallel text to train on: nothing of a test set, counted set by set."""

import pytest

from xltlib.data import load
from xltlib.data.parallel_training import training_pairs
from xltlib.errors import XltError

PAIR = ("The market opens early on Monday.", "Kasuwar tana buɗewa da wuri ranar Litinin.")
ROWS = [
    ("1", *PAIR),
    ("2", *PAIR),
    ("3", "Copied from the other side", "Copied from the other side"),
    ("4", "Short", "Wannan jumla ta fi ɗayar tsawo sau da yawa, ba fassararta ba ce."),
]


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "tico19" / "hau"
    place.mkdir(parents=True)
    test = load("sib200", "topics", "hau", "test")[0].text
    rows = [*ROWS, ("5", "The words of a test item in other words", test)]
    lines = ["id\ten\thau", *("\t".join(r) for r in rows)]
    (place / "all.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_pairs_are_cleaned_and_counted(folder):
    found = training_pairs("hau", folder)
    assert found.counts["tico19"] == {"read": 5, "leaks": 1, "unlike": 2, "twice": 1, "kept": 1}
    assert PAIR in found.pairs
    assert found.counts["sib200"]["kept"] > 600  # what ships needs no folder
    assert set(found.pairs) - {PAIR} == set(training_pairs("hau", None).pairs)


def test_texts_that_are_evaluated_elsewhere_are_left_out_too(folder):
    clean = training_pairs("hau", folder, [PAIR[0]])
    assert clean.counts["tico19"]["kept"] == 0 and clean.counts["tico19"]["leaks"] == 3
    assert clean.sha256 != training_pairs("hau", folder).sha256


def test_what_cannot_be_read_is_said(folder):
    (folder / "salt" / "hau").mkdir(parents=True)
    (folder / "salt" / "hau" / "train.tsv").write_text("id\ten\thau\n1\tone\n", encoding="utf-8")
    with pytest.raises(XltError, match="line 2: found 2 cells"):
        training_pairs("hau", folder)
    with pytest.raises(XltError, match="no parallel text"):
        training_pairs("swa", folder)
