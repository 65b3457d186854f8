"""Where a score comes from: which labels are found, which are taken for which.

For tasks whose answer is one label (topics), and for entities by their type.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import pandas as pd

from .metrics import of_task
from .panel import CELL, PLACE, Records, canonical, conditions, ordered, pieces, with_arms

INVALID = "(no answer)"  # an output that could not be read
UNKNOWN = "(unknown type)"  # a tag of an entity that is none of the data's
LABELS = [*CELL, "method", "label", "gold", "answered", "right", "precision", "recall", "f1"]
CONFUSION = [*CELL, "method", "gold", "answer", "answers"]


Shots: TypeAlias = Literal["all", "most"]


def label_table(records: Records, shots: Shots = "all") -> pd.DataFrame:
    """Precision, recall and F1 of every label or entity type, all seeds together.

    ``shots``: of all counts, or of each place's largest alone (:func:`at_most_shots`).
    Columns: task, dataset, language, shots, method, label, gold (how often it is the right answer),
    answered (how often it was given), right (both), precision, recall, f1 (empty where nothing can
    be divided by). Tasks whose answers are texts have no rows.
    """
    table = []
    for key, rows in _conditions(records, shots):
        gold: Counter[str] = Counter()
        answered: Counter[str] = Counter()
        right: Counter[str] = Counter()
        for wanted, given in zip(rows["gold"], rows["answer"], strict=True):
            wanted, given = _counted(wanted), _counted(given)
            gold.update(_labels(wanted))
            answered.update(_labels(given))
            right.update(_labels(wanted & given))
        for label in sorted(gold | answered):
            g, a, r = gold[label], answered[label], right[label]
            row = {"label": label, "gold": g, "answered": a, "right": r}
            row |= {"precision": r / a if a else None, "recall": r / g if g else None}
            table.append(key | row | {"f1": 2 * r / (g + a)})
    return canonical(pd.DataFrame(table, columns=LABELS), _arms(records, shots))


def confusion_table(records: Records, shots: Shots = "all") -> pd.DataFrame:
    """How often which label was answered for which, all seeds together: for choices among labels.

    ``shots`` as in :func:`label_table`.
    Columns: task, dataset, language, shots, method, gold, answer (:data:`INVALID` where there is
    none), answers. Pairs that never occur have no row.
    """
    table = []
    for key, rows in _conditions(records, shots):
        if not is_choice(key["task"]):
            continue
        pairs: Counter[tuple[str, str]] = Counter()
        for wanted, given in zip(rows["gold"], rows["answer"], strict=True):
            pairs[json.loads(wanted), INVALID if pd.isna(given) else json.loads(given)] += 1
        table += [
            key | {"gold": gold, "answer": answer, "answers": n}
            for (gold, answer), n in sorted(pairs.items())
        ]
    return canonical(pd.DataFrame(table, columns=CONFUSION), _arms(records, shots))


def at_most_shots(records: pd.DataFrame) -> pd.DataFrame:
    """The records of each place at the largest shot count that all its arms have.

    Where they have none in common, each arm's at its own largest.
    """
    rows, kept = with_arms(records), []
    for _, some in rows.groupby(PLACE, sort=False):
        counts = [set(mine["shots"]) for _, mine in some.groupby("arm")]
        common = set.intersection(*counts)
        most = max(common) if common else some.groupby("arm")["shots"].transform("max")
        kept.append(some[some["shots"] == most])
    return pd.concat(kept) if kept else rows


def label_grid(labels: pd.DataFrame) -> pd.DataFrame:
    """F1 of each label of one place, a column per method, from its rows of :func:`label_table`.

    ``gold`` is how often a label is the right answer, in the method with the fewest seeds.
    """
    wide = labels.pivot(index="label", columns="method", values="f1")[ordered(labels["method"])]
    wide.insert(0, "gold", labels.groupby("label")["gold"].min())
    return wide.rename_axis(columns=None).reset_index()


def confusions(table: pd.DataFrame, n: int = 3) -> pd.DataFrame:
    """The ``n`` commonest mistakes of each method, from rows of :func:`confusion_table`."""
    wrong = table[table["gold"] != table["answer"]]
    order = wrong.sort_values("answers", ascending=False, kind="stable")
    first = order.groupby("method", sort=False).head(n)
    by_arm = {arm: i for i, arm in enumerate(ordered(table["method"]))}
    first = first.sort_values("method", key=lambda column: column.map(by_arm), kind="stable")
    return first[["method", "gold", "answer", "answers"]].reset_index(drop=True)


def _conditions(records: Records, shots: Shots) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """(key, records) of every condition and arm whose answers are labels."""
    for some, _ in pieces(records, ("gold", "answer")):
        for (*key, arm), rows in _labelled(some, shots).groupby([*CELL, "arm"], sort=False):
            yield dict(zip(CELL, key, strict=True)) | {"method": arm}, rows


def _labelled(rows: pd.DataFrame, shots: Shots) -> pd.DataFrame:
    """The rows of tasks whose answers are labels."""
    labelled = [t for t in rows["task"].unique() if is_choice(t) or is_extraction(t)]
    rows = rows[rows["task"].isin(labelled)]
    return at_most_shots(rows) if shots == "most" and len(rows) else rows


def _arms(records: Records, shots: Shots) -> list[str]:
    """The arms of :func:`_labelled` in the order of all records."""
    return ordered(_labelled(with_arms(conditions(records)), shots)["arm"])


def is_choice(task: str) -> bool:
    """Whether the answers of a task are labels that it chooses among."""
    return any(metric.kind == "macro_f1" for metric in of_task(task, "all"))


def is_extraction(task: str) -> bool:
    """Whether the answers of a task are entities, each with a type."""
    return any(metric.kind == "f1" for metric in of_task(task, "all"))


def _counted(answer: object) -> Counter:
    """The single label, or the entities, of an answer in a record."""
    if answer is None or pd.isna(answer):
        return Counter()
    found = json.loads(str(answer))
    return Counter([found]) if isinstance(found, str) else Counter(map(tuple, found))


def _labels(found: Counter) -> Counter:
    counts: Counter[str] = Counter()
    for one, n in found.items():
        label = one if isinstance(one, str) else str(one[0])
        counts[UNKNOWN if label.startswith("?") else label] += n
    return counts
