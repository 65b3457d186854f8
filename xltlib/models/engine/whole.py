"""The slowest exact way: each request as one sequence, through the model's own masks, nothing kept.

For models whose numbers depend on a sequence's full length (rotary angles that change with it) and
for those whose cache does not give the model's own numbers. Sequences of one length are batched,
without padding; the logits are computed for the rows that are read alone.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from . import plan
from .core import Core
from .encoding import Request
from .greedy import Greedy
from .stops import Stops


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
    members: dict[tuple[int, ...], list[int]] = {}
    for n, (_, _, tokens, _) in enumerate(flat):
        members.setdefault(tuple(tokens[:-1]), []).append(n)  # labels of one token share theirs
    sequences = list(members)

    def run(batch: list[int]) -> None:
        hidden = _hidden(core, [sequences[s] for s in batch])
        for b, s in enumerate(batch):
            for n in members[sequences[s]]:
                i, j, tokens, start = flat[n]
                states = hidden[b, start - 1 : len(tokens) - 1]
                rows = list(range(len(states)))
                results[i][j] = sum(core.log_likelihoods(states, rows, tokens[start:]))

    by_length: dict[int, list[int]] = {}
    for s, sequence in enumerate(sequences):
        by_length.setdefault(len(sequence), []).append(s)
    batches = []
    for length, some in by_length.items():
        size = max(1, core.batch_tokens // length)
        batches += [some[at : at + size] for at in range(0, len(some), size)]
    core.in_batches(batches, run, lambda s: len(sequences[s]))
    return results


def generate(
    core: Core, prompts: list[list[int]], max_new_tokens: int, stops: Stops, chooser: Greedy
) -> list[list[int]]:
    """New token ids of each prompt, whose whole text is read again for each of them."""
    results = []
    for row, prompt in enumerate(prompts):
        made: list[int] = []
        while len(made) < max_new_tokens and not (made and stops.ended(made)):
            hidden = _hidden(core, [prompt + made])
            made += chooser.pick(core.logits(hidden[:, -1]), [row])
        results.append(made)
    return results


def _hidden(core: Core, sequences: Sequence[Sequence[int]]) -> Tensor:
    """Final hidden states [b, q, hidden] of some sequences of one length."""
    ids = torch.tensor(sequences, device=core.device)
    core.count(ids.numel(), ids.shape[1])
    return core.base(ids, use_cache=False).last_hidden_state.to(core.device)
