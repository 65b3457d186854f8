"""The two training loops behind the mini checkpoints: plain PyTorch, one function each.

Nothing here knows the corpus: token ids in, a trained model out. A GPU is used where there is one;
bfloat16 autocast halves the time where the processor multiplies it.
"""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ..models.training.trainee import autocast

BATCH_TOKENS = 2048  # of the language model, padded


def precision() -> str:
    """Of the matrix products of a training here."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    native = isinstance(autocast(device), torch.autocast)
    return "bfloat16 autocast" if native else "float32"


def _adamw(named, learning_rate: float) -> torch.optim.Optimizer:
    """AdamW over (name, parameter) pairs; weight decay for matrices only."""
    matrices = [p for _, p in named if p.ndim > 1]
    others = [p for _, p in named if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98))


def _schedule(optimizer: torch.optim.Optimizer, steps: int):
    """A linear warm-up over 4 % of the steps, then a cosine down to a tenth."""
    warmup = max(1, steps * 4 // 100)

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def begin_copying(model) -> None:
    """Give an untrained Llama with attention biases the two kinds of head that copying needs.

    Entities and headlines are copied from the text by induction: a head of one layer moves each
    token's predecessor into its state, and a head of a later layer looks for the place whose
    predecessor is the current token and says what stands there (Olsson et al. 2022, "In-context
    Learning and Induction Heads"). Neither helps without the other, so a small model finds them
    late: they had not formed after 14 million tokens. Here half of the heads of the first two
    layers begin that way, in the spirit of mimetic initialization (Trockman and Kolter 2023), and
    training does the rest.
    """
    config = model.config
    width, head = config.hidden_size, config.hidden_size // config.num_attention_heads
    nn.init.normal_(model.model.embed_tokens.weight, std=width**-0.5)
    moved, marked, said = (torch.linalg.qr(torch.randn(width, width))[0] for _ in range(3))
    before, copy = (model.model.layers[i].self_attn for i in (0, 1))
    # The fastest four rotations tell neighbours apart. With the query turned back by one place,
    # the product of the biases is largest where the key stands one place before.
    turn = model.model.rotary_emb.inv_freq[:4].cpu()
    with torch.no_grad():
        for at in range(0, width // 2, head):
            rows, fast = slice(at, at + head), torch.arange(at, at + 4)
            before.k_proj.bias[fast] = 6.5
            before.q_proj.bias[fast] = 6.5 * turn.cos()
            before.q_proj.bias[fast + head // 2] = -6.5 * turn.sin()
            before.v_proj.weight[rows] = moved[rows]
            before.o_proj.weight[:, rows] = 0.18 * marked[rows].T  # as long as the embedding
            copy.q_proj.weight[rows] = 1.2 * moved[rows]
            copy.k_proj.weight[rows] = 1.2 * marked[rows]
            copy.v_proj.weight[rows] = said[rows]
            copy.o_proj.weight[:, rows] = 0.3 * said[rows].T


def train_lm(
    documents: list[tuple[np.ndarray, np.ndarray]],
    vocabulary: int,
    *,
    shape: dict[str, int],
    longest: int = 1024,
    batch_tokens: int = BATCH_TOKENS,
    learning_rate: float = 0.01,
    seed: int = 0,
    log: Callable[[str], None] = print,
):
    """Train a ``LlamaForCausalLM`` in one pass over (token ids, weight of each as a target).

    A document is read from position 0 and by itself, as a prompt is. Batches hold documents of
    like length and at most ``batch_tokens`` padded tokens: copying forms with the number of
    updates more than with tokens. The loss is the weighted sum over a batch's tokens, divided by
    its mean over the batches. Hidden matrices are trained by Muon, the embedding and the vectors by
    AdamW: half the tokens of AdamW alone for the same loss. Returns the model on the CPU, float32.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        max_position_embeddings=longest,
        tie_word_embeddings=True,
        attention_bias=True,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
        **shape,
    )
    model = LlamaForCausalLM(config)
    begin_copying(model)
    model.to(device).train()
    batches = batches_of(
        [len(ids) for ids, _ in documents], batch_tokens, np.random.default_rng(seed)
    )
    usual = sum(float(weights.sum()) for _, weights in documents) / len(batches)
    named = dict(model.named_parameters())
    hidden = [n for n, p in named.items() if p.ndim > 1 and "embed" not in n]
    optimizers = [
        torch.optim.Muon([named[n] for n in hidden], lr=learning_rate, weight_decay=0.01),
        _adamw([(n, p) for n, p in named.items() if n not in hidden], 0.3 * learning_rate),
    ]
    schedules = [_schedule(optimizer, len(batches)) for optimizer in optimizers]
    progress = _Progress(len(batches), log)
    for batch in batches:
        x = _padded([documents[i][0] for i in batch], 0).long().to(device)
        w = _padded([documents[i][1] for i in batch], 0)[:, 1:].to(device)
        with autocast(torch.device(device)):
            states = model.model(x[:, :-1]).last_hidden_state
            logits = model.lm_head(states[w > 0])  # rows that no loss needs are never computed
        loss = nn.functional.cross_entropy(logits.float(), x[:, 1:][w > 0], reduction="none")
        loss = (loss * w[w > 0]).sum() / usual
        _update(model, loss, optimizers, schedules)
        progress.step(loss, x.numel())
    return model.float().cpu().eval()


