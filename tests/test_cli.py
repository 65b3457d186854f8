"""The command line: cheap to start, plain about mistakes, and it resumes."""

import os
import signal
import subprocess
import sys
import time

import pytest
import toy_grid
import typer
from factories import heed_interrupts

from xltlib import cli, paths, tasks
from xltlib.errors import XltError
from xltlib.records import provenance
from xltlib.report import build as report
from xltlib.runs import grid

COMMAND = [sys.executable, "-m", "xltlib"]


def call(*arguments: str, capsys) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main(list(arguments))
    out, err = capsys.readouterr()
    return end.value.code, out, err


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The command line on the toy grid, without data, models or a report."""
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    jobs = toy_grid.jobs(tmp_path / "notebooks")
    monkeypatch.setattr(grid, "plan", lambda profile, options: jobs)
    monkeypatch.setattr(report, "build", lambda profile, about, **_: tmp_path / "index.html")
    return tmp_path


def test_help_needs_neither_torch_nor_transformers():
    code = (
        "import sys\nfrom xltlib.cli import main\n"
        "for a in (['--help'], ['run', '--help']):\n"
        "    try:\n        main(a)\n    except SystemExit as end:\n        assert end.code == 0\n"
        "assert not {'torch', 'transformers', 'pandas', 'IPython'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for word in ("run", "report", "pretrain-mini", "notebooks", "--plan", "--fresh"):
        assert word in done.stdout


def test_help_names_every_task():
    for name in ("run", "import"):
        command = typer.main.get_command(cli.app).commands[name]
        (told,) = (p.help for p in command.params if p.name in ("task", "tasks"))
        assert ",".join(tasks.names()) in told


def test_planning_does_not_load_torch():
    """What a run does when all is cached has to be quick."""
    code = (
        "import sys\nfrom xltlib.records import provenance\nprovenance.model = lambda spec: ''\n"
        "from xltlib.runs import grid, manifest, runner\n"
        "from xltlib.runs.plan import time as estimates\n"
        "jobs = grid.plan('mini')\nestimates.estimate(jobs)\n[manifest.check(j) for j in jobs]\n"
        "assert not {'torch', 'transformers'} & set(sys.modules), 'torch'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 or "notebook" in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--profile", "maxi"], "`profile` must be one of"),
        (["run", "--languages", "swa"], "`languages` must be one of"),
        (["run", "--tasks", "qa"], "`tasks` must be one of"),
        (["run", "--methods", "x"], "`methods` must be one of"),
        (["run", "--shots", "two"], "`shots` must be whole numbers"),
        (["run", "--seeds", "0,-1"], "`seeds` must be whole numbers"),
        (["run", "--limit", "0"], "limit"),
        (["run", "--limit", "few"], "limit"),
        (["run", "--data-dir", "no/where"], "`data_dir` must be a folder that exists"),
        (["run", "--color"], "--color"),
        (["bake"], "bake"),
    ],
)
def test_mistakes_end_with_status_2_and_a_message(arguments, message, capsys):
    code, out, err = call(*arguments, capsys=capsys)
    assert code == 2
    assert message in err and "Traceback" not in out + err


def test_run_report_and_run_again(toy, capsys):
    code, out, err = call("run", "--jobs", "2", capsys=capsys)
    assert code == 0, err
    assert "6 cells: 6 run, 0 done before, 0 failed" in out
    assert out.count("31_prompt_topics") == 4 and "[6/6] 60_table" in out
    assert str(toy / "figures" / "toy") in out and "index.html" in out
    code, out, _ = call("run", capsys=capsys)
    assert code == 0 and "6 cells: 0 run, 6 done before, 0 failed" in out


def test_plan_runs_nothing(toy, capsys):
    before = sorted(toy.rglob("*"))
    code, out, _ = call("run", "--plan", "--jobs", "1", capsys=capsys)
    assert code == 0 and sorted(toy.rglob("*")) == before
    assert out.count("to run") == 6 and "a guess" in out
    assert "6 cells, 0 done before" in out and "MB of disk" in out
    for job in grid.plan("toy", grid.Options()):
        assert job.id in out


def test_plan_of_a_large_model_guesses_nothing(toy, monkeypatch, capsys):
    from xltlib.runs.plan import memory as needs

    laft = toy_grid.write(toy / "large", "adapt", '# %% tags=["parameters"]\nlanguage = ""')
    jobs = [*grid.plan("toy", grid.Options()), toy_grid.method(laft, facts={"phase": "training"})]
    monkeypatch.setattr("xltlib.check.refuse", lambda *_: None)
    monkeypatch.setattr(grid, "plan", lambda profile, options: jobs)
    monkeypatch.setattr(needs, "_config", lambda spec: None)
    monkeypatch.setattr(needs.Needs, "grid", lambda self: "")
    code, out, err = call("run", "--profile", "paper", "--plan", "--jobs", "1", capsys=capsys)
    assert code == 0, err
    assert "besides 7 cells of unknown time, about 13477 MB" in out  # 2 bytes a weight of LLaMA-7B
    assert "20 ?" not in out and "? is not known" in out


def test_failed_cells_end_with_status_1(toy, monkeypatch, capsys):
    path = toy_grid.write(toy / "bad", "31_x", '# %% tags=["parameters"]\nlanguage = ""\n# %%\n1/0')
    job = toy_grid.method(path)
    monkeypatch.setattr(grid, "plan", lambda profile, options: [job])
    code, out, _ = call("run", capsys=capsys)
    assert code == 1
    assert "1 cells: 0 run, 0 done before, 1 failed" in out
    assert "FAILED 31_x hau: 31_x.py, cell 2: ZeroDivisionError" in out


def test_the_page_is_told_what_failed_and_why(toy, monkeypatch, capsys):
    bad = toy_grid.write(toy / "bad", "31_x", '# %% tags=["parameters"]\nlanguage = ""\n# %%\n1/0')
    good = toy_grid.write(toy / "good", "31_prompt_topics", toy_grid.METHOD)
    jobs, told = [toy_grid.method(bad), toy_grid.method(good, shots=[0])], []
    monkeypatch.setattr(grid, "plan", lambda profile, options: jobs)
    monkeypatch.setattr(
        report,
        "build",
        lambda *_, told_before, **__: told.extend(told_before) or toy / "index.html",
    )
    assert call("run", capsys=capsys)[0] == 1
    (said,) = told
    assert said.startswith("Missing, because it failed: 31_x hau. 31_x.py, cell 2: ZeroDivisionErr")
    assert "\n" not in said


def test_no_workers_is_refused(toy, capsys):
    code, _, err = call("run", "--jobs", "0", capsys=capsys)
    assert code == 2 and "`jobs` must be at least 1, but got 0" in err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_ends_with_its_status_and_says_how_to_go_on(tmp_path, sent):
    program = (
        "import sys\nsys.path.insert(0, sys.argv[1])\nimport toy_grid\n"
        "from pathlib import Path\nfrom xltlib import cli\nfrom xltlib.runs import grid, kernels\n"
        "kernels.PRELOAD = ['ipykernel.kernelapp']\n"
        "jobs = toy_grid.jobs(Path(sys.argv[2]) / 'notebooks')\n"
        "grid.plan = lambda *_: jobs\ncli.main(['run', '--jobs', '1'])"
    )
    arguments = [sys.executable, "-c", program, str(paths.CHECKOUT / "tests"), str(tmp_path)]
    env = os.environ | {"XLTLIB_HOME": str(tmp_path), "PYTHONPATH": str(paths.CHECKOUT)}
    process = subprocess.Popen(
        arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_interrupts,
    )  # fmt: skip
    while not list(tmp_path.glob("runs/toy/*")) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(sent)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + sent, out + err
    assert err.strip() == "Interrupted: the same command goes on where this one stopped."


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("module", ["typer", "pydantic"])  # of the command line, of a command
def test_a_signal_while_a_module_is_imported_is_heeded(tmp_path, sent, module):
    """Also where the module makes an ImportError of the interrupt, as extensions in C do."""
    (tmp_path / f"{module}.py").write_text(
        "import os, time\ntry:\n"
        f"    os.kill(os.getpid(), {sent:d})\n    time.sleep(30)\n"
        "except KeyboardInterrupt:\n    raise ImportError('half of it') from None\n"
    )
    path = os.pathsep.join([str(tmp_path), str(paths.CHECKOUT)])
    done = subprocess.run(
        [*COMMAND, "run", "--plan"], env=os.environ | {"PYTHONPATH": path}, capture_output=True,
        text=True, preexec_fn=heed_interrupts,
    )  # fmt: skip
    assert done.returncode == 128 + sent, done.stderr
    assert done.stderr.strip() == "Interrupted: the same command goes on where this one stopped."


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--languages", ","], "`languages` names nothing, but got ','"),
        (["--seeds", "99999999999999999999"], "`seeds` must be whole numbers"),
        (["--shots", "-1"], "`shots` must be whole numbers"),
    ],
)
def test_a_list_of_nothing_is_not_one_of_all(toy, capsys, given, says):
    code, _, err = call("run", "--plan", *given, capsys=capsys)
    assert code == 2 and says in err


def test_a_terminal_without_our_letters_is_no_failure(tmp_path):
    code = "from xltlib import cli\ncli.app = lambda *a, **k: print('ƙwarai')\ncli.main([])"
    env = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(paths.CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "\\u0199warai\n", done.stderr


def test_no_error_message_moves_the_terminals_cursor(monkeypatch, capsys):
    def fail(*_, **__):
        raise XltError("the server says \x1b[2J\x1b]0;owned\x07 and more\nin two lines")

    monkeypatch.setattr(cli, "app", fail)
    code, _, err = call(capsys=capsys)
    assert code == 2 and "\x1b" not in err and "\x07" not in err
    assert "more\nin two lines" in err


def test_notebooks_check_fails_where_pairs_are_stale(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    toy_grid.write(tmp_path, "31_x", '# %% tags=["parameters"]\na = 1\n')
    code, out, err = call("notebooks", "--check", capsys=capsys)
    assert code == 2 and "differs: 31_x.ipynb" in out and "python -m xltlib notebooks" in err
    assert call("notebooks", capsys=capsys)[0] == 0
    assert call("notebooks", "--check", capsys=capsys)[0] == 0


def test_a_missing_lock_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(paths, "LOCK", tmp_path / "requirements.lock")
    provenance.lock.cache_clear()
    try:
        with pytest.raises(Exception, match="requirements.lock is missing"):
            provenance.lock()
    finally:
        monkeypatch.undo()
        provenance.lock.cache_clear()
