"""AfriMMLU's questions that have an English twin: which they are, and that it is theirs."""

import shutil

import pytest
from conftest import FIXTURES, mini_without_arms

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.errors import XltError
from xltlib.methods.parallel_text import ProfileText
from xltlib.study.study import Study

PARALLEL = "afrimmlu_parallel"


@pytest.mark.parametrize("language", ["hau", "kin", "lug"])
def test_a_question_of_the_parallel_set_is_its_english_twin_translated(shared_data, language):
    """In 283, 279 and 279 of 300; those set aside as demonstrations are the same in all."""
    where = PARALLEL, "mmlu"
    for split, number in (("demos", 15), ("test", {"hau": 267}.get(language, 264))):
        own, english = (
            {e.id: e for e in data.load(*where, code, split, shared_data)}
            for code in (language, "eng")
        )
        assert len(own) == number and own.keys() <= english.keys()
        assert all(english[name].gold == item.gold for name, item in own.items())
    notes = data.notes(*where, language, shared_data)
    swapped, text = (f"questions left out: {why}" for why in (
        "English has another answer in their place", "a text of theirs stands for two in English",
    ))  # fmt: skip
    assert notes.get(swapped, 0) == (2 if language == "hau" else 0)
    assert notes[text] == (16 if language == "hau" else 21)
    whole = load_profile("gemma", data_dir=str(shared_data))
    sets = tuple(d for d in whole.datasets if d.name == where[0])
    text = ProfileText(whole.model_copy(update={"datasets": sets}))
    known = text.references(load_language(language), load_language("eng"))
    for name, item in own.items():
        assert [known[one] for one in item.texts] == english[name].texts


def parallel(tmp_path, change):
    """The fixtures' English and Hausa, of which ``change`` makes other lines of Hausa."""
    shutil.copytree(FIXTURES / "irokobench", tmp_path / "irokobench")
    path = tmp_path / "irokobench" / "hau" / "afrimmlu_test.tsv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, *change(lines)]) + "\n", encoding="utf-8")
    return lambda: {
        e.id
        for split in ("demos", "test")
        for e in data.load(PARALLEL, "mmlu", "hau", split, tmp_path)
    }


def test_a_question_without_an_english_twin_is_left_out_and_counted(tmp_path):
    whole = parallel(tmp_path / "a", lambda lines: lines)()
    assert len(whole) == 28 and {"global_facts-1", "high_school_geography-14"} <= whole
    swapped = parallel(tmp_path / "b", lambda x: [*x[:3], x[4], x[3], *x[5:]])
    assert whole - swapped() == {"global_facts-4", "global_facts-5"}
    again = parallel(tmp_path / "c", lambda x: [*x[:4], x[0], *x[5:]])
    assert {"global_facts-1", "global_facts-5"} <= whole - again()
    notes = data.notes(PARALLEL, "mmlu", "hau", tmp_path / "c")
    assert sum(n for why, n in notes.items() if "left out" in why) == len(whole - again())


def test_questions_in_another_order_or_without_english_are_refused(tmp_path):
    with pytest.raises(XltError, match="hau/afrimmlu_test.tsv: .*do not stand in one order"):
        parallel(tmp_path / "a", lambda lines: [*lines[1:14], lines[0], *lines[14:]])()
    read = parallel(tmp_path / "b", lambda lines: lines)
    (tmp_path / "b" / "irokobench" / "eng" / "afrimmlu_test.tsv").unlink()
    with pytest.raises(XltError, match="no file .*eng/afrimmlu_test.tsv.*get it from github.com"):
        read()


def test_a_question_is_asked_as_people_put_it_into_english(home, tmp_path):
    """All that the model reads is the English twins, of the item and of its demonstration."""
    head, _, rest = mini_without_arms().partition("datasets:")
    spec = tmp_path / "own.yaml"
    spec.write_text(
        f"{head}data_dir: {FIXTURES}\n"
        "datasets: [{name: afrimmlu_parallel, task: mmlu, languages: [hau]}]\n"
        "arms: [{name: people, method: translate, translator: {path: reference}}]\n"
        f"{rest[rest.index('shots:') :]}",
        encoding="utf-8",
    )
    one = Study("people", "mmlu", profile=str(spec), dataset=PARALLEL, language="hau", shots=[1],
                seeds=[0], limit=2)  # fmt: skip
    english = {
        e.id: e for s in data.SPLITS for e in data.load(PARALLEL, "mmlu", "eng", s, FIXTURES)
    }
    (shown,) = one.demonstrations(1, 0)
    for prompt, item in zip(one.prompts(1, 0), one.test, strict=True):
        for twin in (english[shown.id], english[item.id]):
            assert all(text in prompt.text for text in twin.texts)
        assert not any(text in prompt.text for text in (*item.texts, *shown.texts))
    rows = one.run(progress=lambda line: None)
    assert len(rows) == 2 and rows["valid"].all()
