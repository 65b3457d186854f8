"""One text in two Unicode forms: where the characters of one stand in the other."""

import unicodedata

import regex

_CLUSTER = regex.compile(r"\P{M}\p{M}*|\p{M}+")


def own_form(text: str, surface: str) -> str:
    """``surface`` as ``text`` itself writes it: composed, decomposed, or some of each (NFC, NFD).

    Canonically equivalent characters look alike, and a model writes whichever it was trained on.
    ``surface`` itself where it stands in ``text`` as it is, or nowhere.
    """
    if not surface or surface in text:
        return surface
    wanted = unicodedata.normalize("NFD", surface)
    starts: dict[int, int] = {}  # of letters with their marks: place in NFD -> place in `text`
    whole, size = [], 0
    for cluster in _CLUSTER.finditer(text):
        starts[size] = cluster.start()
        whole.append(unicodedata.normalize("NFD", cluster[0]))
        size += len(whole[-1])
    starts[size] = len(text)
    decomposed = "".join(whole)
    at = decomposed.find(wanted)
    while at >= 0:
        if at in starts and at + len(wanted) in starts:
            return text[starts[at] : starts[at + len(wanted)]]
        at = decomposed.find(wanted, at + 1)
    return surface
