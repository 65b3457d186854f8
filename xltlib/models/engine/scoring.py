"""Log-likelihoods on the shared path: shared tokens once, then each item's chain and label tree."""

from collections.abc import Sequence

import numpy as np
import torch

from . import plan
from .core import Core, Prefix
from .encoding import Request


def score(core: Core, requests: Sequence[Request]) -> list[list[float]]:
    """Log-likelihood (nats) of each request's continuations, in the requests' order."""
    stems = [r.stem for r in requests]
    trees = [plan.tree_of(tuple(map(tuple, r.tails)), tuple(r.skips)) for r in requests]
    core.usage.distinct_tokens += plan.distinct_tokens(stems, [len(t.tokens) for t in trees])
    results: list[list[float]] = [[] for _ in requests]

    def descend(node: plan.Branch, start: int, before: Prefix) -> None:
        prefix = core.extend(before, stems[plan.first(node)][start : node.end])
        loose = node.loose

        def run(batch: list[int]) -> None:
            some = [loose[i] for i in batch]
            rests = [stems[i][node.end :] for i in some]
            scored = _batch(core, prefix, rests, [trees[i] for i in some])
            for i, scores in zip(some, scored, strict=True):
                results[i] = scores

        lengths = [len(stems[i]) - node.end + len(trees[i].tokens) for i in loose]
        batches = list(plan.batches(lengths, *core.limits(prefix)))
        core.in_batches(batches, run, lambda i: node.end + lengths[i])
        for inner in node.branches:
            descend(inner, node.end, prefix)

    descend(plan.branch(stems, list(range(len(stems)))), 0, Prefix([], 0))
    return results


def _batch(
    core: Core, prefix: Prefix, rests: Sequence[list[int]], trees: Sequence[plan.Tree]
) -> list[list[float]]:
    """One forward pass: row b is its chain, padded, then its tree, padded.

    The prompt's last token is the tree's root, so that all rows that predict stand in the tree.
    """
    size = len(rests)
    long, wide = max(map(len, rests)) - 1, 1 + max(len(t.tokens) for t in trees)
    ids = np.zeros((size, long + wide), np.int64)
    positions = np.zeros_like(ids)
    visible = np.zeros((size, wide, long + wide), bool)
    visible[:, :, long] = True  # all see the root, padded rows too: a row must see something
    for b, (rest, tree) in enumerate(zip(rests, trees, strict=True)):
        c, t = len(rest) - 1, 1 + len(tree.tokens)
        ids[b, :c], ids[b, long : long + t] = rest[:-1], (rest[-1], *tree.tokens)
        positions[b, :c] = np.arange(c)
        positions[b, long : long + t] = c, *(c + 1 + d for d in tree.depth)
        visible[b, :t, :c] = True
        visible[b, 1:t, long + 1 : long + t] = tree.seen
    if core.way == "dense":
        causal = np.broadcast_to(np.tri(long, long + wide, dtype=bool), (size, long, long + wide))
        visible = np.concatenate([causal, visible], 1)
    hidden = core.forward(
        torch.from_numpy(ids).to(core.device),
        torch.from_numpy(positions).to(core.device) + prefix.length,
        torch.from_numpy(visible).to(core.device),
        core.new_cache(prefix, long + wide) if core.way == "dense" else None,
        prefix,
        read=wide,
        chain=long,
    )
    return _gather(core, hidden, trees)


def _gather(core: Core, hidden: torch.Tensor, trees: Sequence[plan.Tree]) -> list[list[float]]:
    """Log-likelihoods out of hidden states [b, wide, hidden]; no row is computed twice."""
    wanted: dict[int, int] = {}
    rows, tokens, owners = [], [], []
    results = [[0.0] * (1 + max(j for j, _, _ in tree.targets)) for tree in trees]
    for b, tree in enumerate(trees):
        root = b * hidden.shape[1]
        for j, row, token in tree.targets:
            rows.append(wanted.setdefault(root + 1 + row, len(wanted)))
            tokens.append(token)
            owners.append((b, j))
    states = hidden.flatten(0, 1)[torch.tensor(list(wanted), device=core.device)]
    values = core.log_likelihoods(states, rows, tokens)
    for (b, j), value in zip(owners, values, strict=True):
        results[b][j] += value
    return results
