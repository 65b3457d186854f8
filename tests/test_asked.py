"""What the first notebook says of a run: which arm was asked what."""

import ast
import json
from pathlib import Path

import pytest

from xltlib import load_profile, paths, results
from xltlib.runs import narrowing, notebooks
from xltlib.runs.asked import asked_table

PUBLISHED = json.loads((paths.published("gemma") / "cells.json").read_text(encoding="utf-8"))
NAMES = {"eng": "English", "hau": "Hausa", "kin": "Kinyarwanda", "lug": "Luganda"}
OWN = [cell for cell in PUBLISHED if cell["kind"] == "method"]


@pytest.fixture
def done(monkeypatch):
    """The published cells, as those of a run."""
    found = {cell["label"]: (Path(cell["cell"]), cell) for cell in OWN}
    monkeypatch.setattr(results, "newest", lambda name, kinds: found)
    return results.evaluated(load_profile("gemma"))


def shown(profile: str) -> list:
    """What the cells of the notebook show."""
    space, seen = {}, []
    for cell in notebooks.read(paths.NOTEBOOKS / "00_start_here.py").cells:
        if cell.cell_type != "code":
            continue
        *lines, last = ast.parse(cell.source).body
        exec(compile(ast.Module(lines, []), "lines", "exec"), space)
        if isinstance(last, ast.Expr):
            seen.append(eval(compile(ast.Expression(last.value), "last", "eval"), space))
        else:
            exec(compile(ast.Module([last], []), "last", "exec"), space)
        if "parameters" in cell.metadata.get("tags", ()):
            space |= {"profile": profile}
    return seen


def test_of_a_finished_run_the_table_says_what_each_cell_was_asked(done):
    table, told = asked_table(done), asked_table(done).to_dict("index")
    for cell in OWN:
        one = cell["parameters"]
        row = told[one["task"], one["dataset"], NAMES[one["language"]]]
        assert row[one["arm"]] == ", ".join(map(str, one["shots"]))
        assert row["test items"] == str(one["limit"] or "all")
    assert (table[[a.name for a in done.arms]] != "").sum().sum() == len(OWN)
    assert told["mmlu", "afrimmlu", "Hausa"]["prompt_nearest"] == ""
    assert told["math", "afrimgsm", "Hausa"]["seeds"] == "0"
    assert told["topics", "sib200", "Hausa"]["seeds"] == "0, 1, 2"


def test_before_a_run_it_says_what_every_data_set_will_be_asked(home):
    spec = narrowing.narrowed("gemma", narrowing.Options(tasks=["topics", "ner", "math"]))
    told = asked_table(spec).to_dict("index")
    assert told["topics", "sib200", "Hausa"]["prompt"] == "0, 1, 2, 4, 8"
    assert told["ner", "masakhaner1", "Luganda"]["prompt"] == "0, 4"
    math = told["math", "afrimgsm", "English"]
    assert (math["prompt"], math["seeds"], math["test items"]) == ("0, 8", "0", "30")
    assert math["english_words"] == math["translate"] == ""


def test_the_first_notebook_shows_no_gap_and_what_the_arms_change(done):
    asked, arms, protocol = shown("gemma")
    assert not any(table.isna().any().any() for table in (asked, arms, protocol))
    changes = arms.set_index("arm")["changes"]
    assert changes["switched_half"] == "share: 0.5"
    assert changes["borrowed_yor"] == "language: yor, model" and changes["prompt"] == "nothing"
    assert "test items per cell" not in protocol.index
