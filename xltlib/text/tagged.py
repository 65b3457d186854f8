"""A sentence with its entities tagged in place: ``PER[ Musa Bello ] ya tafi LOC[ Kano ].``

An opening tag is a space, the type's tag and a bracket, a closing one a space and a bracket; what
stands between tags is the sentence as it is, so that a tagged sentence without its tags is the
sentence. Tags are not nested and hold a character at least. Where the sentence itself goes on like
a tag, it is the sentence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .spans import Span
from .words import at_boundary

CLOSE = " ]"


def opening(tag: str) -> str:
    """``PER`` -> ``" PER["``"""
    return f" {tag}["


@dataclass(frozen=True)
class Copy:
    """What may be written in place of an answer: ``text``, with tags at some of its places.

    ``text`` begins with the space behind the prompt's colon; ``places`` are offsets into it at
    which a tag may stand (its end always may).
    """

    text: str
    opens: tuple[str, ...]
    close: str
    places: frozenset[int]


def copy(sentence: str, tags: Iterable[str]) -> Copy:
    """The tagged sentences that cut no word in two; each place stands before a space."""
    inner = range(1, len(sentence))
    places = {i + 1 for i in inner if at_boundary(sentence, i) and not sentence[i - 1].isspace()}
    return Copy(f" {sentence}", tuple(map(opening, tags)), CLOSE, frozenset({0, *places}))


def write(sentence: str, spans: Iterable[Span], tags: Mapping[str, str]) -> str:
    """The sentence with its spans tagged, without a space in front; ``tags``: type -> tag."""
    text, parts, at = f" {sentence}", [], 0
    for span in sorted(spans):
        start, end = span.start + 1, span.end + 1
        start -= text[start - 1].isspace() and start - 1 >= at
        parts += [text[at:start], opening(tags[span.type]), text[start:end], CLOSE]
        at = end
    return "".join([*parts, text[at:]]).removeprefix(" ")


def read(output: str, sentence: str, tags: Mapping[str, str]) -> list[Span] | None:
    """The spans that a tagged sentence has; None where it is not this sentence, legally tagged."""
    text, said = f" {sentence}", output if output.startswith(" ") else f" {output}"
    kinds = {opening(tag): kind for kind, tag in tags.items()}
    found: list[Span] = []
    kind, start, at, i = "", 0, 0, 0
    while at < len(said):
        wanted: Sequence[str] = (CLOSE,) if kind else tuple(kinds)
        tag = next((t for t in wanted if said.startswith(t, at) and not text.startswith(t, i)), "")
        if tag and kind:
            inside = text[start:i]
            if not inside.strip():
                return None
            lead, trail = (len(inside) - len(s) for s in (inside.lstrip(), inside.rstrip()))
            found.append(Span(start + lead - 1, i - trail - 1, kind))
            kind = ""
        elif tag:
            kind, start = kinds[tag], i
        elif i < len(text) and said[at] == text[i]:
            i += 1
            at += 1
            continue
        else:
            return None
        at += len(tag)
    return found if i == len(text) and not kind else None
