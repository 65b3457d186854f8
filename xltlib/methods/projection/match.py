"""``match``: spans found again by what they say, without looking into any model.

A span is looked for in three ways, each tried on what the one before left over: its surface as it
stands; a spelling near to it; and, near or exact, the translation of the surface alone. Of several
places in the target text it takes the one that its own place among equal surfaces names, or else
the one that keeps the spans' order best. Spans never overlap; what is found nowhere is ``None``.

"Near" means: letters compared without case, diacritics, hooks, apostrophes and hyphens, an edit
distance of at most a fifth of the longer word or phrase (:data:`NEAR`), the same digits, and a
capital letter where the surface has one. A near match covers whole tokens, less a short word that
is joined on by an apostrophe (*n'Abarundi*, *y'u Rwanda*).
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex
from rapidfuzz.distance import Levenshtein

from ...text.forms import own_form
from ...text.spans import Found, Item, Span, occurrences, whole_words
from .words import TOKEN, starts

#: The least similarity, 1 - distance / length, of a near match: Kamfala and Kampala have 6/7.
NEAR = 0.8
#: Letters that have no decomposition in Unicode, for comparison only.
_HOOKS = str.maketrans("ɓɗƙƴŋ", "bdkyn")
_DIGITS = regex.compile(r"\d+")


class _Match(NamedTuple):
    start: int
    end: int
    similarity: float


def project_all(items: Sequence[Item], translate: Callable[[list[str]], list[str]]) -> Found:
    """Each span as a span of its target text of the same type, or ``None``.

    One call of ``translate`` for all surfaces that are not found as they stand, or none.
    """
    works = [Placing(*item) for item in items]
    for work in works:
        work.place({i: surface for i, surface in enumerate(work.surfaces)})
    missing = dict.fromkeys(s for work in works for s in work.missing().values())
    if missing:
        into = dict(zip(missing, translate(list(missing)), strict=True))
        for work in works:
            work.place({i: bare(into[surface]) for i, surface in work.missing().items()})
    return [work.found for work in works]


class Placing:
    """One text's spans: what is placed so far, and how the rest is placed."""

    def __init__(self, spans: Sequence[Span], source_text: str, target_text: str):
        self.spans, self.source, self.target = spans, source_text, target_text
        self.surfaces = [source_text[s.start : s.end] for s in spans]
        self.found: list[Span | None] = [None] * len(spans)

    def missing(self) -> dict[int, str]:
        """Index and surface of each span that has no place yet."""
        return {i: s for i, s in enumerate(self.surfaces) if self.found[i] is None}

    def place(self, wanted: dict[int, str]) -> None:
        """Place the spans whose surface, as here wanted, stands in the target, exact or near."""
        for search in (_exact, _near):
            groups: dict[tuple[str, str], list[int]] = defaultdict(list)
            for i, text in wanted.items():
                if text and self.found[i] is None:
                    groups[self.surfaces[i], text].append(i)
            # The longest first, so that "Kano" does not take a part of "Kano State".
            for (_, text), group in sorted(groups.items(), key=lambda g: (-len(g[0][1]), g[1])):
                self._assign(sorted(group, key=lambda i: self.spans[i]), search(text, self.target))

    def _assign(self, group: list[int], matches: list[_Match]) -> None:
        """Give the spans of one surface their places among the matches, in order."""
        free = sorted(m for m in matches if self._is_free(m))
        if len(free) > len(group):  # of unequal matches, those that are nearest
            least = sorted(m.similarity for m in free)[-len(group)]
            free = [m for m in free if m.similarity >= least]
        numbers, of = self._numbers(group)
        first = 0
        for left, i in zip(range(len(group) - 1, -1, -1), group, strict=True):
            if of == len(free):
                choice = numbers[i]
            else:
                options = range(first, max(len(free) - left, first + 1))
                distances = {j: self._distance(i, free, j) for j in options}
                choice = min(options, key=distances.__getitem__)
            first = choice + 1
            if choice < len(free) and self._is_free(free[choice]):
                self.found[i] = Span(free[choice].start, free[choice].end, self.spans[i].type)

    def _is_free(self, match: _Match) -> bool:
        return not any(s and s.start < match.end and match.start < s.end for s in self.found)

    def _numbers(self, group: list[int]) -> tuple[dict[int, int], int]:
        """Which occurrence of its surface each span is, and of how many.

        Occurrences inside another span count for nothing: they are parts of another name.
        """
        surface = self.surfaces[group[0]]
        own = {self.spans[i].start for i in group}
        others = [s for i, s in enumerate(self.spans) if i not in group]
        starts = [
            start
            for start in sorted(occurrences(self.source, surface))
            if start in own
            or whole_words(self.source, start, start + len(surface))
            and not any(s.start < start + len(surface) and start < s.end for s in others)
        ]
        return {i: starts.index(self.spans[i].start) for i in group}, len(starts)

    def _distance(self, i: int, free: list[_Match], j: int) -> tuple[int, float]:
        """Spans whose order it would not keep, and its distance in proportion to the texts."""
        if j >= len(free):
            return len(self.spans) + 1, 0.0
        span, match = self.spans[i], free[j]
        crossed = sum(
            (other.start < span.start) != (there.start < match.start)
            for other, there in zip(self.spans, self.found, strict=True)
            if there
        )
        return crossed, abs(span.start / len(self.source) - match.start / len(self.target))


