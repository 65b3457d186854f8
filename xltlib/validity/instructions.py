"""In which language to ask: the words of a prompt by the reading of scores, and by the text.

Label scores can be read in six ways (:mod:`xltlib.tasks.readings`) from one pass of a model, and
English label words may look good under one of them alone. Whether what they do depends on the
reading is an interaction, and is tested: in each place the gain of an item under each reading is
its score with English words less its score with its own, seeds averaged, and Hotelling's T2 tests
that the readings' mean gains are equal, with the item as the unit; Holm over all places.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student
from scipy.stats import ttest_1samp
from statsmodels.stats.multivariate import test_mvmean as hotelling

from .. import stats, tasks
from ..config import ArmSpec, name_of
from ..errors import XltError
from ..records.places import Records, select, together
from ..stats.families import corrected, empty
from ..stats.panel import CELL

ALPHA = 0.05
READING = "reading of labels"
COLUMNS = [*CELL, "own", "english", "reading", "n", "score_own", "score_english", "gain", "low"]
COLUMNS += ["high", "f", "p", "p_holm", "p_bh", "family"]
MATRIX = ["task", "dataset", "asked", "language", "shots", "arm", "n", "score", "low", "high"]


def _changed(arm: ArmSpec) -> str:
    """What an arm changes besides its words."""
    changes = {k: v for k, v in arm.changes.items() if k != "translator"}
    return json.dumps(changes, sort_keys=True)


def _copies(arm: ArmSpec) -> bool:
    """Whether its texts stay as they are while its words are the pivot's."""
    return arm.method == "translate" and arm.translator == {"path": "copy"}


def pairs_of(arms: Sequence[ArmSpec]) -> list[tuple[str, str]]:
    """(arm with its own words, arm with English ones) that differ in nothing else."""
    own: dict[str, str] = {}  # the first of those that differ in their shots alone
    for arm in arms:
        if arm.method == "prompt":
            own.setdefault(_changed(arm), arm.name)
    return [(own[_changed(a)], a.name) for a in arms if _copies(a) and _changed(a) in own]


