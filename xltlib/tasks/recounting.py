"""Entities of records, counted otherwise: more strictly, more leniently, without types or dates."""

import json
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from ..config import Language
from ..text.words import words
from .base import Remake, Rereading

Mentions = list[list]  # [type, surface, occurrence], as records keep them


def _entities(view: Callable[[Mentions, bool], Counter | None]) -> Remake:
    """Entities counted as ``view`` sees them; it takes mentions and whether they are the gold."""

    def remake(rows: pd.DataFrame, languages: Mapping[str, Language]) -> pd.DataFrame:
        counts, valid = [], []
        for gold, answer in zip(rows["gold"], rows["answer"], strict=True):
            wanted = view(json.loads(gold), True) or Counter()
            read = None if pd.isna(answer) else view(json.loads(answer), False)
            valid.append(read is not None)
            said = read or Counter()
            right = (wanted & said).total()
            counts.append((right, said.total() - right, wanted.total() - right))
        tp, fp, fn = np.array(counts, dtype=float).reshape(-1, 3).T
        return rows.assign(tp=tp, fp=fp, fn=fn, valid=valid)

    return remake


def _exact(mentions: Mentions) -> Counter:
    return Counter((kind, surface, number) for kind, surface, number in mentions)


def _strict(mentions: Mentions, gold: bool) -> Counter | None:
    """An answer with one unknown tag, or one name that is not in the text, is no answer."""
    sound = all(not kind.startswith("?") and number >= 0 for kind, _, number in mentions)
    return _exact(mentions) if gold or sound else None


def _lenient(mentions: Mentions, gold: bool) -> Counter:
    return Counter((kind, " ".join(words(surface))) for kind, surface, _ in mentions)


def _untyped(mentions: Mentions, gold: bool) -> Counter:
    return Counter((surface, number) for _, surface, number in mentions)


def _no_dates(mentions: Mentions, gold: bool) -> Counter:
    return _exact([m for m in mentions if m[0] != "DATE"])


def _relaxed(rows: pd.DataFrame, languages: Mapping[str, Language]) -> pd.DataFrame:
    """A name of the right type counts when it shares a word with one that no other has matched."""
    counts = []
    for gold, answer in zip(rows["gold"], rows["answer"], strict=True):
        wanted = [(kind, set(words(surface))) for kind, surface, _ in json.loads(gold)]
        total, said = len(wanted), [] if pd.isna(answer) else json.loads(answer)
        for kind, surface, _ in said:
            mine = set(words(surface))
            match = next((w for w in wanted if w[0] == kind and w[1] & mine), None)
            if match:
                wanted.remove(match)
        right = total - len(wanted)
        counts.append((right, len(said) - right, len(wanted)))
    tp, fp, fn = np.array(counts, dtype=float).reshape(-1, 3).T
    return rows.assign(tp=tp, fp=fp, fn=fn)


REREADINGS = (
    Rereading("parser", "strict: one odd entity spoils the answer", _entities(_strict)),
    Rereading("parser", "lenient: no case, any occurrence", _entities(_lenient)),
    Rereading("matching", "relaxed: a part of the name is enough", _relaxed),
    Rereading("label set", "entity types ignored", _entities(_untyped)),
    Rereading("label set", "without dates", _entities(_no_dates)),
)
