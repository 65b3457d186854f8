"""Two processes that train one model: the result of one process, checkpoints across, the cache."""

import contextlib
import os
import subprocess
import sys

import hub_models
import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import load_file

from xltlib import paths
from xltlib.config import load_language, load_profile
from xltlib.errors import XltError
from xltlib.methods import laft, laft_launch
from xltlib.models.training import adapt as training
from xltlib.models.training import trainee

# Sums in bfloat16, which autocast takes where a CPU has it, would differ too much with their order.
_DRIVER = """
import contextlib, runpy, sys, torch
from xltlib.models.training import adapt as laft, trainee
torch.set_num_threads(1)
trainee.autocast = lambda device: contextlib.nullcontext()
def die(step, steps):
    if step == dies_at:
        sys.exit()
dies_at, real = int(sys.argv.pop(1)), laft.adapt
laft.adapt = lambda *a: real(*a, progress=die)
runpy.run_module("xltlib.methods.laft_launch", run_name="__main__")
"""


@pytest.fixture(scope="module")
def profiles(tmp_path_factory):
    """A tiny Llama for each mode; five sequences a step, so that the processes' shares differ."""
    root = tmp_path_factory.mktemp("launch")
    content = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
    content["model"] = {"path": str(hub_models.llama(root / "llama")), "context": 64}
    made = {}
    for mode in ("full", "lora"):
        content["laft"] |= {
            "mode": mode, "sequence": 64, "batch": 5, "max_lines": 60, "micro_batch": 2,
            "checkpoint_steps": 3, "gradient_checkpointing": mode == "full",
        }  # fmt: skip
        made[mode] = root / f"{mode}.yaml"
        made[mode].write_text(yaml.safe_dump(content | {"name": mode}), encoding="utf-8")
    return made


def two_processes(home, profile, dies_at: int = 0) -> str:
    """Launch two processes over gloo by torchrun, which sets the variables that accelerate sets."""
    driver = home / "driver.py"
    driver.parent.mkdir(exist_ok=True)
    driver.write_text(_DRIVER, encoding="utf-8")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    told = [str(driver), str(dies_at), "--language", "hau", "--profile", str(profile)]
    variables = {
        "XLTLIB_HOME": str(home),
        "PYTHONPATH": str(paths.CHECKOUT),
        "OMP_NUM_THREADS": "1",
    }
    run = subprocess.run(
        [*launcher, *told], env=os.environ | variables, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def adapted(profile, home, monkeypatch, dies_at=None):
    """What one process makes, or leaves when it is killed at a step."""
    monkeypatch.setenv("XLTLIB_HOME", str(home))
    real = training.adapt

    def die(step, steps):
        if step == dies_at:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "adapt", lambda *a: real(*a, progress=die))
        patch.setattr(trainee, "autocast", lambda device: contextlib.nullcontext())
        return laft.adapted(load_profile(str(profile)), load_language("hau"))


def same(one, other) -> None:
    """The same weights and the same history, up to the order of sums."""
    a, b = (load_file(f / "model.safetensors") for f in (one, other))
    assert a.keys() == b.keys()
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=0, atol=1e-5)
    a, b = (pd.read_parquet(f / "history.parquet").drop(columns="seconds") for f in (one, other))
    pd.testing.assert_frame_equal(a, b, rtol=1e-4)


def test_two_processes_go_on_where_one_stopped_and_end_as_one(profiles, tmp_path, monkeypatch):
    torch.set_num_threads(1)
    whole, _ = adapted(profiles["full"], tmp_path / "one", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        adapted(profiles["full"], tmp_path / "two", monkeypatch, dies_at=4)
    out = two_processes(tmp_path / "two", profiles["full"])
    assert out.startswith(f"{whole.name}: held-out loss ") and out.count("held-out") == 1
    monkeypatch.setattr(training.loop, "train", None)  # the notebook finds it, and trains nothing
    found, history = adapted(profiles["full"], tmp_path / "two", monkeypatch)
    assert found.name == whole.name and history.step.iloc[-1] > 6
    same(whole, found)


def test_one_process_goes_on_where_two_stopped(profiles, tmp_path, monkeypatch):
    torch.set_num_threads(1)
    whole, _ = adapted(profiles["lora"], tmp_path / "one", monkeypatch)
    two_processes(tmp_path / "two", profiles["lora"], dies_at=4)
    part = tmp_path / "two" / "runs" / "lora" / "adapted" / f"{whole.name}.part"
    left = torch.load(part / "checkpoint.pt", weights_only=True)
    assert left["state"]["step"] == 3 and len(left["state"]["losses"]) <= 3
    found, _ = adapted(profiles["lora"], tmp_path / "two", monkeypatch)
    same(whole, found)


def test_without_a_launcher_it_says_so(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(
        XltError, match="not started by a launcher: run `.venv/bin/accelerate launch"
    ):
        laft_launch.launch("mini", "hau")
