"""Presets: the arms that ask as others do, with their shots, readings and tasks."""

import pandas as pd
import pytest
import yaml
from conftest import FIXTURES

from xltlib import paths, tasks
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.records import provenance
from xltlib.runs import grid, narrowing
from xltlib.runs.narrowing import PRESETS, Options, narrowed, of_preset
from xltlib.study.study import Study


def planned(name, **options):
    """The cells of a preset, over the fixtures."""
    options = of_preset(name, "gemma", Options(data_dir=str(FIXTURES), **options))
    spec = narrowed("gemma", options)
    return [(arm, place) for arm in spec.arms for place in narrowing.places(spec, arm)], spec


def test_afriquellm_shows_five_demonstrations_and_eight_worked_problems():
    cells, spec = planned("afriquellm", languages=["hau"])
    shown = {
        place.dataset.task: spec.within(place.dataset.name, place.dataset.task).of_arm(arm.name)
        for arm, place in cells
    }
    assert set(shown) == set(tasks.names())
    assert {name: own.shots for name, own in shown.items()} == {
        name: (8,) if name == "math" else (5,) for name in tasks.names()
    }
    assert {own.reading for name, own in shown.items() if tasks.get(name).kind == "choose"} == {
        "sum"
    }


def test_afrobench_asks_in_english_about_the_texts_as_they_are_without_demonstrations():
    cells, spec = planned("afrobench", languages=["hau", "kin", "lug"])
    assert {arm.name for arm, _ in cells} == {"afrobench"}
    found = {place.dataset.task for _, place in cells}
    assert found == {"topics", "sentiment", "nli", "mmlu", "qa", "from_english", "math"}
    own = spec.of_arm("afrobench")
    assert (own.shots, own.reading, own.translator.path) == ((0,), "sum", "copy")


def test_a_preset_s_tasks_may_be_narrowed():
    cells, _ = planned("afriquellm", languages=["kin"], tasks=["nli", "math"])
    assert {(arm.name, place.dataset.name) for arm, place in cells} == {
        ("afriquellm", "afrixnli"), ("afriquellm_eight", "afrimgsm"),
    }  # fmt: skip


def test_a_preset_changes_no_cell_that_its_arms_have_without_it(monkeypatch):
    monkeypatch.setattr(provenance, "model", lambda *_: "")  # whose weights may not be here
    monkeypatch.setattr(provenance, "data", lambda *_: "")
    given = {"languages": ["hau"], "data_dir": str(FIXTURES), "tasks": ["nli"]}
    named = grid.plan("gemma", Options(methods=["afriquellm"], **given))
    preset = grid.plan("gemma", of_preset("afriquellm", "gemma", Options(**given)))
    assert [job.id for job in preset] == [job.id for job in named]


def test_a_preset_runs_from_items_to_records_on_any_model(home, tmp_path):
    """With the toy model in place of Gemma: every task of AfroBench that we have."""
    ours, theirs = (
        yaml.safe_load((paths.PROFILES / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("mini", "gemma")
    )
    arms = [arm for arm in theirs["arms"] if arm["name"] in PRESETS["afrobench"]]
    mine = ours | {"name": "mine", "datasets": theirs["datasets"], "arms": arms}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(mine), encoding="utf-8")
    given = {"languages": ["hau"], "limit": 2, "data_dir": str(FIXTURES)}
    spec = narrowed(str(path), of_preset("afrobench", str(path), Options(**given)))
    asked = {}
    for place in narrowing.places(spec, spec.arm("afrobench")):
        d = place.dataset
        one = Study("afrobench", d.task, profile=str(path), dataset=d.name, language="hau", limit=2,
                    data_dir=str(FIXTURES))  # fmt: skip
        asked[d.task] = one.run(progress=lambda line: None)
    assert set(asked) == {"topics", "sentiment", "nli", "mmlu", "qa", "from_english", "math"}
    rows = pd.concat(asked.values())
    assert rows.groupby("task").size().eq(2).all() and rows["shots"].eq(0).all()
    assert set(rows["prompt_language"]) == {"eng"} and set(rows["translator"]) == {"copy"}
    assert set(rows.loc[rows["option_scores"].notna(), "reading"]) == {"sum"}
    assert all(some[list(tasks.get(name).columns)].notna().all(axis=None)
               for name, some in asked.items())  # fmt: skip


def test_no_preset_leaves_the_options_as_they_are():
    options = Options(tasks=["topics"])
    assert of_preset("", "mini", options) is options


@pytest.mark.parametrize(
    ("name", "profile", "options", "says"),
    [
        ("helm", "gemma", {}, "`preset` must be one of 'afrobench', 'afriquellm', but got 'helm'"),
        ("afrobench", "mini", {}, "profile 'mini' does not have: take profile gemma"),
        ("afrobench", "gemma", {"methods": ["laft"]}, "so does `methods` 'laft': give one of"),
    ],
)
def test_a_preset_that_cannot_be_is_refused(name, profile, options, says):
    with pytest.raises(XltError) as error:
        of_preset(name, profile, Options(**options))
    assert says in str(error.value)


def test_every_preset_stands_in_a_profile():
    arms = {arm.name for arm in load_profile("gemma").arms}
    assert {name for some in PRESETS.values() for name in some} <= arms
