"""The public verbs of xltlib.data: what they refuse, and what a limit keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltlib import data
from xltlib.data import Example
from xltlib.data.generated import world
from xltlib.data.sample import sample
from xltlib.data.sets import mini
from xltlib.errors import XltError


@pytest.fixture
def folder(tmp_path):
    """A data folder with a small SIB-200 in two languages."""
    rows = "".join(f"{i}\t{'ab'[i % 2]}\tText number {i}.\n" for i in range(20))
    for language in ("hau", "kin"):
        there = tmp_path / "sib200" / language
        there.mkdir(parents=True)
        (there / "labels.txt").write_text("b\na\n", encoding="utf-8")
        for split in ("train", "test"):
            (there / f"{split}.tsv").write_text("index_id\tcategory\ttext\n" + rows, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nosuch", "topics", "hau", "test"), ["`dataset`", "'nosuch'", "'sib200'", "'mini'"]),
        (("sib200", "ner", "hau", "test"), ["`task`", "'ner'", "'topics'"]),
        (("sib200", "topics", "xyz", "test"), ["`language`", "'xyz'", "'hau', 'kin'"]),
        (("sib200", "topics", "hau", "dev"), ["`split`", "'dev'", "'demos', 'test'"]),
    ],
)
def test_values_outside_a_closed_set_are_refused(folder, arguments, words):
    with pytest.raises(XltError) as error:
        data.load(*arguments, data_dir=folder)
    assert all(word in str(error.value) for word in words)


def test_a_data_folder_is_asked_for(tmp_path):
    with pytest.raises(XltError, match="--data-dir"):
        data.load("masakhanews", "topics", "hau", "test")
    with pytest.raises(XltError, match="`data_dir` must be a folder"):
        data.load("masakhanews", "topics", "hau", "test", tmp_path / "nowhere")
    with pytest.raises(XltError, match="github.com/masakhane-io/masakhane-news"):
        data.load("masakhanews", "topics", "hau", "test", tmp_path)
    with pytest.raises(XltError, match="--data-dir"):
        data.corpus("lacuna", "hau")
    with pytest.raises(XltError, match="`corpus` must be one of"):
        data.corpus("nosuch", "hau", tmp_path)


def test_a_missing_file_is_named_with_its_publisher(folder):
    (folder / "sib200" / "hau" / "test.tsv").unlink()
    with pytest.raises(XltError, match=r"sib200/hau/test\.tsv.*github\.com/dadelani/sib-200"):
        data.load("sib200", "topics", "hau", "test", folder)


def test_labels_are_the_datas_own_and_sorted(folder):
    assert data.labels("sib200", "topics", "hau", folder) == ("a", "b")


def test_an_id_may_not_stand_twice(folder):
    path = folder / "sib200" / "hau" / "test.tsv"
    path.write_text(path.read_text("utf-8") + "3\ta\tAgain.\n", "utf-8")
    with pytest.raises(XltError, match="'3' stands there twice"):
        data.load("sib200", "topics", "hau", "test", folder)


def test_the_revision_follows_every_change(folder):
    before = data.revision("sib200", "hau", folder)
    assert before == data.revision("sib200", "hau", str(folder))
    assert len(before) == 64
    assert before != data.revision("sib200", "kin", folder)
    path = folder / "sib200" / "hau" / "train.tsv"
    path.write_text(path.read_text("utf-8").replace("number 7", "number 8"), "utf-8")
    assert before != data.revision("sib200", "hau", folder)


def test_overviews_name_licence_source_and_leaks():
    sets, corpora = data.datasets(), data.corpora_table()
    assert {"mini", "masakhaner1", "masakhanews", "rw_news", "sib200"} <= set(sets["dataset"])
    assert sets[["licence", "source", "languages"]].map(bool).all(axis=None)
    assert (
        corpora.set_index("corpus")["leaks"]["masakhaner1_text"] == "masakhaner1, hub:masakhaner1"
    )
    assert data.leaked_sets("masakhaner1_text") == ("masakhaner1", "hub:masakhaner1")
    assert data.leaked_sets("data4good_stories") == ()


EXAMPLES = [Example(f"test-{i}", "hau", f"text {i}", "ab"[i >= 150]) for i in range(200)]


@given(st.integers(1, 250), st.integers(1, 250))
def test_a_limit_nests_and_keeps_the_order(small, large):
    small, large = sorted((small, large))
    few, many = sample(EXAMPLES, small), sample(EXAMPLES, large)
    assert len(few) == min(small, 200)
    assert set(few) <= set(many)
    assert [e for e in EXAMPLES if e in set(many)] == many


def test_a_limit_is_not_the_head_of_the_file_and_favours_no_label():
    kept = sample(EXAMPLES, 80)
    assert 10 <= sum(e.gold == "b" for e in kept) <= 30  # 50 of 200 in the whole set
    assert kept != EXAMPLES[:80]
    assert kept == [e for e in EXAMPLES if e in set(sample(EXAMPLES[::-1], 80))]


def test_a_limit_keeps_parallel_items_together(folder):
    ids = [
        [e.id for e in data.load("sib200", "topics", language, "test", folder, limit=7)]
        for language in ("hau", "kin")
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 7
    with pytest.raises(XltError, match="`limit` must be at least 1"):
        data.load("sib200", "topics", "hau", "test", folder, limit=0)


def test_a_split_is_read_once_while_its_files_are_the_same(folder, monkeypatch):
    calls = []
    original = data.load.__globals__["_checked_items"]
    monkeypatch.setitem(
        data.load.__globals__, "_checked_items", lambda *a: calls.append(a[1]) or original(*a)
    )
    first = data.load("sib200", "topics", "hau", "test", folder)
    first.pop()
    again = data.load("sib200", "topics", "hau", "test", folder)
    assert len(again) == len(first) + 1 and len(calls) == 1  # a caller's list is its own
    file = folder / "sib200" / "hau" / "test.tsv"
    file.write_text(file.read_text("utf-8").replace("Text number 3.", "Another text."), "utf-8")
    changed = data.load("sib200", "topics", "hau", "test", folder)
    assert changed[3].text == "Another text." and len(calls) == 2


def test_a_generated_article_is_written_once_for_all_tasks(monkeypatch):
    written, write = [], world.articles
    monkeypatch.setattr(world, "articles", lambda *a: written.append(a) or write(*a))
    mini._articles.cache_clear()
    for task in mini.SOURCE.tasks:
        assert mini.SOURCE.read(task, "hau", "test", None)[0].id
    assert mini.PARALLEL["mini"]("hau", None)
    assert sorted(written) == [("eng", "test", 400), ("hau", "test", 400)]
