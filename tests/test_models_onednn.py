"""Linear layers by oneDNN: same numbers, fresh weights, held once, nothing left behind."""

import copy
import subprocess
import sys

import pytest
import torch
from tiny_models import causal
from torch import nn

from xltlib.models.engine import onednn
from xltlib.models.engine.onednn import OneDnnLinears

needs = pytest.mark.skipif(not onednn._supported(), reason="this CPU has no AVX-512, or no oneDNN")


@pytest.fixture(autouse=True)
def amd(monkeypatch):
    """Whatever processor runs the tests: another vendor's, with the features that it has."""
    real = torch.cpu.get_capabilities()
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: real | {"cpu_name": "AMD EPYC"})


@needs
@pytest.mark.parametrize("wide", [8, 64])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    "shape", [(1, 24), (7, 24), (8, 24), (16, 24), (2, 8, 24), (12, 1, 24), (2, 9, 24), (700, 24)]
)
def test_products_are_the_same(wide, bias, shape, monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr(onednn, "_WIDE", wide)
    model = nn.Sequential(nn.Linear(24, 40, bias=bias))
    rows = torch.randn(shape)
    with torch.inference_mode():
        expected = model(rows)
        with OneDnnLinears(model).active():
            assert torch.allclose(model(rows), expected, atol=1e-5)
            assert torch.allclose(model(rows[..., ::1].contiguous()), expected, atol=1e-5)


@needs
def test_changed_weights_are_used():
    model = nn.Sequential(nn.Linear(16, 16, bias=False))
    linears, rows = OneDnnLinears(model), torch.randn(20, 16)
    with torch.inference_mode(), linears.active():
        model(rows)
    with torch.no_grad():
        model[0].weight.mul_(3)
    with torch.inference_mode(), linears.active():
        assert torch.allclose(model(rows), rows @ model[0].weight.T, atol=1e-5)
    model[0].weight = nn.Parameter(torch.eye(16))
    with torch.inference_mode(), linears.active():
        assert torch.allclose(model(rows), rows, atol=1e-6)


def test_nothing_is_left_behind():
    model = copy.deepcopy(causal("llama", tie_word_embeddings=True))
    before = [vars(m).keys() for m in model.modules()]
    places = {k: (v.data_ptr(), v.clone()) for k, v in model.state_dict().items()}
    linears = OneDnnLinears(model)
    for _ in range(2):
        with pytest.raises(KeyError), torch.inference_mode(), linears.active(), linears.active():
            raise KeyError
        assert [vars(m).keys() for m in model.modules()] == before
        for name, now in model.state_dict().items():
            assert now.data_ptr() == places[name][0] and torch.equal(now, places[name][1])
    ids = torch.tensor([[5, 6, 7]])
    model.requires_grad_(True)(ids, labels=ids).loss.backward()
    assert model.lm_head.weight.grad is not None


@needs
def test_a_model_in_use_takes_no_second_copy_of_its_weights():
    """In a process of its own: peak memory is the process's."""
    script = """
import resource, torch
from torch import nn
from xltlib.models.engine import onednn
onednn._gains = lambda: True
model = nn.Sequential(*(nn.Linear(4096, 4096, bias=False) for _ in range(4)))
rows = torch.ones(2, 4096)
linears = onednn.OneDnnLinears(model)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
with torch.inference_mode(), linears.active():
    model[0](rows)
    before = peak()
    model(rows)
print(peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 64 < 4 * 4096 * 4096 * 4 / 2**20  # MiB


def test_only_where_it_is_worth_it(monkeypatch):
    half = copy.deepcopy(causal("llama")).to(torch.bfloat16)
    assert OneDnnLinears(half).layers == []
    with monkeypatch.context() as intel:
        intel.setattr(torch.cpu, "get_capabilities", lambda: {"cpu_name": "Intel Xeon"})
        assert OneDnnLinears(causal("llama")).layers == []
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert OneDnnLinears(causal("llama")).layers == []
