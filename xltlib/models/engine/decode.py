"""Generation on the shared path: shared tokens once, then all rows of a batch token by token.

Prompts of one batch are padded on the left, so that their last tokens stand in one column; they are
read in groups of like length; keys and values go into storage that is allocated once; finished rows
leave the batch.
"""

from collections.abc import Sequence

import torch
from transformers.cache_utils import Cache

from . import plan
from .cache import go_to, keep_rows
from .core import Core, Prefix
from .greedy import Greedy
from .steps import Steps
from .stops import Stops

_LEAVE = 0.25  # share of finished rows at which the rest is worth copying together
_WASTE = 1.5  # stored over needed columns at which a batch is closed: they are only masked


def generate(
    core: Core, prompts: list[list[int]], max_new_tokens: int, stops: Stops, chooser: Greedy
) -> list[list[int]]:
    """New token ids of each prompt (token ids), in the prompts' order."""
    made: list[list[int]] = [[] for _ in prompts]

    def descend(node: plan.Branch, start: int, before: Prefix) -> None:
        prefix = core.extend(before, prompts[plan.first(node)][start : node.end])
        loose = node.loose

        def run(batch: list[int]) -> None:
            rows = [loose[i] for i in batch]
            for row in rows:
                made[row].clear()
                chooser.restart(row)
            rests = [prompts[row][node.end :] for row in rows]
            _batch(core, prefix, rests, rows, made, max_new_tokens, stops, chooser)

        # Nearly all passes have one column and read all weights: the more rows in each the better,
        # as far as what they keep fits. Prompts are read in smaller groups.
        over, budget, _ = core.limits(prefix)
        lengths = [len(prompts[i]) - node.end + max_new_tokens for i in loose]
        batches = plan.batches(lengths, over, budget, budget, waste=_WASTE)
        core.in_batches(list(batches), run, lambda i: node.end + lengths[i])
        for inner in node.branches:
            descend(inner, node.end, prefix)

    descend(plan.branch(prompts, list(range(len(prompts)))), 0, Prefix([], 0))
    return made


def _batch(
    core: Core,
    prefix: Prefix,
    rests: Sequence[list[int]],
    rows: list[int],
    made: list[list[int]],
    max_new_tokens: int,
    stops: Stops,
    chooser: Greedy,
) -> None:
    """Fill ``made[row]`` for every row of the batch, whose prompts are ``rests``, longest first."""
    longest = len(rests[0])
    pads = torch.tensor([longest - len(r) for r in rests], device=core.device)
    columns = torch.arange(longest + max_new_tokens, device=core.device)
    valid = columns >= pads[:, None]  # [b, columns]: which stored columns are no padding
    positions = (columns - pads[:, None]).clamp_(min=0) + prefix.length
    cache = core.new_cache(prefix, longest + max_new_tokens, len(rows))
    logits = core.logits(_read(core, prefix, rests, valid, positions, cache)[:, -1])
    steps: Steps | None = None
    alive = list(rows)  # rows that are still in storage, in its order
    done: set[int] = set()
    for column in range(longest, longest + max_new_tokens):
        tokens = chooser.pick(logits, alive)
        for row, token in zip(alive, tokens, strict=True):
            if row not in done:
                made[row].append(token)
                if stops.ended(made[row]):
                    done.add(row)
        left = [n for n, row in enumerate(alive) if row not in done]
        if not left or column + 1 == longest + max_new_tokens:
            return
        if len(alive) - len(left) >= _LEAVE * len(alive):
            keep = torch.tensor(left, device=core.device)
            keep_rows(cache, keep)
            valid, positions = valid[keep], positions[keep]
            alive, tokens = [alive[n] for n in left], [tokens[n] for n in left]
            steps = None
        if core.recorded and core.way == "dense" and prefix.length:
            steps = steps or Steps(core, prefix, cache, valid, positions)
            logits = steps.run(tokens, column)
            continue
        step = torch.tensor(tokens, device=core.device)[:, None]
        at = positions[:, : column + 1]
        seen = valid[:, None, : column + 1]
        hidden = core.forward(step, at[:, -1:], seen, cache, prefix, read=1, at=at)
        logits = core.logits(hidden[:, -1])


def _read(
    core: Core,
    prefix: Prefix,
    rests: Sequence[list[int]],
    valid: torch.Tensor,
    positions: torch.Tensor,
    cache: Cache,
) -> torch.Tensor:
    """Hidden states [b, 1, hidden] of the prompts' last tokens; ``cache`` is filled."""
    longest = len(rests[0])
    causal = torch.ones(longest, longest, dtype=torch.bool, device=core.device).tril()
    hidden = []
    for group in plan.batches([len(r) for r in rests], *core.limits(prefix)):
        rows, start = slice(group[0], group[-1] + 1), longest - len(rests[group[0]])
        padded = [[0] * (longest - start - len(r)) + r for r in rests[rows]]
        seen = causal[start:] & valid[rows, None, :longest]
        go_to(cache, rows, start)
        at = positions[rows, :longest]
        ids = torch.tensor(padded, device=core.device)
        hidden.append(core.forward(ids, at[:, start:], seen, cache, prefix, read=1, at=at))
    go_to(cache, slice(None), longest)
    return torch.cat(hidden)
