"""Language-adaptive training beside transformers' Trainer: tokens per second, loss."""

import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from xltlib import data
from xltlib.config import LaftSpec, ModelSpec
from xltlib.models.training import packing
from xltlib.models.training.trainee import Trainee, autocast, trainee_of
from xltlib.models.weights import load

from . import material

_LINES, _LENGTH, _RATE = 1200, 512, 5e-4
#: What is to be reached.
BARS = {"ratio": 1.3}


def _peer(folder: Path, docs: list[list[int]], per_step: int, bf16: bool):
    """Trainer on the same documents, padded per batch: (CPU seconds, model)."""
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    model = AutoModelForCausalLM.from_pretrained(folder)

    def collate(rows):
        longest = max(len(r["ids"]) for r in rows)
        pad = [longest - len(r["ids"]) for r in rows]
        ids = [r["ids"] + [0] * n for r, n in zip(rows, pad, strict=True)]
        mask = [[1] * len(r["ids"]) + [0] * n for r, n in zip(rows, pad, strict=True)]
        labels = [r["ids"] + [-100] * n for r, n in zip(rows, pad, strict=True)]
        return {
            "input_ids": torch.tensor(ids),
            "attention_mask": torch.tensor(mask),
            "labels": torch.tensor(labels),
        }

    with tempfile.TemporaryDirectory() as out:
        arguments = TrainingArguments(
            out, use_cpu=True, bf16=bf16, per_device_train_batch_size=per_step,
            num_train_epochs=1, learning_rate=_RATE, lr_scheduler_type="constant",
            weight_decay=0.0, max_grad_norm=1.0, report_to=[], save_strategy="no",
            logging_strategy="no", disable_tqdm=True, remove_unused_columns=False, seed=0,
        )  # fmt: skip
        trainer = Trainer(
            model, arguments, train_dataset=[{"ids": d} for d in docs], data_collator=collate
        )
        start = time.process_time()
        with load.quiet():
            trainer.train()
    return time.process_time() - start, model


def measure(data_dir: Path, lines: int = _LINES) -> dict[str, float]:
    """Real tokens per CPU second of both, and their held-out loss after one pass."""
    torch.set_num_threads(1)
    words = material.tokenizer(data_dir)
    texts = data.corpus("masakhaner1_text", "hau", data_dir)[: lines + 100]
    with tempfile.TemporaryDirectory() as folder, load.quiet():
        material.model("small", len(words)).save_pretrained(folder)
        words.save_pretrained(folder)
        spec = LaftSpec(
            corpus={}, learning_rate=_RATE, epochs=1, sequence=_LENGTH, batch=2, held_out=0.1
        )
        trainee, _ = trainee_of(ModelSpec(path=folder, context=_LENGTH), spec)
        docs = [d[:_LENGTH] for d in packing.documents(words, texts)]
        held = packing.pack(docs[lines:], _LENGTH)
        docs = docs[:lines]
        np.random.default_rng(0).shuffle(docs)
        real = sum(map(len, docs))
        bf16 = isinstance(autocast(torch.device("cpu")), torch.autocast)
        before = trainee.evaluate(held)
        packed = packing.pack(docs, _LENGTH)
        optimizer = torch.optim.AdamW(trainee.parameters, lr=_RATE, weight_decay=0.0, fused=True)
        per_step = 2  # sequences, about as many tokens as the peer's batch of lines
        start = time.process_time()
        for at in range(0, len(packed.ids), per_step):
            some = np.arange(at, min(at + per_step, len(packed.ids)))
            trainee.step(packed, some, optimizer, 1.0)
        ours = time.process_time() - start
        lines_per_step = max(1, round(per_step * _LENGTH / (real / len(docs))))
        theirs, model = _peer(Path(folder), docs, lines_per_step, bf16)
    parts = (model, model.base_model, model.get_output_embeddings())
    peer = Trainee(*parts, lora=False, micro_tokens=trainee.micro_tokens)
    return {
        "tokens": real,
        "bf16": float(bf16),
        "ours tokens/s": real / ours,
        "Trainer tokens/s": real / theirs,
        "ratio": theirs / ours,
        "held-out loss before": before,
        "ours held-out loss": trainee.evaluate(held),
        "Trainer held-out loss": peer.evaluate(held),
    }
