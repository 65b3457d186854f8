"""The two training loops behind the mini checkpoints: plain PyTorch, one function each.

Nothing here knows the corpus: arrays in, a trained model out. A GPU is used where there is one;
on a CPU, bfloat16 autocast halves the time where the processor has it.
"""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn


def _autocast(device: str):
    return torch.autocast(device, dtype=torch.bfloat16)


def _optimizer(model: nn.Module, learning_rate: float, steps: int):
    """AdamW with a linear warm-up over 4 % of the steps and a cosine down to a tenth."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98))
    warmup = max(1, steps * 4 // 100)

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def train_lm(
    ids: np.ndarray,
    weights: np.ndarray,
    vocabulary: int,
    *,
    shape: dict[str, int],
    start: nn.Module | None = None,
    batch: int = 16,
    learning_rate: float = 2e-3,
    seed: int = 0,
    log: Callable[[str], None] = print,
):
    """Train a ``LlamaForCausalLM`` in one pass over packed rows.

    ids : [rows, time] token ids; weights : [rows, time] weight of each token's loss (as a target).
    The loss of a batch is the weighted mean over its tokens. ``start`` is trained further in place
    of a new model. Returns the model on the CPU, float32.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        max_position_embeddings=ids.shape[1],
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
        **shape,
    )
    model = (start or LlamaForCausalLM(config)).float().to(device).train()
    steps = len(ids) // batch
    optimizer, schedule = _optimizer(model, learning_rate, steps)
    order = np.random.default_rng(seed).permutation(len(ids))
    begun, running = time.perf_counter(), 0.0
    for step in range(steps):
        rows = order[step * batch : (step + 1) * batch]
        x = torch.from_numpy(ids[rows].astype(np.int64)).to(device)
        w = torch.from_numpy(weights[rows, 1:].astype(np.float32)).to(device)
        with _autocast(device):
            hidden = model.model(x[:, :-1]).last_hidden_state
            logits = model.lm_head(hidden[w > 0])  # rows that no loss needs are never computed
        loss = nn.functional.cross_entropy(logits.float(), x[:, 1:][w > 0], reduction="none")
        loss = (loss * w[w > 0]).sum() / w.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        running += float(loss.detach()) if step % 20 == 0 else 0.0
        if step % 200 == 199 or step == steps - 1:
            rate = (step + 1) * batch * ids.shape[1] / (time.perf_counter() - begun)
            log(f"step {step + 1}/{steps}  loss {running / 10:.3f}  {rate:,.0f} tokens/s")
            running = 0.0
    return model.float().cpu().eval()


def train_translator(
    pairs: list[tuple[list[int], list[int]]],
    vocabulary: int,
    *,
    shape: dict[str, int],
    start: nn.Module | None = None,
    batch_tokens: int = 3072,
    learning_rate: float = 2e-3,
    seed: int = 0,
    log: Callable[[str], None] = print,
):
    """Train a ``MarianMTModel`` on (source ids, target ids), both ending in end-of-text (id 0).

    Padding, which is also the decoder's first token, has id 1. Batches hold pairs of like length
    and at most ``batch_tokens`` padded tokens. ``start`` is trained further in place of a new
    model. Returns the model on the CPU, float32.
    """
    from transformers import MarianConfig, MarianMTModel

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    config = MarianConfig(
        vocab_size=vocabulary,
        decoder_vocab_size=vocabulary,
        eos_token_id=0,
        forced_eos_token_id=0,
        pad_token_id=1,
        decoder_start_token_id=1,
        max_position_embeddings=256,
        scale_embedding=True,
        dropout=0.1,
        **shape,
    )
    model = (start or MarianMTModel(config)).float().to(device).train()
    batches = _batches(pairs, batch_tokens, np.random.default_rng(seed))
    optimizer, schedule = _optimizer(model, learning_rate, len(batches))
    begun, seen, running = time.perf_counter(), 0, 0.0
    for step, batch in enumerate(batches):
        source = _padded([pairs[i][0] for i in batch]).to(device)
        target = _padded([pairs[i][1] for i in batch]).to(device)
        inputs = torch.cat([torch.ones_like(target[:, :1]), target[:, :-1]], dim=1)
        with _autocast(device):
            logits = model(
                input_ids=source, attention_mask=(source != 1).long(), decoder_input_ids=inputs
            ).logits
        loss = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), target.flatten(), ignore_index=1, label_smoothing=0.1
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        seen += source.numel() + target.numel()
        running += float(loss.detach()) if step % 20 == 0 else 0.0
        if step % 400 == 399 or step == len(batches) - 1:
            rate = seen / (time.perf_counter() - begun)
            log(f"step {step + 1}/{len(batches)}  loss {running / 20:.3f}  {rate:,.0f} tokens/s")
            running = 0.0
    return model.float().cpu().eval()


def _batches(pairs, batch_tokens: int, draw: np.random.Generator) -> list[list[int]]:
    """Indices of pairs in batches of like length, both orders random but for that."""
    length = np.array([max(len(s), len(t)) for s, t in pairs]) + draw.random(len(pairs)) * 4
    batches: list[list[int]] = [[]]
    for i in np.argsort(length, kind="stable"):
        widest = max(len(pairs[i][0]), len(pairs[i][1]))
        if (len(batches[-1]) + 1) * widest * 2 > batch_tokens and batches[-1]:
            batches.append([])
        batches[-1].append(int(i))
    return [batches[i] for i in draw.permutation(len(batches))]


def _padded(rows: list[list[int]]) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [1] * (width - len(row)) for row in rows])
