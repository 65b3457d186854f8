"""The paper's claims as tests: each with a rule that was declared before the run (claims.yaml).

A verdict is ``supported``, ``contradicted`` or ``undecided``, with the numbers behind it. A
large p decides nothing: a claim is contradicted by a difference the other way, or by intervals that
leave no room for it, never by the absence of a finding.
"""

import re
from pathlib import Path

import pandas as pd

from .. import paths
from ..errors import XltError, not_one_of
from ..stats.resample import RESAMPLES
from .rules import declared, judge

COLUMNS = ["claim", "source", "wording", "verdict", "in_short", "evidence", "n", "p"]
COLUMNS += ["detectable", "power", "would_decide", "rule"]
BEGIN, END = "<!-- claims:begin -->", "<!-- claims:end -->"


def verdicts(
    records: pd.DataFrame,
    training: pd.DataFrame | None = None,
    model: str | None = None,
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """A verdict on each claim, from the records of one model.

    Parameters
    ----------
    records, training
        As :func:`.results.read` and :func:`.results.training` give them.
    model
        Whose records are judged; by default that with the most answers. Others are left out, which
        the evidence says.

    Columns: claim, source, wording, verdict, in_short (the evidence in one line; empty where
    ``evidence`` is one), evidence (sentences), n (answers that the verdict rests on), p (the
    largest that the verdict needs), detectable (smallest true difference found with 80 % power, in
    mean score; C2: in share of conditions), power (to find the smallest difference that is worth a
    claim), would_decide, rule. Empty p and power: no test was needed or possible.
    """
    if records.empty:
        raise XltError("there are no records to judge claims by: run some cells first")
    models = records["model"].value_counts().sort_index()
    model = model if model is not None else str(models.idxmax())
    if model not in models:
        raise not_one_of("model", model, models.index)
    mine = records[records["model"] == model].reset_index(drop=True)
    table = []
    for claim in declared().claims:
        row = judge(claim, mine, training, resamples)
        if len(models) > 1:
            row["evidence"] += f" Judged on the model {model} alone."
        told = {"claim": claim.id, "source": claim.source, "wording": claim.wording, "in_short": ""}
        table.append(told | row | {"rule": claim.rule})
    return pd.DataFrame(table).reindex(columns=COLUMNS)


def readme_table(profile: str) -> str:
    """Claim, verdict and one line of evidence as Markdown, from the table that notebook 63 saved.

    Raises :class:`XltError` when there is none.
    """
    path = paths.figures(profile) / "tables" / "claims.csv"
    if not path.is_file():
        raise XltError(
            f"{path} is missing: ./run_all.sh --profile {profile} makes it (notebook 63_claims)"
        )
    table = pd.read_csv(path, keep_default_na=False)
    lines = ["| | claim | verdict | evidence |", "|---|---|---|---|"]
    for _, row in table.iterrows():
        said = row.get("in_short") or row["evidence"]  # a table of before has no such column
        claim = f"{row['wording']} ({row['source']})"
        cells = [row["claim"], claim, f"**{row['verdict']}**", said]
        lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines)


def update_readme(profile: str, path: Path | None = None, check: bool = False) -> bool:
    """Put the claims table between README's markers; whether that changes the file.

    Text without the markers is left alone. ``check`` writes nothing. Raises :class:`XltError` when
    there is no README or a marker stands alone.
    """
    path = path or paths.CHECKOUT / "README.md"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise XltError(f"cannot read {path}: {error.strerror}") from error
    if text.count(BEGIN) != text.count(END) or text.count(BEGIN) > 1:
        raise XltError(
            f"{path} must have one {BEGIN} and one {END} after it, or neither: it has "
            f"{text.count(BEGIN)} and {text.count(END)}"
        )
    if BEGIN not in text:
        return False
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    filled = f"{BEGIN}\n{readme_table(profile)}\n{END}"
    new = between.sub(lambda _: filled, text)
    if new != text and not check:
        path.write_text(new, encoding="utf-8")
    return new != text
