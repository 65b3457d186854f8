"""Which language to borrow demonstrations from: a matrix of what was tried, and what explains it.

Arms of the method ``borrowed`` show the same demonstrations in one lender's words after another.
After https://arxiv.org/abs/2411.08785 and https://arxiv.org/abs/2212.01757 the accuracy of a target
with a lender is regressed on how near the two are. Our choice of distances: the share of the
target's tokens that the lender's sentences have too (subword overlap, in the model's own tokens),
and relatedness by family and branch (:data:`FAMILIES`). Ordinary least squares with a constant for
each target and log(1 + shots) where these differ; errors are clustered by lender, since targets are
too few to cluster by.
"""

import json
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import statsmodels.api as sm

from .. import data, stats
from ..config import name_of
from ..data import Example
from ..errors import XltError
from ..records.places import Records, select, together
from ..stats.families import corrected, empty
from ..stats.panel import PLACE

ALPHA = 0.05
LEAST = 6  # lenders, fewer clusters than which say nothing of their errors
COLUMNS = [*PLACE, "shots", "lender", "arm", "n", "score", "low", "high", "overlap", "related"]
TERMS = ["term", "estimate", "low", "high", "p", "p_holm", "pairs", "lenders", "targets"]

#: Family and branch by Glottolog 5 (https://glottolog.org): Bantu stands for Narrow Bantu.
FAMILIES = {
    "amh": ("Afro-Asiatic", "Semitic"),
    "arb": ("Afro-Asiatic", "Semitic"),
    "hau": ("Afro-Asiatic", "Chadic"),
    "som": ("Afro-Asiatic", "Cushitic"),
    "eng": ("Indo-European", "Germanic"),
    "fra": ("Indo-European", "Italic"),
    "por": ("Indo-European", "Italic"),
    "spa": ("Indo-European", "Italic"),
    "ibo": ("Atlantic-Congo", "Igboid"),
    "yor": ("Atlantic-Congo", "Yoruboid"),
} | dict.fromkeys(
    ("kin", "lin", "lug", "nya", "sna", "swa", "tsn", "xho", "zul"), ("Atlantic-Congo", "Bantu")
)
_MEANS = {
    "overlap": "subword overlap",
    "related": "relatedness",
    "shots": "log(1 + shots)",
}


def related(one: str, other: str) -> float:
    """0 of another family, 1 of the same, 2 of the same branch; NaN where one is not listed."""
    if not {one, other} <= FAMILIES.keys():
        return float("nan")
    a, b = FAMILIES[one], FAMILIES[other]
    return float(a[0] == b[0]) + float(a == b)


def overlap(
    target: Sequence[str], lender: Sequence[str], tokens: Callable[[list[str]], list[list[int]]]
) -> float:
    """The share of the target's tokens, each time it occurs, that the lender's texts have, too."""
    known = {token for ids in tokens(list(lender)) for token in ids}
    mine = [token for ids in tokens(list(target)) for token in ids]
    return sum(token in known for token in mine) / len(mine)


def lenders_table(
    records: Records,
    tokens: Callable[[list[str]], list[list[int]]],
    data_dir: str | None = None,
) -> pd.DataFrame:
    """A row for each target, lender and number of shots: the score, and how near the two are.

    ``tokens`` cuts texts as the model does. The target's own demonstrations (the arm ``prompt``)
    are a lender, too. Columns: task, dataset, language, shots, lender, arm, n, score, low, high
    (95 %), overlap (0 to 1, NaN where the texts are not at hand), related (:func:`related`).
    """
    mine = together(
        select(records, lambda rows: (rows["method"] == "borrowed") | (rows["arm"] == "prompt")),
        (*stats.SCORED, "given"),
    )
    lent = mine[(mine["method"] == "borrowed") & (mine["shots"] > 0)]
    if lent.empty:
        return empty(COLUMNS, "No demonstrations were borrowed here: no arm of that method ran.")
    at = [*PLACE, "shots"]
    asked = lent[at].drop_duplicates()
    own = mine[mine["arm"] == "prompt"].merge(asked, on=at)
    lender = lent["given"].map(lambda told: json.loads(told)["language"])
    rows = pd.concat([lent.assign(lender=lender), own.assign(lender=own["language"])])
    scores = stats.score_table(rows, metrics="headline").rename(columns={"method": "arm"})
    known = rows[["arm", "language", "lender"]].drop_duplicates()
    table = scores.merge(known, on=["arm", "language"])
    texts: dict[tuple[str, str, str], list[str]] = {}

    def near(dataset: str, task: str, one: str, other: str) -> float:
        for code in (one, other):
            if (dataset, task, code) not in texts:
                texts[dataset, task, code] = _texts(dataset, task, code, data_dir)
        mine, others = (texts[dataset, task, code] for code in (one, other))
        return overlap(mine, others, tokens) if mine and others else float("nan")

    places = ["dataset", "task", "language", "lender"]
    found = {key: near(*key) for key in set(map(tuple, table[places].to_numpy()))}
    table["overlap"] = [found[tuple(key)] for key in table[places].to_numpy()]
    table["related"] = [related(a, b) for a, b in table[["language", "lender"]].to_numpy()]
    return table[COLUMNS]


