"""``codec``: brackets set into the target text where the translation model finds them most likely.

After CODEC (Le et al. 2024, ICLR, arXiv 2402.03131): the translation is not made anew, as for
``markers``, but the given target text is force-decoded with an opening and a closing bracket, from
the source text with brackets around the span. The place is the one of highest log-probability.

The search is this project's own, and exact over all places of up to :data:`LONGEST` words. What the
texts that open at one word have in common, up to the opening bracket and what follows it in all of
them, is scored first: more tokens can only lower a log-probability, so this bounds every place that
opens there. Openings are taken in order of their bounds, until the next bound is below the best
place. (CODEC prunes openings by a heuristic instead, keeps the k best places and ranks them anew.)
Spans of one text are searched for one by one; where two best places overlap, the less likely span
is searched for again among the words that are left.

It needs a model that knows brackets; CODEC's authors take the NLLB that EasyProject fine-tuned on
marked text. Every span gets a place as long as a word is free. Spans of a text that is longer than
the model takes are left out.
"""

import os
from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from ...text.spans import Found, Item, Span, overlap
from .markers import choose, mark
from .words import words

#: The longest place, in words.
LONGEST = 10
_TOGETHER = 4  # openings whose places make one batch


class Scorer(Protocol):
    """A translation model in one direction: :class:`xltlib.models.translation.forced.Forced`."""

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Each target text as the tokens that the model would have to write, the end included."""

    def fits(self, source: str, targets: Sequence[Sequence[int]]) -> bool:
        """Whether the model takes texts of this length."""

    def log_probabilities(self, source: str, targets: Sequence[Sequence[int]]) -> list[float]:
        """log p(tokens | source) of each of ``targets``, whole texts or beginnings of them."""


def project_all(items: Sequence[Item], scorer: Scorer) -> Found:
    """Each span as a span of its target text, or ``None``."""
    return [_project(item, scorer) for item in items]


def _project(item: Item, scorer: Scorer) -> list[Span | None]:
    """The most likely places; where two overlap, the less likely one is searched for again."""
    found: list[Span | None] = [None] * len(item.spans)
    pair = choose(item)
    if not pair:
        return found
    best: dict[int, tuple[float, Span] | None] = {
        i: search(item, span, pair, scorer) for i, span in enumerate(item.spans)
    }
    while left := {i: place for i, place in best.items() if place}:
        chosen = max(left, key=lambda i: left[i][0])
        span = found[chosen] = left[chosen][1]
        best[chosen] = None
        for i in left.keys() - {chosen}:
            if overlap(left[i][1], span):
                taken = [other for other in found if other]
                best[i] = search(item, item.spans[i], pair, scorer, taken)
    return found


def search(
    item: Item, span: Span, pair: str, scorer: Scorer, taken: Sequence[Span] = ()
) -> tuple[float, Span] | None:
    """The likeliest place of ``span`` that overlaps none of ``taken``, and its log-probability."""
    source = mark(item.source, span, pair)
    groups = [
        [place._replace(type=span.type) for place in group] for group in places(item.target, taken)
    ]
    if not groups:
        return None
    all_ids = scorer.ids([mark(item.target, place, pair) for group in groups for place in group])
    if not scorer.fits(source, all_ids):
        return None
    rest = iter(all_ids)
    ids = [list(islice(rest, len(group))) for group in groups]
    bounds = scorer.log_probabilities(source, [os.path.commonprefix(texts) for texts in ids])
    order = sorted(range(len(groups)), key=lambda g: (-bounds[g], g))
    best: tuple[float, Span] | None = None
    for at in range(0, len(order), _TOGETHER):
        some = [g for g in order[at : at + _TOGETHER] if best is None or bounds[g] > best[0]]
        if not some:
            break
        scores = scorer.log_probabilities(source, [text for g in some for text in ids[g]])
        here = zip(scores, (place for g in some for place in groups[g]), strict=True)
        best = max([*here, *([best] if best else [])], key=lambda found: found[0])
    return best


def places(text: str, taken: Sequence[Span] = ()) -> list[list[Span]]:
    """All places of up to :data:`LONGEST` words that overlap none of ``taken``, by opening word."""
    found = words(text)
    groups = []
    for i, first in enumerate(found):
        closes = dict.fromkeys(word.close for word in found[i : i + LONGEST])
        group = [Span(first.start, close, "") for close in closes]
        if free := [s for s in group if not any(overlap(s, other) for other in taken)]:
            groups.append(free)
    return groups
