"""Stand-ins for hub models, in the hub cache's own layout: real architectures, tiny and random."""

import hashlib
import json
import os
from pathlib import Path

import torch
from tiny_models import causal, tokenizer
from transformers import LlamaTokenizer, M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

from xltlib.models.weights.load import quiet


def place(home: Path, name: str, source: Path, ref: str = "main") -> str:
    """Put the files of ``source`` into the cache below ``home`` (HF_HOME); returns the commit.

    Files are blobs by hash, a snapshot is a folder of links to them, a ref is a file that names a
    snapshot's commit: as huggingface_hub lays them out.
    """
    folder = home / "hub" / f"models--{name.replace('/', '--')}"
    commit = hashlib.sha1(name.encode()).hexdigest()
    snapshot = folder / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (folder / "blobs").mkdir()
    for path in source.iterdir():
        content = path.read_bytes()
        blob = folder / "blobs" / hashlib.sha256(content).hexdigest()
        blob.write_bytes(content)
        (snapshot / path.name).symlink_to(os.path.relpath(blob, snapshot))
    (folder / "refs" / ref).parent.mkdir(parents=True)
    (folder / "refs" / ref).write_text(commit, encoding="utf-8")
    return commit


def llama(folder: Path, shard: str = "20KB") -> Path:
    """A LlamaForCausalLM in shards with a LlamaTokenizer, as huggyllama/llama-7b is stored."""
    state = json.loads(tokenizer("llama", bos=True).backend_tokenizer.to_str())["model"]
    words = LlamaTokenizer(vocab=state["vocab"], merges=[tuple(m) for m in state["merges"]])
    with quiet():
        causal("llama", vocabulary=len(words)).save_pretrained(folder, max_shard_size=shard)
        words.save_pretrained(folder)
    return folder


def nllb(folder: Path) -> Path:
    """An M2M100ForConditionalGeneration in shards with an NllbTokenizer, as NLLB-200 is stored."""
    state = json.loads(tokenizer("metaspace").backend_tokenizer.to_str())["model"]
    words = NllbTokenizer(vocab=state["vocab"], merges=[tuple(m) for m in state["merges"]])
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=len(words), d_model=16, encoder_layers=2, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
        decoder_ffn_dim=32, max_position_embeddings=64, init_std=0.5,
        bos_token_id=words.bos_token_id, pad_token_id=words.pad_token_id,
        eos_token_id=words.eos_token_id, decoder_start_token_id=words.eos_token_id,
    )  # fmt: skip
    with quiet():
        M2M100ForConditionalGeneration(config).save_pretrained(folder, max_shard_size="20KB")
        words.save_pretrained(folder)
    return folder


def pickled(folder: Path) -> Path:
    """The same Llama as its author might have released it in 2023: pickled weights alone."""
    llama(folder)
    for path in folder.glob("*.safetensors*"):
        path.unlink()
    weights = {
        k: v.clone() for k, v in causal("llama", vocabulary=_size(folder)).state_dict().items()
    }
    for tensor in weights.values():
        tensor.left_by_a_trainer = 1  # pickled by torch._tensor._rebuild_from_type_v2
    torch.save(weights, folder / "pytorch_model.bin")
    return folder


def _size(folder: Path) -> int:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
