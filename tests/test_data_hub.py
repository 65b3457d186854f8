"""The hub's data sets: stand-ins in its cache, read by id without a network as they would be."""

import json
import shutil
import subprocess
import sys

import hub_cache
import pytest

from xltlib import data
from xltlib.data import Example, Span, parallel
from xltlib.data.card import card
from xltlib.data.formats.conll import parse
from xltlib.data.registry import SOURCES
from xltlib.data.sets import hub
from xltlib.data.sets.hub import _SETS
from xltlib.data.sets.kinnews import LABELS
from xltlib.data.sets.masakhaner import TYPES
from xltlib.errors import XltError
from xltlib.paths import SHIPPED_DATA

datasets = pytest.importorskip("datasets")

PARQUET = "refs/convert/parquet"
TEXT = datasets.Value("string")
#: Imported by every offline process; `show` prints what the test compares.
START = """
import json
from xltlib import data
from xltlib.data import parallel
from xltlib.errors import XltError

def show(value):
    print(json.dumps(value, ensure_ascii=False, default=str))

def rows(*where):
    return [[e.id, e.text, e.gold] for e in data.load(*where)]
"""


def offline(home, code):
    return hub_cache.offline(home, START + code)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A cache with small stand-ins of every set, each in its own columns and types."""
    home = tmp_path_factory.mktemp("hf")

    def put(name, config, split, columns, features):
        folder = hub_cache.snapshot(home, _SETS[name].repo, _SETS[name].revision)
        hub_cache.parquet(folder / config / split / "0000.parquet", columns, features)

    tags = datasets.ClassLabel(names=["O", *(f"{b}-{t}" for t in sorted(TYPES) for b in "BI")])
    for name in ("hub:masakhaner1", "hub:masakhaner2"):
        for split in ("train", "test"):
            put(
                name,
                "hau",
                split,
                {
                    "id": ["0"],
                    "tokens": [["Ƙungiyar", "Musa", "ɗan", "Ɓagwai", "."]],
                    "ner_tags": [[0, 7, 8, 8, 0]],
                },
                {"id": TEXT, "tokens": datasets.List(TEXT), "ner_tags": datasets.List(tags)},
            )
    news = {
        "label": datasets.ClassLabel(names=["health", "sports"]),
        "headline": TEXT,
        "text": TEXT,
        "url": TEXT,
    }
    for split in ("train", "test"):
        put(
            "hub:masakhanews",
            "lug",
            split,
            {
                "label": [1, 0, None],
                "headline": ["Ng’ombe", "C", "D"],
                "text": ["x\ny", "z", "no topic"],
                "url": [""] * 3,
            },
            news,
        )
        put(
            "hub:kinnews",
            "kinnews_raw",
            split,
            {
                "label": [13, 6],
                "kin_label": ["imibanire", "ikoranabuhanga"],
                "en_label": ["relationship", "technology"],
                "url": ["", ""],
                "title": ["Ikibazo cy'abana", " "],
                "content": ["Abana b’u Rwanda", "Ikoranabuhanga rishya"],
            },
            {
                "label": datasets.ClassLabel(names=list(LABELS)),
                "kin_label": TEXT,
                "en_label": TEXT,
                "url": TEXT,
                "title": TEXT,
                "content": TEXT,
            },
        )
        put(
            "hub:xlsum",
            "hausa",
            split,
            {"id": ["a", "b"], "text": ["An ƙi", None], "summary": ["Ƙi", "Ba komai"]},
            {"id": TEXT, "text": TEXT, "summary": TEXT},
        )
        put(
            "hub:mafand",
            "en-hau",
            split,
            {"translation": [{"en": "Good  morning", "hau": "Ina\nkwana"}]},
            {"translation": {"en": TEXT, "hau": TEXT}},
        )
        for code, text in {"eng": "The day", "hau": 'Rana "ɗaya"'}.items():
            folder = hub_cache.snapshot(home, "Davlan/sib200", "main") / "data" / f"{code}_Latn"
            folder.mkdir(parents=True, exist_ok=True)
            quoted = '"' + text.replace('"', '""') + '"'
            (folder / f"{split}.tsv").write_text(
                f"index_id\tcategory\ttext\n7\ttravel\t{quoted}\n", encoding="utf-8"
            )
    return home


def test_every_set_is_read_by_id_without_a_network(home):
    found = offline(
        home,
        "show({'ner1': rows('hub:masakhaner1', 'ner', 'hau', 'test'),"
        " 'ner2': rows('hub:masakhaner2', 'ner', 'hau', 'demos'),"
        " 'topics': rows('hub:masakhanews', 'topics', 'lug', 'test'),"
        " 'labels': data.labels('hub:masakhanews', 'topics', 'lug'),"
        " 'headlines': rows('hub:masakhanews', 'summarization', 'lug', 'demos'),"
        " 'sib': rows('hub:sib200', 'topics', 'hau', 'test'),"
        " 'kin': rows('hub:kinnews', 'topics', 'kin', 'test'),"
        " 'titles': rows('hub:kinnews', 'summarization', 'kin', 'test'),"
        " 'notes': data.notes('hub:kinnews', 'summarization', 'kin'),"
        " 'xlsum': rows('hub:xlsum', 'summarization', 'hau', 'test'),"
        " 'pairs': parallel.pairs('hub:mafand', 'hau'),"
        " 'by id': parallel.pairs('hub:sib200', 'hau'),"
        " 'revision': [data.revision('hub:masakhanews', 'lug') for _ in range(2)]})",
    )
    text = "Ƙungiyar Musa ɗan Ɓagwai ."
    spans = [[text.index("Musa"), text.index(" ."), "PER"]]
    assert found["ner1"] == [["test-1", text, spans]]
    assert found["ner2"] == [["train-1", text, spans]]
    assert found["topics"] == [["test-1", "x y", "sports"], ["test-2", "z", "health"]]
    assert found["labels"] == ["health", "sports"]
    assert [row[2] for row in found["headlines"]] == ["Ng’ombe", "C", "D"]
    assert found["sib"] == [["7", 'Rana "ɗaya"', "travel"]]
    assert [row[2] for row in found["kin"]] == ["relationship", "technology"]
    assert found["titles"] == [["test-1", "Abana b’u Rwanda", "Ikibazo cy'abana"]]
    assert found["notes"] == {
        "demos rows left out: no text or no answer": 1,
        "test rows left out: no text or no answer": 1,
    }
    assert found["xlsum"] == [["test-1", "An ƙi", "Ƙi"]]
    assert found["pairs"] == [["Good morning", "Ina kwana"]]
    assert found["by id"] == [["The day", 'Rana "ɗaya"']]
    assert found["revision"][0] == found["revision"][1] and len(found["revision"][0]) == 64


def test_what_is_not_in_the_cache_is_said_with_every_way_to_it(tmp_path):
    found = offline(
        tmp_path,
        "said = []\n"
        "for where in [('hub:masakhanews', 'topics', 'hau', 'test'),"
        " ('hub:masakhaner2', 'ner', 'lug', 'demos'),"
        " ('hub:xlsum', 'summarization', 'hau', 'test'),"
        " ('hub:kinnews', 'topics', 'kin', 'test')]:\n"
        "    try: data.load(*where)\n"
        "    except XltError as error: said.append(str(error))\n"
        "show(said)",
    )
    wanted = [
        ("masakhanews", "github.com/masakhane-io/masakhane-news", "hau/test/*.parquet"),
        ("masakhaner2", "MasakhaNER2.0/data/lug/*.txt", "lug/train/*.parquet"),
        ("xlsum", "github.com/csebuetnlp/xl-sum", "hausa/test/*.parquet"),
        ("kinnews", "KINNEWS.zip", "kinnews_raw/test/*.parquet"),
    ]
    assert len(found) == len(wanted)
    for message, (local, publisher, files) in zip(found, wanted, strict=True):
        for words in (f"hub:{local}", "offline", "git clone https://", publisher, files):
            assert words in message
        for words in ("hf download", PARQUET, f"DATA/{local}/", "--data-dir", "HF_HUB_OFFLINE"):
            assert words in message
        assert local in SOURCES  # what it sends the user to is there


PROFILE = """
name: standin
about: Stand-ins of the hub, answered by the mini models.
model: {path: mini, context: 1024}
translator: {path: mini, max_new_tokens: 96}
laft: {corpus: {kin: "hub:wura"}, learning_rate: 3.0e-4, epochs: 1, sequence: 512, batch: 8}
datasets: [{name: "hub:kinnews", task: topics, languages: [kin]}]
shots: [0, 1]
seeds: [0]
max_new_tokens: {topics: 16}
"""


@pytest.mark.slow
def test_a_study_and_a_plan_run_on_a_hub_set_without_a_network(tmp_path):
    features = {"label": datasets.ClassLabel(names=list(LABELS)), "title": TEXT, "content": TEXT}
    folder = hub_cache.snapshot(tmp_path, "andreniyongabo/kinnews_kirnews", PARQUET)
    for split, n in (("train", 28), ("test", 3)):
        hub_cache.parquet(
            folder / "kinnews_raw" / split / "0000.parquet",
            {
                "label": [i % 14 for i in range(n)],
                "title": [f"Umutwe w’inkuru {i}" for i in range(n)],
                "content": [f"Inkuru y'abana bo mu Rwanda ({split} {i})" for i in range(n)],
            },
            features,
        )
    path = tmp_path / "standin.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    found = offline(
        tmp_path,
        f"import os; os.environ['XLTLIB_HOME'] = {str(tmp_path / 'home')!r}\n"
        "from xltlib.runs import grid\n"
        "from xltlib.study.study import Study\n"
        f"where = dict(profile={str(path)!r}, dataset='hub:kinnews', language='kin')\n"
        "rows = Study('prompt', 'topics', **where).run(progress=lambda _: None)\n"
        f"jobs = grid.plan({str(path)!r}, grid.Options(methods=['prompt', 'laft']))\n"
        "show([rows[['dataset', 'shots', 'answer']].to_dict('records'), [j.label for j in jobs]])",
    )
    records, labels = found
    assert [r["shots"] for r in records] == [0, 0, 0, 1, 1, 1]
    assert all(r["dataset"] == "hub:kinnews" and json.loads(r["answer"]) in LABELS for r in records)
    assert labels[:2] == ["prompt topics hub:kinnews kin", "adapt laft kin"]


def test_a_snapshot_without_the_split_is_not_taken_for_the_set(home):
    message = offline(
        home,
        "try: data.load('hub:masakhanews', 'topics', 'hau', 'test')\n"
        "except XltError as error: show(str(error))",
    )
    assert "hub:masakhanews: cannot load masakhane/masakhanews (hau, test)" in message


def test_the_published_sets_are_the_same_from_the_hub_and_from_files(published, tmp_path):
    """What the publisher's files hold goes through the hub's cache unchanged."""
    path = published / "masakhaner1" / "lug" / "test.txt"
    sentences = parse(path.read_text(encoding="utf-8"), path, TYPES)
    tags = ["O", *(f"{b}-{t}" for t in ("PER", "ORG", "LOC", "DATE") for b in "BI")]
    folder = hub_cache.snapshot(tmp_path, "masakhane/masakhaner", PARQUET)
    hub_cache.parquet(
        folder / "lug" / "test" / "0000.parquet",
        {
            "id": [str(i) for i in range(len(sentences))],
            "tokens": [list(s.tokens) for s in sentences],
            "ner_tags": [[tags.index(t) for t in s.tags] for s in sentences],
        },
        {
            "id": TEXT,
            "tokens": datasets.List(TEXT),
            "ner_tags": datasets.List(datasets.ClassLabel(names=tags)),
        },
    )
    sib = hub_cache.snapshot(tmp_path, "Davlan/sib200", "main")
    for code in ("eng", "hau"):
        (sib / "data" / f"{code}_Latn").mkdir(parents=True)
        shutil.copy(SHIPPED_DATA / "sib200" / code / "test.tsv", sib / "data" / f"{code}_Latn")
    found = offline(
        tmp_path,
        "show([rows('hub:masakhaner1', 'ner', 'lug', 'test'),"
        " rows('hub:sib200', 'topics', 'hau', 'test'), parallel.pairs('hub:sib200', 'hau')])",
    )
    for rows, where in zip(
        found, [("masakhaner1", "ner", "lug"), ("sib200", "topics", "hau")], strict=False
    ):
        local = [[e.id, e.text, e.gold] for e in data.load(*where, "test", published)]
        assert rows == json.loads(json.dumps(local))
    assert set("ɓɗƙ") <= set(" ".join(row[1] for row in found[1]))
    assert found[2] == [list(pair) for pair in parallel.pairs("sib200", "hau", published)]


def made(columns, features):
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def test_columns_that_are_gone_are_named(monkeypatch):
    rows = made({"headline": ["a"], "text": ["b"]}, {"headline": TEXT, "text": TEXT})
    monkeypatch.setattr(hub, "fetch", lambda name, language, split: rows)
    with pytest.raises(XltError, match="`column` must be one of 'headline', 'text', but got 'cat"):
        data.load("hub:sib200", "topics", "hau", "test")
    with pytest.raises(XltError, match="but got 'translation': hub:mafand has changed"):
        parallel.pairs("hub:mafand", "hau")


def test_a_set_of_empty_rows_is_refused(monkeypatch):
    rows = made({"text": ["", None], "summary": ["b", "c"]}, {"text": TEXT, "summary": TEXT})
    monkeypatch.setattr(hub, "fetch", lambda name, language, split: rows)
    with pytest.raises(XltError, match="hub:xlsum has no test examples"):
        data.load("hub:xlsum", "summarization", "hau", "test")


def test_parallel_rows_need_both_languages(monkeypatch):
    rows = made(
        {"translation": [{"en": "a", "ibo": "b"}]}, {"translation": {"en": TEXT, "ibo": TEXT}}
    )
    monkeypatch.setattr(hub, "fetch", lambda name, language, split: rows)
    with pytest.raises(XltError, match=r"row 1: found the languages \['en', 'ibo'\]"):
        parallel.pairs("hub:mafand", "hau")


def test_the_publishers_files_are_read_in_place_of_the_hub(tmp_path, monkeypatch):
    folder = tmp_path / "masakhanews" / "hau"
    folder.mkdir(parents=True)
    (folder / "labels.txt").write_text("health\nsports\n", encoding="utf-8")
    for split in ("train", "test"):
        row = f"category\theadline\ttext\turl\nsports\tKwallo\tLabari {split}\tu\n"
        (folder / f"{split}.tsv").write_text(row, encoding="utf-8")

    def unreachable(*_):
        raise XltError("the hub was asked")

    monkeypatch.setattr(hub, "fetch", unreachable)
    there, beside = (("hub:masakhanews", "masakhanews"), ("summarization", "hau"))
    ours, theirs = (data.load(name, *beside, "test", tmp_path) for name in there)
    assert ours == theirs and ours[0].text == "Labari test" and ours[0].gold == "Kwallo"
    assert len({data.revision(name, "hau", tmp_path) for name in there}) == 1
    assert data.notes(there[0], *beside, tmp_path) == {
        "files of masakhanews read in place of the hub": 3
    }
    made, other = (card(name, *beside, tmp_path) for name in there)
    assert made == other | {"dataset": "hub:masakhanews"}
    for language, where in (("lug", tmp_path), ("hau", None)):  # no folder of it
        with pytest.raises(XltError, match="the hub was asked"):
            data.load("hub:masakhanews", "topics", language, "test", where)


def test_bio_tags_become_spans():
    tags = datasets.ClassLabel(names=["O", "B-PER", "I-PER"])
    rows = made(
        {"tokens": [["Shugaba", "Musa", "Bello", "."]], "ner_tags": [[0, 1, 2, 0]]},
        {"tokens": datasets.List(TEXT), "ner_tags": datasets.List(tags)},
    )
    found = hub.examples(rows, "tokens", "ner_tags", "ner", "hau", "test")
    assert found == ([Example("test-1", "hau", "Shugaba Musa Bello .", (Span(8, 18, "PER"),))], 0)


def test_nothing_heavy_is_imported():
    code = (
        "import sys, xltlib.data, xltlib.data.registry\n"
        "assert not {'torch', 'transformers', 'datasets', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
