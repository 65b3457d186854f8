"""Text as it is compared: the same words however they are spaced, punctuated or capitalised."""

import unicodedata


class _Kept(dict):
    """Code point -> itself, or None for what a comparison ignores; filled as code points occur."""

    def __missing__(self, point: int) -> int | None:
        # Marks count: in some scripts they are vowels, and ``isalnum`` denies them.
        kept = unicodedata.category(chr(point))[0] in "LNM"
        self[point] = point if kept else None
        return self[point]


_KEPT = _Kept()


def key(text: str) -> str:
    """Letters, digits and marks only, composed (NFC) and case-folded.

    MasakhaNER's tokens stand with spaces around punctuation where the raw text has none; two texts
    with the same key are the same words. Never shown and never given to a model.
    """
    return unicodedata.normalize("NFC", text).translate(_KEPT).casefold()
