"""How well spans were projected, with bootstrap intervals over texts."""

import numpy as np
import pandas as pd

from . import resample
from .resample import RESAMPLES, SEED


def projection_table(
    counts: pd.DataFrame, resamples: int = RESAMPLES, seed: int = SEED
) -> pd.DataFrame:
    """Precision, recall and F1 of each projector in each language, with 95 % intervals.

    ``counts`` has a row per projector, language and text: spans, tp, fp, fn, dropped. Texts are
    resampled, since the spans of one text stand or fall together, and the same draws serve all
    projectors. Columns: language, projector, precision, recall, f1 (each with ``_low`` and
    ``_high``), spans, dropped, n (texts). A precision of nothing is 0.
    """
    table = []
    for (language, projector), rows in counts.groupby(["language", "projector"], sort=False):
        values = rows[["tp", "fp", "fn"]].to_numpy(dtype=float)
        draws = resample.shared("counts", len(values), resamples, seed)
        point, replicates = _scores(values.sum(axis=0)), _scores(draws @ values)
        row: dict[str, object] = {"language": language, "projector": projector}
        for name, score in point.items():
            low, high = resample.percentile(replicates[name])
            row |= {name: float(score), f"{name}_low": low, f"{name}_high": high}
        sums = rows[["spans", "dropped"]].sum()
        table.append(row | {k: int(v) for k, v in sums.items()} | {"n": len(rows)})
    return pd.DataFrame(table)


def _scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall and F1 [...] from sums of tp, fp and fn [..., 3]."""
    tp, fp, fn = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
        }
    return {name: np.nan_to_num(score) for name, score in found.items()}
