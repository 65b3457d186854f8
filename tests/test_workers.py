"""How many cells run at a time, and which GPU each of them sees."""

from types import SimpleNamespace

import psutil
import pytest

from xltlib import machine as hardware
from xltlib.runs import execution, workers
from xltlib.runs.grid import Options
from xltlib.runs.plan import memory as needs
from xltlib.runs.plan.memory import Need

GB = 1e9
ALL = Options()


@pytest.fixture
def machine(monkeypatch):
    """A machine of 16 cores with so much memory and so many GPUs, each with so much of its own."""

    def made(memory: float, gpus: int = 0, each: float = 0.0):
        given = SimpleNamespace(total=memory, available=memory)
        monkeypatch.setattr(psutil, "virtual_memory", lambda: given)
        monkeypatch.setattr(hardware, "cores", lambda: 16)
        monkeypatch.setattr(hardware, "has_gpu", lambda: gpus > 0)
        monkeypatch.setattr(hardware, "gpus", lambda: [str(i) for i in range(gpus)])
        monkeypatch.setattr(hardware, "gpu_memory", lambda: int(each))

    return made


@pytest.fixture
def takes(monkeypatch):
    """Models of so many bytes of weights: asked, translating, adapted."""

    def made(*weights: float | None):
        uses = ("asked", "translating", "LAFT, full")
        found = [
            Need(use, "x", None, "config", w, 0.0, 0.0)
            for use, w in zip(uses, weights, strict=True)
        ]
        monkeypatch.setattr(needs.Needs, "models", lambda self: found)

    return made


def test_on_a_cpu_memory_is_shared_by_the_largest_cells(machine, takes):
    takes(13 * GB, 7 * GB, None)
    machine(64 * GB)
    assert workers.default("mini", ALL) == 4  # small models: nothing is asked of them
    assert workers.default("paper", ALL) == 3  # 20 GB a cell that translates
    machine(15 * GB)
    assert workers.default("paper", ALL) == 1
    takes(1 * GB, 1 * GB, 4 * GB)  # `small` says auto, which a CPU takes as float32
    machine(25 * GB)
    assert workers.default("small", ALL) == 3


def test_a_worker_for_each_gpu_that_bears_the_models(machine, takes):
    takes(13 * GB, 7 * GB, 28 * GB)
    machine(512 * GB, gpus=4, each=48 * GB)
    assert workers.default("paper", ALL) == 4
    for gpus, each in ((4, 30 * GB), (4, 0), (1, 80 * GB)):  # too small; not known; alone
        machine(512 * GB, gpus, each)
        assert workers.default("paper", ALL) == 1
    takes(13 * GB, None, 28 * GB)
    machine(512 * GB, gpus=4, each=80 * GB)
    assert workers.default("paper", ALL) == 1


def test_the_memory_of_gpus_is_not_guessed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert hardware.gpu_memory() == 0


def test_each_worker_has_a_gpu_of_its_own():
    try:
        execution.share_gpus(["2", "5"], 3)
        with execution._gpu() as one, execution._gpu() as two, execution._gpu() as three:
            seen = [found["CUDA_VISIBLE_DEVICES"] for found in (one, two, three)]
        assert seen == ["2", "5", "2"]
        with execution._gpu() as again:
            assert again["CUDA_VISIBLE_DEVICES"] in ("2", "5")
        for names, n_workers in ((["0"], 3), ([], 2), (["0", "1"], 1)):
            execution.share_gpus(names, n_workers)
            with execution._gpu() as told:
                assert told == {}  # a kernel alone sees all GPUs: a large model goes over them
    finally:
        execution.share_gpus([], 1)


def test_gpus_by_what_the_environment_shows(monkeypatch):
    monkeypatch.setattr(hardware, "has_gpu", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-8932f937")
    assert hardware.gpus() == ["3", "GPU-8932f937"]
    monkeypatch.setattr(hardware, "has_gpu", lambda: False)
    assert hardware.gpus() == []
