r"""Entity answers as text, and back: ``PER: Musa Bello; LOC: Kano``, in the order of the text.

An entity is what it is by its type, its surface and which occurrence of that surface it is, so that
nothing about a language (articles, prefixes, case) is ever stripped to compare two of them.

The format survives parsing whatever a surface holds. Items are separated by ``;`` or its like in
other scripts, the tag ends at the first ``:`` or its like. A backslash stands before a backslash or
separator that belongs to the surface, and before white space at its edges. An item means the next
occurrence of its surface after the item before it; where it means another, which real text hardly
has, a backslash and a number at the item's end say which (``LOC: Kano\2`` is the second one).
Surfaces hold no line breaks, since an example's text has none.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import NamedTuple

from ..text.forms import own_form
from ..text.spans import Span, occurrences, whole_words
from ..text.words import fold

#: Semicolons and commas that separate items: Latin, full-width, Arabic, Ethiopic.
SEPARATORS = ";\uff1b\u061b\u1364\uff0c"
#: Colons that end a tag: Latin, full-width, Ethiopic (preface colon, colon).
COLONS = ":\uff1a\u1366\u1365"
_PIECE = re.compile(
    rf"\\(?P<literal>[\\{SEPARATORS}]|\s)|\\(?P<mark>[0-9]{{1,6}})\s*(?=[{SEPARATORS}]|$)"
    rf"|(?P<end>[{SEPARATORS}])|(?P<plain>.)",
    re.DOTALL,
)
# What models put around an answer: marks of lists, of bold type and of code, and invisible signs.
_BULLET = re.compile(r"(?:[-*+\u2022\u00b7\u2013\u2014]|\(?[0-9]{1,3}[.)])(?=\s)\s*")
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
_DRESS = "*_`" + _INVISIBLE
_FENCE = re.compile(r"```\w*")
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb", "\u201e\u201c", "``")
_STOPS = " .\u1362\u06d4\u3002\u0964"  # full stops, after "none" and after the last entity


class Mention(NamedTuple):
    """An entity of a text: its type, its surface and which of the surface's occurrences it is.

    ``occurrence`` counts from 0 in the order of :func:`occurrences`, and is -1 for a surface that
    does not occur in the text, or not so often. A type that begins with ``?`` is none of the
    data's: the tag as it was written, or nothing.
    """

    type: str
    surface: str
    occurrence: int


def mention(text: str, span: Span) -> Mention:
    """The span of a text as a mention."""
    surface = text[span.start : span.end]
    return Mention(span.type, surface, occurrences(text, surface).index(span.start))


def locate(text: str, entity: Mention) -> Span | None:
    """The mention of a text as a span; ``None`` when it does not occur."""
    starts = occurrences(text, entity.surface)
    if not 0 <= entity.occurrence < len(starts):
        return None
    start = starts[entity.occurrence]
    return Span(start, start + len(entity.surface), entity.type)


class _Place:
    """Which occurrence an item means that does not say so; writing and parsing share it."""

    def __init__(self, text: str):
        self.text = text
        self.after = 0
        self.used: set[tuple[str, int]] = set()

    def next(self, surface: str) -> int:
        """The next occurrence not yet used, whole words first, or else an earlier one, or -1."""
        starts = occurrences(self.text, surface)
        free = [i for i, start in enumerate(starts) if (surface, start) not in self.used]
        return min(
            free,
            key=lambda i: (
                not whole_words(self.text, starts[i], starts[i] + len(surface)),
                starts[i] < self.after,
                starts[i],
            ),
            default=-1,
        )

    def take(self, surface: str, occurrence: int) -> None:
        starts = occurrences(self.text, surface)
        if 0 <= occurrence < len(starts):
            self.used.add((surface, starts[occurrence]))
            self.after = max(self.after, starts[occurrence] + len(surface))


def write(text: str, spans: Iterable[Span], tags: Mapping[str, str], none: str) -> str:
    """The entities of a text as an answer; ``tags`` are the types' (type -> tag)."""
    place, items = _Place(text), []
    for span in sorted(spans):
        entity = mention(text, span)
        understood = place.next(entity.surface) == entity.occurrence
        mark = "" if understood else f"\\{entity.occurrence + 1}"
        place.take(entity.surface, entity.occurrence)
        items.append(f"{tags[span.type]}: {_escaped(entity.surface)}{mark}")
    return "; ".join(items) or none


