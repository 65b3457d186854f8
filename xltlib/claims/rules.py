"""The rules that decide the claims: one function per kind of test in claims.yaml.

Each gives the part of a row that it decides: verdict, evidence, n, p, detectable, power and
would_decide; and ``in_short``, one line for README, where the evidence takes more. A condition is a
task, data set, language and shot count; only those count in which all methods answered that a claim
compares.
"""

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from ..stats import effects, floor, interaction_table, pooled_table, resample
from ..stats.conclusions import conditions_text, interval_text, p_text
from ..stats.cost import histories_of, training_cost
from ..stats.families import corrected
from ..stats.panel import CELL
from ..stats.pooled import pools
from .declared import Claim, declared
from .margin import not_worse, turned

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"
UNTESTABLE = "not testable here"


def judge(
    claim: Claim,
    records: pd.DataFrame,
    training: pd.DataFrame | None,
    resamples: int,
    above: pd.DataFrame | None = None,
) -> dict:
    """The verdict on one claim from the records of one model, which have the column ``arm``.

    ``above`` says where each arm does better than any baseline (:func:`.floor.above_floor`);
    without it nothing is held against a score that a baseline reaches.
    """
    if lacking := _missing(records, claim.arms):
        return lacking
    rows = _common(records, claim.arms)
    if claim.test == "cost":
        return _cost(claim, rows, records, training)
    if claim.test == "best_share":
        row = _best_share(claim, rows, resamples)
    elif claim.test == "interaction":
        row = _interaction(claim, rows, resamples)
    elif claim.test == "not_worse":
        row = not_worse(claim, rows, resamples)
    else:
        return _pairs(claim, rows, resamples, above)
    share, of = floor.share_above(above, rows, claim.arms)
    if share < declared().floor:
        why = _floored(claim.arms, share, of)
        row |= {"verdict": UNTESTABLE, "in_short": why, "would_decide": _STRONGER}
        row["evidence"] = f"{why} {row['evidence']}"
    return row


_STRONGER = "A stronger model, or an easier task, so that some method beats a simple program."


def _floored(arms: tuple[str, ...], share: float, conditions: int) -> str:
    below = conditions - round(share * conditions)
    some = "all" if below == conditions else f"{below} of"
    where = "the only condition" if conditions == 1 else f"{some} {conditions_text(conditions)}"
    first = ", ".join(arms[:-1])
    names = f"neither {first} nor" if len(arms) == 2 else f"none of {first} and"
    return (
        f"In {where} {names} {arms[-1]} beats the best program without a language "
        "model, so their order says nothing."
    )


def _undecided(reason: str, would_decide: str) -> dict:
    return {"verdict": UNDECIDED, "evidence": reason, "n": 0, "would_decide": would_decide}


def _missing(records: pd.DataFrame, methods: tuple[str, ...]) -> dict | None:
    """The row for a claim that lacks a method, or conditions in which all of them answered."""
    absent = [m for m in methods if m not in set(records["arm"])]
    if absent:
        names = " and ".join(absent)
        return _undecided(f"There are no records of {names}.", f"Records of {names}.")
    if _common(records, methods).empty:
        where = "the same task, data set, language and shot count"
        return _undecided(
            f"No condition has all of {', '.join(methods)}.",
            f"Records of these methods for {where}.",
        )
    return None


def _common(records: pd.DataFrame, methods: tuple[str, ...]) -> pd.DataFrame:
    """The rows of ``methods`` in the conditions that have all of them."""
    rows = records[records["arm"].isin(methods)]
    have = rows.groupby(CELL)["arm"].transform("nunique")
    return rows[have == len(methods)].reset_index(drop=True)


def _cost(
    claim: Claim, rows: pd.DataFrame, records: pd.DataFrame, training: pd.DataFrame | None
) -> dict:
    subject = claim.arms[0]
    if rows["flops"].isna().any():
        return _undecided("Some records have no FLOPs (imported?).", "FLOPs of every answer.")
    laft = records[records["arm"] == subject]
    costs = training_cost(histories_of(training, laft))["flops"]
    unknown = sorted(set(rows["language"]) - set(costs.index))
    if unknown:
        names = ", ".join(unknown)
        return _undecided(
            f"The training cost of LAFT in {names} is not known.", f"Training histories of {names}."
        )
    trained = costs.reindex(sorted(laft["language"].unique()))
    # All answers of an adapted model share its training, those outside the common conditions too.
    share = rows["language"].map(trained / laft.groupby("language").size())
    whole = rows["flops"] + share.where(rows["arm"] == subject, 0.0)
    cost = whole.groupby(rows["arm"]).mean().reindex(claim.arms).to_dict()
    others = {m: c for m, c in cost.items() if m != subject}
    dearest = max(others, key=others.__getitem__)
    verdict = SUPPORTED if cost[subject] > others[dearest] else CONTRADICTED
    text = ", ".join(f"{m} {c:.3g}" for m, c in cost.items())
    total = float(trained.sum())
    bare = float(rows.loc[rows["arm"] == subject, "flops"].mean())
    evidence = (
        f"FLOPs per answer, training included: {text}; LAFT costs "
        f"{cost[subject] / others[dearest]:.2f} times as much as {dearest}, with "
        f"{total / len(laft):.3g} FLOPs of training on each of its {len(laft):,} answers."
    )
    if bare < others[dearest]:
        turn = total / (others[dearest] - bare)
        decide = (
            f"It depends on use: beyond {turn:,.0f} answers of the adapted models, {dearest} is "
            "dearer."
        )
    else:
        decide = f"Nothing: LAFT's inference alone is as dear as that of {dearest}."
    short = (
        f"Per answer, training included, LAFT costs {cost[subject] / others[dearest]:.2f} times as "
        f"much as {dearest}."
    )
    row = {"verdict": verdict, "evidence": evidence, "in_short": short}
    return row | {"n": len(rows), "would_decide": decide}


