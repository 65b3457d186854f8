"""The mixed model beside the pooled randomization.

score ~ method * task + method * language, with a random intercept for the item.

Fitted by statsmodels' MixedLM (REML) to one row per method and item: the item's score averaged over
seeds, 0 to 1 (entity F1 of the single item, since micro-F1 has no item-level form: one reason why
the two analyses can differ). At several shot counts an item of a cell is a group of its own. It
has all rows and columns in memory at once, so that it is left out where these are too many.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

from .panel import Panel, arms_of

LARGEST = 50_000_000  # numbers of a design that is fitted: 400 MB, which the optimiser copies


@dataclass(frozen=True)
class Mixed:
    """A fitted model: fixed effects, their covariance, and what each column of the design is.

    Without a design it was too large, and all that it is asked is not known.
    """

    cells: tuple[Panel, ...]
    design: "Design | None"
    effects: np.ndarray  # [p]
    covariance: np.ndarray  # [p, p]

    def difference(self, a: str, b: str, cells: Sequence[int]) -> tuple[float, float]:
        """(difference a - b as the model has it, averaged over ``cells``; two-sided Wald p)."""
        if self.design is None:
            return float("nan"), float("nan")
        rows = [
            self.design.row(self.cells[i], a) - self.design.row(self.cells[i], b) for i in cells
        ]
        contrast = np.mean(rows, axis=0)
        estimate, error = (
            float(contrast @ self.effects),
            float(np.sqrt(contrast @ self.covariance @ contrast)),
        )
        if error == 0:
            return estimate, 1.0 if abs(estimate) < 1e-9 else 0.0
        return estimate, float(2 * norm.sf(abs(estimate) / error))

    def interaction(self, factor: str) -> float:
        """Wald's p that the methods' effects are the same in every ``task`` or ``language``."""
        columns = [] if self.design is None else self.design.columns
        at = [i for i, name in enumerate(columns) if name[0] == f"method:{factor}"]
        if not at:
            return float("nan")
        effects, covariance = self.effects[at], self.covariance[np.ix_(at, at)]
        if not covariance.any():
            return 1.0 if np.abs(effects).max() < 1e-9 else 0.0
        return float(chi2.sf(effects @ np.linalg.solve(covariance, effects), len(at)))


class Design:
    """Treatment-coded columns for method, task, language and the method's interactions."""

    def __init__(self, cells: Sequence[Panel]):
        self.methods = arms_of(cells)
        tasks = sorted({c.key["task"] for c in cells})
        languages = sorted({c.key["language"] for c in cells})
        levels = [("task", t) for t in tasks[1:]] + [("language", v) for v in languages[1:]]
        columns = [("mean", "", "")] + [("method", m, "") for m in self.methods[1:]]
        columns += [("level", kind, v) for kind, v in levels]
        columns += [(f"method:{kind}", m, v) for kind, v in levels for m in self.methods[1:]]
        self.columns = columns
        full = np.array([self.row(c, m) for c in cells for m in c.arms])
        self.columns = [c for c, keep in zip(columns, _independent(full), strict=True) if keep]

    def row(self, cell: Panel, method: str) -> np.ndarray:
        """The design row [p] of a method in a cell."""

        def entry(kind: str, one: str, level: str) -> float:
            if kind == "mean":
                return 1.0
            if kind == "method":
                return float(one == method)
            if kind == "level":
                return float(cell.key[one] == level)
            return float(one == method and cell.key[kind.split(":")[1]] == level)

        return np.array([entry(*c) for c in self.columns])


def _independent(rows: np.ndarray) -> list[bool]:
    """Which columns add to the rank: cells need not cross tasks with languages."""
    keep: list[int] = []
    for i in range(rows.shape[1]):
        if np.linalg.matrix_rank(rows[:, [*keep, i]]) > len(keep):
            keep.append(i)
    return [i in keep for i in range(rows.shape[1])]


def fit(cells: Sequence[Panel]) -> Mixed:
    """Fit the model to the arms of ``cells``.

    Where methods differ by the same amount on every item there is no error and the covariance is 0;
    where the optimiser does not converge it is NaN, and so are the p-values.
    """
    if _size(cells) > LARGEST:
        return Mixed(tuple(cells), None, np.empty(0), np.empty((0, 0)))
    design, x, y, groups = Design(cells), [], [], []
    for number, cell in enumerate(cells):
        place = {
            item: i
            for i, item in enumerate(sorted(set().union(*(a.items for a in cell.arms.values()))))
        }
        for arm in cell.arms.values():
            scores = cell.metric.item_scores(arm.summed / len(arm.seeds)) / cell.metric.top
            x.append(np.tile(design.row(cell, arm.name), (len(scores), 1)))
            y.append(scores)
            groups.append(np.array([number * 10_000_000 + place[i] for i in arm.items]))
    exog, endog, group = np.concatenate(x), np.concatenate(y), np.concatenate(groups)
    effects, *_ = np.linalg.lstsq(exog, endog, rcond=None)
    ratio = _variance_ratio(endog - exog @ effects, group)
    if ratio is None:
        return Mixed(tuple(cells), design, effects, np.zeros((len(effects), len(effects))))
    start = MixedLMParams.from_components(fe_params=effects, cov_re=np.array([[ratio]]))
    with warnings.catch_warnings():
        # An item variance estimated at its bound of 0 is a result here, not a fault.
        warnings.simplefilter("ignore")
        try:
            result = MixedLM(endog, exog, groups=group).fit(
                start_params=start, reml=True, method="lbfgs"
            )
        except np.linalg.LinAlgError:
            return Mixed(
                tuple(cells), design, effects, np.full((len(effects), len(effects)), np.nan)
            )
    if not result.converged:
        return Mixed(tuple(cells), design, effects, np.full((len(effects), len(effects)), np.nan))
    p = len(effects)
    return Mixed(
        tuple(cells), design, np.asarray(result.fe_params), np.asarray(result.cov_params())[:p, :p]
    )


def _size(cells: Sequence[Panel]) -> int:
    """Rows times columns of the design, columns that add nothing included."""
    rows = sum(len(arm.items) for cell in cells for arm in cell.arms.values())
    levels = len({c.key["task"] for c in cells}) + len({c.key["language"] for c in cells}) - 1
    return rows * len(arms_of(cells)) * levels


def _variance_ratio(residual: np.ndarray, group: np.ndarray) -> float | None:
    """Item variance over error variance by the method of moments, where the optimiser starts.

    Nothing when there is no error variance at all.
    """
    _, index, sizes = np.unique(group, return_inverse=True, return_counts=True)
    means = np.bincount(index, residual) / sizes
    within = ((residual - means[index]) ** 2).sum() / max(1, len(residual) - len(sizes))
    if within < 1e-12:
        return None
    between = means.var() - within / sizes.mean()
    return float(np.clip(between / within, 0.01, 100.0))
