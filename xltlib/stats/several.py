"""Three or more methods at once: is there any difference, and which methods cannot be told apart?

An omnibus test comes first in each cell (Cochran's Q for accuracy with one seed, Friedman on the
items' scores otherwise); only then do pairs mean much. Methods that the pairs (Holm) leave
undistinguished share a letter. Over cells, average ranks with Nemenyi's critical difference
(Demsar 2006, JMLR 7) say the same for the methods as such.
"""

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, rankdata, studentized_range
from statsmodels.stats.contingency_tables import cochrans_q

from .families import corrected
from .metrics import of_task
from .paired import compare
from .panel import canonical, panels, with_arms
from .resample import RESAMPLES, SEED


def omnibus_table(
    records: pd.DataFrame,
    paired: pd.DataFrame | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """The omnibus test of each cell with three or more methods, on the headline metric.

    ``paired`` is the paired table of the same records, whose pairs are tested anew if it is not
    given.

    Columns: task, dataset, language, shots, metric, methods, n, test, statistic, p, p_holm, p_bh,
    groups (methods by falling score, those that share a letter are not distinguished at 5 % after
    Holm within the cell), family (one per shot count).
    """
    rows, table = with_arms(records), []
    for task in rows["task"].unique():
        for metric in of_task(task):
            for panel in panels(rows, metric):
                if len(panel.arms) < 3:
                    continue
                arms = panel.paired(*panel.arms)
                scores = np.column_stack(
                    [metric.item_scores(a.summed / len(a.seeds)) for a in arms]
                )
                binary = metric.kind == "proportion" and all(len(a.seeds) == 1 for a in arms)
                statistic, p = omnibus(scores, binary)
                if paired is None:
                    pairs = pd.DataFrame(compare(panel, resamples, seed))
                else:
                    same = paired[list(panel.key)].eq(pd.Series(panel.key)).all(axis=1)
                    pairs = paired[same & (paired["metric"] == metric.name)]
                pairs = corrected(pairs, ())
                by_method = {a.name: float(metric.value(a.summed.sum(axis=0))) for a in arms}
                table.append(
                    panel.key
                    | {
                        "metric": metric.name,
                        "methods": len(arms),
                        "n": len(scores),
                        "test": "Cochran's Q" if binary else "Friedman",
                        "statistic": statistic,
                        "p": p,
                        "groups": letters(by_method, pairs),
                    }
                )
    columns = [
        "task",
        "dataset",
        "language",
        "shots",
        "metric",
        "methods",
        "n",
        "test",
        "statistic",
        "p",
    ]
    columns += ["p_holm", "p_bh", "groups", "family"]
    if not table:
        return pd.DataFrame(columns=columns)
    return corrected(canonical(pd.DataFrame(table)), ["shots"])[columns]


def omnibus(scores: np.ndarray, binary: bool) -> tuple[float, float]:
    """(statistic, p) of Cochran's Q (``binary``) or Friedman's test on scores [N, methods].

    Methods that never differ on any item have statistic 0 and p 1, where the formulas divide by 0.
    """
    if (scores == scores[:, :1]).all():
        return 0.0, 1.0
    if binary:
        result = cochrans_q(scores)
        return float(result.statistic), float(result.pvalue)
    result = friedmanchisquare(*scores.T)
    return float(result.statistic), float(result.pvalue)


def letters(score: dict[str, float], pairs: pd.DataFrame, alpha: float = 0.05) -> str:
    """A compact letter display such as ``prompt a, translate ab, laft b``.

    ``pairs`` has method_a, method_b and p_holm. Each letter is a largest set of methods no two of
    which differ at ``alpha``.
    """
    names = sorted(score, key=lambda name: (-score[name], name))
    apart = {
        frozenset(p)
        for p in pairs.loc[pairs["p_holm"] <= alpha, ["method_a", "method_b"]].to_numpy()
    }
    groups: list[set[str]] = [set(names)]
    for pair in sorted(apart, key=sorted):
        split = []
        for group in groups:
            split += [group - {one} for one in sorted(pair)] if pair <= group else [group]
        groups = [
            g for i, g in enumerate(split) if not any(g < h for h in split) and g not in split[:i]
        ]
    groups.sort(key=lambda g: min(names.index(m) for m in g))
    marks = {m: "".join(chr(97 + i) for i, g in enumerate(groups) if m in g) for m in names}
    return ", ".join(f"{m} {marks[m]}" for m in names)


def rank_table(scores: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
    """Average ranks of the methods over conditions, per shot count; Nemenyi's critical difference.

    ``scores`` is a score table; the headline metric of each condition (task, data set, language)
    counts. Those in which a method is missing are left out, ``conditions`` says how many were used.
    Columns: shots, method, mean_rank (1 = best), conditions, statistic and p (Friedman over
    conditions), critical_difference, groups.
    """
    head = scores[scores.apply(lambda r: r["metric"] == of_task(r["task"])[0].name, axis=1)]
    table = []
    for shots, rows in head.groupby("shots"):
        wide = rows.pivot_table(
            index=["task", "dataset", "language"], columns="method", values="score"
        ).dropna()
        cells, methods = wide.shape
        if methods < 3 or cells < 2:
            continue
        ranks = rankdata(-wide.to_numpy(), axis=1).mean(axis=0)
        statistic, p = omnibus(wide.to_numpy(), binary=False)
        critical = studentized_range.ppf(1 - alpha, methods, np.inf) / np.sqrt(2)
        critical *= np.sqrt(methods * (methods + 1) / (6 * cells))
        mean = dict(zip(wide.columns, ranks, strict=True))
        names = list(wide.columns)
        pairs = pd.DataFrame(
            [
                (a, b, float(abs(mean[a] - mean[b]) < critical))
                for i, a in enumerate(names)
                for b in names[i + 1 :]
            ],
            columns=["method_a", "method_b", "p_holm"],
        )
        groups = letters({m: -r for m, r in mean.items()}, pairs)
        table += [
            {
                "shots": shots,
                "method": m,
                "mean_rank": r,
                "conditions": cells,
                "statistic": statistic,
                "p": p,
                "critical_difference": float(critical),
                "groups": groups,
            }
            for m, r in mean.items()
        ]
    columns = [
        "shots",
        "method",
        "mean_rank",
        "conditions",
        "statistic",
        "p",
        "critical_difference",
        "groups",
    ]
    return canonical(pd.DataFrame(table, columns=columns))
