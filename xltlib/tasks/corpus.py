"""chrF++ and BLEU of whole corpora, as sacrebleu computes them, from sums of per-item counts.

sacrebleu counts n-grams sentence by sentence and makes one score of all counts; so a resample of
sentences has its corpus score, too. The counts are sacrebleu's own, and the two formulas are
written for arrays: the tests hold them to sacrebleu's.
"""

import json
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

Kind = Literal["chrf", "bleu"]
KINDS: tuple[Kind, ...] = ("chrf", "bleu")
_ORDERS = 4  # of BLEU's n-grams
_BETA_2: Final = 4.0  # recall counts twice as much as precision


@lru_cache(maxsize=2)
def _scorer(kind: Kind) -> Any:  # on first use: the library takes long to import
    from sacrebleu.metrics import BLEU, CHRF

    # `force` spares a warning about texts that are tokenised already, and changes no score
    return CHRF(word_order=2) if kind == "chrf" else BLEU(force=True)


def signature(kind: Kind) -> str:
    """sacrebleu's signature of the score, for one reference a sentence."""
    scorer = _scorer(kind)
    scorer.corpus_score(["a"], [["a"]])  # the number of references is known from a score on
    return str(scorer.get_signature())


def statistics(kind: Kind, rows: pd.DataFrame) -> np.ndarray:
    """Counts of each answer against its gold: float64 [rows, k]; no answer is an empty one.

    ``chrf``: of each order n-grams said, wanted and shared, [rows, 24]. ``bleu``: both lengths, and
    n-grams shared and said of each order, [rows, 10].
    """
    golds = [json.loads(gold) for gold in rows["gold"]]
    answers = ["" if pd.isna(a) else json.loads(a) for a in rows["answer"]]
    return np.array(
        [_counts(kind, said, gold) for said, gold in zip(answers, golds, strict=True)], dtype=float
    )


@lru_cache(maxsize=1 << 16)  # every table asks for the same pairs
def _counts(kind: Kind, said: str, gold: str) -> tuple[int, ...]:
    return tuple(_scorer(kind)._extract_corpus_statistics([said], [[gold]])[0])


def value(kind: Kind, sums: np.ndarray) -> np.ndarray:
    """Corpus scores [...] (0 to 100) from sums of counts [..., k]."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _chrf(sums) if kind == "chrf" else _bleu(sums)


def _chrf(sums: np.ndarray) -> np.ndarray:
    said, wanted, shared = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)
    counted = (said > 0) & (wanted > 0)  # orders that a side is too short for do not count
    orders = np.maximum(counted.sum(-1), 1)
    precision = np.where(counted, shared / said, 0.0).sum(-1) / orders
    recall = np.where(counted, shared / wanted, 0.0).sum(-1) / orders
    score = (1 + _BETA_2) * precision * recall / (_BETA_2 * precision + recall)
    return 100 * np.nan_to_num(score)


def _bleu(sums: np.ndarray) -> np.ndarray:
    said, wanted = sums[..., 0], sums[..., 1]
    shared, total = sums[..., 2 : 2 + _ORDERS], sums[..., 2 + _ORDERS :]
    # An order without a match has half the precision of one match, the next a quarter (NIST).
    misses = np.cumsum(shared == 0, axis=-1)
    precision = np.where(shared == 0, 0.5**misses, shared) / total
    brevity = np.where(said < wanted, np.exp(1 - wanted / said), 1.0)
    score = 100 * brevity * np.exp(np.log(precision).mean(-1))
    return np.where((total > 0).all(-1) & (shared > 0).any(-1), np.nan_to_num(score), 0.0)
