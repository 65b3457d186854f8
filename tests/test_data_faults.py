"""Data that is not as it should be: refused with file, line or row and value, or counted."""

import gzip
import sys
from dataclasses import replace

import hub_cache
import pytest

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.data.corpora import textfile
from xltlib.data.formats.delimited import read_lines, read_table, read_text
from xltlib.data.sets import hub
from xltlib.errors import XltError
from xltlib.methods import laft

datasets = pytest.importorskip("datasets")
TEXT = "Labari mai daɗi ya iso.\nWani labarin kuma.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEXT.encode("utf-16-le"), "line 1: holds a NUL character"),
        (TEXT.encode() + b"ba\0ba\n", "line 3: holds a NUL character"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer"),
        (TEXT.replace("\n", "\r").encode(), "line 1: .*line ends of old Macs"),
        (TEXT.encode("utf-16"), "line 1: holds a NUL"),
        (b"\n \n", "has no text"),
    ],
)
@pytest.mark.parametrize("name", ["own.txt", "own.txt.gz"])
def test_a_text_file_that_is_no_utf8_text_of_lines_is_refused(tmp_path, name, content, said):
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(XltError, match=rf"{name}.*{said}"):
        list(textfile.documents(file))


def test_windows_line_ends_are_line_ends(tmp_path):
    (tmp_path / "own.txt").write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert list(textfile.documents(tmp_path / "own.txt")) == TEXT.splitlines()


