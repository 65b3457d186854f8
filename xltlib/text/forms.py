"""One text in two forms: where the characters of one stand in the other."""

import unicodedata
from collections.abc import Callable

import regex

from .words import signs_alike

_CLUSTER = regex.compile(r"\P{M}\p{M}*|\p{M}+")


def own_form(text: str, surface: str) -> str:
    """``surface`` as ``text`` itself writes it: composed, decomposed, or some of each (NFC, NFD).

    Canonically equivalent characters look alike, and a model writes whichever it was trained on;
    likewise apostrophes, spaces, and characters that nobody sees. ``surface`` itself where it
    stands in ``text`` as it is, or nowhere.
    """
    if not surface or surface in text:
        return surface
    for form in (_decomposed, _alike):
        if found := _found(text, surface, form):
            return found
    return surface


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _alike(text: str) -> str:
    """Decomposed, with one apostrophe, one kind of space, and nothing unseen."""
    seen = signs_alike(unicodedata.normalize("NFKD", text))
    return "".join(" " if c.isspace() else c for c in seen)


def _found(text: str, surface: str, form: Callable[[str], str]) -> str:
    """The part of ``text`` that is ``surface`` in that form; empty where there is none."""
    if not (wanted := form(surface)):
        return ""
    starts: dict[int, int] = {}  # of letters with their marks: place in NFD -> place in `text`
    whole, size = [], 0
    for cluster in _CLUSTER.finditer(text):
        starts[size] = cluster.start()
        whole.append(form(cluster[0]))
        size += len(whole[-1])
    starts[size] = len(text)
    decomposed = "".join(whole)
    at = decomposed.find(wanted)
    while at >= 0:
        if at in starts and at + len(wanted) in starts:
            return text[starts[at] : starts[at + len(wanted)]]
        at = decomposed.find(wanted, at + 1)
    return ""
