"""GGUF files: converted once, packaged ones joined and checked before they are believed."""

import hashlib
import sys

import numpy as np
import pytest

from xltlib import paths
from xltlib.config import ModelSpec
from xltlib.errors import XltError
from xltlib.models import load_lm, revision
from xltlib.models.weights import gguf, where


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def spec(path) -> ModelSpec:
    return ModelSpec(path=str(path), context=64)


def tiny(path):
    """A Llama of one layer with a tokenizer of single letters, as llama.cpp writes it."""
    writer = pytest.importorskip("gguf").GGUFWriter(path, "llama")
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256)), "▁", *"abdelnsu"]
    writer.add_context_length(64)
    writer.add_embedding_length(16)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(8)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(i) for i in range(len(tokens))])
    writer.add_token_types([2, 3, 3, *[6] * 256, *[1] * 9])
    for name, number in (("bos", 1), ("eos", 2), ("unk", 0)):
        getattr(writer, f"add_{name}_token_id")(number)
    rng = np.random.default_rng(0)
    shapes = {
        "token_embd": (len(tokens), 16), "output": (len(tokens), 16), "output_norm": (16,),
        "blk.0.attn_norm": (16,), "blk.0.ffn_norm": (16,),
        **{f"blk.0.attn_{n}": (16, 16) for n in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (32, 16), "blk.0.ffn_up": (32, 16), "blk.0.ffn_down": (16, 32),
    }  # fmt: skip
    for name, shape in shapes.items():
        values = rng.normal(size=shape) if len(shape) > 1 else np.ones(shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_file_is_converted_once_and_answers(tmp_path, cache):
    file = tiny(tmp_path / "tiny.gguf")
    lm = load_lm(spec(file))
    [[one, two]] = lm.score(["sun"], [[" band", " e"]])
    assert one < 0 > two
    [folder] = [p for p in cache.iterdir() if p.is_dir()]
    names = {p.name for p in folder.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= names
    assert not any(n.endswith(".gguf") for n in names)
    made = (folder / "model.safetensors").stat().st_mtime_ns
    assert revision(spec(file)) == revision(folder)
    assert where.is_pinned(spec(file))
    assert (folder / "model.safetensors").stat().st_mtime_ns == made
    (tmp_path / "again.GGUF").write_bytes(file.read_bytes())
    assert where.folder_of(spec(tmp_path / "again.GGUF")) == folder


def test_a_file_that_is_none_is_refused(tmp_path, cache):
    pytest.importorskip("gguf")
    (tmp_path / "bad.gguf").write_bytes(b"GGUF nonsense")
    with pytest.raises(XltError, match="could not be converted"):
        load_lm(spec(tmp_path / "bad.gguf"))
    with pytest.raises(XltError, match="there is no file"):
        load_lm(spec(tmp_path / "none.gguf"))
    with pytest.raises(XltError, match="package:gemma-3-270m"):
        load_lm(spec("package:gemma-9"))
    assert not [p for p in cache.glob("gguf-*") if p.is_dir() and p.suffix != ".part"]


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """Two installed packages with a part each, and what they should make together."""
    for i, part in enumerate((b"GGUF first", b" second")):
        data = tmp_path / "site" / f"toy_part{i}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").write_text("raise SystemExit('is not to be run')")
        (data / "part").write_bytes(part)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    made = gguf.Packaged(
        parts=tuple((f"toy_part{i}", "data/part") for i in range(2)),
        sha256=hashlib.sha256(b"GGUF first second").hexdigest(),
        install="pip install toy",
        hub="owner/toy",
        terms="https://toy/terms",
    )
    monkeypatch.setitem(gguf.PACKAGES, "toy", made)
    return tmp_path


def test_parts_are_joined_without_running_their_package(packaged):
    out = packaged / "joined"
    gguf._assemble("package:toy", gguf.PACKAGES["toy"].sha256, out)
    assert out.read_bytes() == b"GGUF first second"
    assert "toy_part0" not in sys.modules


def test_parts_with_other_contents_are_refused(packaged):
    (packaged / "site" / "toy_part1" / "data" / "part").write_bytes(b" other")
    with pytest.raises(XltError, match="other contents"):
        gguf._assemble("package:toy", gguf.PACKAGES["toy"].sha256, packaged / "joined")


def test_without_the_package_one_message_says_both_ways(packaged):
    (packaged / "site" / "toy_part1" / "data" / "part").unlink()
    with pytest.raises(XltError) as error:
        gguf._assemble("package:toy", gguf.PACKAGES["toy"].sha256, packaged / "joined")
    for said in ("pip install toy", "hf download owner/toy", "https://toy/terms"):
        assert said in str(error.value)


def test_the_extra_pins_what_the_packaged_model_needs():
    import tomllib

    project = tomllib.loads((paths.CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["gemma"]
    assert all("==" in line for line in extra)
    names = {line.split("==")[0].replace("-", "_") for line in extra}
    assert {name for name, _ in gguf.PACKAGES["gemma-3-270m"].parts} | {"gguf"} == names
