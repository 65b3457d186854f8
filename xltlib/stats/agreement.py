"""What several arms have in common: the items that none gets, and their vote as an arm.

The vote asks no model: it is made of records (self-consistency, https://arxiv.org/abs/2203.11171,
whose samples are here the arms).
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd

from .metrics import SCORED, of_task
from .panel import CELL, Records, as_in, ordered, pieces, with_arms

VOTE = "vote"


def agreement_table(records: Records) -> pd.DataFrame:
    """How the arms' right answers lie, for tasks whose headline is a share of right answers.

    An item is right where more than half of an arm's seeds are. Columns: task, dataset, language,
    shots, arms, n, none (share of items that no arm gets), every (that all get), arm, right (its
    own share), alone (share of items that it alone gets).
    """
    table = []
    cells = (cell for rows, _ in pieces(records, SCORED) for cell in _cells(rows))
    for key, cell in cells:
        column = of_task(key[0])[0].columns[0]
        right = cell.pivot_table(index="example_id", columns="arm", values=column) > 0.5
        right = right[ordered(cell["arm"])]
        got = right.sum(axis=1)
        known = dict(zip(CELL, key, strict=True))
        known |= {"arms": right.shape[1], "n": len(right)}
        known |= {"none": float((got == 0).mean()), "every": float((got == right.shape[1]).mean())}
        for arm in right.columns:
            mine = {"arm": arm, "right": float(right[arm].mean())}
            table.append(known | mine | {"alone": float((right[arm] & (got == 1)).mean())})
    columns = [*CELL, "arms", "n", "none", "every", "arm", "right", "alone"]
    return as_in(records, pd.DataFrame(table, columns=columns), CELL)


def _cells(rows: pd.DataFrame) -> Iterable[tuple[tuple, pd.DataFrame]]:
    return _choices(rows).groupby(CELL, sort=False)


def vote(records: pd.DataFrame, leave_out: Collection[str] = ()) -> pd.DataFrame:
    """Records of the arms' majority, as the arm ``vote``: what most of them answer.

    In every cell of a task that chooses among labels, where three arms at least answered. A seed's
    vote is of the answers with that seed; an arm without it votes with its first. Arms in
    ``leave_out`` have no vote. Ties go to the arm that stands first. It costs what all its arms
    cost. Columns as in ``records``; empty where there is nothing to vote on.
    """
    rows, made = with_arms(records), []
    rows = _choices(rows[~rows["arm"].isin(leave_out)])
    for _, cell in rows.groupby(CELL, sort=False):
        arms = ordered(cell["arm"])
        if len(arms) < 3:
            continue
        by_arm = {arm: _by_seed(cell[cell["arm"] == arm]) for arm in arms}
        for seed in sorted(set().union(*by_arm.values())):
            voters = [found.get(seed, found[min(found)]) for found in by_arm.values()]
            made.append(_counted(voters, seed))
    return pd.concat(made, ignore_index=True) if made else rows.iloc[:0]


def _by_seed(rows: pd.DataFrame) -> dict[int, pd.DataFrame]:
    return {int(s): some.set_index("example_id") for s, some in rows.groupby("seed")}


def _choices(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of tasks whose headline is a share of right answers."""
    shares = [t for t in rows["task"].unique() if of_task(t)[0].kind == "proportion"]
    return rows[rows["task"].isin(shares)]


def _counted(voters: list[pd.DataFrame], seed: int) -> pd.DataFrame:
    """One seed's vote on the items that all voters answered."""
    items = [i for i in voters[0].index if all(i in v.index for v in voters[1:])]
    voters = [v.loc[items] for v in voters]
    said = np.array([v["answer"].to_numpy(object) for v in voters])
    chosen = [commonest([a for a in column if isinstance(a, str)]) for column in said.T]
    first = voters[0]
    right = of_task(first["task"].iloc[0])[0].columns[0]
    gold = first["gold"].to_numpy(object)
    told = pd.Series(chosen, index=first.index, dtype=object)
    known = {"arm": VOTE, "method": VOTE, "seed": seed, "answer": told, "output": told}
    known |= {"valid": [c is not None for c in chosen]}
    known |= {right: [float(c == g) for c, g in zip(chosen, gold, strict=True)]}
    known |= {unit: sum(v[unit].to_numpy(float) for v in voters) for unit in ("seconds", "flops")}
    return first.assign(**known).reset_index().reindex(columns=[*first.columns, "example_id"])


def commonest(answers: Iterable[Any]) -> Any:
    """The commonest answer, of several the one that was given first; nothing of none."""
    counts = Counter(answers)
    return max(counts, key=counts.__getitem__) if counts else None
