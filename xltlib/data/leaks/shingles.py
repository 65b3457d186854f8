"""Windows of letters as hashes: what near duplicates are found by."""

from collections.abc import Sequence

import numpy as np

#: Letters per shingle, about six words of Hausa and four of Luganda. At 16 formulaic news phrases
#: come up as near duplicates, at 32 one changed name hides a short sentence.
SHINGLE = 24
#: A test text is a near duplicate when this share of its shingles stands in the other texts.
NEAR = 0.5
_BASE = 0x9E3779B97F4A7C15  # odd, so that multiplication loses nothing modulo 2**64


def shingles(text: str) -> np.ndarray:
    """Hashes (uint64) of all windows of SHINGLE letters; empty for a shorter text.

    A window's hash is the number that its letters write in base ``_BASE``, modulo 2**64; that of
    two windows side by side follows from theirs, so that each step doubles the width.
    """
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if points.size < SHINGLE:
        return np.empty(0, dtype=np.uint64)
    eight = _doubled(_doubled(_doubled(points, 1), 2), 4)
    sixteen = _doubled(eight, 8)
    return _beside(sixteen, eight, 16, 8)


def shingles_of(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of all texts' windows, in their order, and the index of the text of each."""
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    found = shingles("".join(texts))
    first, last = owners[: found.size], owners[SHINGLE - 1 :]
    inside = first == last  # not those that begin in one text and end in the next
    return found[inside], first[inside]


def among(hashes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which of ``hashes`` stand in ``known``, sorted and not empty: quicker than ``np.isin``."""
    at = np.searchsorted(known, hashes)
    return known[np.minimum(at, known.size - 1)] == hashes


def _doubled(hashes: np.ndarray, width: int) -> np.ndarray:
    return _beside(hashes, hashes, width, width)


def _beside(left: np.ndarray, right: np.ndarray, width: int, width_right: int) -> np.ndarray:
    """Hashes of windows of ``width + width_right`` letters from those of their two parts."""
    after = right[width:]
    both = left[: after.size] * np.uint64(pow(_BASE, width_right, 2**64))
    both += after
    return both
