"""What is wrong with the characters of texts: scripts, broken encodings, markup, fonts."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import regex

#: Script of a FLORES code -> its name in Unicode.
SCRIPTS = {
    "Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Cyrl": "Cyrillic",
    "Deva": "Devanagari", "Ethi": "Ethiopic", "Geor": "Georgian", "Grek": "Greek",
    "Gujr": "Gujarati", "Guru": "Gurmukhi", "Hang": "Hangul", "Hans": "Han", "Hant": "Han",
    "Hebr": "Hebrew", "Jpan": "Han", "Khmr": "Khmer", "Knda": "Kannada", "Laoo": "Lao",
    "Latn": "Latin", "Mlym": "Malayalam", "Mymr": "Myanmar", "Nkoo": "Nko", "Orya": "Oriya",
    "Sinh": "Sinhala", "Taml": "Tamil", "Telu": "Telugu", "Tfng": "Tifinagh", "Thai": "Thai",
    "Tibt": "Tibetan",
}  # fmt: skip
# From the rare letters on, since every word of most texts has Latin ones.
_MIXED = regex.compile(
    r"(?<=\p{Latin}\w*)[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}](?=\w*\p{Latin})"
)
_LETTER = regex.compile(r"\p{L}")
#: What is looked for -> a character of each that is found, the whole, and what to do about it.
_SIGNS = {
    "what one encoding makes of another (such as Ã© for é)": (
        regex.compile(r"[ÃâÂÅï]"),
        regex.compile(r"Ã[\x80-\xbf]|â€|Â[\xa0-\xbf]|Å[\x80-\xbf]|ï»¿"),
        "decode the file as UTF-8, or get it again",
    ),
    "the sign of characters that were lost (U+FFFD)": (
        regex.compile("\ufffd"),
        regex.compile("\ufffd"),
        "get the text again, in UTF-8",
    ),
    "control characters": (
        (_CONTROL := regex.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")),
        _CONTROL,
        "remove them",
    ),
    "characters that nobody sees (U+200B, U+2060, U+FEFF, U+00AD)": (
        (_UNSEEN := regex.compile("[\u200b\u2060\ufeff\u00ad]")),
        _UNSEEN,
        "remove them: a model reads them",
    ),
    "markup": (
        regex.compile("[<&]"),
        regex.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|&(?:nbsp|amp|lt|gt|quot|#\d{1,6});"),
        "keep the text alone",
    ),
    "words that mix Latin letters with Cyrillic or Greek ones": (
        regex.compile(r"[\p{Cyrillic}\p{Greek}]"),
        _MIXED,
        "type the letters that only look alike again",
    ),
}


def signs(texts: Sequence[str]) -> Iterator[tuple[str, int, int, str]]:
    """(what, how many texts, index of the first, what to do) of everything that is found."""
    everything = "\n".join(texts)  # no sign goes beyond a line
    letters = "".join(map(chr, np.flatnonzero(_counts(everything)).tolist()))
    ends = list(accumulate(len(text) + 1 for text in texts))
    for what, (of_it, pattern, todo) in _SIGNS.items():
        if not of_it.search(letters):
            continue
        at = {bisect_right(ends, sign.start()) for sign in pattern.finditer(everything)}
        if at:
            yield what, len(at), min(at), todo


def _counts(text: str) -> np.ndarray:
    """How often each code point occurs."""
    return np.bincount(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32))


def script_share(texts: Sequence[str], flores: str) -> float | None:
    """Share of the letters that are of a FLORES code's script; None where it says nothing."""
    name = SCRIPTS.get(flores[-4:])
    counts = _counts("".join(texts))
    present = ((chr(point), int(counts[point])) for point in np.flatnonzero(counts).tolist())
    letters = {one: n for one, n in present if _LETTER.match(one)}
    if name is None or not letters:
        return None
    own = r"[\p{Han}\p{Hiragana}\p{Katakana}]" if flores.endswith("Jpan") else rf"\p{{{name}}}"
    script = regex.compile(rf"(?V1){own}")
    return sum(n for one, n in letters.items() if script.match(one)) / sum(letters.values())


def undrawn(text: str) -> str:
    """The letters of a text that no font here can draw in a figure."""
    rare = {c for c in text if ord(c) > 0x52F and c.isalpha()}
    if not rare:
        return ""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    for entry in font_manager.fontManager.ttflist:
        try:
            rare -= {c for c in rare if ord(c) in FT2Font(entry.fname).get_charmap()}
        except (OSError, RuntimeError):
            continue  # a font that cannot be opened draws nothing
        if not rare:
            return ""
    return "".join(sorted(rare))
