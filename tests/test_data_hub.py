"""The hub source, on a Parquet folder made here; a missing network is one clear message."""

import os
import subprocess
import sys

import pytest

from xltlib import data
from xltlib.data import Example, Span, hub
from xltlib.errors import XltError

datasets = pytest.importorskip("datasets")


@pytest.fixture
def parquet(tmp_path, monkeypatch):
    """Writes a Parquet file and loads it as the hub's conversion would be."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")

    def load(columns, features):
        path = str(tmp_path / "part.parquet")
        datasets.Dataset.from_dict(columns, features=datasets.Features(features)).to_parquet(path)
        return datasets.load_dataset("parquet", data_files=path, split="train")

    return load


TEXT = datasets.Value("string")


def test_class_numbers_become_names(parquet, monkeypatch):
    rows = parquet(
        {"label": [1, 0], "headline": ["A b", "C"], "text": ["x\ny", "z"]},
        {"label": datasets.ClassLabel(names=["health", "sports"]), "headline": TEXT, "text": TEXT},
    )
    monkeypatch.setattr(hub, "fetch", lambda name, language, split: rows)
    assert data.load("hub:masakhanews", "topics", "hau", "test") == [
        Example("test-1", "hau", "x y", "sports"),
        Example("test-2", "hau", "z", "health"),
    ]
    assert data.load("hub:masakhanews", "summarization", "lug", "demos")[0].gold == "A b"
    assert data.labels("hub:masakhanews", "topics", "hau") == ("health", "sports")
    assert len(data.revision("hub:masakhanews", "hau")) == 64
    with pytest.raises(XltError, match="`column` must be one of"):
        data.load("hub:sib200", "topics", "hau", "test")


def test_bio_tags_become_spans(parquet, monkeypatch):
    tags = datasets.ClassLabel(names=["O", "B-PER", "I-PER"])
    rows = parquet(
        {"id": ["0"], "tokens": [["Shugaba", "Musa", "Bello", "."]], "ner_tags": [[0, 1, 2, 0]]},
        {"id": TEXT, "tokens": datasets.List(TEXT), "ner_tags": datasets.List(tags)},
    )
    monkeypatch.setattr(hub, "fetch", lambda name, language, split: rows)
    (example,) = data.load("hub:masakhaner2", "ner", "hau", "test")
    assert example.text == "Shugaba Musa Bello ."
    assert example.gold == (Span(8, 18, "PER"),)


def test_rows_without_text_are_refused(parquet, monkeypatch):
    rows = parquet({"text": ["a", None], "summary": ["b", "c"]}, {"text": TEXT, "summary": TEXT})
    monkeypatch.setattr(hub, "fetch", lambda name, language, split: rows)
    with pytest.raises(XltError, match="test, row 2: no text"):
        data.load("hub:xlsum", "summarization", "hau", "test")


def test_offline_is_said_with_a_way_out(tmp_path):
    code = (
        "from xltlib import data\n"
        "from xltlib.errors import XltError\n"
        "try: data.load('hub:masakhanews', 'topics', 'hau', 'test')\n"
        "except XltError as error: print(error)\n"
    )
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | offline, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    for words in ("hub:masakhanews", "masakhane/masakhanews", "offline", "--data-dir"):
        assert words in run.stdout


def test_nothing_heavy_is_imported():
    code = (
        "import sys, xltlib.data, xltlib.data.registry\n"
        "assert not {'torch', 'transformers', 'datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
