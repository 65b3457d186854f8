"""Decontamination: text to train on, without what stands in the test sets.

A document is dropped when it has the same words as a test text (``exact``), or when half of a test
text's shingles stand in it, or half of its own in the test texts (``near``, which covers whole test
texts inside a document and single sentences out of one). Words are compared as in :mod:`.audit`:
without spaces, punctuation and case, in windows of 24 letters. A document shorter than a window can
only be found exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...text.key import key
from .common import beginning, begins_of
from .shingles import NEAR, among, shingles, shingles_of


@dataclass(frozen=True, slots=True)
class Decontaminated:
    """What is left to train on, and how many documents were read for it."""

    lines: list[str]
    read: int
    exact: int = 0  # dropped: the words of a test text
    near: int = 0  # dropped: overlaps with one
    tests: int = 0  # distinct test texts that were looked for; 0: none was
    absent: tuple[str, ...] = ()  # data sets whose test texts were not here to look for

    @property
    def counts(self) -> dict[str, int]:
        return {
            "read": self.read,
            "dropped_exact": self.exact,
            "dropped_near": self.near,
            "kept": len(self.lines),
            "test_texts": self.tests,
        }

    def __str__(self) -> str:
        said = f"{self.read:,} documents read, taken as they are"
        if self.tests:
            said = (
                f"{self.read:,} documents read, {self.exact:,} dropped as test texts, "
                f"{self.near:,} as near them, {len(self.lines):,} kept (of {self.tests:,} test "
                "texts)"
            )
        return f"{said}. {self.unclean}" if self.absent else said

    @property
    def unclean(self) -> str:
        """A sentence on the data sets that the text was not cleaned of; nothing without one."""
        if not self.absent:
            return ""
        return (
            f"Test texts of {', '.join(self.absent)} may stand in it: their files were not here to "
            "look for"
        )


def decontaminate(
    documents: Iterable[str], test_texts: Sequence[str], limit: int | None = None
) -> Decontaminated:
    """The first ``limit`` documents (None: all) that do not overlap with ``test_texts``.

    ``documents`` may be a stream: nothing is read of it beyond the last document that is kept.
    """
    index = Index(test_texts)
    kept: list[str] = []
    read = exact = near = 0
    for document in documents:
        read += 1
        words = key(document)
        if words in index.whole:
            exact += 1
        elif index.overlaps(words):
            near += 1
        else:
            kept.append(document)
            if len(kept) == limit:
                break
    return Decontaminated(kept, read, exact, near, len(index.whole))


class Index:
    """What test texts consist of: their words, and the shingles that each stands in, sorted."""

    def __init__(self, texts: Sequence[str]):
        self.whole = {words for t in set(texts) if (words := key(t))}
        hashes, owners = shingles_of(sorted(self.whole))
        for own in np.split(hashes, np.flatnonzero(np.diff(owners)) + 1):
            own.sort()
        first = np.ones(hashes.size, dtype=bool)  # each shingle counts once in a text
        first[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
        hashes, owners = hashes[first], owners[first]
        order = np.argsort(hashes)
        self.hashes, self.owners = hashes[order], owners[order]
        self.sizes = np.bincount(owners, minlength=len(self.whole))
        self.begins = begins_of(self.hashes)

    def holds(self, document: str) -> bool:
        """Whether a document is one of the test texts, or overlaps with one."""
        words = key(document)
        return bool(words) and (words in self.whole or self.overlaps(words))

    def overlaps(self, words: str) -> bool:
        """Whether half of the document's shingles are a test's, or half of some test's are its."""
        every = shingles(words)
        own = every[beginning(every, self.begins)]
        own = own[among(own, self.hashes)]
        if not own.size:  # as of nearly all documents
            return False
        size, own = np.unique(every).size, np.unique(own)
        if own.size >= NEAR * size:
            return True
        first, end = (np.searchsorted(self.hashes, own, side) for side in ("left", "right"))
        hits = [self.owners[a:b] for a, b in zip(first, end, strict=True)]
        texts, shared = np.unique(np.concatenate(hits), return_counts=True)
        return bool((shared >= NEAR * self.sizes[texts]).any())
