"""Which items a ``limit`` keeps."""

import hashlib
from collections.abc import Sequence

from ..errors import XltError
from .items import Example


def order(example_id: str, salt: str = "") -> bytes:
    """A fixed pseudo-random rank of an id, the same on every machine and in every release."""
    return hashlib.sha256(f"{salt}\0{example_id}".encode()).digest()


def sample(examples: Sequence[Example], limit: int) -> list[Example]:
    """``limit`` examples in their original order, or all when there are no more.

    The choice is by a hash of the ids: it favours no label and no part of the file, the items of
    a small limit are among those of a larger one, languages with common ids (parallel sets) keep
    the same items, and neither method nor shots nor seed has a say.
    """
    if limit < 1:
        raise XltError(f"`limit` must be at least 1, but got {limit}: leave it out to keep all")
    kept = {e.id for e in sorted(examples, key=lambda e: order(e.id, "limit"))[:limit]}
    return [e for e in examples if e.id in kept]
