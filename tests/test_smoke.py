"""The project's own notebooks through papermill, on a small grid: all methods, tasks, analyses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import papermill
import pytest
import yaml

from xltlib import paths
from xltlib.config import PAPER_ARMS, load_profile
from xltlib.records import schema as records
from xltlib.runs import notebooks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> Path:
    """The mini profile in one language, with hardly any adaptation."""
    content = load_profile("mini").model_dump(mode="json")
    content["name"] = "smoke"
    content["laft"] |= {"max_lines": 60, "corpus": {"hau": "mini"}}
    for dataset in content["datasets"]:
        dataset["languages"] = ["hau"]
    path = tmp_path_factory.mktemp("profile") / "smoke.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def run(profile: Path, home: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "xltlib", "run", "--profile", str(profile), *options]
    env = os.environ | {"XLTLIB_HOME": str(home), "PYTHONPATH": str(paths.CHECKOUT)}
    return subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def whole(profile, tmp_path_factory) -> Path:
    """The home of a whole run with two workers."""
    home = tmp_path_factory.mktemp("whole")
    done = run(profile, home, "--limit", "4", "--shots", "0,2", "--seeds", "0", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def rows_of(home: Path) -> pd.DataFrame:
    """All records, measured seconds left out, in a fixed order."""
    files = sorted((home / "runs" / "smoke").glob("*/records.parquet"))
    rows = records.read(files).drop(columns="seconds")
    return rows.sort_values(records.KEY, ignore_index=True)


def test_every_method_and_task_leaves_records_and_a_notebook(whole):
    rows = rows_of(whole)
    assert set(rows.groupby(["arm", "task"]).size().index) == {
        (arm.name, t) for arm in PAPER_ARMS for t in ("summarization", "topics", "ner")
    }
    for manifest in (whole / "runs" / "smoke").glob("*/manifest.json"):
        executed = (manifest.parent / "notebook.ipynb").read_text(encoding="utf-8")
        assert str(whole) not in executed and str(Path.home()) + "/" not in executed


def test_every_figure_and_table_is_there_and_knows_what_made_it(whole):
    folder = whole / "figures" / "smoke"
    for name in ("scores", "score_by_shots", "valid_outputs", "laft_loss", "cost", "pooled"):
        meta = json.loads((folder / f"{name}.meta.json").read_text(encoding="utf-8"))
        assert meta["notebook"] and meta["files"]
        for suffix in ("png", "svg", "pdf"):
            assert (folder / f"{name}.{suffix}").stat().st_size > 1000
    for name in ("scores", "paired", "pooled", "interactions", "valid", "cost", "claims", "data"):
        for suffix in ("csv", "md"):
            assert (folder / "tables" / f"{name}.{suffix}").stat().st_size > 0
    assert list((folder / "tables").glob("reader_*.tex")), "no table for a paper"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "scores.png" in page and str(whole) not in page


def test_a_second_run_makes_nothing(whole, profile):
    again = run(profile, whole, "--limit", "4", "--shots", "0,2", "--seeds", "0")
    assert again.returncode == 0, again.stdout + again.stderr
    assert " 0 run," in again.stdout


def test_one_worker_gives_the_records_of_two(whole, profile, tmp_path):
    options = ("--limit", "4", "--shots", "0,2", "--seeds", "0", "--jobs", "1")
    alone = run(profile, tmp_path, *options, "--methods", "prompt,translate", "--tasks", "ner")
    assert alone.returncode == 0, alone.stdout + alone.stderr
    one, two = rows_of(tmp_path), rows_of(whole)
    two = two[two["task"].eq("ner") & two["method"].ne("laft")].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, two)


def test_the_worked_fork_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    fork = notebooks.read(paths.NOTEBOOKS / "05_your_language.py")
    done = papermill.execute_notebook(
        fork,
        None,
        parameters={"profile": "mini", "folder": str(tmp_path / "new")},
        kernel_name="python3",
        progress_bar=False,
    )
    printed = "".join(o.get("text", "") for c in done.cells for o in c.get("outputs", []))
    assert "Mada: afya, michezo, safari." in printed and "9 test items" in printed
    assert "swahili.yaml: ready for prompt" in printed
