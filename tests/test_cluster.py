"""Cells on a Dask cluster: the same records as here, and workers or a scheduler may die."""

import os
import shutil
import subprocess
import sys
import time
from concurrent import futures
from pathlib import Path

import pytest
import toy_grid
from clusters import Cluster, children
from test_runner import artifacts, begun, driver, processes

from xltlib import cli, paths
from xltlib.errors import XltError
from xltlib.runs import cluster, manifest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = pytest.mark.timeout(900)
PATIENCE = 600  # seconds: several processes that import torch may share two busy cores


def on(where: str, home: Path) -> subprocess.Popen:
    """A run of the toy grid on a cluster."""
    command = [sys.executable, toy_grid.__file__, str(home), "2", where]
    env = os.environ | {"PYTHONPATH": str(paths.CHECKOUT)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def until(met, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The home of the same grid, run without a cluster."""
    home = tmp_path_factory.mktemp("here")
    process = driver(home, 1)
    output = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0, output
    return home


@pytest.fixture
def two(tmp_path):
    with Cluster(tmp_path / "dask") as made:
        yield made


@pytest.mark.slow
def test_the_same_records_as_here_and_nothing_twice(here, two, tmp_path):
    home = tmp_path / "home"
    process = on(two.where, home)
    output = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0, output
    assert artifacts(home) == artifacts(here)
    assert set(begun(home).values()) == {1}
    process = on(two.where, home)
    assert "FAILED" not in process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0 and set(begun(home).values()) == {1}


@pytest.mark.slow
def test_a_killed_workers_cell_runs_again_and_no_other(here, two, tmp_path):
    home = tmp_path / "home"
    process = on(two.where, home)
    until(lambda: processes(home) and begun(home))
    (kernel, *_) = [p for p in processes(home) if p.cwd().rpartition("/")[2] in begun(home)]
    lost = Path(kernel.cwd()).name
    victim = next(w for w in two.workers if kernel.pid in {c.pid for c in children(w)})
    victim.kill()
    output = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0, output
    times = begun(home)
    assert times.pop(lost) == 2 and set(times.values()) == {1}
    assert artifacts(home) == artifacts(here)


@pytest.mark.slow
def test_a_lost_scheduler_is_one_message_and_what_is_done_stays(here, two, tmp_path):
    home = tmp_path / "home"
    process = on(two.where, home)
    until(lambda: list((home / "runs").rglob(manifest.NAME)))
    two.scheduler.kill()
    output = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 2
    errors = [line for line in output.splitlines() if "error" in line.lower()]
    assert len(errors) == 1 and "scheduler at tcp://" in errors[0], output
    assert "Traceback" not in output
    until(lambda: not processes(home))
    kept = {p: p.stat().st_ino for p in (home / "runs").rglob(manifest.NAME)}
    process = driver(home, 1)
    output = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0, output
    assert kept and all(path.stat().st_ino == number for path, number in kept.items())
    assert artifacts(home) == artifacts(here)


@pytest.mark.slow
def test_workers_with_a_nanny_run_cells_too(here, tmp_path):
    with Cluster(tmp_path / "dask", n=1, nanny=True) as made:
        process = on(made.where, tmp_path / "home")
        output = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0, output
    assert artifacts(tmp_path / "home") == artifacts(here)


@pytest.mark.parametrize(
    ("where", "options", "message"),
    [
        ("tcp://localhost:1", None, "must be dask:tcp://HOST:PORT or slurm"),
        ("dask:localhost", None, "must be dask:tcp://HOST:PORT or slurm"),
        ("slurm", None, "`cluster-options` is missing"),
        ("dask:tcp://localhost:1", Path("x.yaml"), "is for slurm alone"),
    ],
)
def test_places_that_are_none_are_refused(where, options, message):
    with pytest.raises(XltError, match=message), cluster.connected(where, options):
        raise AssertionError


def test_a_cell_elsewhere_can_be_given_up():
    cell = cluster._Cell()
    cell.set_running_or_notify_cancel()
    assert cell.cancel() and cell.cancel()
    assert futures.wait([cell], timeout=1).done == {cell}
    cell = cluster._Cell()
    cell.set_result(3)
    assert cell.cancel() and cell.result() == 3


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 1.0)
    with pytest.raises(XltError, match=r"tcp://127\.0\.0\.1:9 does not answer"):  # noqa: SIM117
        with cluster.connected("dask:tcp://127.0.0.1:9"):
            raise AssertionError


@pytest.mark.slow
def test_the_command_line_says_so_too(home, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["run", "--cluster", "nowhere", "--limit", "2"])
    assert end.value.code == 2
    assert "must be dask:tcp://HOST:PORT or slurm" in capsys.readouterr().err


def test_a_worker_elsewhere_or_of_other_sources_refuses_its_cell(tmp_path, monkeypatch):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", toy_grid.METHOD))
    monkeypatch.setattr(os, "environ", os.environ.copy())
    told = {"home": str(tmp_path / "nowhere"), "sources": "other"}
    found = cluster._execute(job, None, told)
    assert found["status"] == "failed" and "a folder that all machines share" in found["message"]
    (tmp_path / "nowhere" / "runs" / "toy").mkdir(parents=True)
    (tmp_path / "nowhere" / "runs" / "toy" / ".lock").touch()
    found = cluster._execute(job, None, told)
    assert found["status"] == "failed" and "other sources of xltlib" in found["message"]


def test_slurm_is_told_what_the_file_says_and_where_it_listens(tmp_path, home):
    path = tmp_path / "slurm.yaml"
    path.write_text("queue: gpu\nmemory: 32GB\n", encoding="utf-8")
    with pytest.raises(XltError, match=r"slurm\.yaml: `interface` is missing"):
        cluster.slurm_settings(path)
    path.write_text("queue: gpu\nmemory: 32GB\ncores: 4\ninterface: lo\n", encoding="utf-8")
    told = cluster.slurm_settings(path)
    assert (told["cores"], told["processes"], told["job_cpu"]) == (1, 1, 4)
    assert f"export XLTLIB_HOME={home}" in told["job_script_prologue"]
    jobqueue = pytest.importorskip("dask_jobqueue")
    with jobqueue.SLURMCluster(**told) as made:
        script = made.job_script()
    assert "#SBATCH -p gpu" in script and "#SBATCH -n 1" in script
    assert "--cpus-per-task=4" in script and "--nthreads 1" in script


with_slurm = pytest.mark.skipif(
    not shutil.which("sbatch"), reason="no Slurm here: install slurmctld, slurmd and munge"
)


def on_slurm(home: Path, n: int) -> subprocess.Popen:
    """A run of the toy grid with ``n`` jobs of a Slurm that runs on this machine."""
    pytest.importorskip("dask_jobqueue")
    home.mkdir()
    options = home / "slurm.yaml"
    options.write_text("interface: lo\nmemory: 1GB\nwalltime: '00:10:00'\n", encoding="utf-8")
    code = (
        "import os, sys; home, options, n = sys.argv[1:]; os.environ['XLTLIB_HOME'] = home; "
        "import toy_grid; from pathlib import Path; from xltlib.runs import cluster, runner\n"
        "cluster._REFILL = 2.0\n"
        "with cluster.connected('slurm', Path(options), int(n)) as (pool, n):\n"
        "    jobs = toy_grid.jobs(Path(home) / 'notebooks')\n"
        "    sys.exit(bool(runner.run(jobs, n, executor=pool).failed))"
    )
    folders = os.pathsep.join([str(paths.CHECKOUT), str(Path(toy_grid.__file__).parent)])
    env = {"PYTHONPATH": folders, "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "1s"}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(home), str(options), str(n)],
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
@with_slurm
def test_slurm_runs_the_same_grid(here, tmp_path):
    run = on_slurm(tmp_path / "home", 2)
    output = run.communicate(timeout=PATIENCE)[0].decode()
    assert run.returncode == 0, output
    assert artifacts(tmp_path / "home") == artifacts(here)


@pytest.mark.slow
@with_slurm
def test_a_job_that_the_queue_ended_is_asked_anew(here, tmp_path):
    run = on_slurm(tmp_path / "home", 1)
    until(lambda: begun(tmp_path / "home"))
    queue = subprocess.run(["squeue", "-ho", "%i", "-n", "dask-worker"], capture_output=True)
    subprocess.run(["scancel", *queue.stdout.decode().split()], check=True)
    output = run.communicate(timeout=PATIENCE)[0].decode()
    assert run.returncode == 0, output
    assert artifacts(tmp_path / "home") == artifacts(here)
