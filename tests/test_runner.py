"""The runner: what is done stays done, what is not is said, whatever dies and whenever."""

import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import toy_grid
from factories import heed_interrupts

from xltlib import files, paths
from xltlib.errors import XltError
from xltlib.runs import manifest, runner
from xltlib.runs.grid import Job

PASSES = '# %% tags=["parameters"]\nlanguage = "x"\n# %%\n'
LEAVES_RECORDS = """
import os
from pathlib import Path
(Path(os.environ["XLTLIB_CELL"]) / "records.parquet").write_text(language)
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def artifacts(home: Path) -> dict[str, str]:
    """Name -> hash of all that a toy grid leaves but manifests, which hold seconds, and locks."""
    found = {}
    for path in sorted((home / "runs").rglob("*")):
        if path.is_file() and path.name != "manifest.json" and "lock" not in path.name:
            found[path.relative_to(home).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def begun(home: Path) -> dict[str, int]:
    """Cell id -> how many times its notebook began."""
    return {p.name: len(p.read_text().splitlines()) for p in (home / "ran").glob("*")}


def driver(home: Path, workers: int) -> subprocess.Popen:
    command = [sys.executable, toy_grid.__file__, str(home), str(workers)]
    env = os.environ | {"PYTHONPATH": str(paths.CHECKOUT)}
    return subprocess.Popen(
        command,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=heed_interrupts,
    )


def processes(home: Path) -> list[psutil.Process]:
    """Kernels, also forked ones, that run a cell of this home: they stand in its folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(home / "runs"):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The home of a grid that ran with one worker and without incident."""
    home = tmp_path_factory.mktemp("undisturbed")
    process = driver(home, 1)
    output = process.communicate(timeout=100)[0].decode()
    assert process.returncode == 0, output
    return home


def test_two_workers_and_resumption_after_sigkill_give_the_same(undisturbed, tmp_path):
    moments = random.Random(7)
    finished: dict[Path, int] = {}
    for round_ in range(4):
        process = driver(tmp_path, 2)
        if round_ < 3:
            # past the imports, so that the kill falls among the cells
            deadline = time.monotonic() + 60
            while not begun(tmp_path) and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(moments.uniform(0.0, 2.0) if round_ == 0 else moments.uniform(2.5, 4.5))
            process.kill()
            process.wait()
        else:
            output = process.communicate(timeout=100)[0].decode()
            assert process.returncode == 0, output
        for path, changed in finished.items():
            assert path.stat().st_ino == changed, "a finished cell was made again"
        finished = {p: p.stat().st_ino for p in (tmp_path / "runs").rglob("manifest.json")}
    assert artifacts(tmp_path) == artifacts(undisturbed)
    assert len(finished) == 6


def test_kernels_end_with_a_runner_that_is_killed(tmp_path):
    process = driver(tmp_path, 2)
    deadline = time.monotonic() + 60
    while not processes(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes(tmp_path)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while processes(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not processes(tmp_path)


def test_interrupt_ends_kernels_and_leaves_a_state_to_go_on_from(tmp_path, undisturbed):
    process = driver(tmp_path, 2)
    deadline = time.monotonic() + 60
    while not begun(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=20)[0].decode()
    assert process.returncode != 0 and "KeyboardInterrupt" in output
    assert not processes(tmp_path)
    assert not list((tmp_path / "runs").rglob(manifest.FAILED))
    process = driver(tmp_path, 2)
    assert process.communicate(timeout=100) and process.returncode == 0
    assert artifacts(tmp_path) == artifacts(undisturbed)


def test_kernel_killed_from_outside_is_tried_again(tmp_path, undisturbed):
    process = driver(tmp_path, 1)
    deadline = time.monotonic() + 60
    while not begun(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    for kernel in processes(tmp_path):
        kernel.kill()
    output = process.communicate(timeout=100)[0].decode()
    assert process.returncode == 0, output
    assert "its kernel died, it is tried once more" in output
    assert artifacts(tmp_path) == artifacts(undisturbed)


def test_nothing_that_is_done_runs_again(undisturbed, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(undisturbed))
    before = artifacts(undisturbed), begun(undisturbed)
    start = time.perf_counter()
    summary = runner.run(toy_grid.jobs(undisturbed / "notebooks"), 2)
    assert (len(summary.cached), len(summary.done), summary.failed) == (6, 0, {})
    assert time.perf_counter() - start < 10  # seconds; imports on a busy machine included
    assert (artifacts(undisturbed), begun(undisturbed)) == before


def test_what_is_written_tells_nothing_of_the_machine(undisturbed):
    for path in (undisturbed / "runs").rglob("*.ipynb"):
        text = path.read_text()
        assert str(undisturbed) not in text and str(Path.home()) + "/" not in text
        assert "execution_start" not in text and "iopub" not in text
    for path in (undisturbed / "runs").rglob("manifest.json"):
        content = json.loads(path.read_text())
        assert str(undisturbed) not in path.read_text()
        assert content["environment"]["packages"]["torch"].startswith("2.13.0")
        assert os.uname().nodename not in json.dumps(content["environment"]).split()
    text = next(p for p in (undisturbed / "runs").rglob("*.ipynb") if "made in" in p.read_text())
    assert "$XLTLIB_HOME/runs/toy" in text.read_text()


def test_codes_that_look_like_numbers_or_truth_values_stay_text(undisturbed):
    rows = [json.loads(p.read_text()) for p in (undisturbed / "runs").rglob("records.parquet")]
    assert sorted(row["language"] for row in rows) == ["hau", "nan", "no", "on"]
    assert all(row["shots"] == [0, 4] for row in rows)


def test_cells_of_their_own_draw_numbers_of_their_own(undisturbed):
    rows = [json.loads(p.read_text()) for p in (undisturbed / "runs").rglob("records.parquet")]
    for i in range(3):
        assert len({row["draws"][i] for row in rows}) == len(rows)


def test_truncated_records_are_made_again_alone(tmp_path, home, capsys):
    path = toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS)
    jobs = [toy_grid.method(path, code) for code in ("hau", "kin")]
    runner.run(jobs)
    capsys.readouterr()
    records = jobs[0].folder / "records.parquet"
    records.write_text("ha")
    summary = runner.run(jobs)
    assert [j.id for j in summary.done] == [jobs[0].id]
    assert [j.id for j in summary.cached] == [jobs[1].id]
    assert records.read_text() == "hau"
    out = capsys.readouterr().out
    assert "records.parquet has 2 bytes instead of 3, so it is made again" in out
    records.write_text("kin")  # as long, but not the same
    assert [j.id for j in runner.run(jobs).done] == [jobs[0].id]
    (jobs[1].folder / "manifest.json").write_text("{")
    assert [j.id for j in runner.run(jobs).done] == [jobs[1].id]


def test_a_notebook_that_was_opened_and_saved_stays_done(tmp_path, home):
    path = toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS)
    job = toy_grid.method(path)
    runner.run([job])
    saved = job.folder / "notebook.ipynb"
    saved.write_text(json.dumps(json.loads(saved.read_text()) | {"metadata": {}}))
    assert len(runner.run([job]).cached) == 1


@pytest.mark.parametrize("content", ["{}", "[]", "", '{"cells": 1, "nbformat": 4}', '{"cells": ['])
def test_a_notebook_that_is_none_is_no_result(tmp_path, home, content):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", "# %%\n"))
    job.folder.mkdir(parents=True)
    for name in (manifest.NOTEBOOK, manifest.RECORDS):
        (job.folder / name).write_text('{"cells": [], "nbformat": 4}')
    manifest.write(job, 1.0, 0.5, 0)
    assert manifest.check(job) is None
    (job.folder / manifest.NOTEBOOK).write_text(content)
    assert manifest.check(job) == "notebook.ipynb is no notebook any more"


def test_analysis_is_made_again_when_records_are_new(tmp_path, home):
    cell = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS))
    analysis = Job(
        toy_grid.write(tmp_path, "60_table", toy_grid.ANALYSIS), "analysis", "toy", {}
    ).over([cell])
    runner.run([cell, analysis])
    assert [j.kind for j in runner.run([cell, analysis]).cached] == ["method", "analysis"]
    content = json.loads((cell.folder / "manifest.json").read_text())
    key = f"runs/toy/{cell.id}/records.parquet"
    (cell.folder / "records.parquet").write_text("new")
    content["artifacts"][key]["sha256"] = hashlib.sha256(b"new").hexdigest()
    (cell.folder / "manifest.json").write_text(json.dumps(content))
    assert [j.kind for j in runner.run([cell, analysis]).done] == ["analysis"]


def test_figures_belong_to_the_notebook_their_meta_names(tmp_path, home):
    text = """# %% tags=["parameters"]
