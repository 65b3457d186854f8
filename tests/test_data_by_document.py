"""TICO-19 and NTREX: read in both directions, demonstrations from documents of their own."""

import shutil

import pytest
from conftest import FIXTURES

from xltlib import data
from xltlib.data.parallel_training import training_pairs
from xltlib.data.sets.by_document import SET_ASIDE, SETS
from xltlib.errors import XltError

PLACES = [(name, code) for name, (_, _, codes, _) in SETS.items() for code in codes]


def documents(items):
    return {item.id.rpartition(":")[0] for item in items}


def both(name, task, code, folder=FIXTURES):
    return [data.load(name, task, code, split, folder) for split in ("demos", "test")]


@pytest.mark.parametrize(("name", "code"), PLACES)
def test_both_directions_have_the_same_pairs(name, code):
    for out, into in zip(
        both(name, "from_english", code), both(name, "into_english", code), strict=True
    ):
        assert [(e.id, e.text, e.gold) for e in out] == [(e.id, e.gold, e.text) for e in into]
        assert all(e.own_texts == [] for e in out) and all(e.own_texts == [e.text] for e in into)
    assert data.labels(name, "from_english", code, FIXTURES) == (code,)


def check_documents(name, folder):
    """Demonstrations are of other documents than the test, the same ones in all languages."""
    aside = []
    for code in SETS[name][2]:
        demos, test = both(name, "into_english", code, folder)
        assert len(demos) >= SET_ASIDE and test and not documents(demos) & documents(test)
        aside.append(documents(demos))
        told = data.notes(name, "into_english", code, folder)
        assert told == {"pairs set aside as demonstrations, by whole documents": len(demos)}
    assert all(one == aside[0] for one in aside)


@pytest.mark.parametrize("name", SETS)
def test_demonstrations_are_of_documents_that_are_not_asked_about(name):
    check_documents(name, FIXTURES)


@pytest.mark.parametrize("name", SETS)
def test_so_are_they_in_the_published_files(shared_data, name):
    check_documents(name, shared_data)


def test_published_pairs_are_all_read(shared_data):
    counts = {"tico19": {"hau": 3070, "kin": 3069, "lug": 3067}, "ntrex": dict(hau=1005, kin=1005)}
    for name, code in PLACES:
        assert sum(map(len, both(name, "from_english", code, shared_data))) == counts[name][code]


def test_one_line_is_one_sentence_in_all_languages():
    english = [
        {item.id: item.text for item in data.load("tico19", "from_english", c, "test", FIXTURES)}
        for c in ("hau", "kin", "lug")
    ]
    assert english[0] == english[1] == english[2]


@pytest.mark.parametrize("name", SETS)
def test_a_translator_is_not_trained_on_what_is_asked(name):
    test = data.load(name, "into_english", "hau", "test", FIXTURES)
    texts = [text for item in test for text in (item.text, item.gold)]
    kept = training_pairs("hau", FIXTURES, texts)
    assert not set(texts) & {side for pair in kept.pairs for side in pair}
    assert kept.counts[name]["leaks"] >= len(test) and kept.counts[name]["kept"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("CMU_1\tHe came.\tYa zo.", "line 2: found the id 'CMU_1', expected the document's name"),
        ("CMU_1:1\tHe came.\t", "line 2: the cell 'hau' is empty"),
        ("CMU_1:1\tHe came.", "line 2: found 2 cells, expected 3"),
    ],
)
def test_a_row_that_is_not_as_it_should_be_is_named(tmp_path, row, says):
    path = tmp_path / "tico19" / "hau" / "all.tsv"
    path.parent.mkdir(parents=True)
    path.write_text(f"id\ten\thau\n{row}\n", encoding="utf-8")
    with pytest.raises(XltError) as error:
        data.load("tico19", "into_english", "hau", "test", tmp_path)
    assert str(path) in str(error.value) and says in str(error.value)


@pytest.mark.parametrize("name", SETS)
def test_a_missing_or_a_wrong_file_is_named_and_other_languages_stay(tmp_path, name):
    shutil.copytree(FIXTURES / name, tmp_path / name)
    path = tmp_path / name / "hau" / SETS[name][0]
    for content in (b"", b"<html>404</html>\n", b"id\ten\n", None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(XltError) as error:
            data.load(name, "from_english", "hau", "test", tmp_path)
        assert str(path) in str(error.value)
    assert data.load(name, "from_english", "kin", "test", tmp_path)
