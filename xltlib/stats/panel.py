"""Records of one cell (task, data set, language, shots) as arrays, and the rule of what is paired.

An *arm* is what is compared inside a cell: a named configuration of a method (column ``arm``; the
method itself where there is no such column), with its model where records of several models stand
beside each other (imported results). Arms keep the order in which the records first show them. Its
statistics are an array [S seeds, N items, k]. Shot counts have the seeds that they have: 0 shots
need one only.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .. import tasks
from ..errors import XltError
from ..records.places import PLACE, Places, Records, conditions
from .metrics import SCORED, Metric, of_task

CELL = [*PLACE, "shots"]


@dataclass(frozen=True)
class Arm:
    """One method's per-item statistics in one cell: ``values`` is float64 [S, N, k]."""

    name: str
    seeds: tuple[int, ...]
    items: tuple[str, ...]
    values: np.ndarray

    @property
    def summed(self) -> np.ndarray:
        """Statistics summed over the seeds [N, k]: the item is the unit that is paired.

        Summing counts, or (the same up to a factor that no score depends on) averaging scores,
        keeps one row per item, so that several seeds never count as more items than there are.
        """
        return self.values.sum(axis=0)


@dataclass(frozen=True)
class Panel:
    """The arms of one cell, for one metric."""

    key: dict[str, Any]
    metric: Metric
    arms: dict[str, Arm]

    @property
    def name(self) -> str:
        return "/".join(str(v) for v in self.key.values())

    def pairs(self) -> list[tuple[str, str]]:
        names = list(self.arms)
        return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]

    def paired(self, *names: str) -> list[Arm]:
        """The named arms, which must answer the same items.

        Raises :class:`XltError` that says which items differ when they do not.
        """
        arms = [self.arms[n] for n in names]
        first = arms[0]
        for other in arms[1:]:
            if other.items != first.items:
                raise XltError(_items_differ(self.name, first, other))
        return arms


def _items_differ(where: str, a: Arm, b: Arm) -> str:
    def some(items: set[str]) -> str:
        listed = sorted(items)
        return (
            f"{', '.join(listed[:5])}{' ...' if len(listed) > 5 else ''} ({len(listed)})"
            if listed
            else "none"
        )

    only_a, only_b = set(a.items) - set(b.items), set(b.items) - set(a.items)
    return (
        f"{where}: {a.name} and {b.name} were not measured on the same items, so a paired test is "
        f"refused. Only in {a.name}: {some(only_a)}; only in {b.name}: {some(only_b)}. Run both "
        "with the same data and `limit`, or keep the shared items only"
    )


Naming = Callable[..., pd.DataFrame]


def pieces(
    records: Records, columns: Collection[str] | None = None, names: "Naming | None" = None
) -> Iterator[tuple[pd.DataFrame, list[str]]]:
    """Frames of whole places, one after another: all of it at once, where it is one frame.

    Each has whole names of arms (``names``, by default :func:`with_arms`), which all records
    decide, and comes with the order that the arms of its task have in all of them.
    """
    names, whole = names or with_arms, conditions(records)
    several = shared(names(whole, ()))
    known = names(whole, several)
    order = {task: ordered(some["arm"]) for task, some in known.groupby("task")}
    if isinstance(records, Places):
        for rows in records.frames(columns):
            yield names(rows, several), order[rows["task"].iloc[0]]
    else:
        yield names(records, several), []


def arms(records: pd.DataFrame) -> pd.Series:
    """The arm of each row as it is called in the profile; the method where it has no name."""
    if "arm" not in records:
        return records["method"]
    return records["arm"].where(records["arm"].notna(), records["method"])


def shared(records: pd.DataFrame) -> Collection[str]:
    """The arms of which one cell at least has several models."""
    models = records.groupby([*CELL, "arm"], observed=True)["model"].nunique()
    return set(models.index.get_level_values("arm")[models > 1])


def with_arms(records: pd.DataFrame, several: Collection[str] | None = None) -> pd.DataFrame:
    """``records`` with whole names in ``arm``: with the model, where a cell has several of one.

    ``several`` are the arms that need it, by default those that do in these records.
    """
    if records.empty:
        raise XltError(
            "there are no records to compare: run some cells first (./run_all.sh --plan lists them)"
        )
    rows = records.assign(arm=arms(records))
    plain = ~rows["arm"].isin(shared(rows) if several is None else several)
    return rows.assign(arm=rows["arm"].where(plain, rows["arm"] + " (" + rows["model"] + ")"))


def with_models(records: pd.DataFrame, several: Collection[str] | None = None) -> pd.DataFrame:
    """As :func:`with_arms`, but answers made elsewhere are named with their model, no others.

    They are known by having no cost (``flops``); ``elsewhere`` marks them.
    """
    elsewhere, arm = records["flops"].isna(), arms(records)
    named = arm.where(~elsewhere, arm + " (" + records["model"] + ")")
    return with_arms(records.assign(arm=named), several).assign(elsewhere=elsewhere)