def _best_share(claim: Claim, rows: pd.DataFrame, resamples: int) -> dict:
    limit = 1 / len(claim.arms)  # chance
    (pool,) = pools(rows, over=(), resamples=resamples).values()
    cells, boot = range(len(pool.cells)), pool.replicates
    points = {(i, m): v for m in claim.arms for i, v in pool.points(m).items()}

    def share(values: dict) -> np.ndarray:
        """The share of conditions that LAFT wins; methods that tie for the best share one."""
        scores = np.array([[values[i, m] for m in claim.arms] for i in cells])
        best = scores >= scores.max(axis=1, keepdims=True) - 1e-12
        return np.mean(best[:, 0] / best.sum(axis=1), axis=0)

    won, draws = float(share(points)), share(boot)
    low, high = resample.percentile(draws)
    # A third of the conditions is a third, however it is rounded, and says nothing either way.
    below, above = limit - 1e-9, limit + 1e-9
    verdict = SUPPORTED if high < below else CONTRADICTED if low > above else UNDECIDED
    against = draws >= below if won < limit else draws <= above
    evidence = (
        f"LAFT has the highest score in {won * len(cells):.3g} of {conditions_text(len(cells))}, a "
        f"share of {won:.2f} [{low:.2f}, {high:.2f}]; {limit:.2f} is chance."
    )
    if won == 0:
        evidence += " Here it never is, which is less than the paper says."
    return {
        "verdict": verdict,
        "evidence": evidence,
        "n": len(rows),
        "p": (int(against.sum()) + 1) / (len(draws) + 1),
        "detectable": effects.minimum_detectable(float(draws.std(ddof=1))),
        "would_decide": "More test items, or more conditions." if verdict == UNDECIDED else "",
    }


def _interaction(claim: Claim, rows: pd.DataFrame, resamples: int) -> dict:
    alpha, smallest = declared().alpha, declared().smallest
    for factor in ("task", "language"):
        if rows[factor].nunique() < 2:
            only = rows[factor].iloc[0]
            return _undecided(f"There is one {factor} only ({only}).", f"A second {factor}.")
    table = interaction_table(rows, over=(), resamples=resamples)
    table = corrected(table[table["factor"] != "condition"], ()).set_index("factor")
    largest, error, within = _contrasts(claim, rows, resamples)
    found = table["p_holm"] <= alpha
    verdict = SUPPORTED if found.all() else CONTRADICTED if any(within.values()) else UNDECIDED
    parts = [
        f"{f}: {_wald_text(r)}, largest difference of differences {largest[f]:.3f}"
        for f, r in table.iterrows()
    ]
    short = [f"{f}: {_found_text(r)}" for f, r in table.iterrows()]
    detectable = max(effects.minimum_detectable(e) for e in error.values())
    return {
        "verdict": verdict,
        "evidence": f"Method x {'; method x '.join(parts)}.",
        "in_short": f"Method x {'; method x '.join(short)}.",
        "n": len(rows),
        "p": float(table["p_holm"].max(skipna=False)),
        "detectable": detectable,
        "power": min(effects.power_at(smallest, e, alpha) for e in error.values()),
        "would_decide": "" if verdict != UNDECIDED else _more(len(rows), detectable, smallest),
    }


def _wald_text(row: pd.Series) -> str:
    wald = "" if pd.isna(row["p"]) else f"Wald {row['statistic']:.1f} on {row['df']} df, "
    return wald + _found_text(row)


def _found_text(row: pd.Series) -> str:
    few = f"too few items ({row['units']}) to test"
    return few if pd.isna(row["p"]) else p_text(row["p_holm"])


