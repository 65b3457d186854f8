"""``markers``: translate with brackets around the span, and see what they came to stand around.

After EasyProject (Chen et al. 2023, Findings of ACL, arXiv 2211.15613), which found square brackets
to serve best. There the marked translation is the result; here the target text is given, so the
bracketed words are matched onto it, exactly or nearly (:mod:`.match`). Each span is marked in a
translation of its own: a pair of brackets belongs to its span whatever the order of the words. A
span whose brackets were lost is not projected.
"""

from collections.abc import Callable, Sequence

import regex

from ...text.spans import Found, Item, Span
from .match import Placing, bare

#: The first whose signs stand in neither text is used; EasyProject's comes first.
PAIRS = ("[]", "{}", "<>", "«»")


def project_all(items: Sequence[Item], translate: Callable[[list[str]], list[str]]) -> Found:
    """Each span as a span of its target text, or ``None``; one call of ``translate`` at most."""
    pairs = [choose(item) for item in items]
    marked = {
        (n, i): mark(item.source, span, pairs[n])
        for n, item in enumerate(items)
        for i, span in enumerate(item.spans)
        if pairs[n]
    }
    outputs = translate(list(marked.values())) if marked else []
    said = dict(zip(marked, outputs, strict=True))
    found: Found = []
    for n, item in enumerate(items):
        placing = Placing(*item)
        recovered = {i: recover(said[n, i], pairs[n]) for i in range(len(item.spans)) if pairs[n]}
        placing.place({i: bare(text) for i, text in recovered.items() if text})
        found.append(placing.found)
    return found


def choose(item: Item) -> str:
    """The pair of signs to mark this item with; empty where its texts use all of them."""
    used = set(item.source) | set(item.target)
    return next((pair for pair in PAIRS if not used & set(pair)), "")


def mark(text: str, span: Span, pair: str) -> str:
    """``text`` with the signs around one span, and no space between: ``a [Kano] ranar``."""
    start, end = span.start, span.end
    return f"{text[:start]}{pair[0]}{text[start:end]}{pair[1]}{text[end:]}"


def recover(output: str, pair: str) -> str | None:
    """What stands between the signs in a translation; ``None`` where one of them is lost.

    Of signs that were doubled the inner pair counts, and of several pairs the first.
    """
    left, right = map(regex.escape, pair)
    inner = regex.search(rf"{left}\s*([^{left}{right}]*[^{left}{right}\s])\s*{right}", output)
    return inner[1] if inner else None
