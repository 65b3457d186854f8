"""``alignment``: the target's words whose embeddings belong to those of the span.

Word alignment as in awesome-align (Dou and Neubig 2021, EACL, arXiv 2101.08231), without their
fine-tuning: dot products between the subwords' states in one layer of an encoder, a softmax over
the target and one over the source, and those pairs that are above a threshold in both. Words are
aligned where any of their subwords are. A span becomes the stretch from its first aligned word to
its last; a span without an aligned word is not projected.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ...text.spans import Found, Item, Span, overlap
from .words import Word, words

#: The least probability in both directions; awesome-align's default.
THRESHOLD = 1e-3

#: (texts, their words) -> for each text the states [subwords, d] and each subword's word.
Embed = Callable[[list[str], Sequence[Sequence[Word]]], list[tuple[Tensor, list[int]]]]


def project_all(
    items: Sequence[Item], source: Embed, target: Embed, threshold: float = THRESHOLD
) -> Found:
    """Each span as a span of its target text, or ``None``.

    ``source`` and ``target`` embed the texts of either side. A text without states (it is longer
    than its encoder takes) has nothing projected onto or from it.
    """
    theirs = [words(item.source) for item in items]
    ours = [words(item.target) for item in items]
    before = source([item.source for item in items], theirs)
    after = target([item.target for item in items], ours)
    return [
        _stretches(item.spans, s, t, align(*b, *a, threshold))
        for item, s, t, b, a in zip(items, theirs, ours, before, after, strict=True)
    ]


def align(
    source: Tensor,
    source_words: Sequence[int],
    target: Tensor,
    target_words: Sequence[int],
    threshold: float = THRESHOLD,
) -> set[tuple[int, int]]:
    """Pairs (source word, target word) from states [m, d] and [n, d] and each subword's word."""
    if not len(source) or not len(target):
        return set()
    likeness = source.float() @ target.float().T
    both = (likeness.softmax(1) > threshold) & (likeness.softmax(0) > threshold)
    return {(source_words[i], target_words[j]) for i, j in torch.nonzero(both).tolist()}


def _stretches(
    spans: Sequence[Span], source: list[Word], target: list[Word], pairs: set[tuple[int, int]]
) -> list[Span | None]:
    """The spans' stretches, the shortest first: a long one is the sign of a stray pair."""
    wanted: dict[int, Span] = {}
    for n, span in enumerate(spans):
        own = {i for i, w in enumerate(source) if w.start < span.end and span.start < w.end}
        aligned = sorted(j for i, j in pairs if i in own)
        if aligned:
            first, last = target[aligned[0]], target[aligned[-1]]
            wanted[n] = Span(first.start, last.close, span.type)
    found: list[Span | None] = [None] * len(spans)
    for n, span in sorted(wanted.items(), key=lambda w: (w[1].end - w[1].start, w[0])):
        if not any(other and overlap(span, other) for other in found):
            found[n] = span
    return found
