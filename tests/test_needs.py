"""What a profile takes: weights, states and caches, counted without them and measured with them."""

import json
from types import SimpleNamespace

import hub_models
import pandas as pd
import pytest
import torch
from factories import records as make_records
from tiny_models import causal
from transformers import AutoModelForSeq2SeqLM
from transformers.cache_utils import DynamicCache

from xltlib import cli, paths
from xltlib.config import LaftSpec, ModelSpec, TranslatorSpec, load_profile
from xltlib.errors import XltError
from xltlib.models.training.trainee import trainee_of
from xltlib.models.weights import footprint, load
from xltlib.records import schema as records
from xltlib.runs import grid, narrowing
from xltlib.runs.plan import memory as needs


def size(tensors) -> int:
    return sum(t.numel() * t.element_size() for t in tensors)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("needs")
    return hub_models.llama(root / "llama"), hub_models.nllb(root / "nllb")


@pytest.mark.parametrize("name", ["llama", "qwen2", "gemma", "neox"])
def test_weights_are_counted_without_them(name):
    model = causal(name)
    count = footprint.count(model.config)
    assert count.parameters == sum(p.numel() for p in model.parameters())
    assert count.weight_bytes(4) == size(model.parameters())
    assert count.weight_bytes(2, "int8") < count.weight_bytes(2)
    assert count.vocabulary == model.config.vocab_size


def test_four_bit_weights_count_in_full():
    """As bitsandbytes stores them: two in a byte, the shape beside them."""
    layer = torch.nn.Linear(6, 4)
    packed = torch.nn.Parameter(torch.zeros(12, 1, dtype=torch.uint8), requires_grad=False)
    packed.quant_state = SimpleNamespace(shape=torch.Size([4, 6]))
    layer.weight = packed
    assert footprint.weights(layer) == 4 * 6 + 4


def test_known_models_have_their_published_sizes():
    from transformers import LlamaConfig

    assert footprint.count(LlamaConfig()).parameters == 6_738_415_616  # LLaMA-7B is its default
    stated = load_profile("paper").model.parameters
    assert stated == 6_738_415_616


def test_a_translator_is_counted(folders):
    model, _ = load.sequence_to_sequence(TranslatorSpec(path=str(folders[1])))
    count = footprint.count(model.config, AutoModelForSeq2SeqLM)
    assert count.weight_bytes(4) == size(model.parameters())
    ids = torch.tensor([[5, 6, 7, 2]])
    cache = model(input_ids=ids, decoder_input_ids=ids).past_key_values
    layers = [*cache.self_attention_cache.layers, *cache.cross_attention_cache.layers]
    assert footprint.kv_bytes(model.config, 4) * 4 == size(
        t for x in layers for t in (x.keys, x.values)
    )


@pytest.mark.parametrize("name", ["llama", "gemma", "neox"])
def test_keys_and_values_are_as_measured(name):
    model, cache = causal(name), DynamicCache()
    with torch.no_grad():
        model(input_ids=torch.arange(4, 11)[None], past_key_values=cache)
    held = size(t for layer in cache.layers for t in (layer.keys, layer.values))
    assert footprint.kv_bytes(model.config, 4) * 7 == held


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_training_states_are_as_measured(folders, mode):
    spec = LaftSpec(
        corpus={}, mode=mode, lora_rank=3, learning_rate=1e-3, epochs=1, sequence=8, batch=1
    )
    trainee, _ = trainee_of(ModelSpec(path=str(folders[0]), context=64), spec)
    optimizer = torch.optim.AdamW(trainee.parameters)
    trainee.whole(input_ids=torch.arange(4, 11)[None]).logits.sum().backward()
    optimizer.step()
    moments = [t for s in optimizer.state.values() for n, t in s.items() if n != "step"]
    held = size(trainee.whole.parameters()) + size(moments)
    held += size(p.grad for p in trainee.parameters)
    count = footprint.count(trainee.body.config)
    assert count.trained_bytes(3 if mode == "lora" else None, 4) == held


def profile(folders, tmp_path, **model) -> str:
    """A copy of the mini profile with the stand-ins, as a file."""
    import yaml

    content = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
    content["model"] = {"path": str(folders[0]), "context": 64, "batch_tokens": 1000} | model
    content["translator"]["path"] = str(folders[1])
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(content | {"name": "own"}), encoding="utf-8")
    return str(path)


