"""Model folders whose parts do not belong together, and translators' marks."""

import json

import pytest
from safetensors.torch import load_file, save_file
from test_models_translator import ENG, HAU
from tiny_models import causal, tokenizer

from xltlib.config import ModelSpec
from xltlib.errors import XltError
from xltlib.models import load_lm, revision
from xltlib.models.translation.translator import direction, source_ids


@pytest.fixture
def folder(tmp_path):
    causal("llama").save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    return tmp_path


def change(folder, **fields):
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | fields
    path.write_text(json.dumps(config), encoding="utf-8")


def load(folder):
    return load_lm(ModelSpec(path=str(folder), context=128))


def test_layers_that_the_configuration_leaves_out_are_named(folder):
    change(folder, num_hidden_layers=1, layer_types=None)
    with pytest.raises(XltError, match=r"hold \d+ tensors that its config.json leaves out.*layers"):
        load(folder)


def test_tensors_of_another_use_are_no_fault(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["vision_tower.layers.0.weight"] = tensors["model.norm.weight"].clone()
    tensors["pooler.dense.weight"] = tensors["model.norm.weight"].clone()
    save_file(tensors, path, {"format": "pt"})
    assert load(folder).generate(["Labari"], 2)


def test_a_tensor_of_another_shape_is_named_with_both_shapes(folder):
    change(folder, intermediate_size=48)
    with pytest.raises(
        XltError, match=r"mlp.down_proj.weight is \(32, 64\) in its files and \(32, 48\)"
    ):
        load(folder)


@pytest.mark.parametrize("base", ["owner/base", None])
def test_an_adapter_is_no_model_and_says_so(tmp_path, base):
    tokenizer().save_pretrained(tmp_path)
    config = {"base_model_name_or_path": base} if base else {}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    weights = {"base_model.model.lm_head.lora_A.weight": causal("llama").lm_head.weight[:2].clone()}
    save_file(weights, tmp_path / "adapter_model.safetensors")
    of = " of owner/base" if base else ""
    for asked in (lambda: load(tmp_path), lambda: revision(tmp_path)):
        with pytest.raises(
            XltError, match=f"holds an adapter{of} and no model: .*merge_and_unload"
        ):
            asked()


def test_weights_that_a_clone_or_a_download_left_out_are_named(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 5\n")
    with pytest.raises(XltError, match="model.safetensors is a Git LFS pointer.*git lfs pull"):
        load(folder)
    weights.unlink()
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(XltError, match=r"model-1.safetensors is missing.*index.*\(2 of its files"):
        load(folder)


def test_a_folder_around_the_model_or_a_file_in_it_leads_to_the_model(folder, tmp_path_factory):
    outer = tmp_path_factory.mktemp("outer")
    folder.rename(outer / "checkpoint-5")
    with pytest.raises(XltError, match="holds no weights, but 'checkpoint-5' in it does"):
        load(outer)
    with pytest.raises(XltError, match="is a file: give the folder that it lies in"):
        load(outer / "checkpoint-5" / "model.safetensors")


def marked(*marks):
    made = tokenizer.__wrapped__("gpt2")
    made.add_special_tokens({"additional_special_tokens": list(marks)})
    return made


def test_translators_that_write_the_target_as_two_and_a_code_get_it_in_front():
    made = marked("<2en>", "<2ha>")
    front, source, first = direction(made, HAU, ENG)
    assert made.convert_ids_to_tokens(front) == ["<2en>"] and (source, first) == (None, None)
    [ids] = source_ids(made, ["Labari"], HAU, ENG)
    assert made.convert_ids_to_tokens(ids)[0] == "<2en>"
    three = marked("<2eng>", "<2hau>")
    assert three.convert_ids_to_tokens(direction(three, ENG, HAU)[0]) == ["<2hau>"]
    for marks in (("<2en>", "<2fr>"), ("<2ha>", "<2fr>")):
        with pytest.raises(XltError, match="does not know (Hausa|English)"):
            direction(marked(*marks), HAU, ENG)
