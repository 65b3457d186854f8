"""What a task measures, as sums of per-item statistics, the form that all resampling needs.

A metric turns records into an array of per-item statistics (last axis ``k``) and turns sums of
those statistics into a score. A resample is then a weighting of items, and 10,000 of them are one
matrix product; no score is ever averaged where it ought to be recomputed from counts.

Shapes: ``N`` items, ``k`` statistics per item.
"""

import json
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import XltError
from . import corpus


@dataclass(frozen=True)
class Metric:
    """One metric of one task, in which the task declares it.

    ``kind``: ``mean`` of a column (statistics: value, 1), ``proportion`` (a mean of zeros and
    ones), ``f1`` from tp, fp, fn, ``macro_f1`` over the labels of a cell (statistics: tp, fp
    and fn of each label), or ``chrf`` and ``bleu`` of all answers as one corpus (statistics: counts
    of n-grams, see :mod:`.corpus`). ``top`` is the best possible score.
    """

    name: str
    label: str
    kind: Literal["proportion", "mean", "f1", "macro_f1", "chrf", "bleu"]
    columns: tuple[str, ...] = ()  # the score columns of the records that it is made from
    top: float = 1.0
    task: str = ""  # whose it is; "" = any task's

    def statistics(self, rows: pd.DataFrame) -> np.ndarray:
        """Per-item statistics of ``rows``: float64 [rows, k].

        Rows that are compared must be passed together, since macro-F1's labels are taken from them
        (gold and answers, as scikit-learn does). Raises :class:`XltError` for a missing score.
        """
        if self.kind == "macro_f1":
            return _label_counts(rows)
        if self.kind == "chrf" or self.kind == "bleu":
            return corpus.statistics(self.kind, rows)
        values = rows[list(self.columns)].to_numpy(dtype=float)
        if np.isnan(values).any():
            bad = rows.loc[np.isnan(values).any(axis=1)].iloc[0]
            where = "/".join(map(str, bad[["method", "task", "dataset", "language"]]))
            raise XltError(
                f"the metric {self.name!r} needs the columns {list(self.columns)}, but they are "
                f"empty for {where}, example {bad['example_id']!r}: make that cell's records again"
            )
        if self.kind == "f1":
            return values
        return np.column_stack([values[:, 0], np.ones(len(values))])

    def value(self, sums: np.ndarray) -> np.ndarray:
        """Scores [...] from sums of statistics [..., k]; an empty sum scores 0, as in seqeval."""
        if self.kind == "chrf" or self.kind == "bleu":
            return corpus.value(self.kind, sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.kind in ("mean", "proportion"):
                return np.nan_to_num(sums[..., 0] / sums[..., 1])
            if self.kind == "f1":
                tp, fp, fn = np.moveaxis(sums, -1, 0)
                return np.nan_to_num(2 * tp / (2 * tp + fp + fn))
            tp, fp, fn = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, -1), -2, 0)
            by_label = 2 * tp / (2 * tp + fp + fn)
            seen = ~np.isnan(by_label)  # a label that a resample does not hold says nothing
            return np.nan_to_num(np.where(seen, by_label, 0).sum(-1) / seen.sum(-1))

    def item_scores(self, statistics: np.ndarray) -> np.ndarray:
        """One number per item [...], for tests on items (mixed model, effect sizes).

        F1 of one item is 1 when there was nothing to find and nothing was found; macro-F1 has no
        item-level form, so its items count as right or wrong. An item's chrF++ or BLEU is that of a
        corpus of one.
        """
        if self.kind == "chrf" or self.kind == "bleu":
            return corpus.value(self.kind, statistics)
        if self.kind in ("mean", "proportion"):
            return statistics[..., 0] / statistics[..., 1]
        if self.kind == "f1":
            tp, fp, fn = np.moveaxis(statistics, -1, 0)
            whole = 2 * tp + fp + fn
            return np.where(whole == 0, 1.0, 2 * tp / np.where(whole == 0, 1, whole))
        tp, _, fn = np.moveaxis(statistics.reshape(*statistics.shape[:-1], 3, -1), -2, 0)
        return tp.sum(-1) / (tp + fn).sum(-1)


def _label_counts(rows: pd.DataFrame) -> np.ndarray:
    """tp, fp and fn of each label: float64 [rows, 3 * labels]; INVALID is no label's fp."""
    gold = [json.loads(g) for g in rows["gold"]]
    answers = [None if pd.isna(a) else json.loads(a) for a in rows["answer"]]
    labels = sorted({*gold, *(a for a in answers if a is not None)})
    at = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(rows), 3, len(labels)))
    for row, (g, a) in enumerate(zip(gold, answers, strict=True)):
        if a == g:
            counts[row, 0, at[g]] = 1
        else:
            counts[row, 2, at[g]] = 1
            if a is not None:
                counts[row, 1, at[a]] = 1
    return counts.reshape(len(rows), -1)
