"""Windows of letters as hashes: what near duplicates are found by."""

import numpy as np

#: Letters per shingle, about six words of Hausa and four of Luganda. At 16 formulaic news phrases
#: come up as near duplicates, at 32 one changed name hides a short sentence.
SHINGLE = 24
#: A test text is a near duplicate when this share of its shingles stands in the other texts.
NEAR = 0.5
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplication loses nothing modulo 2**64


def shingles(text: str) -> np.ndarray:
    """Hashes (uint64) of all windows of SHINGLE letters; empty for a shorter text."""
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    size = points.size - SHINGLE + 1
    if size < 1:
        return np.empty(0, dtype=np.uint64)
    total = np.zeros(size, dtype=np.uint64)
    for shift in range(SHINGLE):
        total *= _BASE
        total += points[shift : shift + size]
    return total
