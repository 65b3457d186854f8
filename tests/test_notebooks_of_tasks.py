"""The notebook of each task, over a few answers of three arms to a fixture's items."""

import html
import json
import re

import factories
import IPython.display
import numpy as np
import pandas as pd
import pytest
from conftest import FIXTURES

from xltlib import data, paths, results, tasks
from xltlib.config import load_profile
from xltlib.runs import grid, notebooks

SETS = {(d.task, code): d.name for d in load_profile("local").datasets for code in d.languages}
ARMS = {"prompt": 0.5, "translate": 0.8, "laft": 0.2}


def told(name, monkeypatch, rows):
    """All that a task's notebook prints and displays, as text."""
    seen = []
    monkeypatch.setattr(results, "read", lambda profile, cells, task: rows[rows["task"] == task])
    monkeypatch.setattr(IPython.display, "display", lambda *some: seen.extend(map(shown, some)))
    monkeypatch.setattr(
        "builtins.print", lambda *some, sep=" ": seen.append(sep.join(map(str, some)))
    )
    space = {}
    for cell in notebooks.read(paths.NOTEBOOKS / "tasks" / f"{name}.py").cells:
        if cell.cell_type == "code":
            exec(cell.source, space)
            if "parameters" in cell.metadata.get("tags", ()):
                space |= {"profile": "local", "data_dir": str(FIXTURES)}
    return "\n".join(seen)


def shown(thing):
    made = thing.to_html() if hasattr(thing, "to_html") else str(thing)
    return html.unescape(
        re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", made, flags=re.S))
    )


def records(name, languages=("hau", "kin"), **arms):
    """Answers in some languages of arms that are right as often as said."""
    dice = np.random.default_rng(3)
    some = [
        factories.answered(dice, name, SETS[name, code], code, arms or ARMS) for code in languages
    ]
    return pd.concat(some, ignore_index=True)


def test_every_task_has_a_notebook_and_no_notebook_lacks_a_task():
    there = {path.stem for path in (paths.NOTEBOOKS / "tasks").glob("*.py")}
    assert there == set(tasks.names())


def test_a_task_s_notebook_runs_where_its_task_does():
    def planned(*names):
        options = {"languages": ["hau"], "methods": ["prompt"], "data_dir": str(FIXTURES)}
        jobs = grid.plan("local", grid.Options(tasks=names, **options))
        return {job.name for job in jobs if job.name.startswith("tasks/")}

    assert planned(*tasks.names()) == {f"tasks/{name}" for name in tasks.names()}
    assert planned("nli") == {"tasks/nli"}


@pytest.mark.parametrize("name", tasks.names())
def test_a_task_s_notebook_shows_every_arm_and_the_items_that_tell_most(name, monkeypatch):
    text = told(name, monkeypatch, records(name))
    assert all(arm in text for arm in ARMS) and "Hausa" in text and "Kinyarwanda" in text
    assert " nan " not in text and " NaN " not in text
    held_back = name == "sentiment"  # the authors of tweets were not asked
    for code in ("hau", "kin"):
        test = data.load(SETS[name, code], name, code, "test", FIXTURES)
        found = [item.id for item in test if " ".join(item.text.split()) in text]
        assert not found if held_back else found


@pytest.mark.parametrize("name", tasks.names())
def test_a_task_s_notebook_needs_no_second_arm_and_no_answer(name, monkeypatch):
    rows = records(name, ["hau"], prompt=0.5)
    first = data.load(SETS[name, "hau"], name, "hau", "test", FIXTURES)[0]
    none = tasks.get(name).score(tasks.INVALID, first)
    rows = rows.assign(answer=None, valid=False, output="", **none)
    assert "prompt" in told(name, monkeypatch, rows)


def test_names_found_in_part_count_in_the_relaxed_measure_alone(monkeypatch):
    rows = records("ner", ["hau"], prompt=1.0, tagged=1.0)
    rows = rows[rows["gold"] != "[]"].reset_index(drop=True)
    mine = rows["arm"] == "prompt"
    halves = [
        json.dumps([[kind, name.split()[0] + " x", -1] for kind, name, _ in json.loads(gold)])
        for gold in rows["gold"]
    ]
    number = rows["gold"].map(json.loads).map(len).astype(float)
    rows["answer"] = rows["answer"].where(~mine, pd.Series(halves))
    rows["tp"] = rows["tp"].where(~mine, 0.0)
    rows[["fp", "fn"]] = rows[["fp", "fn"]].where(~mine, number, axis=0)
    text = told("ner", monkeypatch, rows)
    table = text.partition("strict F1 relaxed F1")[2]
    assert "prompt 1.000 0.000 1.000" in table and "tagged 1.000 1.000 1.000" in table
