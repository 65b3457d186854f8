"""Typed spans of a text: what named-entity recognition finds and translation carries."""

from collections.abc import Sequence
from typing import NamedTuple

from .words import at_boundary


class Span(NamedTuple):
    """A typed entity span: ``text[start:end]`` in code points of the example's text."""

    start: int
    end: int
    type: str


class Item(NamedTuple):
    """Spans, the text that they are in, and the text in which they are to be found."""

    spans: Sequence[Span]
    source: str
    target: str


#: One list per item: for each of its spans the span of the target, or ``None``.
Found = list[list[Span | None]]


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a character."""
    return one.start < other.end and other.start < one.end


def occurrences(text: str, surface: str) -> list[int]:
    """Where ``surface`` starts in ``text``: first as whole words, then inside words."""
    starts, at = [], text.find(surface)
    while surface and at >= 0:
        starts.append(at)
        at = text.find(surface, at + 1)
    return sorted(starts, key=lambda at: (not whole_words(text, at, at + len(surface)), at))


def whole_words(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` cuts no word in two."""
    return at_boundary(text, start) and at_boundary(text, end)
