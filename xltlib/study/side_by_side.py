"""The same test items under every arm: what a task's notebook shows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from .. import data, tasks
from ..config import language_name
from ..data import Example
from ..records.schema import SCORES

_PLACE = ["task", "dataset", "language"]


def places(records: pd.DataFrame, task: str) -> list[tuple[str, str]]:
    """The (data set, language) pairs in which records answer a task, in their order."""
    rows = records[records["task"] == task]
    return list(dict.fromkeys(zip(rows["dataset"], rows["language"], strict=True)))


@dataclass(frozen=True)
class Place:
    """One data set in one language: every arm's answers, and the items that tell most."""

    dataset: str
    language: str
    rows: pd.DataFrame
    items: list[Example]

    @property
    def title(self) -> str:
        """Such as ``Hausa, sib200, 4 demonstrations``."""
        shots = sorted(self.rows["shots"].unique())
        counted = " or ".join(map(str, shots))
        return f"{language_name(self.language)}, {self.dataset}, {counted} demonstrations"


def every_place(
    records: pd.DataFrame, task: str, data_dir: str | None = None, n: int = 3
) -> list[Place]:
    """Each data set and language of a task, with its ``n`` items on which the arms differ most."""
    found = []
    for dataset, language in places(records, task):
        rows = condition(records, task, dataset, language)
        found.append(Place(dataset, language, rows, items(rows, telling(rows, n), data_dir)))
    return found


def condition(records: pd.DataFrame, task: str, dataset: str, language: str) -> pd.DataFrame:
    """The answers of one task, data set and language at its largest shot count and first seed.

    The largest shot count that every arm has answered; where arms share none, each arm's own.
    """
    rows = records[
        (records["task"] == task)
        & (records["dataset"] == dataset)
        & (records["language"] == language)
    ]
    by_arm = rows.groupby("arm", sort=False)["shots"].unique()
    common = set.intersection(*(set(shots) for shots in by_arm)) if len(by_arm) else set()
    most = max(common) if common else rows.groupby("arm")["shots"].transform("max")
    rows = rows[rows["shots"] == most]
    return rows[rows["seed"] == rows.groupby("arm")["seed"].transform("min")]


def telling(rows: pd.DataFrame, n: int = 3) -> list[str]:
    """Ids of the ``n`` items on which the arms differ most; ties by id."""
    score = _score(rows)
    spread = score.groupby(rows["example_id"]).agg(lambda s: s.max() - s.min())
    count = rows.groupby("example_id")["arm"].nunique()
    table = pd.DataFrame({"spread": spread, "count": count}).reset_index()
    order = table.sort_values(["count", "spread", "example_id"], ascending=[False, False, True])
    return order["example_id"].head(n).tolist()


def items(rows: pd.DataFrame, ids: Sequence[str], data_dir: str | None = None) -> list[Example]:
    """The test items of those ids, with their texts, in the order of ``ids``."""
    task, dataset, language = rows[_PLACE].iloc[0]
    known = {e.id: e for e in data.load(dataset, task, language, "test", data_dir)}
    return [known[name] for name in ids]


def answers(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """What every arm answered to one item: arm, answer, output, and the task's scores."""
    mine = rows[rows["example_id"] == name].copy()
    # an answer that is none is None in a frame of one type, NaN in another
    told = [None if pd.isna(answer) else answer for answer in mine["answer"]]
    mine["answer"] = [tasks.get(mine["task"].iloc[0]).show(one) for one in told]
    scores = [c for c in SCORES if mine[c].notna().any()]
    return mine[["arm", "answer", "output", *scores]].reset_index(drop=True)


def read_back(rows: pd.DataFrame, data_dir: str | None = None) -> pd.DataFrame:
    """Rows of one place, each with its test item (``item``) and its answer read (``said``).

    ``said`` is None where there is no answer. ``words`` counts what the output has of them.
    """
    ids = rows["example_id"].unique().tolist()
    known = dict(zip(ids, items(rows, ids, data_dir), strict=True))
    told = [None if pd.isna(answer) else json.loads(answer) for answer in rows["answer"]]
    return rows.assign(
        item=[known[name] for name in rows["example_id"]],
        said=pd.Series(told, index=rows.index, dtype=object),
        words=rows["output"].fillna("").str.split().str.len(),
    )


def agreement(rows: pd.DataFrame) -> pd.DataFrame:
    """How many items which arms get right (a full score): a row per pattern, commonest first."""
    right = _score(rows).ge(1.0)
    wide = pd.DataFrame({"arm": rows["arm"], "id": rows["example_id"], "right": right})
    wide = wide.pivot(index="id", columns="arm", values="right").dropna()
    wide = wide[list(dict.fromkeys(rows["arm"]))].astype(bool)
    counts = wide.value_counts().rename("items").reset_index()
    marks = counts.drop(columns="items").map(lambda ok: "right" if ok else "wrong")
    return marks.assign(items=counts["items"])


def _score(rows: pd.DataFrame) -> pd.Series:
    """One number per answer, 0 to 1: the first score that the task has, F1 for entities."""
    if rows["tp"].notna().any():
        tp, errors = rows["tp"].fillna(0), (rows["fp"] + rows["fn"]).fillna(0)
        return (2 * tp / (2 * tp + errors)).fillna(1.0)  # nothing to find, and nothing found
    first = next(c for c in ("correct", "rougeL", *SCORES) if rows[c].notna().any())
    return rows[first].fillna(0.0)
