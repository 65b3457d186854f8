"""The rule of claims that one way is hardly worse than another: by a margin, declared before."""

import pandas as pd

from ..stats import effects, pooled_table
from ..stats.conclusions import conditions_text, interval_text
from .declared import Claim


def turned(table: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """The rows of ``pairs`` of a pooled table, each as a - b in the order of the claim."""
    swapped = table.assign(
        method_a=table["method_b"], method_b=table["method_a"], score_a=table["score_b"],
        score_b=table["score_a"], difference=-table["difference"], low=-table["high"],
        high=-table["low"],
    )  # fmt: skip
    both = pd.concat([table, swapped], ignore_index=True)
    keep = [pair in pairs for pair in zip(both["method_a"], both["method_b"], strict=True)]
    return both[keep].sort_values([c for c in ("shots",) if c in both], kind="stable")


def not_worse(claim: Claim, rows: pd.DataFrame, resamples: int) -> dict:
    """What :func:`.rules.judge` gives: the first of a pair lacks no more than the margin.

    The margin is the claim's share of the second's score; intervals that hold it decide nothing.
    """
    table = turned(pooled_table(rows, over=(), resamples=resamples), claim.pairs)
    limit = -claim.margin * table["score_b"]
    verdict = (
        "supported"
        if (table["low"] > limit).all()
        else "contradicted"
        if (table["high"] < limit).any()
        else "undecided"
    )
    parts = [
        f"{r.method_a} {r.score_a:.3f}, {r.method_b} {r.score_b:.3f}: {r.difference:+.3f} "
        f"{interval_text(r.low, r.high)}, where {bound:+.3f} counts as worse"
        for r, bound in zip(table.itertuples(), limit, strict=True)
    ]
    detectable = float(table["detectable"].max())
    over = conditions_text(table["conditions"].max())
    return {
        "verdict": verdict,
        "evidence": f"{'; '.join(parts)} (pooled over {over}).",
        "n": len(rows),
        "detectable": detectable,
        "power": effects.power_at(
            float(-limit.max()), detectable / effects.minimum_detectable(1.0), 0.05
        ),
        "would_decide": "More test items, or more conditions." if verdict == "undecided" else "",
    }