def panels(records: pd.DataFrame, metric: Metric, order: Sequence[str] = ()) -> Iterator[Panel]:
    """The cells of ``records`` that have ``metric``, in canonical order.

    Arms come as in ``order``, others as they first appear. Raises :class:`XltError` when an arm's
    seeds do not hold the same items, or a row stands twice.
    """
    if "arm" not in records:
        records = with_arms(records)
    rows = records[records["task"] == metric.task] if metric.task else records
    rows = canonical(rows, order)
    for key, cell in rows.groupby(CELL, sort=False):
        statistics = metric.statistics(cell)
        seeds, ids, named = (cell[c].to_numpy() for c in ("seed", "example_id", "arm"))
        arms: dict[str, Arm] = {}
        items: dict[tuple, tuple] = {}  # the same ones of most arms: one copy of their names
        for name in ordered(named):
            mine = named == name
            arm = _arm(name, seeds[mine], ids[mine].astype(str), statistics[mine], key)
            arms[name] = replace(arm, items=items.setdefault(arm.items, arm.items))
        yield Panel(dict(zip(CELL, key, strict=True)), metric, arms)


def headlines(
    records: Records, columns: Collection[str] = ()
) -> Iterator[tuple[pd.DataFrame, Panel]]:
    """The cells of all places on their tasks' headline metrics, each with the records of its place.

    ``columns`` of these, besides those that scores are made from.
    """
    for rows, order in pieces(records, (*SCORED, *columns)):
        for task in rows["task"].unique():
            for panel in panels(rows, of_task(task)[0], order):
                yield rows, panel


def _arm(
    name: str, seed: np.ndarray, example: np.ndarray, statistics: np.ndarray, key: tuple
) -> Arm:
    order = np.lexsort((example, seed))
    seeds, sizes = np.unique(seed[order], return_counts=True)
    where = f"{'/'.join(map(str, key))}, {name}"
    if len(set(sizes)) > 1:
        found = dict(zip(seeds.tolist(), sizes.tolist(), strict=True))
        raise XltError(
            f"{where}: the seeds hold different numbers of items {found}: make the smaller again"
        )
    ids = example[order].reshape(len(seeds), -1)
    if (ids != ids[0]).any():
        strange = sorted(set(ids.ravel()) - set(ids[0])) or sorted(ids[0])
        raise XltError(
            f"{where}: the seeds hold different items, such as {strange[:5]}: make them again"
        )
    if len(set(ids[0])) < ids.shape[1]:
        again = next(i for i, j in zip(ids[0][:-1], ids[0][1:], strict=True) if i == j)
        raise XltError(
            f"{where}: example {again!r} stands twice for one seed: keep one profile's records only"
        )
    values = statistics[order].reshape(len(seeds), ids.shape[1], -1)
    return Arm(name, tuple(seeds.tolist()), tuple(ids[0].tolist()), values)


def nothing_to_compare(records: Records) -> str:
    """Why no two arms can be compared: a sentence, and nothing where they can be."""
    rows = with_arms(conditions(records))
    arms = ordered(rows["arm"])
    if len(arms) == 1:
        return f"There is one method only ({arms[0]}), so there is nothing to compare it with."
    if rows.groupby(CELL)["arm"].nunique().max() < 2:
        return (
            f"No two of {', '.join(arms)} answered the same task, data set, language and shot "
            "count, so none can be compared."
        )
    return ""


def ordered(values: Iterable[Any], first: Sequence[str] = ()) -> list[str]:
    """Distinct values: those in ``first`` in that order, others after as they first appear."""
    known = {name: i for i, name in enumerate(first)}
    return sorted(dict.fromkeys(values), key=lambda v: known.get(v, len(known)))


def arms_of(cells: Iterable["Panel"]) -> list[str]:
    """The arms of several cells, in the order of those cells that have the most of them."""
    fullest = sorted(cells, key=lambda cell: -len(cell.arms))
    return ordered([arm for cell in fullest for arm in cell.arms])


def as_in(records: Records, table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """``table`` in the order in which the records first show its values of the columns ``by``."""
    keys = dict.fromkeys(map(tuple, conditions(records)[by].to_numpy()))
    place = {key: i for i, key in enumerate(keys)}
    at = [place[key] for key in map(tuple, table[by].to_numpy())]
    return table.iloc[np.argsort(at, kind="stable")].reset_index(drop=True)


def canonical(table: pd.DataFrame, order: Sequence[str] = ()) -> pd.DataFrame:
    """``table`` in the row order of all tables: task, data set, language, shots, arm ...

    Arms come as in ``order``, others as they first appear.
    """
    by = [
        "task",
        "dataset",
        "language",
        "shots",
        "metric",
        "arm",
        "method",
        "method_a",
        "method_b",
        "seed",
        "example_id",
    ]
    by = [c for c in by if c in table.columns and not (c == "method" and "arm" in table)]
    if not by:
        return table.reset_index(drop=True)

    compared = [c for c in ("arm", "method", "method_a", "method_b") if c in by]
    seen = ordered(table[compared].to_numpy().ravel(), order)  # row by row

    def rank(column: pd.Series) -> pd.Series:
        if column.name in compared:
            return column.map({arm: i for i, arm in enumerate(seen)})
        if column.name == "task":
            return column.map({task: i for i, task in enumerate(ordered(column, tasks.names()))})
        return column

    if "metric" in by:  # headline metrics stand first, in the order in which they are produced
        by.remove("metric")
    return table.sort_values(by, key=rank, kind="stable").reset_index(drop=True)