def test_a_profile_by_use(folders, tmp_path):
    takes = needs.Needs.of(profile(folders, tmp_path), grid.Options())
    asked, translating, adapted = takes.models()
    model, _ = load.causal(takes.profile.model)
    assert asked.source == "config" and asked.weights == size(model.parameters())
    assert asked.cache == 1000 * footprint.kv_bytes(model.config, 4)
    assert asked.total == asked.weights + asked.cache + asked.activations
    assert translating.use == "translating" and adapted.use == "LAFT, full"
    assert adapted.weights == 4 * asked.weights
    narrowed = needs.Needs.of(profile(folders, tmp_path), grid.Options(methods=["prompt"]))
    assert [n.use for n in narrowed.models()] == ["asked"]


def test_out_of_reach_the_profile_states_the_weights(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(needs, "_config", lambda spec: None)
    path = profile(folders, tmp_path, path="no/where", parameters=7_000_000_000, dtype="bfloat16")
    asked, translating, adapted = needs.Needs.of(path, grid.Options()).models()
    assert (asked.source, asked.weights, asked.cache) == ("profile", 14e9, None)
    assert adapted.weights == 7e9 * 16
    assert translating.parameters is None and translating.total is None
    path = profile(
        folders, tmp_path, path="no/where", parameters=8_000_000_000, quantization="int4"
    )
    assert needs.Needs.of(path, grid.Options()).models()[0].weights == pytest.approx(4.127e9)


def test_hours_are_of_what_a_gpu_has_done(home):
    options = grid.Options(tasks=["topics"], methods=["prompt"], shots=[0], limit=10)
    takes = needs.Needs.of("mini", options)
    assert takes.grid().startswith("30 answers: about ")
    assert takes.grid().endswith(
        "at most 0 to write, about 0 to translate; hours not yet measured on a GPU"
    )
    rows = make_records().assign(prompt_tokens=90, output_tokens=10, seconds=0.5)
    for cell, environment in (("a", {}), ("b", {"gpu": "1 x Some GPU"})):
        folder = paths.runs("mini") / cell
        records.write(rows.assign(seconds=0.5 if environment else 9.0), folder / "records.parquet")
        content = {"cell": cell, "artifacts": {}, "depends_on": {}, "seconds": 1}
        (folder / "manifest.json").write_text(json.dumps(content | {"environment": environment}))
    assert takes.measured() == pytest.approx((100, 200))
    older = paths.runs("mini") / "b" / "records.parquet"  # of a version without some column
    pd.read_parquet(older).drop(columns="test_sha256").to_parquet(older)
    assert takes.measured() == pytest.approx((100, 200))
    assert "about 3,000 tokens; about 0.0 GPU hours at the 200 tokens a second" in takes.grid()


def test_plan_shows_the_models_before_the_hub_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(needs, "_config", lambda spec: None)

    def unreachable(*_):
        raise XltError("the hub is unreachable")

    monkeypatch.setattr("xltlib.check.refuse", lambda *_: None)  # paper's text needs a data folder
    monkeypatch.setattr(grid, "plan", unreachable)
    with pytest.raises(SystemExit) as end:
        cli.main(["run", "--profile", "paper", "--plan"])
    out, err = capsys.readouterr()
    assert end.value.code == 2 and "the hub is unreachable" in err
    assert "huggyllama/llama-7b" in out and "6,738,415,616 (profile)" in out
    assert "13.5" in out and "LAFT, full" in out and len(out.splitlines()) < 12
    assert "is not pinned" not in out


def test_plan_says_which_models_are_not_pinned(monkeypatch, capsys):
    monkeypatch.setattr(needs, "_config", lambda spec: None)
    needs.Needs.of("modern", grid.Options()).show()
    (line,) = [s for s in capsys.readouterr().out.splitlines() if "not pinned" in s]
    assert line.startswith("McGill-NLP/AfriqueQwen-8B is not pinned: a run loads what its main has")
    own = load_profile("modern_african")
    hausa = grid.Options(languages=["hau"], methods=["prompt"])
    assert needs.Needs(narrowing.narrow(own, hausa))._unpinned() == [(own.model.path, "main")]


def test_plan_of_a_served_model_asks_nothing_of_the_hub(folders, tmp_path, capsys, home):
    served = "openai:http://localhost:1/v1#name"
    path = profile(folders, tmp_path, path=served, batch_tokens=16384, context=4096)
    given = ["run", "--profile", path, "--plan", "--methods", "prompt", "--limit", "2"]
    given += ["--data-dir", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        cli.main(given)
    out, err = capsys.readouterr()
    assert end.value.code == 0, err
    assert served in out and "asked, served" in out and "prompt summarization mini hau" in out
    with pytest.raises(SystemExit):
        cli.main(given[:4])
    assert "cannot be done with a served model" in capsys.readouterr().err
