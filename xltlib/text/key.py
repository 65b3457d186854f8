"""Text as it is compared: the same words however they are spaced, punctuated or capitalised."""

import unicodedata

import numpy as np

_UNKNOWN, _DROPPED, _KEPT = range(3)
_KINDS = np.zeros(0x110000, dtype=np.uint8)  # of each code point, known once it has occurred
_DROPPED_ASCII = bytes(point for point in range(128) if not chr(point).isalnum())


def key(text: str) -> str:
    """Letters, digits and marks only, composed (NFC) and case-folded.

    MasakhaNER's tokens stand with spaces around punctuation where the raw text has none; two texts
    with the same key are the same words. Never shown and never given to a model.
    """
    if text.isascii():
        return text.encode().translate(None, _DROPPED_ASCII).lower().decode()
    raw = unicodedata.normalize("NFC", text).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(raw, dtype=np.uint32)
    kinds = _KINDS[points]
    if not kinds.all():
        for point in np.unique(points[kinds == _UNKNOWN]).tolist():
            # Marks count: in some scripts they are vowels, and ``isalnum`` denies them.
            kept = unicodedata.category(chr(point))[0] in "LNM"
            _KINDS[point] = _KEPT if kept else _DROPPED
        kinds = _KINDS[points]
    return points[kinds == _KEPT].tobytes().decode("utf-32-le").casefold()
