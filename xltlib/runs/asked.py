"""What each arm of a profile is asked, as a table for readers."""

from collections.abc import Sequence

import pandas as pd

from .. import tasks
from ..config import Profile, load_language
from ..records import results
from .narrowing import cell_parameters, places


def asked_table(spec: Profile, cells: Sequence[str] | None = None) -> pd.DataFrame:
    """A row for each place: of the cells that are done, or of all to come where none is.

    Index: task, data set, language. Columns: test items, seeds, then for each arm its numbers of
    demonstrations, empty where it is not asked. Seeds are those of the arm that has most.
    """
    to_come = (
        cell_parameters(spec, arm, place) for arm in spec.arms for place in places(spec, arm)
    )
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for one in results.asked(spec.name, cells) or to_come:
        where = (one["task"], one["dataset"], load_language(one["language"]).name)
        row = rows.setdefault(where, {"test items": str(one["limit"] or "all"), "seeds": ""})
        row["seeds"] = max(row["seeds"], _listed(one["seeds"]), key=len)
        row[one["arm"]] = _listed(one["shots"])
    order = tasks.names()
    sets = [(d.task, d.name) for d in spec.datasets]
    in_order = sorted(rows, key=lambda row: (order.index(row[0]), sets.index(row[:2])))
    table = pd.DataFrame.from_dict({row: rows[row] for row in in_order}, orient="index").fillna("")
    arms = [arm.name for arm in spec.arms if arm.name in table]
    return table[["test items", "seeds", *arms]].rename_axis(["task", "data set", "language"])


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
