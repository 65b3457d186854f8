"""Loading: safetensors only, the profile's precision, clear errors, what identifies a model."""

import json
import shutil
import subprocess
import sys

import pytest
import torch
from tiny_models import causal, marian, tokenizer

from xltlib import paths
from xltlib.config import Language, ModelSpec, TranslatorSpec
from xltlib.errors import XltError
from xltlib.models import load_lm, load_translator, revision
from xltlib.models.weights import load


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with load.quiet():
        causal("llama").save_pretrained(folder)
        tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A fresh copy of a good model folder, to be damaged."""
    return shutil.copytree(made, tmp_path / "model")


def spec(path, **changes) -> ModelSpec:
    return ModelSpec(path=str(path), **({"context": 64} | changes))


def test_a_folder_loads_and_scores(made):
    lm = load_lm(spec(made))
    assert lm.context == 64 and lm.dtype == torch.float32 and lm.device.type == "cpu"
    assert len(lm.score(["a"], [[" b", " c"]])[0]) == 2


@pytest.mark.parametrize("stored", [torch.float16, torch.bfloat16])
def test_the_profile_says_the_precision_not_the_file(folder, stored):
    import copy

    with load.quiet():
        copy.deepcopy(causal("llama")).to(stored).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["dtype"] == str(stored)[6:]
    assert load_lm(spec(folder)).dtype == torch.float32
    assert load_lm(spec(folder, dtype="bfloat16")).dtype == torch.bfloat16


def test_an_adapted_folder_replaces_the_path(made):
    assert load_lm(spec("mini"), made).score(["a"], [[" b"]])


def test_mini_is_a_name(made, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "MINI_CHECKPOINTS", tmp_path)
    with pytest.raises(XltError, match="model `mini`: .*lm is missing.*pretrain-mini"):
        load_lm(spec("mini"))
    shutil.copytree(made, tmp_path / "lm")
    assert load_lm(spec("mini")).score(["a"], [[" b"]])
    assert revision(spec("mini")) == revision(made)


def test_a_translator_folder(tmp_path):
    model, words = marian()
    with load.quiet():
        model.save_pretrained(tmp_path)
        words.save_pretrained(tmp_path)
    one = load_translator(
        TranslatorSpec(path=str(tmp_path), max_new_tokens=4), tmp_path / "c.sqlite"
    )
    assert one.revision == revision(tmp_path)
    hau, eng = (
        Language(
            code=c, name=c, flores=f"{c}_Latn", prompts={}, labels={}, entity_types={}, none=""
        )
        for c in ("hau", "eng")
    )
    assert len(one.translate(["Labari."], hau, eng)) == 1


# What cannot be loaded.


def test_a_missing_folder():
    with pytest.raises(XltError, match="no folder './nowhere'.*safetensors.*hub id"):
        load_lm(spec("./nowhere"))


def test_pickled_weights_are_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(XltError, match="needs .*safetensors weights, found no weights at all"):
        load_lm(spec(folder))
    torch.save(causal("llama").state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(XltError, match="found only pytorch_model.bin.*can run code"):
        load_lm(spec(folder))
    with pytest.raises(XltError, match="found only pytorch_model.bin"):
        revision(folder)


def test_no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(XltError, match="no tokenizer, looked for tokenizer.json"):
        load_lm(spec(folder))


def test_no_configuration(folder):
    (folder / "config.json").unlink()
    with pytest.raises(XltError, match="config.json is missing"):
        load_lm(spec(folder))


def test_truncated_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(XltError, match="could not be loaded as CausalLM"):
        load_lm(spec(folder))


def test_missing_tensors_are_no_random_weights(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors.pop("model.layers.1.mlp.up_proj.weight")
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(XltError, match="1 tensors that its config.json calls for.*up_proj"):
        load_lm(spec(folder))


def test_another_kind_of_model(tmp_path):
    model, words = marian()
    with load.quiet():
        model.save_pretrained(tmp_path)
        words.save_pretrained(tmp_path)
    with pytest.raises(XltError, match="model"):
        load_lm(spec(tmp_path))


def test_remote_code_is_not_run(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {
        "AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}}  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    mark = folder / "ran"
    code = f"open({str(mark)!r}, 'w')\nclass Evil: pass\n"
    (folder / "evil.py").write_text(code, encoding="utf-8")
    with pytest.raises(XltError, match="could not be loaded"):
        load_lm(spec(folder))
    assert not mark.exists()


def test_a_hub_id_that_cannot_be_reached(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for call in (lambda s: load_lm(s), lambda s: revision(s)):
        with pytest.raises(XltError, match="'no-such/model' could not be loaded.*hub id.*log in"):
            call(spec("no-such/model"))


def test_a_commit_hash_identifies_a_hub_model():
    commit = "0123456789abcdef" * 2 + "01234567"
    assert revision(spec("some/model", revision=commit)) == commit


def test_a_context_beyond_the_model(made):
    with pytest.raises(XltError, match="`context` is 4096, but model .* takes at most 512"):
        load_lm(spec(made, context=4096))


def test_an_unknown_device(made):
    with pytest.raises(XltError, match="`device` must be one of 'cpu', 'cuda'"):
        load_lm(spec(made), device="gpu")
    if not torch.cuda.is_available():
        with pytest.raises(XltError, match="no GPU is found"):
            load_lm(spec(made), device="cuda")


# What identifies a model.


def test_revision_is_of_the_content(made, folder):
    assert revision(made) == revision(folder)
    (folder / "README.md").write_text("a note", encoding="utf-8")
    (folder / "history.parquet").write_bytes(b"x")
    assert revision(folder) == revision(made)
    weights = folder / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    assert revision(folder) != revision(made)


def test_importing_is_cheap():
    code = (
        "import sys, xltlib.models, xltlib.models.weights.where\n"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=paths.CHECKOUT)
