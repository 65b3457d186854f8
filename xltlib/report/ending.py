"""The last lines of a run, on the terminal: what it found, and its verdicts on the claims."""

import textwrap
from collections.abc import Collection

import pandas as pd

from .. import paths
from ..text.printed import printable
from . import build, paper

WIDTH = 100
CLAIMS = "results/claims"  # the notebook that makes the verdicts


def ending(profile: str) -> list[str]:
    """The answer that the page begins with and a verdict per claim, from the tables of a run.

    Nothing where a table is missing: the page then says which.
    """
    below = paths.figures(profile) / "tables"
    found = {name: build.saved(below, name) for name in ("scores", "pooled", "baselines")}
    _, lead = build.told(found, below, [])
    lines = [line for sentence in lead for line in textwrap.wrap(sentence, WIDTH)]
    claims = build.saved(below, "claims")
    if claims is None or claims.empty:
        return lines
    if why := paper.untested(claims):
        return [*lines, "", *textwrap.wrap(why, WIDTH)]
    return [*lines, "", "The paper's claims, tested here:", *_verdicts(claims)]


def print_ending(profile: str, ran: Collection[str]) -> None:
    """Print it, where the notebook that makes the verdicts is among those that ran."""
    if CLAIMS in ran:
        for line in ending(profile):
            print(printable(line))


def _verdicts(claims: pd.DataFrame) -> list[str]:
    rows = claims.astype(object).fillna("").to_dict("records")
    width = max(len(row["verdict"]) for row in rows)
    lines = []
    for row in rows:
        said = f"{row['claim']}  {row['verdict']:{width}}  "
        text = f"{row['wording']} {row['in_short'] or row['evidence']}"
        lines += textwrap.wrap(text, WIDTH, initial_indent=said, subsequent_indent=" " * len(said))
    return lines