def _escaped(surface: str) -> str:
    text = re.sub(rf"[\\{SEPARATORS}]", r"\\\g<0>", surface)
    if surface[0].isspace():
        text = "\\" + text
    if len(surface) > 1 and surface[-1].isspace():
        text = text[:-1] + "\\" + text[-1]
    return text


def read(output: str, text: str, tags: Mapping[str, str], none: str) -> tuple[Mention, ...] | None:
    """The entities that the first line of an output names that is not empty, each once.

    Every item is one prediction: an item with an unknown tag or without a tag is kept, with a type
    that matches nothing, and so is a surface that does not occur in the text (occurrence -1). A
    surface in another Unicode form (NFC, NFD) than the text's is the text's; quotes, bold type and
    a full stop around it count only where the text has them. Tags are compared whole and without
    regard to case. A list goes on over several lines. ``None`` (no answer) when no item has a known
    tag and none is the word for "no entity".
    """
    types = {fold(tag): type_ for type_, tag in tags.items()}
    place, understood = _Place(text), False
    found: dict[Mention, None] = {}
    for item, mark in (item for line in _lines(output) for item in _items(line)):
        tag, colon, surface = _split(item)
        if not colon and fold(_plain(surface).rstrip(_STOPS)) == fold(none):
            understood = True
            continue
        if not surface:
            continue
        tag = tag if fold(tag) in types else _plain(tag)
        surface = _in_text(text, surface)
        known = fold(tag) in types
        understood = understood or known
        occurrence = place.next(surface) if mark is None else mark - 1
        if occurrence >= len(occurrences(text, surface)):
            occurrence = -1
        place.take(surface, occurrence)
        found[Mention(types[fold(tag)] if known else "?" + tag, surface, occurrence)] = None
    return tuple(found) if understood else None


def _lines(output: str) -> list[str]:
    """The first line that holds an answer, and of a list those that follow it."""
    lines = [line.lstrip(" \t\r" + _INVISIBLE) for line in output.split("\n")]
    lines = [line for line in lines if line.strip() and not _FENCE.fullmatch(line.strip())]
    if not lines or not _BULLET.match(lines[0]):
        return lines[:1]
    return list(takewhile(_BULLET.match, lines))


def _plain(text: str) -> str:
    """A tag or the word for "no entity" without what models put around it."""
    bare = text.strip().strip(_DRESS)
    bullet = _BULLET.match(bare)
    return bare[bullet.end() :].strip(_DRESS) if bullet else bare


def _in_text(text: str, surface: str) -> str:
    """The surface as the text has it: what stands around it may be the model's."""
    undressed = surface.strip(_DRESS + " ")
    bare = undressed.rstrip(_STOPS)
    within = [bare[1:-1] for pair in _QUOTES if len(bare) > 2 and bare[0] + bare[-1] == pair]
    for one in (surface, undressed, bare, *within):
        if one and (own := own_form(text, one)) in text:
            return own
    return own_form(text, surface)


def _items(line: str) -> list[tuple[list[tuple[str, bool]], int | None]]:
    """Each item's characters, with whether they were escaped, and the occurrence it names."""
    items: list[tuple[list[tuple[str, bool]], int | None]] = []
    characters: list[tuple[str, bool]] = []
    mark: int | None = None
    for piece in _PIECE.finditer(line):
        if piece["end"]:
            items.append((characters, mark))
            characters, mark = [], None
        elif piece["mark"]:
            mark = int(piece["mark"])
        else:
            characters.append((piece["literal"] or piece["plain"], bool(piece["literal"])))
    return [*items, (characters, mark)]


def _split(item: list[tuple[str, bool]]) -> tuple[str, bool, str]:
    """(tag, whether there is one, surface), white space at the edges gone unless escaped."""
    colon = next((i for i, (c, _) in enumerate(item) if c in COLONS), -1)
    tag = "".join(c for c, _ in item[: max(colon, 0)]).strip()
    surface = item[colon + 1 :]
    blank = [c.isspace() and not escaped for c, escaped in surface]
    solid = [i for i, b in enumerate(blank) if not b]
    kept = surface[solid[0] : solid[-1] + 1] if solid else []
    return tag, colon >= 0, "".join(c for c, _ in kept)
