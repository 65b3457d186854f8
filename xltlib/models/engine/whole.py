"""The slower exact way: each request as one sequence, through the model's own masks and cache.

For architectures whose attention depends on where a token stands in storage (ALiBi in MPT) and for
sequences beyond a sliding window, where tokens cannot be shared safely. Sequences of like length
are still batched, padded behind their last token, where causal attention does not look.
"""

from collections.abc import Sequence

import torch

from . import plan
from .core import Core
from .encoding import Request
from .sampling import Sampler
from .stops import Stops

_LOGITS = 1 << 28  # numbers in a batch's logits, 1 GiB in float32


def score(core: Core, requests: Sequence[Request]) -> list[list[float]]:
    """Log-likelihood (nats) of each request's continuations, in the requests' order."""
    flat = [
        (i, j, request.stem + tail, len(request.stem) + skip)
        for i, request in enumerate(requests)
        for j, (tail, skip) in enumerate(zip(request.tails, request.skips, strict=True))
    ]
    core.usage.distinct_tokens += plan.distinct_tokens(
        [tokens[:-1] for _, _, tokens, _ in flat], [0] * len(flat)
    )
    results = [[0.0] * len(request.tails) for request in requests]
    sequences, members = _sequences([tokens[:-1] for _, _, tokens, _ in flat])

    def run(batch: list[int]) -> None:
        longest = max(lengths[s] for s in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        real = torch.zeros_like(ids)
        for b, s in enumerate(batch):
            ids[b, : lengths[s]] = torch.tensor(sequences[s])
            real[b, : lengths[s]] = 1
        _count(core, ids.numel(), longest)
        ids, real = ids.to(core.device), real.to(core.device)
        logits = core.model(ids, attention_mask=real, use_cache=False).logits
        for b, s in enumerate(batch):
            for n in members[s]:
                i, j, tokens, start = flat[n]
                rows = logits[b, start - 1 : len(tokens) - 1].float().log_softmax(-1)
                targets = torch.tensor(tokens[start:], device=core.device)[:, None]
                results[i][j] = rows.gather(1, targets).sum().item()

    lengths = [len(sequence) for sequence in sequences]
    limit = max(1, min(core.batch_tokens, _LOGITS // core.vocabulary))
    core.in_batches(list(plan.batches(lengths, 0, limit, limit)), run, lambda n: lengths[n])
    return results


def _sequences(read: list[list[int]]) -> tuple[list[list[int]], list[list[int]]]:
    """The sequences that begin no other, and which of ``read`` each of them serves.

    Labels of one token differ in what is predicted, not in what is read.
    """
    sequences: list[list[int]] = []
    members: list[list[int]] = []
    for n in sorted(range(len(read)), key=read.__getitem__, reverse=True):
        if not sequences or sequences[-1][: len(read[n])] != read[n]:
            sequences.append(read[n])
            members.append([])
        members[-1].append(n)
    return sequences, members


def generate(
    core: Core, prompts: list[list[int]], max_new_tokens: int, stops: Stops, sampler: Sampler
) -> list[list[int]]:
    """New token ids of each prompt, which is continued by itself."""
    results = []
    for row, prompt in enumerate(prompts):
        made: list[int] = []
        step, cache = torch.tensor([prompt], device=core.device), None
        while True:
            _count(core, step.shape[1], len(prompt) + len(made))
            output = core.model(step, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            made += sampler.pick(output.logits[:, -1].float(), [row])
            if stops.ended(made) or len(made) == max_new_tokens:
                break
            step = torch.tensor([made[-1:]], device=core.device)
        results.append(made)
    return results


def _count(core: Core, tokens: int, keys: int) -> None:
    core.count(tokens, keys)
    core.usage.flops += 2.0 * tokens * core.head_size
