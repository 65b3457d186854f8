"""What a projector may mark in a text: whole words, less a short one joined on by an apostrophe.

Elision joins a short word on in front (*n'Abarundi*, *y'u Rwanda*, *lw'Equator*), while in Hausa an
apostrophe is a letter (*Juma'a*, *'yan*). So a span may begin behind an apostrophe that has few
letters before it, and never ends in front of one that more letters follow.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import regex

from ...text import sentences
from ...text.spans import Found, Item
from ...text.words import APOSTROPHES

#: The longest word, in letters, that counts as joined on by an apostrophe.
JOINED = 4

TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}](?:\S*[\p{L}\p{M}\p{N}])?")
_APOSTROPHE = regex.compile(f"[{APOSTROPHES}]")


class Word(NamedTuple):
    """``text[start:end]``; a span that ends with this word ends at ``close``, where its token does.

    Most words are a token; *n'Abarundi* is one token of the two words *n'* and *Abarundi*.
    """

    start: int
    end: int
    close: int


def words(text: str) -> list[Word]:
    """The words of ``text`` in order: every letter and digit is in exactly one of them."""
    found = []
    for token in TOKEN.finditer(text):
        begins = starts(text, token.start(), token.end())
        ends = [*begins[1:], token.end()]
        found += [Word(a, b, token.end()) for a, b in zip(begins, ends, strict=True)]
    return found


def starts(text: str, start: int, end: int) -> list[int]:
    """Where a token may begin: with its first letter, or after short words with an apostrophe."""
    begins = [start]
    for sign in _APOSTROPHE.finditer(text, start, end):
        if sign.start() - begins[-1] > JOINED:
            break
        begins.append(sign.end())
    return begins


def by_sentence(items: Sequence[Item], project: Callable[[list[Item]], Found]) -> Found:
    """``project`` on sentences instead of texts, where source and target have equally many.

    Encoders and translators were trained on sentences. A text whose sentences do not pair up, or
    that has a span across two of them, is projected as a whole.
    """
    parts: list[tuple[int, list[int], int, Item]] = []  # item, its spans' numbers, offset, sentence
    for n, item in enumerate(items):
        for (a, b), (c, d) in _pairs(item):
            inside = [i for i, s in enumerate(item.spans) if a <= s.start and s.end <= b]
            spans = [
                s._replace(start=s.start - a, end=s.end - a)
                for s in map(item.spans.__getitem__, inside)
            ]
            if spans:
                parts.append((n, inside, c, Item(spans, item.source[a:b], item.target[c:d])))
    found: Found = [[None] * len(item.spans) for item in items]
    projected = project([part for *_, part in parts])
    for (n, inside, offset, _), placed in zip(parts, projected, strict=True):
        for i, span in zip(inside, placed, strict=True):
            if span:
                found[n][i] = span._replace(start=span.start + offset, end=span.end + offset)
    return found


def _pairs(item: Item) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """(start, end) of each sentence of the source with those of its sentence in the target."""
    source, target = _bounds(item.source), _bounds(item.target)
    inside = all(any(a <= s.start and s.end <= b for a, b in source) for s in item.spans)
    if len(source) != len(target) or not inside:
        return [((0, len(item.source)), (0, len(item.target)))]
    return list(zip(source, target, strict=True))


def _bounds(text: str) -> list[tuple[int, int]]:
    bounds, at = [], 0
    for sentence in sentences.split(text):
        start = text.index(sentence, at)
        at = start + len(sentence)
        bounds.append((start, at))
    return bounds
