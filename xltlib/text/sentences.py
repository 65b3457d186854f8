"""Text into sentences, for any language written with . ! ? and capital letters."""

import re

# A closed set of titles and shorthands that news text in our languages writes with a full stop.
_SHORT = {
    "dr", "mr", "mrs", "ms", "prof", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "maj", "gov",
    "sen", "st", "alh", "haj", "eng", "fr", "sr", "jr", "no", "vs", "etc", "approx", "inc", "ltd",
    "co", "corp",
}  # fmt: skip
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*\w)")
_OPENING = "\"'“‘«([ \t"


def split(text: str) -> list[str]:
    """Sentences of ``text`` in order, each stripped; nothing but whitespace is lost.

    A line break ends a sentence. A full stop does not when what follows starts in lower case, or
    when it ends an initial, a known shorthand or a word with inner full stops (U.S.).
    """
    sentences = []
    for line in text.splitlines():
        start = 0
        for match in _END.finditer(line):
            after = line[match.end() :].lstrip().lstrip(_OPENING)
            if not (after[0].isupper() or after[0].isdigit()) or _is_short(
                line[start : match.start() + 1]
            ):
                continue
            sentences.append(line[start : match.end()].strip())
            start = match.end()
        sentences.append(line[start:].strip())
    return [s for s in sentences if s]


def _is_short(text: str) -> bool:
    if not text.endswith("."):
        return False
    word = text[:-1].split()[-1] if text[:-1].split() else ""
    word = word.lstrip(_OPENING)
    return (
        (len(word) == 1 and word.isupper())
        or word.lower() in _SHORT
        or ("." in word and not word[-1].isdigit())
    )


def halves(text: str) -> tuple[str, str] | None:
    """A long sentence in two, at the comma, semicolon or else the space nearest its middle.

    None when there is no space to cut at.
    """
    spaces = [m.start() for m in re.finditer(r"\s", text) if 0 < m.start() < len(text) - 1]
    if not spaces:
        return None
    middle = len(text) / 2
    clauses = [s for s in spaces if text[s - 1] in ",;:" and abs(s - middle) < len(text) / 4]
    at = min(clauses or spaces, key=lambda s: (abs(s - middle), s))
    return text[:at].strip(), text[at:].strip()