def interaction_table(records: Records, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """What English words gain under each reading, and whether the gains are equal.

    A row for each reading in each place (task, data set, language, shots) of each pair of arms.
    Columns: task, dataset, language, shots, own, english (arms), reading, n (items), score_own,
    score_english, gain with its 95 % t interval (low, high), all 0 to 1; and of the place's
    interaction f, p, p_holm, p_bh and family. Raises :class:`XltError` where the two arms answered
    other items.
    """
    named = {arm for pair in pairs for arm in pair}
    rows = together(select(records, lambda rows: rows["arm"].isin(named)))
    rows = rows[rows["option_scores"].notna() & (rows["language"] != "eng")]
    gains, tested = [], []
    for own, english in pairs:
        both = rows[rows["arm"].isin([own, english])]
        for key, here in both.groupby(CELL, sort=False):
            if here["arm"].nunique() < 2:
                continue
            place = dict(zip(CELL, key, strict=True)) | {"own": own, "english": english}
            scores = _by_reading(here, own, english)
            gain = scores[english] - scores[own]
            tested.append(place | _equal(gain.to_numpy(float)))
            half = gain.sem() * student.ppf(1 - ALPHA / 2, len(gain) - 1)
            for reading in gain:
                mean = float(gain[reading].mean())
                line = {"reading": reading, "n": len(gain), "gain": mean}
                line |= {"low": mean - half[reading], "high": mean + half[reading]}
                line |= {f"score_{w}": float(scores[a, reading].mean()) for w, a in
                         (("own", own), ("english", english))}  # fmt: skip
                gains.append(place | line)
    if not gains:
        why = "No two arms differ in the language of their words alone, or no label was scored."
        return empty(COLUMNS, why)
    test = corrected(pd.DataFrame(tested), ())
    return pd.DataFrame(gains).merge(test, on=[*CELL, "own", "english"])[COLUMNS]


def _by_reading(rows: pd.DataFrame, own: str, english: str) -> pd.DataFrame:
    """Each item's mean score over seeds: a row per item, a column per arm and reading."""
    again = [one for one in tasks.get(rows["task"].iloc[0]).rereadings if one.choice == READING]
    read = pd.concat([one.remake(rows, {}).assign(reading=one.name) for one in again])
    table = read.pivot_table(index="example_id", columns=["arm", "reading"], values="correct")
    if table.isna().any(axis=None):
        odd = table.index[table.isna().any(axis=1)][0]
        raise XltError(
            f"{own} and {english} were not asked about the same items ({odd!r} is in one of them "
            "alone): run both with the same data and `limit`"
        )
    return table


def _equal(gains: np.ndarray) -> dict[str, float]:
    """F and p that the columns of gains [items, readings] have one mean; p is 1 where all agree."""
    apart = gains[:, 1:] - gains[:, :1]
    kept: list[int] = []  # readings that answer alike add nothing
    centred = apart - apart.mean(axis=0)
    for i in range(apart.shape[1]):
        if np.linalg.matrix_rank(centred[:, [*kept, i]]) > len(kept):
            kept.append(i)
    if not kept or len(apart) <= len(kept) + 1:
        return {"f": float("nan"), "p": float("nan") if np.abs(apart).any() else 1.0}
    if len(kept) == 1:  # of one contrast it is the square of the paired t
        one: Any = ttest_1samp(apart[:, kept[0]], 0)
        return {"f": float(one.statistic**2), "p": float(one.pvalue)}
    found: Any = hotelling(apart[:, kept], np.zeros(len(kept)))
    return {"f": float(found.statistic), "p": float(found.pvalue)}


def said(table: pd.DataFrame) -> str:
    """The outcome of the test of the interaction, in words."""
    if table.empty:
        return str(table.attrs.get("why", ""))
    places = [*CELL, "own", "english"]
    tests = table.drop_duplicates(places)
    found = tests[tests["p_holm"] <= ALPHA]
    count = f"{len(tests)} comparison{'s' if len(tests) != 1 else ''}"
    if found.empty:
        return (
            f"What English words gain or lose does not depend on the reading of label scores as "
            f"far as can be told: in none of {count} at 5 % (Holm)."
        )
    first = found.loc[found["p_holm"].idxmin()]
    mine = table[(table[places] == first[places]).all(axis=1)]
    best, worst = mine.loc[mine["gain"].idxmax()], mine.loc[mine["gain"].idxmin()]
    return (
        f"What English words gain or lose depends on the reading of label scores in {len(found)} "
        f"of {count} (5 %, Holm), most clearly in {name_of(first['language'])} with "
        f"{first['shots']} demonstrations: {best['gain']:+.2f} under {best['reading']}, "
        f"{worst['gain']:+.2f} under {worst['reading']}."
    )


def asked_arms(arms: Sequence[ArmSpec]) -> list[str]:
    """Arms that differ in nothing but the language of their words."""
    same = [a for a in arms if a.method in ("prompt", "instructed") or _copies(a)]
    return [arm.name for arm in same if _changed(arm) == "{}"]


def matrix_table(records: Records, arms: Sequence[str]) -> pd.DataFrame:
    """The score by the language of the words (``asked``) and of the text (``language``).

    Of the data sets of which some text was asked about in another language than its own; at the
    number of demonstrations with most such cells, of several the largest. Columns: task, dataset,
    asked, language, shots, arm, n, score, low, high (95 %).
    """
    columns = (*stats.SCORED, "option_scores", "prompt_language")
    rows = together(select(records, lambda rows: rows["arm"].isin(arms)), columns)
    rows = rows[rows["option_scores"].notna()]
    foreign = rows.loc[rows["prompt_language"] != rows["language"], ["task", "dataset"]]
    rows = rows.merge(foreign.drop_duplicates(), on=["task", "dataset"])
    if rows.empty:
        return empty(MATRIX, "No text was asked about in another language than its own.")
    cell = ["task", "dataset", "prompt_language", "language"]
    wide = rows.groupby(["task", "dataset", "shots"])[["prompt_language", "language"]]
    cells = wide.apply(lambda some: len(some.drop_duplicates()))
    kept = []
    for key, counts in cells.groupby(["task", "dataset"]):
        most = max(counts.index, key=lambda at: (counts[at], at[-1]))[-1]
        here = rows[(rows[["task", "dataset"]] == list(key)).all(axis=1) & (rows["shots"] == most)]
        first = here.drop_duplicates(cell)[[*cell, "arm"]]  # two arms may ask the very same
        kept.append(here.merge(first, on=[*cell, "arm"]))
    chosen = pd.concat(kept, ignore_index=True)
    scores = stats.score_table(chosen, metrics="headline").rename(columns={"method": "arm"})
    asked = chosen[["task", "dataset", "language", "arm", "prompt_language"]].drop_duplicates()
    table = scores.merge(asked, on=["task", "dataset", "language", "arm"])
    return table.rename(columns={"prompt_language": "asked"})[MATRIX]


def matrix_said(records: Records, table: pd.DataFrame) -> str:
    """Whether asking in the text's own language is better than in others: the items' own gaps."""
    if table.empty:
        return str(table.attrs.get("why", ""))
    key = ["task", "dataset", "language", "shots", "arm"]
    asked = select(records, lambda rows: rows["arm"].isin(table["arm"]))
    rows = together(asked, ["correct"]).merge(table[[*key, "asked"]], on=key)
    rows = rows.assign(same=rows["asked"] == rows["language"])
    # Items of a parallel set are one item in all languages.
    means = rows.groupby(["task", "dataset", "example_id", "language", "same"])["correct"].mean()
    both = means.unstack("same").dropna().groupby(["task", "dataset", "example_id"]).mean()
    if both.shape[1] < 2 or len(both) < 2:
        return "No text was asked about both in its own language and in another."
    gap = both[True] - both[False]
    half = float(gap.sem() * student.ppf(1 - ALPHA / 2, len(gap) - 1))
    mean = float(gap.mean())
    clear = "" if abs(mean) > half else ", which is not told apart from none"
    return (
        f"Asked in its own language, a text is answered right more often by {mean:+.3f} than asked "
        f"in another (95 % interval {mean - half:+.3f} to {mean + half:+.3f}, {len(gap)} items)"
        f"{clear}."
    )
