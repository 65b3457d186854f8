"""Linear layers in oneDNN's layout: same numbers, fresh weights, nothing left behind."""

import copy

import pytest
import torch
from tiny_models import causal
from torch import nn

from xltlib.models import packed
from xltlib.models.packed import PackedLinears

needs = pytest.mark.skipif(not packed._supported(), reason="this CPU has no AVX-512, or no oneDNN")


@needs
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(1, 24), (3, 24), (8, 24), (2, 9, 24), (700, 24)])
def test_products_are_the_same(bias, shape):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(24, 40, bias=bias))
    rows = torch.randn(shape)
    with torch.inference_mode():
        expected = model(rows)
        with PackedLinears(model).active():
            assert torch.allclose(model(rows), expected, atol=1e-5)
            assert torch.allclose(model(rows[..., ::1].contiguous()), expected, atol=1e-5)


@needs
def test_changed_weights_are_laid_out_again():
    model = nn.Sequential(nn.Linear(16, 16, bias=False))
    linears, rows = PackedLinears(model), torch.randn(20, 16)
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
    model = causal("llama")
    before = [vars(m).keys() for m in model.modules()]
    linears = PackedLinears(model)
    with pytest.raises(KeyError), linears.active():
        raise KeyError
    assert [vars(m).keys() for m in model.modules()] == before


def test_only_where_it_is_worth_it(monkeypatch):
    half = copy.deepcopy(causal("llama")).to(torch.bfloat16)
    assert PackedLinears(half).layers == []
    monkeypatch.setattr(packed, "_MOST_BYTES", 10)
    assert PackedLinears(causal("llama")).layers == []
    monkeypatch.undo()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert PackedLinears(causal("llama")).layers == []
