"""Scoring and generation with transformers alone: sequences one by one, or padded to batches.

Each label is read behind its whole prompt again. Logits are computed for the label's rows alone.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from transformers.modeling_utils import PreTrainedModel

from xltlib.models.engine.encoding import Request
from xltlib.models.engine.output import log_likelihoods


@torch.inference_mode()
def score(model: PreTrainedModel, requests: Sequence[Request], batch: int) -> list[list[float]]:
    """Log-likelihood (nats) of each request's continuations, ``batch`` sequences at a time."""
    pairs = [(r.stem + tail, len(tail)) for r in requests for tail in r.tails]
    skips = [skip for r in requests for skip in r.skips]
    values = [0.0] * len(pairs)
    for some in _batches([len(ids) for ids, _ in pairs], batch):
        keep = 1 + max(pairs[i][1] for i in some)
        ids, mask = _padded([pairs[i][0] for i in some], model.device)
        positions = (mask.cumsum(-1) - 1).clamp_(min=0)
        logits = model(
            input_ids=ids,
            attention_mask=mask if len(some) > 1 else None,
            position_ids=positions,
            logits_to_keep=keep,
            use_cache=False,
        ).logits.float()
        for row, i in enumerate(some):
            size = pairs[i][1] - skips[i]
            rows = torch.arange(keep - 1 - size, keep - 1, device=ids.device)
            scored = log_likelihoods(logits[row], rows, ids[row, ids.shape[1] - size :])
            values[i] = scored.sum().item()
    found = iter(values)
    return [[next(found) for _ in r.tails] for r in requests]


@torch.inference_mode()
def generate(
    model: PreTrainedModel, prompts: Sequence[list[int]], new_tokens: int, batch: int
) -> list[list[int]]:
    """New token ids of each prompt by ``model.generate``, of a model without an end of text."""
    made: list[list[int]] = [[] for _ in prompts]
    for some in _batches([len(p) for p in prompts], batch):
        ids, mask = _padded([prompts[i] for i in some], model.device)
        whole = model.generate(
            input_ids=ids, attention_mask=mask, do_sample=False,
            max_new_tokens=new_tokens, pad_token_id=0,
        )  # fmt: skip
        for i, row in zip(some, whole[:, ids.shape[1] :].tolist(), strict=True):
            made[i] = row
    return made


@torch.inference_mode()
def shortfall(
    model: PreTrainedModel, prompts: Sequence[list[int]], answers: Sequence[Sequence[int]]
) -> float:
    """By how much (nats) a generated token lies below the most likely one, at most.

    Each answer is read behind its prompt in one forward pass. In half precision two ways seldom
    write 96 equal tokens; each of them should be the most likely one but for rounding.
    """
    most = 0.0
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = torch.tensor([[*prompt, *answer]], device=model.device)
        logits = model(input_ids=ids, logits_to_keep=len(answer) + 1, use_cache=False).logits
        rows = logits[0, :-1].float()
        taken = rows.gather(1, ids[0, len(prompt) :, None])[:, 0]
        most = max(most, (rows.max(-1).values - taken).max().item())
    return most


def _batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _padded(rows: Sequence[list[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and mask [b, longest], padded on the left."""
    longest = max(map(len, rows))
    ids = [[0] * (longest - len(r)) + r for r in rows]
    mask = [[0] * (longest - len(r)) + [1] * len(r) for r in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)
