"""Sets of the newer tasks: a file that is missing or wrong, an item without its English twin."""

import json
import shutil

import pytest
from conftest import FIXTURES

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.errors import XltError
from xltlib.methods.parallel_text import ProfileText
from xltlib.models.translation import reference
from xltlib.study.study import Study

#: Data set, task, and its files in Hausa: of the test, and of the demonstrations where it has one.
SETS = [
    ("afrixnli", "nli", "irokobench/hau/africanli_test.csv", "irokobench/hau/africanli_dev.csv"),
    ("afrisenti", "sentiment", "afrisenti/hau/test.tsv", "afrisenti/hau/train.tsv"),
    ("afrimmlu", "mmlu", "irokobench/hau/afrimmlu_test.tsv", None),
    ("afrimgsm", "math", "irokobench/hau/afrimgsm_test.tsv", None),
    ("afriqa", "qa", "afriqa/hau/gold_span_passages.afriqa.hau.en.test.json",
     "afriqa/hau/gold_span_passages.afriqa.hau.en.train.json"),
    ("mafand", "from_english", "mafand/hau/test.tsv", "mafand/hau/dev.tsv"),
    ("mafand", "into_english", "mafand/hau/test.tsv", "mafand/hau/dev.tsv"),
    ("masakhaner2", "ner", "masakhaner2/hau/test.txt", "masakhaner2/hau/train.txt"),
]  # fmt: skip
FILES = [
    (name, task, file, split)
    for name, task, test, demos in SETS
    for file, split in ((test, "test"), (demos, "demos"))
    if file
]
WEB_PAGE = "<!DOCTYPE html>\n<html><body>404: Not Found</body></html>\n"


@pytest.fixture
def folder(tmp_path):
    """A copy of the fixtures' files of those sets."""
    for name in ("irokobench", "afrisenti", "afriqa", "mafand", "masakhaner2"):
        shutil.copytree(FIXTURES / name, tmp_path / name)
    return tmp_path


def refused(name, task, split, folder):
    with pytest.raises(XltError) as error:
        data.load(name, task, "hau", split, folder)
    return str(error.value)


@pytest.mark.parametrize(("name", "task", "file", "split"), FILES)
def test_a_missing_file_is_named_and_other_languages_stay(folder, name, task, file, split):
    (folder / file).unlink()
    said = refused(name, task, split, folder)
    assert file.rpartition("/")[2].partition(".")[0] in said
    assert data.load(name, task, "kin", split, folder)


@pytest.mark.parametrize(("name", "task", "file", "split"), FILES)
@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", WEB_PAGE.encode(), b"\xff\xfe\x00a", b"version https://git-lfs\n", None],
    ids=["empty", "blank", "a web page", "UTF-16", "a pointer", "cut off"],
)
def test_a_wrong_file_is_named_with_the_place_of_the_fault(
    folder, content, name, task, file, split
):
    path = folder / file
    whole = path.read_bytes()
    path.write_bytes(whole.rstrip()[:-9] if content is None else content)
    if content is None and _reads(name, task, split, folder):
        return  # what is left is a row like any other: nothing tells that letters are missing
    said = refused(name, task, split, folder)
    assert str(path) in said and data.load(name, task, "kin", split, folder)


def _reads(name, task, split, folder):
    try:
        return data.load(name, task, "hau", split, folder)
    except XltError:
        return None


@pytest.mark.parametrize(
    ("name", "task", "file", "split"), [one for one in FILES if one[2].endswith(("csv", "tsv"))]
)
def test_a_file_with_a_header_and_nothing_else_is_named(folder, name, task, file, split):
    path = folder / file
    head = path.read_text(encoding="utf-8").split("\n")[0]
    path.write_text(head + "\n", encoding="utf-8")
    assert str(path) in refused(name, task, split, folder)


@pytest.mark.parametrize(
    ("name", "task", "file"),
    [
        ("afrimgsm", "math", "irokobench/eng/afrimgsm_test.tsv"),
        ("afrixnli", "nli", "irokobench/eng/africanli_test.csv"),
    ],
)
def test_an_item_without_its_english_twin_is_named_and_the_others_are_translated(
    folder, name, task, file
):
    path = folder / file
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    profile = load_profile("gemma", data_dir=str(folder))
    sets = tuple(d for d in profile.datasets if d.name == name)
    human = reference.load(ProfileText(profile.model_copy(update={"datasets": sets})))
    hau, eng = load_language("hau"), load_language("eng")
    here, there = (data.load(name, task, code, "test", folder) for code in ("hau", "eng"))
    assert len(there) == len(here) - 1
    alone = [item for item in here if item.own_texts[-1] not in _known(here, there)]
    assert len(alone) == 1
    with pytest.raises(XltError, match="no human translation from Hausa into English of") as error:
        human.translate(alone[0].own_texts, hau, eng)
    assert alone[0].own_texts[-1][:20] in str(error.value)
    english = {item.id: item for item in there}
    for item in here:
        if item is not alone[0]:
            assert human.translate(item.own_texts, hau, eng) == english[item.id].own_texts


def _known(here, there):
    ids = {item.id for item in there}
    return {text for item in here if item.id in ids for text in item.own_texts}


@pytest.mark.parametrize("part", ["test", "train"])
def test_tweets_without_a_header_do_not_lose_the_first(folder, part):
    path = folder / "afrisenti" / "hau" / f"{part}.tsv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")
    said = refused("afrisenti", "sentiment", "demos" if part == "train" else "test", folder)
    assert f"{path}, line 1" in said and "expected the header" in said


@pytest.mark.parametrize("change", ["null", '""', "absent"])
def test_a_question_without_its_english_is_named_by_its_line(folder, change):
    path = folder / "afriqa/hau/gold_span_passages.afriqa.hau.en.test.json"
    lines = path.read_text(encoding="utf-8").split("\n")
    row = json.loads(lines[1])
    if change == "absent":
        del row["question_translated"]
    else:
        row["question_translated"] = json.loads(change)
    lines[1] = json.dumps(row, ensure_ascii=False)
    path.write_text("\n".join(lines), encoding="utf-8")
    said = refused("afriqa", "qa", "test", folder)
    assert f"{path}, line 2" in said and "question_translated" in said


def test_a_cell_of_a_broken_file_fails_and_those_beside_it_keep_their_records(folder, home):
    (folder / "irokobench/hau/afrimmlu_test.tsv").write_text(
        "question\tchoices\tanswer\tsubject\nQ?\t['1', '2', '3']\tA\ts\n", encoding="utf-8"
    )

    def study(language):
        return Study(
            "prompt", "mmlu", profile="local", dataset="afrimmlu", language=language, shots=[0],
            seeds=[0], limit=2, data_dir=str(folder),
        )  # fmt: skip

    with pytest.raises(XltError, match="line 2: found 3 choices, expected 4"):
        study("hau").run(progress=lambda line: None)
    rows = study("kin").run(progress=lambda line: None)
    assert len(rows) == 2 and rows["correct"].notna().all()
