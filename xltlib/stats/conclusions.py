"""Tables put into sentences: what a run shows, computed, never written by hand."""

import numpy as np
import pandas as pd

ALPHA = 0.05
_PAIRS = 3  # that a sentence has room for; of more, the best arm's are told


def conclusions(
    pooled: pd.DataFrame,
    paired: pd.DataFrame,
    scores: pd.DataFrame,
    interactions: pd.DataFrame | None = None,
) -> list[str]:
    """Plain sentences about the tables of one run; empty tables leave out their sentences.

    Parameters are the outputs of ``pooled_table``, ``paired_table``, ``score_table`` and
    ``interaction_table``. Every number stands with its interval, its Holm p or its count.
    """
    several = scores["method"].nunique() > 1 if len(scores) else False
    sentences = [_best(scores)] if several else _alone(scores)
    if len(pooled):
        groups = pooled.groupby("shots", sort=False) if "shots" in pooled else [(None, pooled)]
        sentences += [_pooled(rows) for _, rows in groups]
    head = paired[paired["metric_role"] == "headline"]
    if len(head):
        sentences.append(
            f"{(head['p_holm'] <= ALPHA).sum()} of {len(head)} comparisons of two methods within a "
            "condition (task, data set, language, shots) are significant at 5 % after Holm's "
            "correction."
        )
    if interactions is not None:
        sentences += [
            _interaction(f, rows)
            for f, rows in interactions.groupby("factor", sort=False)
            if f != "condition" and rows["p_holm"].notna().any()
        ]
    return sentences


def most_shared(rows: pd.DataFrame) -> pd.DataFrame:
    """Of a pooled table's rows those over the same conditions: where most can be compared.

    Arms that answer more tasks or languages than others would else have other means in each row.
    """
    weight = rows.groupby("conditions").size()
    weight = weight * weight.index
    return rows[rows["conditions"] == weight[::-1].idxmax()]


def _alone(scores: pd.DataFrame) -> list[str]:
    """What there is to say of one method: its best score of each task, data set and language."""
    sentences = []
    head = scores.drop_duplicates(["task", "dataset", "language", "shots", "method"])
    for (task, dataset, language), rows in head.groupby(
        ["task", "dataset", "language"], sort=False
    ):
        row = rows.loc[rows["score"].idxmax()]
        sentences.append(
            f"{row['method']}, {task} in {language} ({dataset}): {row['metric'].replace('_', ' ')} "
            f"of {row['score']:.3f} [{row['low']:.3f}, {row['high']:.3f}] on {row['n']} items, "
            f"{shots_text(rows.loc[[row.name]])}, its best of {len(rows)} shot count"
            f"{'' if len(rows) == 1 else 's'}."
        )
    return sentences


