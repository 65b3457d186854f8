"""Files that a run keeps, when they are JSON and yet not what was written."""

import json

import pytest
import toy_grid

from xltlib import paths
from xltlib.config import load_language, load_profile
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.records import manifests, results
from xltlib.report import gather
from xltlib.runs import grid, manifest, runner

WRONG = [
    [],
    {},
    7,
    None,
    {"cell": 1, "artifacts": {}, "depends_on": {}, "seconds": 1.0},
    {"cell": "a", "artifacts": [], "depends_on": {}, "seconds": 1.0},
    {"cell": "a", "artifacts": {"x": 1}, "depends_on": {}, "seconds": 1.0},
    {"cell": "a", "artifacts": {"x": {"bytes": "1", "sha256": None}}, "seconds": 1.0},
    {"cell": "a", "artifacts": {}, "depends_on": {}, "seconds": float("nan")},
    {"cell": "a", "artifacts": {}, "depends_on": [], "seconds": 1.0, "label": [], "kind": "method"},
]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A toy grid that has run: its home and its jobs."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLTLIB_HOME", str(home))
        jobs = toy_grid.jobs(home / "notebooks")
        assert not runner.run(jobs, 1).failed
    return home, jobs


@pytest.fixture
def home(done, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(done[0]))
    return done[0]


@pytest.mark.parametrize("content", WRONG, ids=range(len(WRONG)))
def test_a_manifest_of_another_shape_makes_its_cell_again(done, home, content):
    _, jobs = done
    job = next(j for j in jobs if j.kind == "method")
    path = job.folder / manifest.NAME
    whole = path.read_bytes()
    try:
        path.write_text(json.dumps(content), encoding="utf-8")
        assert manifest.read(job.folder) is None
        assert manifest.check(job) == "manifest.json cannot be read"
        manifest.retract(job)
        assert not path.exists()
        path.write_text("[" * 200_000, encoding="utf-8")
        assert manifest.check(job) == "manifest.json cannot be read"
        path.write_text(json.dumps(content), encoding="utf-8")
        if not (isinstance(content, dict) and isinstance(content.get("label"), str)):
            with pytest.raises(XltError, match=f"cell {job.id} cannot be read .* and run again"):
                results.newest("toy")
            assert results.imported("toy", []) == []
    finally:
        path.write_bytes(whole)


def test_an_import_whose_manifest_cannot_be_read_is_an_error(home):
    folder = paths.runs("toy") / "imported-0123"
    folder.mkdir()
    try:
        (folder / manifests.NAME).write_text("[]", encoding="utf-8")
        with pytest.raises(XltError, match="imported-0123 .*and import again"):
            results.newest("toy")
    finally:
        (folder / manifests.NAME).unlink()
        folder.rmdir()


@pytest.mark.parametrize("content", ["{}", "[]", '{"cells": [1]}', "no JSON"])
def test_an_executed_notebook_that_is_none_any_more_is_said_on_the_page(done, home, content):
    _, jobs = done
    job = next(j for j in jobs if j.kind == "method")
    path = job.folder / manifest.NOTEBOOK
    whole = path.read_bytes()
    notes = []
    try:
        path.write_text(content, encoding="utf-8")
        assert "no notebook any more" in manifest.check(job)  # a run makes it again
        shown = gather.cell(job.folder, manifest.read(job.folder), home / "page", notes)
        assert shown["html"] == ""
        assert notes[0].startswith(f"The executed notebook of {job.label} cannot be shown: ")
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("content", ["[]", '{"loading": "much"}', "{", '{"loading": null}'])
def test_phases_of_another_shape_are_named(tmp_path, content):
    (tmp_path / results.PHASES).write_text(content, encoding="utf-8")
    known = {"startup_seconds": 1.0, "seconds": 2.0, "kind": "method"}
    with pytest.raises(XltError, match="phases.json is not what a cell leaves"):
        results.phases([(tmp_path, known)])


def test_a_kept_training_text_that_was_changed_is_read_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    own = tmp_path / "own.txt"
    own.write_text("\n".join(f"Labari na {i} daga Kano." for i in range(9)), encoding="utf-8")
    profile = load_profile("mini")
    corpus = profile.laft.model_copy(update={"corpus": {"hau": str(own)}})
    profile = profile.model_copy(update={"laft": corpus})
    first = laft.training_text(profile, load_language("hau"))
    (kept,) = (paths.runs("mini") / "corpora").glob("*.json")
    content = json.loads(kept.read_text(encoding="utf-8"))
    for changed in (
        content | {"lines": ["another text"]},
        content | {"read": "9"},
        [],
        {},
        {k: v for k, v in content.items() if k != "sha256"},
    ):
        kept.write_text(json.dumps(changed), encoding="utf-8")
        assert laft.training_text(profile, load_language("hau")) == first
        assert json.loads(kept.read_text(encoding="utf-8")) == content


def test_a_plan_is_made_beside_a_manifest_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    folder = paths.runs("mini") / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / manifests.NAME).write_text("[]", encoding="utf-8")
    options = grid.Options(languages=["hau"], tasks=["topics"], methods=["prompt"])
    assert grid.plan("mini", options)


def test_cells_of_a_version_without_arms_are_not_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    for cell, kind, facts in (
        ("old", "method", {}),
        ("older", "preparation", {}),
        ("new", "method", {"facts": {"method": "prompt", "order": 0}}),
    ):
        folder = paths.runs("mini") / cell
        folder.mkdir(parents=True)
        content = {"label": cell, "kind": kind, "seconds": 1.0, "startup_seconds": 0.5} | facts
        (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    found = results.newest("mini")
    assert set(found) == {"new"}
    assert list(results.phases(found.values())["phase"]) == ["start-up", "notebooks"]
