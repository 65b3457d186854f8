"""Kernels: forked and fresh ones compute the same, with one thread, and are told apart rightly."""

import json

import pytest
import toy_grid

from xltlib import machine
from xltlib.runs import kernels, runner

TEXT = """# %% tags=["parameters"]
language = "x"
# %%
import json, os, random, sys
from pathlib import Path
import matplotlib, numpy, torch
import multiprocessing.process
from tqdm.auto import tqdm
from tqdm.std import TqdmDefaultWriteLock
sum(tqdm([1]))
facts = {
    "semaphore": hasattr(TqdmDefaultWriteLock, "mp_lock"),
    "draws": [random.random(), float(numpy.random.rand()), float(torch.rand(1))],
    "hash": hash("text"),
    "threads": torch.get_num_threads(),
    "variables": [os.environ[k] for k in ("OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM")],
    "backend": matplotlib.get_backend(),
    "forked": multiprocessing.process.parent_process() is not None,
    "folder": Path.cwd() == Path(os.environ["XLTLIB_CELL"]),
    "ipython": get_ipython().ipython_dir == os.environ["IPYTHONDIR"],
}
(Path(os.environ["XLTLIB_CELL"]) / "records.parquet").write_text(json.dumps(facts))
"""


def test_forked_and_fresh_kernels_are_alike(tmp_path, monkeypatch):
    job = toy_grid.method(toy_grid.write(tmp_path, "31_prompt_topics", TEXT))
    facts = {}
    for fresh in ("0", "1"):
        monkeypatch.setenv("XLTLIB_FRESH_KERNELS", fresh)
        monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / fresh))
        assert runner.run([job]).failed == {}
        facts[fresh] = json.loads((job.folder / "records.parquet").read_text())
        manifest = json.loads((job.folder / "manifest.json").read_text())
        assert 50 < manifest["peak_memory_mb"] < 5000
    assert facts["1"].pop("forked") is False
    monkeypatch.setenv("XLTLIB_FRESH_KERNELS", "0")
    assert facts["0"].pop("forked") is kernels.forking()
    assert facts["0"] == facts["1"]
    assert facts["0"]["threads"] == 1 and facts["0"]["variables"] == ["1", "false"]
    assert facts["0"]["backend"] == "module://matplotlib_inline.backend_inline" or (
        facts["0"]["backend"] == "inline"
    )
    assert not facts["0"]["semaphore"]  # a kernel ends by a kill, which would leave it
    assert facts["0"]["folder"] and facts["0"]["ipython"]


@pytest.mark.parametrize(
    ("platform", "fresh", "gpu", "expected"),
    [
        ("linux", "", False, True),
        ("linux", "0", False, True),
        ("linux", "1", False, False),
        ("linux", "", True, False),
        ("darwin", "", False, False),
    ],
)
def test_when_kernels_are_forked(monkeypatch, platform, fresh, gpu, expected):
    monkeypatch.setattr(kernels.sys, "platform", platform)
    monkeypatch.setenv("XLTLIB_FRESH_KERNELS", fresh)
    monkeypatch.setattr(machine, "has_gpu", lambda: gpu)
    assert kernels.forking() is expected


def test_a_gpu_counts_only_if_torch_may_use_it(monkeypatch):
    monkeypatch.setattr(machine.Path, "exists", lambda self: True)
    monkeypatch.setattr(machine.metadata, "version", lambda name: "2.13.0+cpu")
    assert not machine.has_gpu()
    monkeypatch.setattr(machine.metadata, "version", lambda name: "2.13.0")
    assert machine.has_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not machine.has_gpu()


def test_all_that_is_preloaded_exists():
    from importlib.util import find_spec

    assert [name for name in kernels.PRELOAD if find_spec(name) is None] == []
