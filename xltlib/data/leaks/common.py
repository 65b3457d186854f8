"""What two collections of texts have in common, without sorting either as a whole."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...text.key import key
from .shingles import NEAR, SHINGLE, among, shingles, shingles_of

_BITS = 24  # of a hash, at most, by which most are ruled out before any is sorted
_PIECE = 100_000  # letters, whose hashes stay in the processor's cache


def meeting(hashes: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the hashes of each side stand that the other has, too: any order, any size."""
    at_others = beginning(others, begins_of(hashes))
    at = beginning(hashes, begins_of(others[at_others]))
    own, known = hashes[at], others[at_others]
    if not (own.size and known.size):
        return at[:0], at_others[:0]
    return at[among(own, np.sort(known))], at_others[among(known, np.sort(own))]


def begins_of(hashes: np.ndarray) -> np.ndarray:
    """Which first bits the hashes have: as many bits as leave most of the table empty."""
    bits = min(_BITS, hashes.size.bit_length() + 4)
    found = np.zeros(2**bits, dtype=bool)
    found[hashes >> np.uint64(64 - bits)] = True
    return found


def beginning(hashes: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Where the hashes stand that begin with some of these bits."""
    bits = begins.size.bit_length() - 1
    return np.flatnonzero(begins[hashes >> np.uint64(64 - bits)])


def may_be_near(texts: Sequence[str], others: Sequence[str]) -> tuple[list[int], list[int]]:
    """The indices of the texts on each side between which alone anything may be near.

    They have the same words as one of the other side; or most of their windows of letters
    (:mod:`.shingles`) stand there; or they have a window of such a one. ``others`` may be by far
    the more.
    """
    keys, other_keys = [key(text) for text in texts], [key(text) for text in others]
    hashes, owners = shingles_of(keys)
    other_hashes, other_owners = _alike(other_keys, begins_of(hashes))
    at, at_others = meeting(hashes, other_hashes)
    own = _Shared(keys, hashes[at], owners[at])
    theirs = _Shared(other_keys, other_hashes[at_others], other_owners[at_others])
    same = {*keys} & {*other_keys} - {""}
    return own.needed(theirs, same), theirs.needed(own, same)


class _Shared:
    """Of one side: the hashes that the other has, too, and the text of each."""

    def __init__(self, keys: Sequence[str], hashes: np.ndarray, owners: np.ndarray):
        self.keys, self.hashes, self.owners = keys, hashes, owners
        found, counts = np.unique(owners, return_counts=True)
        pairs = zip(found.tolist(), counts.tolist(), strict=True)
        self.most = np.array([i for i, n in pairs if self._may_be_most(i, n)], dtype=np.int64)

    def _may_be_most(self, index: int, shared: int) -> bool:
        """Not where a beginning of the text alone has too many other windows."""
        start = self.keys[index][: SHINGLE + int(2 * shared / NEAR)]
        return shared >= NEAR * np.unique(shingles(start)).size

    def needed(self, other: "_Shared", same: set[str]) -> list[int]:
        known = other.hashes[np.isin(other.owners, other.most)]
        beside = self.owners[np.isin(self.hashes, known)]
        whole = (i for i, words in enumerate(self.keys) if words in same)
        return sorted({*self.most.tolist(), *beside.tolist(), *whole})


def _alike(keys: Sequence[str], begins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`shingles_of`, but only hashes that begin with some of these bits."""
    hashes, owners = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for first, piece in _pieces(keys):
        some, own = shingles_of(piece)
        at = beginning(some, begins)
        hashes.append(some[at])
        owners.append(own[at] + first)
    return np.concatenate(hashes), np.concatenate(owners)


def _pieces(keys: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    start = letters = 0
    for end, words in enumerate(keys, 1):
        letters += len(words)
        if letters >= _PIECE or end == len(keys):
            yield start, keys[start:end]
            start, letters = end, 0
