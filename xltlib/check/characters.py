"""What is wrong with the characters of texts: scripts, broken encodings, markup, fonts."""

from collections.abc import Iterator, Sequence

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
#: What is looked for -> what to do about it.
_SIGNS = {
    "what one encoding makes of another (such as Ã© for é)": (
        regex.compile(r"Ã[\x80-\xbf]|â€|Â[\xa0-\xbf]|Å[\x80-\xbf]|ï»¿"),
        "decode the file as UTF-8, or get it again",
    ),
    "the sign of characters that were lost (U+FFFD)": (
        regex.compile("\ufffd"),
        "get the text again, in UTF-8",
    ),
    "control characters": (
        regex.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]"),
        "remove them",
    ),
    "characters that nobody sees (U+200B, U+2060, U+FEFF, U+00AD)": (
        regex.compile("[\u200b\u2060\ufeff\u00ad]"),
        "remove them: a model reads them",
    ),
    "markup": (
        regex.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|&(?:nbsp|amp|lt|gt|quot|#\d{1,6});"),
        "keep the text alone",
    ),
    "words that mix Latin letters with Cyrillic or Greek ones": (
        _MIXED,
        "type the letters that only look alike again",
    ),
}


def signs(texts: Sequence[str]) -> Iterator[tuple[str, int, int, str]]:
    """(what, how many texts, index of the first, what to do) of everything that is found."""
    everything = "\n".join(texts)
    for what, (pattern, todo) in _SIGNS.items():
        if not pattern.search(everything):  # no sign goes beyond a line
            continue
        at = [i for i, text in enumerate(texts) if pattern.search(text)]
        yield what, len(at), at[0], todo


def script_share(texts: Sequence[str], flores: str) -> float | None:
    """Share of the letters that are of a FLORES code's script; None where it says nothing."""
    name = SCRIPTS.get(flores[-4:])
    points = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    counts = zip(*(found.tolist() for found in np.unique(points, return_counts=True)), strict=True)
    letters = {chr(point): n for point, n in counts if _LETTER.match(chr(point))}
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
