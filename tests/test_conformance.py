"""What every task, every language's words and every source must do, whoever adds one.

Nothing here names one of them: a new file is tested by lying in its folder.
"""

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from conftest import FIXTURES

from xltlib import data, paths, tasks
from xltlib.config import load_language, load_profile
from xltlib.data.registry import SOURCES
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.records.schema import SCHEMA, SCORES
from xltlib.study.study import Study
from xltlib.tasks import INVALID
from xltlib.text.words import words

CODES = sorted(p.stem for p in paths.LANGUAGES.glob("*.yaml"))
ITEMS = 12


def _places():
    """(data set, task, language, folder) of all that can be read without a network."""
    found = []
    for source in SOURCES.values():
        if source.name.startswith("hub:"):
            continue
        root = FIXTURES if source.local else None
        try:
            codes = source.languages(root) or ()
        except XltError:  # its publisher's files are in no fixture
            codes = source.shipped
        found += [(source.name, t, code, root) for t in source.tasks for code in codes]
    return found


PLACES = _places()


@cache
def items(place):
    """The first items of a place, its demonstrations and labels."""
    pool, test = (data.load(*place[:3], split, place[3]) for split in data.SPLITS)
    return pool, test[:ITEMS], data.labels(*place)


def of_task(name):
    return [place for place in PLACES if place[1] == name]


def rows_of(task, place, answers):
    """Records of answers to the first items of a place."""
    _, test, _ = items(place)
    known = {"profile": "x", "model": "x", "arm": "x", "method": "x", "shots": 0, "seed": 0}
    known |= {"task": task.name, "dataset": place[0], "language": place[2]}
    known |= {"prompt_language": place[2], "output": "x"}
    return pd.DataFrame(
        [
            dict.fromkeys(SCHEMA.names)
            | known
            | {"example_id": item.id, "gold": task.gold_json(item)}
            | {"answer": task.answer_json(answer), "valid": answer is not INVALID}
            | task.score(answer, item)
            for item, answer in zip(test, answers, strict=True)
        ]
    )


@pytest.fixture(params=tasks.names())
def task(request):
    return tasks.get(request.param)


@pytest.mark.parametrize("name", tasks.names())
def test_a_task_has_a_set_that_can_be_read_here(name):
    assert of_task(name), f"no shipped set or fixture (tests/fixtures) has the task {name}"


def test_a_task_says_all_about_itself(task):
    assert (paths.PACKAGE / "tasks" / f"{task.name}.py").is_file()
    assert task.title and task.about and task.kind in ("choose", "write", "own")
    assert task.metrics and len({m.name for m in task.metrics}) == len(task.metrics)
    assert set(task.columns) <= set(SCORES) <= set(SCHEMA.names)
    assert task.max_new_tokens > 0 and all(task.stop)
    for other in tasks.every():  # one name is one thing in every table
        for mine in task.metrics:
            same = [m for m in other.metrics if m.name == mine.name]
            assert all(m == mine for m in same)


@pytest.mark.parametrize("place", PLACES, ids=lambda p: "-".join(p[:3]))
def test_a_source_loads(place):
    pool, test, labels = items(place)
    task = tasks.get(place[1])
    for item in pool[:ITEMS] + test:
        assert item.language == place[2] and tuple(item.fields) == task.fields
        assert all(text == text.strip() != "" for text in item.texts)
        assert json.loads(task.gold_json(item)) is not None
        if task.kind == "choose" and not item.options:
            assert item.gold in labels
    assert not {e.id for e in pool} & {e.id for e in test} or pool[0].texts != test[0].texts
    assert data.revision(place[0], place[2], place[3]) == data.revision(
        place[0], place[2], place[3]
    )


@pytest.mark.parametrize("place", PLACES, ids=lambda p: "-".join(p[:3]))
def test_a_task_reads_its_own_prompt_and_answer_back(place):
    task, language = tasks.get(place[1]), load_language(place[2])
    pool, test, labels = items(place)
    answers = []
    for item in test:
        prompt = task.render(item, [item], language, 0, labels)
        whole = prompt.text()
        assert all(whole.count(text) >= 2 for text in item.fields.values())
        assert whole.endswith(":") and prompt.document in item.texts
        told = prompt.turns[0].answer
        if task.kind == "choose":
            offered = task.options(item, language, labels)
            assert len(set(offered.values())) == len(offered) >= 2
            assert all(text[0] == " " and text.strip() for text in offered.values())
            assert offered[item.gold] == " " + told
        answer = task.parse(told, item, language, labels)
        assert answer is not INVALID
        assert task.parse(f"\n{told}\n{language.none} x", item, language, labels) == answer
        assert json.loads(task.answer_json(answer)) == json.loads(task.gold_json(item))
        assert task.show(task.gold_json(item)) and task.show(None) == "(no answer)"
        answers.append(answer)
    rows = rows_of(task, place, answers)
    for metric in task.metrics:
        best = float(metric.value(metric.statistics(rows).sum(axis=0)))
        assert best == pytest.approx(metric.top, rel=0.02) or not _scoreable(rows, metric)
    wrong = rows_of(task, place, [INVALID] * len(test))
    for metric in task.metrics:
        assert float(metric.value(metric.statistics(wrong).sum(axis=0))) == 0


