"""Leakage: how much of a test set stands in texts that a model or a prompt may have seen.

Texts are compared by :func:`.text.key`, without spaces, punctuation and case, since the same
sentence is tokenised in one file and raw in another.
"""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import XltError
from ...text.key import key
from ..load import corpus, load
from ..registry import CORPORA
from .common import meeting
from .shingles import NEAR, SHINGLE, shingles, shingles_of

if TYPE_CHECKING:
    import pandas as pd

#: A shorter text stands inside others by chance, so containment says nothing of it.
SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Indices of the test texts found in other texts; exact is part of contained, that of near."""

    n: int
    exact: tuple[int, ...]  # the same words as one other text (a line, a sentence)
    contained: tuple[int, ...]  # inside one other text, or across successive ones
    near: tuple[int, ...]  # half of its shingles, or more, stand in the other texts

    @property
    def counts(self) -> dict[str, int]:
        return {
            "n": self.n,
            "exact": len(self.exact),
            "contained": len(self.contained),
            "near": len(self.near),
        }


def overlaps(test_texts: Sequence[str], other_texts: Sequence[str]) -> Overlaps:
    """Which test texts stand in the others: whole, inside, or for the most part.

    ``exact`` compares texts one to one. ``contained`` looks each text of 20 letters or more up in
    the others written one after the other. ``near`` looks up all windows of 24 letters.
    """
    return _overlaps([key(t) for t in test_texts], _index(tuple(other_texts)))


def overlaps_of_keys(tests: Sequence[str], others: Sequence[str]) -> Overlaps:
    """As :func:`overlaps`, of the texts' keys."""
    return _overlaps(tests, _of_keys(others))


Index = tuple[frozenset[str], str, np.ndarray]


def _overlaps(tests: Sequence[str], others: Index) -> Overlaps:
    whole, stream, known = others
    exact: list[int] = []
    contained: list[int] = []
    near: list[int] = []
    for index, (text, share) in enumerate(zip(tests, _shares(tests, known), strict=True)):
        is_exact = bool(text) and text in whole
        # of a text that stands in the stream all windows are known; a search takes longer
        may_be_inside = len(text) >= SHORTEST and (share == 1 or len(text) < SHINGLE)
        is_inside = is_exact or (may_be_inside and text in stream)
        is_near = is_inside or bool(share >= NEAR)
        for found, hits in ((is_exact, exact), (is_inside, contained), (is_near, near)):
            if found:
                hits.append(index)
    return Overlaps(len(tests), tuple(exact), tuple(contained), tuple(near))


def _shares(texts: Sequence[str], known: np.ndarray) -> np.ndarray:
    """Which share of each text's shingles is known; 0 for a text that has none."""
    own, owners = shingles_of(texts)
    found = np.bincount(owners[meeting(own, known)[0]], minlength=len(texts))
    return found / np.maximum(np.bincount(owners, minlength=len(texts)), 1)


@functools.lru_cache(maxsize=4)  # a language's texts are looked at once for each of its tasks
def _index(texts: tuple[str, ...]) -> Index:
    return _of_keys([key(t) for t in texts])


@functools.lru_cache(maxsize=8)  # the corpora of a language, for each of its tasks
def _published(name: str, language: str, data_dir: Path | str | None) -> tuple[str, ...]:
    return tuple(corpus(name, language, data_dir))


def _of_keys(others: Sequence[str]) -> Index:
    """The texts' keys, the same one after the other, and the hashes of its shingles."""
    stream = "".join(others)
    return frozenset(others), stream, shingles(stream)


def repeats(texts: Sequence[str]) -> int:
    """How many texts have the same words as an earlier one."""
    return sum(n - 1 for n in Counter(map(key, texts)).values())


def audit(
    dataset: str,
    task: str,
    language: str,
    others: Mapping[str, Sequence[str]] | None = None,
    data_dir: Path | str | None = None,
    also: Mapping[str, Sequence[str]] | None = None,
) -> "pd.DataFrame":
    """The test split against its demonstrations' pool and other texts, one row for each.

    ``others`` maps a name to texts; None takes every LAFT corpus that there is for the language, as
    it was published, but for streams and text files, which nobody has read whole; for mini its own.
    ``also`` are further texts beside these, such as what the shipped models have read
    (:func:`xltlib.mini.reading.read_by_models`).
    Columns: dataset, task, language, against, texts, n, repeats (inside the test split), exact,
    contained, near (counts of test items), near_share.
    """
    import pandas as pd

    test = [e.text for e in load(dataset, task, language, "test", data_dir)]
    pool = [e.text for e in load(dataset, task, language, "demos", data_dir)]
    if others is None:
        others = {
            f"corpus {name}": _published(name, language, data_dir)
            for name, c in CORPORA.items()
            if (name == "mini") == (dataset == "mini")
            and c.audited
            and (data_dir is not None or not c.local)
            and language in (c.languages(Path(data_dir) if data_dir is not None else None) or ())
        }
    others = {**others, **(also or {})}
    if "demos" in others:
        raise XltError("`others` must not be named 'demos': the pool of demonstrations is")
    again = repeats(test)
    rows = []
    for name, texts in {"demos": pool, **others}.items():
        counts = overlaps(test, texts).counts
        rows.append(
            {"dataset": dataset, "task": task, "language": language, "against": name}
            | {"texts": len(texts), "n": counts.pop("n"), "repeats": again}
            | counts
            | {"near_share": counts["near"] / len(test)}
        )
    return pd.DataFrame(rows)
