"""Malformed files: one clear message each, and no row lost in silence."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltlib import data
from xltlib.data.formats.delimited import read_table
from xltlib.data.sets.mafand import parallel
from xltlib.data.sets.rw_news import articles, split_headline
from xltlib.errors import XltError

HEAD = "category\theadline\ttext\turl\n"


@pytest.fixture
def news(tmp_path):
    """Writes test.tsv of a MasakhaNEWS folder and loads it."""
    folder = tmp_path / "masakhanews" / "lug"
    folder.mkdir(parents=True)
    (folder / "labels.txt").write_text("sports\nhealth\n", encoding="utf-8")

    def load(content: str | bytes, task: str = "topics"):
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / "test.tsv").write_bytes(raw)
        return data.load("masakhanews", task, "lug", "test", tmp_path)

    return load


def test_quoted_breaks_tabs_and_quotes_survive(news):
    text = HEAD + 'sports\t"Say ""yes"""\t"One\nline\tand ""more"""\tu\nhealth\tB\tC d.\tu\n\n'
    assert [e.text for e in news(text)] == ['One line and "more"', "C d."]
    assert news(text, "summarization")[0].gold == 'Say "yes"'
    assert [e.id for e in news(text)] == ["test-1", "test-2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD + 'sports\tA\t"cut off in the mid', ["line 2", "quoting"]),
        (HEAD + "sports\tA\tB\tu\nsports\tA\n", ["line 3", "found 2 cells", "expected 4"]),
        (HEAD + "sports\tA\tB\tu\n\nsports\tA\tB\tu\n", ["line 3", "found 0 cells"]),
        (HEAD + 'sports\tA\t"B"x\tu\n', ["line 2", "quoting"]),
        ("label\theadline\ttext\n", ["line 1", "'category'", "label"]),
        (HEAD + "sports\tA\tB\tu\ngeography\tA\tB\tu\n", ["row 2", "'geography'", "sports"]),
        (HEAD + "sports\tA\t \tu\n", ["line 2", "'text' is empty"]),
        (HEAD, ["no rows"]),
        ("", ["is empty"]),
        (HEAD.encode() + b"sports\tA\tgar\xe9\tu\n", ["line 2", "not utf-8", "e9"]),
    ],
)
def test_a_malformed_table_is_refused(news, content, words):
    with pytest.raises(XltError) as error:
        news(content)
    assert "test.tsv" in str(error.value)
    assert all(word in str(error.value) for word in words)


letter = st.characters(exclude_categories=("Cs", "Cc"))
cell = st.text(letter | st.sampled_from('\n\t" '), min_size=1)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_tables_round_trip(tmp_path_factory, rows):
    rows = [r for r in rows if all(c.strip() for c in r)] or [("a", "b")]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows([("en", "kin"), *rows])
    path = tmp_path_factory.mktemp("table") / "t.tsv"
    path.write_bytes(out.getvalue().encode())
    assert [tuple(r.values()) for r in read_table(path, ("en", "kin"), "nobody")] == rows


def test_an_article_longer_than_the_csv_modules_limit_is_read(news):
    assert len(news(HEAD + f"sports\tA\t{'ab ' * 60_000}\tu\n")[0].text) == 179_999
    assert csv.field_size_limit() == 131_072


def test_parallel_text_names_what_there_is(tmp_path):
    folder = tmp_path / "mafand" / "kin"
    folder.mkdir(parents=True)
    (folder / "dev.tsv").write_text("en\tkin\nYes.\tYego.\n", encoding="utf-8")
    assert parallel("kin", "dev", tmp_path) == [("Yes.", "Yego.")]
    with pytest.raises(XltError, match="`split` must be one of 'dev', but got 'train'"):
        parallel("kin", "train", tmp_path)
    with pytest.raises(XltError, match="`language` must be one of 'kin'"):
        parallel("hau", "dev", tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Text before any article\n", ["line 1", "'Text before"]),
        ("#1#\t0\tsports\n Text\n", ["line 1", "URL"]),
        ("#1#\t0\tsports\thttp://a/b\n#2#\t0\tsports\thttp://a/b\nText\n", ["line 1", "no text"]),
    ],
)
def test_a_malformed_rw_news_is_refused(tmp_path, content, words):
    path = tmp_path / "original_dev.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(XltError) as error:
        articles(path)
    assert all(word in str(error.value) for word in words)


def test_a_body_line_may_begin_with_a_hash(tmp_path):
    path = tmp_path / "original_dev.txt"
    path.write_text("#1#\t0\tsports\thttp://a/b\nText\n#Kwibuka26: more\n", encoding="utf-8")
    assert articles(path)[0].lines == ("Text", "#Kwibuka26: more")


@pytest.mark.parametrize(
    ("slug", "line", "headline"),
    [
        ("Musaza-w-i-Huye-yishe-inka", "Musaza w’i Huye yishe inka Ku wa mbere", True),
        ("musaza-w-i-huye-yishe", "Musaza w’i Huye yishe inka Ku wa mbere", False),  # lower case
        ("musaza-w-i-huye-yishe-inka-ya", "Musaza w’i Huye yishe inka ya Mukamana Ku wa", False),
        ("article7683.html", "Musaza w’i Huye yishe inka Ku wa mbere", False),
        ("Ese-ni-byo.html", "“Ese ni byo?” Ku wa mbere", True),
        ("ese-ni-byo", "Ese ni byo", False),  # nothing is left to be summarized
    ],
)
def test_a_headline_is_recovered_only_when_its_end_is_certain(slug, line, headline):
    found, body = split_headline(f"http://a.rw/x/{slug}", [line])
    assert bool(found) == headline
    assert (f"{found} {body}" if headline else body) == line
