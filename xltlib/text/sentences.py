"""Text into sentences, in any script that marks where they end.

Where a script has capitals, ``.``, ``!`` and ``?`` end a sentence if the next word begins with one;
where it has none, they always do. The marks of other scripts (Ethiopic ``።``, Devanagari ``।``,
Arabic ``؟``, Myanmar ``။`` and all that Unicode calls Sentence_Terminal) end a sentence wherever
they stand. Thai and Lao mark no ends: their sentences are lines.
"""

import regex

from .words import APOSTROPHES, without_spaces

# A closed set of titles and shorthands that news text in our languages writes with a full stop.
_SHORT = {
    "dr", "mr", "mrs", "ms", "prof", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "maj", "gov",
    "sen", "st", "alh", "haj", "eng", "fr", "sr", "jr", "no", "vs", "etc", "approx", "inc", "ltd",
    "co", "corp",
}  # fmt: skip
_OPENING = "\"'“‘«‹„¿¡([ \t"
_CLOSE = r"""(?:["'”’»›)\]]|\p{Cf})*"""
# U+104A divides clauses, whatever Unicode calls it; two word spaces or colons stand for the
# Ethiopic full stop on keyboards that lack it. Unicode leaves out the Tibetan shad, and
# the semicolon that asks in Greek.
_OWN = (
    r"[\p{Sentence_Terminal}--[.!?‼⁇⁈⁉\u104a]]|[\u0f0d-\u0f11]\s?[\u0f0d-\u0f11]*|(?<=\p{Greek});"
    r"|(?<=\p{Ethiopic}\s?)(?:፡\s?፡|::)|(?<=፡)፡"
)
_END = regex.compile(
    rf"(?V1)(?P<own>(?:{_OWN})+[.!?…]*{_CLOSE})"
    rf"|[.!?…‼⁇⁈⁉]+{_CLOSE}(?=\s+[\"'“‘«‹„¿¡(\[\p{{Cf}}]*\w)"
)
_COMMAS = ",;:،؛፣፤፥၊、，；߸"


def split(text: str) -> list[str]:
    """Sentences of ``text`` in order, each stripped; nothing but whitespace is lost.

    A line break ends a sentence. A full stop does not when what follows starts in lower case, or
    when it ends an initial, a known shorthand or a word with inner full stops (U.S.).
    """
    sentences = []
    for line in text.splitlines():
        start = 0
        for match in _END.finditer(line):
            if not match["own"] and not _ends(line[start : match.end()], line[match.end() :]):
                continue
            sentences.append(line[start : match.end()].strip())
            start = match.end()
        sentences.append(line[start:].strip())
    return [s for s in sentences if s]


def _ends(before: str, after: str) -> bool:
    """Whether the full stop at the end of ``before`` is the sentence's, by what stands around."""
    first = regex.sub(rf"^(?:[{regex.escape(_OPENING + APOSTROPHES)}]|\p{{Cf}}|\s)*", "", after)[:1]
    if first.islower() or not first.isalnum():
        return False
    return not _is_short(regex.sub(rf"(?<=[.!?…]){_CLOSE}$", "", before))


def _is_short(text: str) -> bool:
    if not text.endswith(".") or text.endswith(".."):
        return False
    word = text[:-1].split()[-1] if text[:-1].split() else ""
    word = word.lstrip(_OPENING)
    return (
        (len(word) == 1 and word.isalpha() and not word.islower())
        or word.lower() in _SHORT
        or ("." in word and not word[-1].isdigit())
    )


def halves(text: str) -> tuple[str, str] | None:
    """A long sentence in two, at the comma, semicolon or else the space nearest its middle.

    None when there is no space to cut at; but a script that has none is cut between characters,
    behind a comma where it has one.
    """
    at = [m.start() for m in regex.finditer(r"\s", text) if 0 < m.start() < len(text) - 1]
    if not at and without_spaces(text):
        at = [m.end() for m in regex.finditer(r"\X", text)][:-1]
    if not at:
        return None
    middle = len(text) / 2
    clauses = [s for s in at if text[s - 1] in _COMMAS and abs(s - middle) < len(text) / 4]
    cut = min(clauses or at, key=lambda s: (abs(s - middle), s))
    return text[:cut].strip(), text[cut:].strip()