def _scoreable(rows, metric):
    """ROUGE-2 of one-word texts, and F1 where there is nothing to find, are 0 whatever is said."""
    gold = [json.loads(g) for g in rows["gold"]]
    return all(g and len(words(str(g))) > 1 for g in gold) or metric.kind == "proportion"


@pytest.mark.parametrize("place", PLACES, ids=lambda p: "-".join(p[:3]))
def test_items_and_answers_are_carried_and_carried_back(place):
    task, there = tasks.get(place[1]), load_language("eng")
    here = load_language("hau" if place[2] == "eng" else place[2])
    _, test, _ = items(place)
    test = [e.carried(here.code, e.texts, e.gold) for e in test]
    calls = []

    def translate(texts, source, target):
        calls.append(len(texts))
        return [f"<{text}>" for text in texts]

    def project(parts, source, target):
        return [[None] * len(part.spans) for part in parts]

    carried = task.carry(test, here, there, translate, True, project)
    assert [e.id for e in carried] == [e.id for e in test]
    assert calls or not any(e.own_texts for e in test)
    for item, there_is in zip(test, carried, strict=True):
        assert there_is.language == "eng"
        assert there_is.own_texts == [f"<{t}>" for t in item.own_texts]
        assert all(there_is.fields[name] == item.fields[name] for name in item.kept)
    back = task.carry_back([INVALID] * len(test), test, carried, there, here, translate, project)
    assert back == [(INVALID, 0)] * len(test)
    for item in test:
        assert set(item.texts) <= set(task.texts_not_to_train_on(item))
        assert all(isinstance(name, str) for name in task.groups(item))


@pytest.mark.parametrize("place", PLACES, ids=lambda p: "-".join(p[:3]))
def test_baselines_answer_and_records_are_read_again(place):
    task = tasks.get(place[1])
    pool, test, labels = items(place)
    assert task.baselines
    language = load_language(place[2])
    for name, baseline in task.baselines.items():
        answers = baseline(pool, test)
        assert name and len(answers) == len(test)
        rows = rows_of(task, place, answers)
        for again in task.rereadings:
            made = again.remake(rows, {language.code: language})
            assert again.choice and again.name and set(made.columns) == set(rows.columns)
            assert set(made.index) <= set(rows.index)


@pytest.mark.parametrize("code", CODES)
def test_a_language_renders_every_task_that_it_has_words_for(code):
    language = load_language(code)
    tasks.check_words(language)
    for name, wordings in language.prompts.items():
        task, place = tasks.get(name), of_task(name)[0]
        _, test, labels = items(place)
        shown = set()
        for wording in range(len(wordings)):
            text = task.render(test[0], [test[1]], language, wording, labels).text()
            for field in test[0].fields.values():
                assert field in text
            assert "{" not in text.replace(test[0].text, "").replace(test[1].text, "")
            shown.add(text)
        assert len(shown) == len(wordings)


def test_words_for_no_task_are_refused():
    language = load_language("eng")
    with pytest.raises(XltError, match="there is no such task"):
        tasks.check_words(language.model_copy(update={"words": {"poetry": {}}}))


def test_every_task_file_is_found():
    files = {p.stem for p in (paths.PACKAGE / "tasks").glob("*.py")}
    declared = {
        p.stem
        for p in map(Path, (paths.PACKAGE / "tasks").glob("*.py"))
        if "\nTASK = " in p.read_text(encoding="utf-8")
    }
    assert declared == set(tasks.names()) <= files


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    """As :func:`laft.adapted`, in a step or two, once for all tasks in a language."""
    home, really = str(tmp_path_factory.mktemp("adapted")), laft.adapted
    small = {"epochs": 0.01, "max_lines": 60, "sequence": 64, "batch": 2}

    @cache
    def once(code):
        spec = load_profile("mini")
        tiny = spec.model_copy(update={"laft": spec.laft.model_copy(update=small)})
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XLTLIB_HOME", home)
            return really(tiny, load_language(code))

    return lambda settings, language: once(language.code)


@pytest.mark.parametrize("method", ["prompt", "laft", "translate"])
def test_a_task_runs_from_items_to_records(task, method, home, adapted, monkeypatch):
    monkeypatch.setattr(laft, "adapted", adapted)
    place = next(p for p in of_task(task.name) if p[2] != "eng")
    folder = str(place[3]) if place[3] else None
    one = Study(
        method, task.name, dataset=place[0], language=place[2], shots=[1], seeds=[0], limit=2,
        data_dir=folder,
    )  # fmt: skip
    rows = one.run(progress=lambda line: None)
    assert len(rows) == 2 and rows[list(task.columns)].notna().all().all()
    assert rows["option_scores"].notna().all() == (task.kind == "choose")
    assert len(one.look(rows, 1, 0)) == 2
    assert (one.method.history is not None) == (method == "laft")