cells = []
# %%
import json, os
from pathlib import Path
folder = Path(os.environ["XLTLIB_HOME"]) / "figures" / "toy"
folder.mkdir(parents=True, exist_ok=True)
(folder / "scores.png").write_text("picture")
meta = {"notebook": "61_figures", "files": {"scores.png": ""}}
(folder / "scores.meta.json").write_text(json.dumps(meta))
"""
    job = Job(toy_grid.write(tmp_path, "61_figures", text), "analysis", "toy", {"cells": []})
    runner.run([job])
    assert len(runner.run([job]).cached) == 1
    (home / "figures" / "toy" / "scores.png").unlink()
    assert len(runner.run([job]).done) == 1
    assert (home / "figures" / "toy" / "scores.png").exists()


def test_a_failing_cell_is_explained_and_stops_only_what_builds_on_it(tmp_path, home, capsys):
    bad = toy_grid.write(tmp_path, "31_prompt_topics", PASSES + "1 / 0\n")
    good = toy_grid.write(tmp_path, "33_prompt_ner", PASSES + LEAVES_RECORDS)
    broken, whole = toy_grid.method(bad), toy_grid.method(good)
    after = Job(good, "method", "toy", {"language": "kin"}, {}, (broken,))
    table = Job(toy_grid.write(tmp_path, "60_table", toy_grid.ANALYSIS), "analysis", "toy", {})
    summary = runner.run([broken, whole, after, table.over([broken, whole, after])])
    assert [j.label for j in summary.done] == [whole.label, "60_table"]
    assert summary.done[1].parameters["cells"] == [whole.id]
    message = summary.failed[broken.label]
    assert message.startswith("31_prompt_topics.py, cell 2: ZeroDivisionError: division by zero")
    kept = broken.folder / manifest.FAILED
    assert str(kept) in message and "ZeroDivisionError" in kept.read_text()
    assert "it builds on 31_prompt_topics hau" in summary.failed[after.label]
    assert not (broken.folder / "manifest.json").exists()
    assert "FAILED" in capsys.readouterr().out


def test_errors_of_the_library_are_shown_as_they_are(tmp_path, home):
    text = PASSES + 'from xltlib.errors import XltError\nraise XltError("`x` must be 1: set it")\n'
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", text))
    message = runner.run([job]).failed[job.label]
    assert "cell 2: `x` must be 1: set it\n" in message


def test_a_kernel_that_always_dies_fails_its_cell_only(tmp_path, home, capsys):
    text = PASSES + 'import os\nos.write(2, b"out of luck\\n")\nos.kill(os.getpid(), 9)\n'
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", text))
    summary = runner.run([job])
    message = summary.failed[job.label]
    assert "its kernel died" in message
    assert capsys.readouterr().out.count("tried once more") == 1
    assert manifest.check(job) == ""


def test_a_cell_over_its_time_fails(tmp_path, home):
    text = PASSES + "import time\ntime.sleep(60)\n"
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", text))
    message = runner.run([job], timeout=1).failed[job.label]
    assert "took longer than its time limit" in message
    assert manifest.check(job) == "" and not processes(home)


def test_a_cell_without_records_is_not_done(tmp_path, home):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES))
    assert "without leaving records.parquet" in runner.run([job]).failed[job.label]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"language": "hau", "shot": 4}, "has no parameter 'shot'"),
        ({}, "declares the parameter 'language'"),
        ({"language": Path("hau")}, "must be JSON"),
        ({"language": ("hau", "kin")}, "must be JSON"),
    ],
)
def test_parameters_are_refused_before_anything_runs(tmp_path, home, given, message):
    good = toy_grid.write(tmp_path, "33_prompt_ner", PASSES + LEAVES_RECORDS)
    bad = toy_grid.write(tmp_path, "31_prompt_topics", PASSES)
    with pytest.raises(XltError, match=message):
        runner.run([toy_grid.method(good), Job(bad, "method", "toy", given)])
    assert not home.exists()


def test_fresh_makes_everything_anew(tmp_path, home):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS))
    runner.run([job])
    assert len(runner.run([job]).cached) == 1
    assert len(runner.run([job], fresh=True).done) == 1


def test_one_runner_at_a_time(tmp_path, home):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS))
    with runner._locked("toy"):
        with pytest.raises(XltError, match=f"process {os.getpid()}\\) is using"):
            runner.run([job])
    assert len(runner.run([job]).done) == 1


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "file" / "home"))
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES))
    with pytest.raises(XltError, match="cannot write .*XLTLIB_HOME"):
        runner.run([job])


def test_a_full_disk_is_named_and_nothing_counts_as_done(tmp_path, home, monkeypatch):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS))

    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "replace", full)
    message = runner.run([job]).failed[job.label]
    assert "No space left on device" in message and str(job.folder) in message
    monkeypatch.undo()
    monkeypatch.setenv("XLTLIB_HOME", str(home))
    assert manifest.check(job) == ""
    assert len(runner.run([job]).done) == 1


def test_an_executor_from_elsewhere_runs_the_same_code(tmp_path, home):
    from concurrent.futures import ThreadPoolExecutor

    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", PASSES + LEAVES_RECORDS))
    with ThreadPoolExecutor(2) as executor:
        assert len(runner.run([job], 2, executor=executor).done) == 1
