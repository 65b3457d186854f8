"""The language files: complete, consistent, with a word for every label of every data set."""

import unicodedata

import pytest

from xltlib import paths
from xltlib.config import load_language, yaml_file
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.records import provenance
from xltlib.tasks import get
from xltlib.tasks.ner import TASK as ner
from xltlib.tasks.ner import type_tags
from xltlib.tasks.topics import TASK as topics
from xltlib.text.words import words

TASKS = ("summarization", "topics", "ner")
CODES = ("eng", "hau", "kin", "lug")
NEWS = ("business", "entertainment", "health", "politics", "religion", "sports", "technology")
SIB200 = (
    "entertainment", "geography", "health", "politics", "science/technology", "sports", "travel",
)  # fmt: skip
RW_NEWS = (
    "culture", "development", "economy", "entertainment", "health", "people", "politics",
    "relationships", "religion", "security", "sports", "technology",
)  # fmt: skip
TYPES = ("DATE", "LOC", "ORG", "PER")
OFFERED = [
    *((code, labels) for code in CODES for labels in (NEWS, SIB200)),
    ("kin", RW_NEWS),
    ("eng", RW_NEWS),
]


def gold(task):
    return {"topics": "health", "ner": ()}.get(task, "Kanu")


def test_every_file_is_tested_here():
    assert sorted(p.stem for p in paths.LANGUAGES.glob("*.yaml")) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_wordings_render_and_show_the_document(code):
    language = load_language(code)
    assert (language.code, language.flores) == (code, f"{code}_Latn")
    labels = {"topics": NEWS, "ner": TYPES, "summarization": ()}
    for task in TASKS:
        assert len(language.prompts[task]) >= 3
        texts = set()
        for wording in range(len(language.prompts[task])):
            item = Example("a", code, "Ƙasar Kano", gold(task))
            text = get(task).render(item, [item], language, wording, labels[task]).text()
            assert text.count(": Ƙasar Kano\n") == 2 and "{" not in text
            texts.add(text)
        assert len(texts) == len(language.prompts[task])


@pytest.mark.parametrize("code", CODES)
def test_defaults_are_short_and_list_what_is_on_offer(code):
    language = load_language(code)
    first = {task: language.prompts[task][0] for task in TASKS}
    assert first["summarization"].instruction == ""
    assert "{labels}" in first["topics"].instruction
    assert "{types}" in first["ner"].instruction
    assert all(len(words(w.instruction)) <= 2 for w in first.values())


@pytest.mark.parametrize(("code", "labels"), OFFERED)
def test_trap_2_every_label_has_a_word_of_its_own(code, labels):
    chosen = topics.words(load_language(code), labels)
    assert list(chosen) == list(labels)
    assert len({tuple(words(w)) for w in chosen.values()}) == len(labels)


@pytest.mark.parametrize("code", CODES)
def test_tags_and_none(code):
    language = load_language(code)
    assert type_tags(language, TYPES) == {t: t for t in TYPES}
    item = Example("a", code, "x", ())
    assert ner.parse(" " + language.none, item, language, TYPES) == ()


def test_files_are_in_nfc_and_say_who_has_reviewed_them():
    for path in paths.LANGUAGES.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text)
        assert path.stem == "eng" or "\nreviewed_by: [" in text


def test_a_reviewer_s_name_makes_no_cell_anew(tmp_path):
    text = (paths.LANGUAGES / "hau.yaml").read_text(encoding="utf-8")
    reviewed, hashes = [], []
    for folder, names in (("before", "[]"), ("after", "[A Reviewer]")):
        file = tmp_path / folder / "hau.yaml"
        file.parent.mkdir()
        file.write_text(text.replace("reviewed_by: []", f"reviewed_by: {names}"), encoding="utf-8")
        reviewed.append(load_language(str(file)).reviewed_by)
        hashes.append(provenance.languages([str(file)], "topics"))
    assert reviewed == [(), ("A Reviewer",)] and hashes[0] == hashes[1]


def test_trap_2_the_real_labels_are_those_tested_here(shared_data):
    assert _listed(shared_data / "masakhanews/hau/labels.txt") == set(NEWS)
    for code in ("eng", "lug"):
        assert _listed(shared_data / f"masakhanews/{code}/labels.txt") < set(NEWS)
    for code in CODES:
        assert _listed(shared_data / f"sib200/{code}/labels.txt") == set(SIB200)
    heads = (shared_data / "rw_news/kin/original_dev.txt").read_text(encoding="utf-8").splitlines()
    found = {h.split("\t")[2] for h in heads if h.startswith("#") and h.count("\t") >= 3}
    assert found == set(RW_NEWS)


def _listed(path):
    return set(path.read_text(encoding="utf-8").split())


def test_a_language_is_parsed_once_until_its_file_changes(tmp_path, monkeypatch):
    parsed, read = [], yaml_file.read
    monkeypatch.setattr(yaml_file, "read", lambda path: parsed.append(path) or read(path))
    path = tmp_path / "xyz.yaml"
    text = (paths.LANGUAGES / "hau.yaml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert load_language(str(path)) is load_language(str(path)) and len(parsed) == 1
    path.write_text(text.replace("name: Hausa", "name: Another"), encoding="utf-8")
    assert load_language(str(path)).name == "Another" and len(parsed) == 2
    path.unlink()
    for _ in range(2):
        with pytest.raises(XltError, match="cannot read"):
            load_language(str(path))