def _update(model: nn.Module, loss: torch.Tensor, optimizers: list, schedules: list) -> None:
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for each in (*optimizers, *schedules):
        each.step()


class _Progress:
    """A line with the mean loss and the speed, every 400 updates."""

    def __init__(self, steps: int, log: Callable[[str], None], every: int = 400):
        self.steps, self.log, self.every = steps, log, every
        self.begun, self.done, self.tokens = time.perf_counter(), 0, 0
        self.losses: list[torch.Tensor] = []

    def step(self, loss: torch.Tensor, tokens: int) -> None:
        self.done, self.tokens = self.done + 1, self.tokens + tokens
        self.losses.append(loss.detach())
        if self.done % self.every == 0 or self.done == self.steps:
            mean = float(torch.stack(self.losses).mean())
            rate = self.tokens / (time.perf_counter() - self.begun)
            self.log(f"step {self.done}/{self.steps}  loss {mean:.3f}  {rate:,.0f} tokens/s")
            self.losses.clear()


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
    lengths = [max(len(source), len(target)) for source, target in pairs]
    batches = batches_of(lengths, batch_tokens // 2, np.random.default_rng(seed))
    optimizer = _adamw(list(model.named_parameters()), learning_rate)
    schedule = _schedule(optimizer, len(batches))
    progress = _Progress(len(batches), log)
    for batch in batches:
        source = _padded([pairs[i][0] for i in batch], 1).to(device)
        target = _padded([pairs[i][1] for i in batch], 1).to(device)
        inputs = torch.cat([torch.ones_like(target[:, :1]), target[:, :-1]], dim=1)
        with autocast(torch.device(device)):
            logits = model(
                input_ids=source, attention_mask=(source != 1).long(), decoder_input_ids=inputs
            ).logits
        loss = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), target.flatten(), ignore_index=1, label_smoothing=0.1
        )
        _update(model, loss, [optimizer], [schedule])
        progress.step(loss, source.numel() + target.numel())
    return model.float().cpu().eval()


def batches_of(lengths: list[int], most: int, draw: np.random.Generator) -> list[list[int]]:
    """Indices in batches of like length, at most ``most`` padded tokens; else in random order."""
    rank = np.array(lengths) + draw.random(len(lengths)) * 4
    batches: list[list[int]] = [[]]
    for i in np.argsort(rank, kind="stable"):
        if (len(batches[-1]) + 1) * lengths[i] > most and batches[-1]:
            batches.append([])
        batches[-1].append(int(i))
    return [batches[i] for i in draw.permutation(len(batches))]


def _padded(rows: list, fill: int) -> torch.Tensor:
    tensors = [torch.as_tensor(row) for row in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=fill)
