"""From the scores of options to an answer: six ways to read what one pass of the model gave.

A sum of log-probabilities compares label words that differ in length and in how often they occur
anywhere; a model may prefer one whatever the text says. The readings:

- ``sum``: log p(option | prompt), as it is;
- ``per_token``, ``per_byte``: the same divided by the option's tokens or bytes;
- ``content_free``: less what the option gets after the same prompt with no content in it
  (:data:`CONTENT_FREE`), contextual calibration (Zhao et al. 2021, arXiv 2102.09690): probabilities
  are normalised over the options and averaged over the empty items;
- ``domain_pmi``: less log p(option | the answer's field alone), the domain premise of Holtzman et
  al. (2021, arXiv 2104.08315);
- ``batch``: less what the option gets on average over all items of the same demonstrations, batch
  calibration (Zhou et al. 2024, arXiv 2309.17249). It alone looks at the other test items.

Options that tie are chosen by a hash, in no order of labels.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..config import READINGS
from ..errors import XltError, not_one_of

#: What stands in every field of an item without content.
CONTENT_FREE = ("N/A", "", "[MASK]")
_DIGITS = 6  # of a score in the records, from which every reading is made


@dataclass(frozen=True)
class OptionScores:
    """One item's options: their answers, sums of log-probabilities (nats), tokens and bytes.

    ``content_free`` has the sums after each of :data:`CONTENT_FREE` in the item's place, ``domain``
    those after the answer's field alone.
    """

    options: tuple[str, ...]
    sum: tuple[float, ...]
    tokens: tuple[int, ...]
    bytes: tuple[int, ...]
    content_free: tuple[tuple[float, ...], ...]
    domain: tuple[float, ...]

    def json(self) -> str:
        """As it stands in the records (``option_scores``)."""
        return json.dumps(
            {
                "options": self.options,
                "sum": _rounded(self.sum),
                "tokens": self.tokens,
                "bytes": self.bytes,
                "content_free": [_rounded(row) for row in self.content_free],
                "domain": _rounded(self.domain),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, text: str) -> "OptionScores":
        """The inverse of :meth:`json`."""
        found = json.loads(text)
        rows = tuple(map(tuple, found.pop("content_free")))
        return cls(content_free=rows, **{name: tuple(value) for name, value in found.items()})


def _rounded(scores: Sequence[float]) -> list[float]:
    return [round(score, _DIGITS) for score in scores]


def choose(
    items: Sequence[OptionScores], ids: Sequence[str], seed: int, reading: str
) -> list[tuple[str, bool]]:
    """Each item's answer, and whether another option had the same score.

    ``items`` are all that were asked with the same shots and seed. Raises :class:`XltError` for an
    unknown reading, and for ``batch`` where items have different options.
    """
    answers = []
    for item, one, scores in zip(items, ids, read(items, reading), strict=True):
        best = np.flatnonzero(scores == scores.max())
        chosen = min(best, key=lambda i: _lot(seed, one, item.options[i]))
        answers.append((item.options[chosen], len(best) > 1))
    return answers


def _lot(seed: int, item: str, option: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{item}\0{option}".encode()).digest()


def read(items: Sequence[OptionScores], reading: str) -> list[np.ndarray]:
    """Each item's options as they are compared under a reading: float64 [options]."""
    if reading not in READINGS:
        raise not_one_of("reading", reading, READINGS)
    sums = [np.array(_rounded(item.sum)) for item in items]
    if reading == "sum":
        found = sums
    elif reading == "per_token":
        found = [s / np.array(item.tokens) for s, item in zip(sums, items, strict=True)]
    elif reading == "per_byte":
        found = [s / np.array(item.bytes) for s, item in zip(sums, items, strict=True)]
    elif reading == "domain_pmi":
        found = [s - np.array(item.domain) for s, item in zip(sums, items, strict=True)]
    elif reading == "content_free":
        found = [s - _average(item.content_free) for s, item in zip(sums, items, strict=True)]
    else:
        if len({item.options for item in items}) > 1:
            raise XltError(
                "the reading 'batch' needs the same options for all items, but these have options "
                "of their own: choose another `reading`"
            )
        average = _average(sums)
        found = [s - average for s in sums]
    # Equal scores must stay equal after a subtraction.
    return [np.round(scores, _DIGITS) for scores in found]


def _average(rows: Sequence[Sequence[float]] | Sequence[np.ndarray]) -> np.ndarray:
    """log of the mean over ``rows`` of the probabilities normalised over the options [options]."""
    logs = np.array(rows, dtype=float)
    logs = logs - logs.max(axis=1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
    return np.logaddexp.reduce(logs, axis=0) - np.log(len(logs))
