"""Publishers' formats on made files: KINNEWS, XL-Sum, AfriHG, MasakhaNER 2.0, Common Voice."""

import json

import pytest

from xltlib import data
from xltlib.data import Example, Span
from xltlib.data.card import card, checksum
from xltlib.errors import XltError

KINNEWS = (
    "label,en_label,kin_label,url,title,content\n"
    '"14","relationship","imibanire","u","Ikibazo cy\'abana","Abana b’u Rwanda\n bari ""hano"""\n'
    '"1","politics","politiki","u"," ","Perezida yavuze"\n'
    '"2","sport","siporo","u","APR yatsinze",""\n'
)


@pytest.fixture
def folder(tmp_path):
    def put(path, text):
        path = tmp_path / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    put.root = tmp_path
    return put


def test_kinnews(folder):
    for split in ("train", "test"):
        path = folder(f"kinnews/kin/{split}.csv", KINNEWS)
    assert data.load("kinnews", "topics", "kin", "test", folder.root) == [
        Example("test-1", "kin", 'Abana b’u Rwanda bari "hano"', "relationship"),
        Example("test-2", "kin", "Perezida yavuze", "politics"),
    ]
    (headline,) = data.load("kinnews", "summarization", "kin", "demos", folder.root)
    assert headline.gold == "Ikibazo cy'abana"
    assert data.notes("kinnews", "topics", "kin", folder.root) == {
        "demos rows left out: no text or no answer": 1,
        "test rows left out: no text or no answer": 1,
    }
    assert len(data.labels("kinnews", "topics", "kin", folder.root)) == 14
    for text, message in [
        (KINNEWS.replace('"14"', '"15"'), "line 3: found the label '15', expected 1 to 14"),
        (KINNEWS.replace(",content", ",body"), "no column 'content'"),
        (KINNEWS + '"1","x"\n', "line 6: the row is cut off"),
        (KINNEWS + '"1","x","y","z","t","no end\n', "broken quoting"),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(XltError, match=message):
            data.load("kinnews", "topics", "kin", "test", folder.root)


def test_every_kinnews_label_has_a_word_in_both_languages_of_its_prompts():
    from xltlib.config import load_language
    from xltlib.data.sets.kinnews import LABELS
    from xltlib.tasks.topics import TASK as topics

    for code in ("kin", "eng"):
        assert list(topics.words(load_language(code), LABELS)) == list(LABELS)


def test_xlsum(folder):
    row = {"id": "a-1", "url": "u", "title": "t", "summary": "An ƙi", "text": "Ɗan\n majalisa"}
    text = json.dumps(row, ensure_ascii=False) + "\n"
    path = folder("xlsum/hau/hausa_test.jsonl", text)
    assert data.load("xlsum", "summarization", "hau", "test", folder.root) == [
        Example("a-1", "hau", "Ɗan majalisa", "An ƙi")
    ]
    with pytest.raises(XltError, match=r"must have one file \*_train.jsonl, but has 0"):
        data.load("xlsum", "summarization", "hau", "demos", folder.root)
    for broken, message in [
        (text + "{", "line 2: not JSON"),
        (text + json.dumps(row | {"text": " "}), "line 2: the field 'text' is missing or empty"),
        (text + "[]", "line 2: the field 'id'"),
    ]:
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(XltError, match=message):
            data.load("xlsum", "summarization", "hau", "test", folder.root)


def test_afrihg(folder):
    head = "text,title\n"
    rows = (
        '"Ɗan majalisa, ""ya ce""\n ba zai yi ba",An ƙi\n"",Ba labari\nLabari,\nRuwa,"Sama, ƙasa"\n'
    )
    for split in ("train", "test"):
        path = folder(f"afrihg/hau/{split}.csv", head + rows)
    assert data.load("afrihg", "summarization", "hau", "test", folder.root) == [
        Example("test-1", "hau", 'Ɗan majalisa, "ya ce" ba zai yi ba', "An ƙi"),
        Example("test-4", "hau", "Ruwa", "Sama, ƙasa"),
    ]
    assert [e.id for e in data.load("afrihg", "summarization", "hau", "demos", folder.root)] == [
        "train-1",
        "train-4",
    ]
    assert data.notes("afrihg", "summarization", "hau", folder.root) == {
        "demos rows left out: no text or no answer": 2,
        "test rows left out: no text or no answer": 2,
    }
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    for text, message in [
        (head.replace("title", "headline") + rows, "no column 'title': found the columns"),
        (head + rows + "cut off\n", "line 7: found 1 cells, expected 2"),
        (head + rows + '"no end\n', "broken quoting"),
        (pointer, "is a Git LFS pointer .*git lfs pull.*dadelani/AfriHG"),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(XltError, match=message):
            data.load("afrihg", "summarization", "hau", "test", folder.root)
    with pytest.raises(XltError, match="kin"):
        data.load("afrihg", "summarization", "kin", "test", folder.root)


def test_masakhaner2_is_read_as_the_first(folder):
    for split in ("train", "test"):
        folder(f"masakhaner2/lug/{split}.txt", f"Ŋŋanda B-PER\nwa O\n{split} O\n\n")
    assert data.load("masakhaner2", "ner", "lug", "test", folder.root) == [
        Example("test-1", "lug", "Ŋŋanda wa test", (Span(0, 6, "PER"),))
    ]
    with pytest.raises(XltError, match="MasakhaNER2.0/data"):
        (folder.root / "masakhaner2" / "lug" / "test.txt").unlink()
        data.load("masakhaner2", "ner", "lug", "test", folder.root)


def test_common_voice_sentences_come_once_and_quotes_are_letters(folder):
    head = "client_id\tpath\tsentence\tup_votes\n"
    rows = 'a\t1.mp3\tNg’enda "e Kampala\t2\na\t2.mp3\tAbaana\t2\nb\t3.mp3\tAbaana\t1\n'
    path = folder("mono/lug/common_voice_validated.tsv", head + rows)
    found = data.training_text("common_voice", "lug", folder.root, test_texts=["Abaana!"])
    assert found.lines == ['Ng’enda "e Kampala'] and found.exact == 1
    for text, message in [
        (head.replace("sentence", "text") + rows, "no column 'sentence'.*validated.tsv"),
        (head + rows + "c\t4.mp3\n", "row 5: found another number of cells than 4"),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(XltError, match=message):
            data.corpus("common_voice", "lug", folder.root)


def test_a_card_says_where_data_is_from_and_what_was_loaded():
    made = card("mini", "topics", "hau")
    assert made["demos"] == made["test"] == 400
    assert made["licence"].startswith("MIT") and made["source"] == "xltlib.data.generated.world"
    for split in ("demos", "test"):
        loaded = data.load("mini", "topics", "hau", split)
        assert made[f"{split}_sha256"] == checksum(loaded)
        assert checksum([*loaded[:-1], Example("x", "hau", "y", "health")]) != checksum(loaded)
    assert made == card("mini", "topics", "hau")
    assert made["test_sha256"] != card("mini", "summarization", "hau")["test_sha256"]


def test_cards_of_shipped_data():
    made = card("sib200", "topics", "lug")
    assert (made["demos"], made["test"]) == (701, 204)
    assert "CC BY-SA" in made["licence"] and "sib-200" in made["source"]