def test_no_format_passes_a_nul(tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(b"id,text\n1,a\n2,b\0b\n")
    for reading in (
        lambda: read_text(file, "us"),
        lambda: read_lines(file, "us"),
        lambda: read_table(file, ("id",), "us", ","),
    ):
        with pytest.raises(XltError, match="x.csv, line 3: holds a NUL"):
            reading()


def test_an_item_with_a_nul_is_named_whatever_format_it_came_in(monkeypatch):
    from xltlib.data.sets import mini

    read = mini.SOURCE.read
    item = read("topics", "hau", "test", None)[0]
    bad = type(item)(item.id, "hau", "ba\0ba", item.gold)
    monkeypatch.setattr(
        sys.modules["xltlib.data.load"],
        "_checked",
        lambda *_: (replace(mini.SOURCE, name="bad", read=lambda *_: [bad]), None),
    )
    with pytest.raises(XltError, match=f"item '{item.id}' holds a NUL"):
        data.load("mini", "topics", "hau", "test")


def test_a_column_that_stands_there_twice_is_refused(tmp_path):
    file = tmp_path / "x.tsv"
    file.write_text("id\ttext\ttext\n1\ta\tb\n", encoding="utf-8")
    with pytest.raises(XltError, match="line 1: the column 'text' stands there twice"):
        read_table(file, ("id", "text"), "us")


def test_old_mac_lines_of_a_corpus_are_refused(tmp_path):
    file = tmp_path / "lacuna_hau.txt"
    file.write_bytes(TEXT.replace("\n", "\r").encode())
    with pytest.raises(XltError, match="line ends of old Macs"):
        read_lines(file, "us")


def test_a_table_of_transcripts_with_a_header_alone_is_refused(tmp_path):
    folder = tmp_path / "mono" / "hau"
    folder.mkdir(parents=True)
    (folder / "common_voice_validated.tsv").write_text("client_id\tsentence\n", encoding="utf-8")
    with pytest.raises(XltError, match="has a header and no rows"):
        data.corpus("common_voice", "hau", tmp_path)


def test_home_is_expanded_for_corpora_as_for_data_sets(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "own.txt").write_text(TEXT, encoding="utf-8")
    assert data.corpus("own.txt", "hau", "~") == TEXT.splitlines()


def test_an_at_sign_in_an_adapted_models_folder_is_part_of_its_name(tmp_path):
    folder = tmp_path / "laft@v2"
    folder.mkdir()

    def spec(given):
        profile = load_profile("mini")
        changed = profile.laft.model_copy(update={"adapted": {"hau": given}})
        found = laft.released(profile.model_copy(update={"laft": changed}), "hau")
        return found.path, found.revision

    assert spec(str(folder)) == (str(folder), None)
    assert spec("owner/name@abc") == ("owner/name", "abc")
    assert spec("owner/name") == ("owner/name", None)
    assert load_language("hau").code == "hau"


STRING = datasets.Value("string")
LIST = datasets.List


def rows(tokens, tags, tag_type):
    columns = {"tokens": [["Musa", "ya"], tokens], "ner_tags": [tags[:0] or ["O", "O"], tags]}
    if not isinstance(tags[0], str):
        columns["ner_tags"][0] = [0, 0]
    features = {"tokens": LIST(STRING), "ner_tags": LIST(tag_type)}
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


NAMED = datasets.ClassLabel(names=["O", "B-PER", "I-PER"])


@pytest.mark.parametrize(
    ("tokens", "tags", "kind", "said"),
    [
        (["Musa", "ya"], [1, 0], datasets.Value("int64"), "row 1 .*'ner_tags': found 0, a class"),
        (["Musa", "ya"], ["PER", "O"], STRING, "row 2 .*'ner_tags': found the tag 'PER'"),
        (["Musa", "ya"], [1], NAMED, "row 2 .*'ner_tags': found 1 tags for 2 tokens"),
    ],
)
def test_tags_of_the_hub_that_are_none_are_named(tokens, tags, kind, said):
    with pytest.raises(XltError, match=said):
        hub.examples(rows(tokens, tags, kind), "tokens", "ner_tags", "ner", "hau", "test")


@pytest.mark.parametrize("token", [None, "", " "])
def test_a_sentence_of_the_hub_without_one_of_its_tokens_is_left_out_and_counted(token):
    found, left_out = hub.examples(
        rows([token, "Musa"], [1, 0], NAMED), "tokens", "ner_tags", "ner", "hau", "test"
    )
    assert [e.id for e in found] == ["test-1"] and left_out == 1


def test_a_topic_of_the_hub_without_a_name_is_no_label():
    features = datasets.Features({"text": STRING, "label": datasets.ClassLabel(names=["a", "b"])})
    named = datasets.Dataset.from_dict({"text": ["x", "y"], "label": [1, -1]}, features=features)
    found, left_out = hub.examples(named, "text", "label", "topics", "hau", "test")
    assert [e.gold for e in found] == ["b"] and left_out == 1
    bare = datasets.Dataset.from_dict({"text": ["x"], "label": [1]})
    with pytest.raises(XltError, match="found 1, a class without a name"):
        hub.examples(bare, "text", "label", "topics", "hau", "test")


def test_quotes_in_the_hubs_tables_are_read_as_in_the_publishers(tmp_path):
    """A cell that begins with a quote is refused there as it is in the publisher's own file."""
    repo = hub._SETS["hub:sib200"]
    folder = hub_cache.snapshot(tmp_path, repo.repo, repo.revision) / "data" / "hau_Latn"
    folder.mkdir(parents=True)
    lines = ["index_id\tcategory\ttext", "1\tsports\tKano ta ci", '2\tpolitics\t"Musa ya ce']
    lines += ["3\thealth\tAsibiti", '4\ttravel\tYa ce "a\'a" kawai']
    for split in ("train", "test"):
        (folder / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    code = """
import json
from xltlib import data
from xltlib.errors import XltError
try:
    print(json.dumps(len(data.load("hub:sib200", "topics", "hau", "test"))))
except XltError as error:
    print(json.dumps(str(error)))
"""
    said = hub_cache.offline(tmp_path, code)
    assert "test.tsv" in said and "quot" in said


def test_a_packed_text_that_is_damaged_inside_is_named(tmp_path):
    """Zlib's own error is none of reading a file."""
    packed = bytearray(gzip.compress(" ".join(map(str, range(3000))).encode(), mtime=0))
    packed[20:28] = b"\xff" * 8
    (tmp_path / "a.txt.gz").write_bytes(packed)
    with pytest.raises(XltError, match="cannot read .*a.txt.gz: .*name a text file"):
        list(textfile.documents(tmp_path / "a.txt.gz"))