def _exact(text: str, target: str) -> list[_Match]:
    """Where ``text`` stands in the target as whole words, in whichever Unicode form."""
    text = own_form(target, text)
    ends = ((start, start + len(text)) for start in occurrences(target, text))
    return [_Match(start, end, 1.0) for start, end in ends if whole_words(target, start, end)]


def _near(text: str, target: str) -> list[_Match]:
    """Runs of tokens near to ``text``, best first, none overlapping a better one."""
    key, size = _key(text), len(TOKEN.findall(text))
    tokens = [(m.start(), m.end()) for m in TOKEN.finditer(target)]
    matches = []
    for first, (token_start, token_end) in enumerate(tokens):
        for start in starts(target, token_start, token_end):
            for _, end in tokens[max(first, first + size - 2) : first + size + 1]:
                near = _similarity(key, _key(target[start:end]))
                if near and _same_kind(text, target[start:end]):
                    matches.append(_Match(start, end, near))
    chosen: list[_Match] = []
    for match in sorted(matches, key=lambda m: (-m.similarity, m.start, m.end)):
        if all(match.end <= c.start or c.end <= match.start for c in chosen):
            chosen.append(match)
    return chosen


def _same_kind(text: str, match: str) -> bool:
    """Whether digits agree, and a name with a capital is not taken for a word without one."""
    capital = not any(map(str.isupper, text)) or any(map(str.isupper, match))
    return capital and _DIGITS.findall(text) == _DIGITS.findall(match)


def bare(text: str) -> str:
    """A translated surface without the punctuation that translators set at the edges."""
    tokens = list(TOKEN.finditer(text))
    return text[tokens[0].start() : tokens[-1].end()] if tokens else ""


@lru_cache(maxsize=65536)
def _key(text: str) -> str:
    """``text`` as near matches compare it: letters and digits, with one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_HOOKS)
    letters = "".join(c for c in plain if c.isalnum() or c.isspace())
    return " ".join(letters.split())


def _similarity(a: str, b: str) -> float:
    """1 - edit distance / length of the longer; 0 where it is below :data:`NEAR` anyway."""
    if not a or not b:
        return 0.0
    longer = max(len(a), len(b))
    limit = int(longer * (1 - NEAR) + 1e-9)
    distance = Levenshtein.distance(a, b, score_cutoff=limit)
    return 1 - distance / longer if distance <= limit else 0.0
