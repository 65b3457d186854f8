"""Which tokens go through the model, in which batches: plain Python, no tensors of the model.

The requests of a call form a trie. What prompts share is computed once per branch worth it; behind
it each item adds its own chain of tokens, and behind the chain the tree of its continuations, in
which a token that several continuations share stands once.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ...errors import XltError

_WORTH = 128  # tokens that a shared branch must save to be computed by itself
_LEAST = 0.05  # of a prompt: attending to a shorter block by itself costs more than it spares
_DEEP = 24  # branches within branches
_WASTE = 1.05  # padded over real tokens at which a batch is closed,
_SMALL = 128  # unless it has fewer tokens than keep a processor busy


@dataclass(frozen=True)
class Tree:
    """The continuations of one prompt: row r has ``tokens[r]``, ``depth[r]`` behind the prompt.

    ``seen[r, s]`` says whether row r may attend to row s: itself and its ancestors. ``targets`` are
    (continuation, row that predicts, token); row -1 is the prompt's last token.
    """

    tokens: tuple[int, ...]
    depth: tuple[int, ...]
    seen: np.ndarray
    targets: tuple[tuple[int, int, int], ...]


@lru_cache(maxsize=512)
def tree_of(tails: tuple[tuple[int, ...], ...], skips: tuple[int, ...]) -> Tree:
    """The tree of some continuations, of which the first ``skips[j]`` tokens are not scored.

    The last token of a continuation predicts nothing that is asked for, so it has no row.
    """
    tokens, depth, parents, targets = [], [], [], []
    rows: dict[tuple[int, int], int] = {}
    for j, (tail, skip) in enumerate(zip(tails, skips, strict=True)):
        at = -1
        for k, token in enumerate(tail):
            if k >= skip:
                targets.append((j, at, token))
            if k + 1 == len(tail):
                break
            if (at, token) not in rows:
                rows[at, token] = len(tokens)
                tokens.append(token)
                depth.append(k)
                parents.append(at)
            at = rows[at, token]
    seen = np.eye(len(tokens), dtype=bool)
    for row, parent in enumerate(parents):
        if parent >= 0:
            seen[row] |= seen[parent]
    return Tree(tuple(tokens), tuple(depth), seen, tuple(targets))


@dataclass
class Branch:
    """Items that share their prompts' tokens up to ``end``.

    ``loose`` share no more that is worth it; ``branches`` do among themselves. ``saved`` counts the
    tokens that sharing spares.
    """

    end: int
    loose: list[int] = field(default_factory=list)
    branches: list["Branch"] = field(default_factory=list)
    saved: int = 0


def branch(stems: Sequence[list[int]], members: list[int], start: int = 0, deep: int = 0) -> Branch:
    """What the prompts ``members`` share from ``start`` on; each keeps its last token to itself."""
    chosen = [stems[i] for i in members]
    shared = len(os.path.commonprefix([min(chosen), max(chosen)]))
    fork = min(shared, min(map(len, chosen)) - 1)
    left = sum(map(len, chosen)) / len(chosen) - start
    made = Branch(fork if fork - start >= _LEAST * left else start)
    made.saved = (len(members) - 1) * (made.end - start)
    buckets: dict[int, list[int]] = {}
    for i in members:
        if len(stems[i]) == fork + 1:  # it ends here, and must not keep others from sharing more
            made.loose.append(i)
        else:
            buckets.setdefault(stems[i][fork], []).append(i)
    for bucket in buckets.values():
        if len(bucket) > 1 and deep < _DEEP:
            inner = branch(stems, bucket, made.end, deep + 1)
            if inner.saved >= _WORTH:
                made.branches.append(inner)
                made.saved += inner.saved
                continue
        made.loose += bucket
    return made


def first(node: Branch) -> int:
    """One item of a branch; any of them knows the tokens that they share."""
    return node.loose[0] if node.loose else first(node.branches[0])


def distinct_tokens(stems: Sequence[list[int]], behind: Sequence[int]) -> int:
    """Nodes of the trie of all requests: the fewest tokens that must go through the model.

    ``behind[i]`` counts the nodes behind prompt i: its continuation tree, or what it generated.
    Equal prompts are counted with the longest of theirs.
    """
    order = sorted(range(len(stems)), key=stems.__getitem__)
    total, before, last = 0, [], 0
    for i in order:
        if stems[i] == before:
            total += max(0, behind[i] - last)
            last = max(last, behind[i])
            continue
        total += len(stems[i]) - len(os.path.commonprefix([before, stems[i]])) + behind[i]
        before, last = stems[i], behind[i]
    return total


def sequences(read: Sequence[list[int]]) -> tuple[list[list[int]], list[list[int]]]:
    """The sequences that begin no other, and which of ``read`` each of them serves.

    Labels of one token differ in what is predicted, not in what is read.
    """
    found: list[list[int]] = []
    members: list[list[int]] = []
    for n in sorted(range(len(read)), key=read.__getitem__, reverse=True):
        if not found or found[-1][: len(read[n])] != read[n]:
            found.append(read[n])
            members.append([])
        members[-1].append(n)
    return found, members


def batches(
    lengths: Sequence[int], overhead: int, budget: int, rows: int, waste: float = _WASTE
) -> Iterator[list[int]]:
    """Positions of ``lengths`` in batches, longest first, so that little is padded.

    A batch of b sequences padded to length q holds at most ``rows`` tokens (b * q) and at most
    ``budget`` cached ones (b * (q + overhead)), and always at least one sequence. It is closed
    before padding makes it ``waste`` times its real tokens.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batch: list[int] = []
    longest = real = 0
    for i in order:
        if batch:
            size = len(batch) + 1
            full = size * longest > rows or size * (longest + overhead) > budget
            padded = size * longest > waste * (real + lengths[i]) and size * longest > _SMALL
            if full or padded:
                yield batch
                batch = []
        if not batch:
            longest, real = max(1, lengths[i]), 0
        batch.append(i)
        real += lengths[i]
    if batch:
        yield batch


def check_lengths(lengths: Sequence[int], extra: Sequence[int], context: int, what: str) -> None:
    """Raise :class:`XltError` naming the first item whose prompt and answer exceed the context."""
    for i, (prompt, answer) in enumerate(zip(lengths, extra, strict=True)):
        if prompt + answer > context:
            raise XltError(
                f"item {i}: its prompt has {prompt} tokens and its {what} {answer}, together more "
                f"than the model's context of {context}: use fewer shots, cut the documents, or "
                "raise `context` where the model allows it"
            )
