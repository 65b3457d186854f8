"""Linear layers in oneDNN's layout: same numbers, fresh weights, nothing left behind."""

import copy

import pytest
import torch
from tiny_models import causal
from torch import nn

from xltlib.models.engine import packed
from xltlib.models.engine.packed import PackedLinears

needs = pytest.mark.skipif(not packed._supported(), reason="this CPU has no AVX-512, or no oneDNN")


@pytest.fixture(autouse=True)
def amd(monkeypatch):
    """Whatever processor runs the tests: another vendor's, with the features that it has."""
    real = torch.cpu.get_capabilities()
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: real | {"cpu_name": "AMD EPYC"})


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


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_nothing_is_left_behind(monkeypatch, share):
    monkeypatch.setattr(packed, "_SHARE", share)
    model = copy.deepcopy(causal("llama"))
    before = [vars(m).keys() for m in model.modules()]
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    linears = PackedLinears(model)
    for _ in range(2):
        with pytest.raises(KeyError), torch.inference_mode(), linears.active():
            raise KeyError
        assert [vars(m).keys() for m in model.modules()] == before
        assert all(torch.equal(v, weights[k]) for k, v in model.state_dict().items())
    ids = torch.tensor([[5, 6, 7]])
    model.requires_grad_(True)(ids, labels=ids).loss.backward()
    assert model.lm_head.weight.grad is not None


@needs
@pytest.mark.parametrize("tied", [False, True])
def test_large_models_are_held_once(monkeypatch, tied):
    model = copy.deepcopy(causal("llama", tie_word_embeddings=tied))
    ids = torch.arange(4, 20)[None]
    with torch.inference_mode():
        expected = model(ids).logits
    monkeypatch.setattr(packed, "_SHARE", 0.0)
    linears = PackedLinears(model)
    with torch.inference_mode(), linears.active():
        assert model.model.layers[0].mlp.up_proj.weight.numel() == 0
        assert model.model.embed_tokens.weight.numel() > 0
        assert torch.allclose(model(ids).logits, expected, atol=1e-4)
        assert torch.allclose(model(ids[:, :1]).logits, expected[:, :1], atol=1e-4)
    with torch.inference_mode():
        assert torch.equal(model(ids).logits, expected)


@needs
def test_weights_are_laid_out_once(monkeypatch):
    real, laid = torch.ops.mkldnn._reorder_linear_weight, []

    class Counting:
        def __getattr__(self, name):
            if name != "_reorder_linear_weight":
                return getattr(real_ops, name)
            return lambda *args: laid.append(1) or real(*args)

    real_ops = torch.ops.mkldnn
    monkeypatch.setattr(torch.ops, "mkldnn", Counting())
    linears = PackedLinears(copy.deepcopy(causal("llama")))
    for _ in range(3):
        with torch.inference_mode(), linears.active(), linears.active():
            pass
    assert len(laid) == len(linears.layers) > 0


def test_only_where_it_is_worth_it(monkeypatch):
    half = copy.deepcopy(causal("llama")).to(torch.bfloat16)
    assert PackedLinears(half).layers == []
    with monkeypatch.context() as intel:
        intel.setattr(torch.cpu, "get_capabilities", lambda: {"cpu_name": "Intel Xeon"})
        assert PackedLinears(causal("llama")).layers == []
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert PackedLinears(causal("llama")).layers == []