def _contrasts(
    claim: Claim, rows: pd.DataFrame, resamples: int
) -> tuple[dict[str, float], dict[str, float], dict[str, bool]]:
    """Per factor: largest difference of differences, its largest error, whether all are small."""
    (pool,) = pools(rows, over=(), resamples=resamples).values()
    boot, smallest, alpha = pool.replicates, declared().smallest, declared().alpha
    points = {(i, m): v for m in claim.arms for i, v in pool.points(m).items()}
    largest, error, within = {}, {}, {}
    for factor in ("task", "language"):
        levels: dict[str, list[int]] = {}
        for i, cell in enumerate(pool.cells):
            levels.setdefault(str(cell.key[factor]), []).append(i)

        def gap(values: dict, a: str, b: str, cells: list[int]) -> np.ndarray:
            return np.mean([values[i, a] - values[i, b] for i in cells], axis=0)

        pairs = list(combinations(claim.arms, 2))
        level = 1 - alpha / (len(pairs) * comb(len(levels), 2))
        largest[factor], error[factor], within[factor] = 0.0, 0.0, True
        for a, b in pairs:
            gaps = [(gap(points, a, b, cells), gap(boot, a, b, cells)) for cells in levels.values()]
            for (point, draws), (other, others) in combinations(gaps, 2):
                apart = draws - others
                largest[factor] = max(largest[factor], float(abs(point - other)))
                error[factor] = max(error[factor], float(apart.std(ddof=1)))
                if within[factor]:
                    low, high = resample.percentile(apart, level)
                    within[factor] = -smallest <= low and high <= smallest
    return largest, error, within


def _pairs(claim: Claim, rows: pd.DataFrame, resamples: int, above: pd.DataFrame | None) -> dict:
    alpha, smallest = declared().alpha, declared().smallest
    table = pooled_table(rows, over=claim.over, resamples=resamples)
    table = corrected(turned(table, claim.pairs), ())
    floors = [
        floor.share_above(above, _at(rows, row, claim.over), (row.method_a, row.method_b))
        for row in table.itertuples()
    ]
    says = np.array([share >= declared().floor for share, _ in floors])
    won = (table["p_holm"] <= alpha) & (table["difference"] > 0)
    lost = (table["p_holm"] <= alpha) & (table["difference"] < 0) & says
    verdict = SUPPORTED if won.all() else CONTRADICTED if lost.any() else UNDECIDED
    if verdict != CONTRADICTED and not says.all():
        verdict = UNTESTABLE
    parts = [
        f"{f'at {r.shots}: ' if 'shots' in claim.over else ''}{r.method_a} - {r.method_b} = "
        f"{r.difference:+.3f} {interval_text(r.low, r.high)}, {p_text(r.p_holm)}"
        for r in table.itertuples()
    ]
    head = "By shots, " if "shots" in claim.over else ""
    evidence = (
        f"{head}{'; '.join(parts)} (pooled over {conditions_text(table['conditions'].max())} each)."
    )
    if disagree := int((table["agree"] != "yes").sum()):
        evidence += f" The mixed model does not agree on {disagree} of {len(table)}."
    told = {}  # a pair once, however many shot counts
    for row, (share, of), fine in zip(table.itertuples(), floors, says, strict=True):
        if not fine:
            told.setdefault((row.method_a, row.method_b), (share, of))
    why = [_floored(arms, share, of) for arms, (share, of) in told.items()]
    evidence = " ".join([evidence, *why])
    short = why[0] if verdict == UNTESTABLE else _extremes(table)
    detectable = float(table["detectable"].max())
    decide = {UNDECIDED: _more(len(rows), detectable, smallest), UNTESTABLE: _STRONGER}
    error = detectable / effects.minimum_detectable(1.0)
    needed = table["p_holm"] if verdict != CONTRADICTED else table.loc[lost, "p_holm"]
    return {
        "verdict": verdict,
        "evidence": evidence,
        "in_short": short,
        "n": len(rows),
        "p": float(needed.max()),
        "detectable": detectable,
        "power": effects.power_at(smallest, error, alpha),
        "would_decide": decide.get(verdict, ""),
    }


def _at(rows: pd.DataFrame, row: tuple, over: tuple[str, ...]) -> pd.DataFrame:
    """The records behind a row of a pooled table."""
    for column in over:
        rows = rows[rows[column] == getattr(row, column)]
    return rows


def _extremes(table: pd.DataFrame) -> str:
    """The smallest and the largest of the pooled differences, each with its p."""

    def told(row: pd.Series) -> str:
        text = f"{row['method_a']} - {row['method_b']} = {row['difference']:+.3f}"
        if "shots" in row:
            text += f" at {row['shots']} shot{'' if row['shots'] == 1 else 's'}"
        return f"{text} ({p_text(row['p_holm'])})"

    rows = table.sort_values("difference", kind="stable")
    both = list(dict.fromkeys(told(rows.iloc[at]) for at in (0, -1)))
    return f"From {both[0]} to {both[1]}." if len(both) == 2 else f"{both[0]}."


def _more(n: int, detectable: float, smallest: float) -> str:
    """What an undecided claim needs: errors fall with the root of the number of answers."""
    if detectable <= smallest:
        return (
            f"A true difference of {smallest:.2f} would probably have been found: what is there is "
            f"smaller, and needs more than {n:,} answers."
        )
    return (
        f"About {n * (detectable / smallest) ** 2:,.0f} answers instead of {n:,}, to find a "
        f"difference of {smallest:.2f} with 80 % power."
    )