def p_text(p: float) -> str:
    """``p = 0.012``, or ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def interval_text(low: float, high: float, form: str = ".3f") -> str:
    """``[0.012, 0.034]``, or that it is not known, where no resample differs from another."""
    if np.isnan(low) or np.isnan(high):
        return "[unknown: too few items]"
    return f"[{low:{form}}, {high:{form}}]"


def conditions_text(count: int) -> str:
    """``1 condition``, ``27 conditions``."""
    return f"{count} condition{'' if count == 1 else 's'}"


def shots_text(rows: pd.DataFrame) -> str:
    """``at 0, 1 and 4 shots``, or ``over all shot counts`` for a table that pools them."""
    if "shots" not in rows:
        return "over all shot counts"
    counts = list(map(str, dict.fromkeys(rows["shots"])))
    listed = " and ".join(filter(None, [", ".join(counts[:-1]), counts[-1]]))
    return f"at {listed} shot{'' if counts == ['1'] else 's'}"


def _pooled(rows: pd.DataFrame) -> str:
    parts = []
    rows = most_shared(rows)
    where = shots_text(rows)
    over = conditions_text(rows["conditions"].max())
    where = f"{where[0].upper()}{where[1:]}, pooled over {over}"
    if len(rows) > _PAIRS:
        return f"{where}: {_of_many(rows)}"
    for _, row in rows.iterrows():
        a, b, low, high = row["method_a"], row["method_b"], row["low"], row["high"]
        if row["difference"] < 0:
            a, b, low, high = b, a, -high, -low
        numbers = (
            f"{abs(row['difference']):.3f} {interval_text(low, high)}, {p_text(row['p_holm'])}"
        )
        if row["p_holm"] <= ALPHA:
            text = f"{a} beats {b} by {numbers}"
        else:
            power = f"80 % power for {row['detectable']:.3f}"
            text = f"{a} and {b} are not told apart ({numbers}; {power})"
        parts.append(text + _second(row["agree"]))
    return f"{where}: {'; '.join(parts)}."


def _of_many(rows: pd.DataFrame) -> str:
    """Of many pairs what there is to say of the arm with the highest score."""
    means = dict(zip(rows["method_a"], rows["score_a"], strict=True))
    means |= dict(zip(rows["method_b"], rows["score_b"], strict=True))
    best = max(means, key=means.__getitem__)
    mine = rows[(rows["method_a"] == best) | (rows["method_b"] == best)]
    other = mine["method_a"].where(mine["method_a"] != best, mine["method_b"])
    beaten, level = other[mine["p_holm"] <= ALPHA], other[mine["p_holm"] > ALPHA]
    parts = [f"{best} scores highest ({means[best]:.2f})"]
    parts += [f"beats {_listed(beaten)}"] if len(beaten) else []
    parts += [f"is not told apart from {_listed(level)}"] if len(level) else []
    apart = int(mine["agree"].str.startswith("no:").sum())  # not: no answer of the mixed model
    said = f", and {parts.pop()}" if len(parts) > 1 else ""
    second = f" The mixed model does not agree on {apart} of {len(mine)} pairs." if apart else ""
    return f"{', '.join(parts)}{said}.{second}"


def _listed(names: pd.Series) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names.iloc[-1]]))


def _second(agree: str) -> str:
    """What the mixed model says where it does not say the same: ``agree`` of a pooled table."""
    if agree == "yes":
        return ""
    answer, _, reason = agree.partition(": ")
    if answer == "not known":
        return f" (whether the mixed model confirms this is not known: {reason})"
    return f" (the mixed model does not confirm this: {reason})"


def _best(scores: pd.DataFrame) -> str:
    head = scores.drop_duplicates(
        ["task", "dataset", "language", "shots", "method"]
    )  # headline rows come first
    conditions = head.groupby(["task", "dataset", "language", "shots"])
    alone = conditions["method"].transform("nunique") == 1
    where = ""
    if alone.any() and not alone.all():  # where there was none to beat, none is the highest
        where, head = " that several methods answered", head[~alone]
        conditions = head.groupby(["task", "dataset", "language", "shots"])
    tied = head[head["score"] == conditions["score"].transform("max")]
    counts = tied["method"].value_counts()
    named = list(dict.fromkeys(head["method"]))
    parts = [f"{m} in {counts.get(m, 0)}" for m in named if len(named) < 4 or m in counts]
    parts += ["no other in any"] if len(parts) < len(named) else []
    first = parts[0].replace(" in ", " scores highest in ", 1)
    found = f"Of {conditions_text(conditions.ngroups)}{where}, {', '.join([first, *parts[1:]])}"
    return f"{found} (ties count for each)."


def _interaction(factor: str, rows: pd.DataFrame) -> str:
    found, rest = rows[rows["p_holm"] <= ALPHA], rows[rows["p_holm"] > ALPHA]
    parts = []
    if len(found):
        parts.append(
            f"depend on the {factor} {shots_text(found)} (largest {p_text(found['p_holm'].max())})"
        )
    if len(rest):
        parts.append(
            f"are not shown to depend on the {factor} {shots_text(rest)} "
            f"(smallest {p_text(rest['p_holm'].min())})"
        )
    return f"The differences between methods {' and '.join(parts)}."