def _texts(dataset: str, task: str, code: str, data_dir: str | None) -> list[str]:
    try:
        items: Iterable[Example] = data.load(dataset, task, code, "demos", data_dir)
    except XltError:  # the records are here, and the data that they were made on are not
        return []
    return [text for item in items for text in item.own_texts]


def regression_table(lenders: pd.DataFrame) -> pd.DataFrame:
    """What of a lender goes with a target's score: a row for each term that differs.

    Columns: term, estimate (change of the score, 0 to 1, with one standard deviation of the term),
    low, high (95 %), p, p_holm, pairs, lenders, targets. The target itself is no lender here.
    """
    rows = lenders[lenders["language"] != lenders["lender"]].dropna(subset=["overlap", "related"])
    names, size = rows["lender"].nunique(), len(rows)
    if names < LEAST:
        why = (
            f"Demonstrations were borrowed from {names} languages whose distance is known, fewer "
            f"than the {LEAST} that a regression takes here."
        )
        return empty(TERMS, lenders.attrs.get("why", why))
    terms = rows[["overlap", "related"]].assign(shots=np.log1p(rows["shots"].astype(float)))
    terms = terms.loc[:, terms.std(ddof=0) > 1e-12]
    terms = (terms - terms.mean()) / terms.std(ddof=0)
    place = rows["dataset"] + "/" + rows["language"]
    design = pd.concat([terms, pd.get_dummies(place, dtype=float)], axis=1)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return empty(TERMS, "The distances of these languages cannot be told from one another.")
    groups = pd.factorize(rows["lender"])[0]
    fit = sm.OLS(rows["score"].astype(float), design).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    ends = fit.conf_int(ALPHA)
    table = pd.DataFrame(
        {
            "term": [_MEANS[name] for name in terms],
            "estimate": fit.params[terms.columns].to_numpy(),
            "low": ends.loc[terms.columns, 0].to_numpy(),
            "high": ends.loc[terms.columns, 1].to_numpy(),
            "p": fit.pvalues[terms.columns].to_numpy(),
            "pairs": size,
            "lenders": names,
            "targets": place.nunique(),
        }
    )
    return corrected(table, ())[TERMS]


def said(lenders: pd.DataFrame, regression: pd.DataFrame) -> str:
    """The best lender of each target, and what goes with being a good one, in words."""
    if lenders.empty:
        return str(lenders.attrs.get("why", ""))
    others = lenders[lenders["language"] != lenders["lender"]]
    best = others.loc[others.groupby([*PLACE, "shots"])["score"].idxmax()]
    lines = [
        f"{name_of(r.language)} ({r.dataset}, {r.shots} shots): {name_of(r.lender)} lends best, "
        f"{r.score:.2f}{_of_its_own(lenders, r)}."
        for r in best.itertuples()
    ]
    if regression.empty:
        return "\n".join([*lines, str(regression.attrs.get("why", ""))])
    clear = regression[regression["p_holm"] <= ALPHA]
    told = [f"{r.term} ({r.estimate:+.3f} per standard deviation)" for r in clear.itertuples()]
    what = " and ".join(told) if told else "no distance that was looked at"
    first = regression.iloc[0]
    return "\n".join(
        [*lines, f"Over {first['pairs']} pairs of {first['lenders']} lenders, the score goes with "
         f"{what} (5 %, Holm)."]
    )  # fmt: skip


def _of_its_own(lenders: pd.DataFrame, row) -> str:
    at = [*PLACE, "shots"]
    own = lenders[(lenders[at] == [getattr(row, c) for c in at]).all(axis=1)]
    own = own[own["lender"] == row.language]
    return f"; its own demonstrations {own['score'].iloc[0]:.2f}" if len(own) else ""
