"""The paper's claims as tests: each with a rule that was declared before the run (claims.yaml).

A verdict is ``supported``, ``contradicted``, ``undecided`` or, where all scores are at the floor,
``not testable here``, with the numbers behind it. A
large p decides nothing: a claim is contradicted by a difference the other way, or by intervals that
leave no room for it, never by the absence of a finding.
"""

from collections.abc import Sequence

import pandas as pd

from ..errors import XltError, not_one_of
from ..records.places import Records, conditions, select, together
from ..stats.floor import above_floor
from ..stats.metrics import SCORED
from ..stats.panel import arms as arms_of
from ..stats.resample import RESAMPLES
from .declared import Claim, declared
from .rules import judge

COLUMNS = ["claim", "source", "wording", "verdict", "in_short", "evidence", "n", "p"]
COLUMNS += ["detectable", "power", "would_decide", "rule"]
_NEEDED = (*SCORED, "model_revision", "flops")  # of records


def at_shots(claim: Claim, records: pd.DataFrame) -> pd.DataFrame:
    """The records that a claim is about, where it names arms at a shot count (``name@4``).

    Those arms have the name that the claim gives them, and no shots, so that they may be compared.
    """
    if not any("@" in arm for arm in claim.arms):
        return records
    found = []
    for arm in claim.arms:
        name, _, shots = arm.partition("@")
        mine = records[(records["arm"] == name) & (records["shots"] == int(shots))]
        found.append(mine.assign(arm=arm, shots=0))
    return pd.concat(found, ignore_index=True)


def verdicts(
    records: Records,
    training: pd.DataFrame | None = None,
    baselines: pd.DataFrame | None = None,
    model: str | None = None,
    resamples: int = RESAMPLES,
    claims: Sequence[Claim] | None = None,
) -> pd.DataFrame:
    """A verdict on each claim, from the records of one model.

    Parameters
    ----------
    records, training
        As :func:`.results.records` and :func:`.results.training` give them.
    baselines
        Scores without a language model, with task, dataset, language and score
        (:func:`xltlib.validity.baselines.reference_table`): where no method does better than they,
        a claim is not testable. Without them this is not asked.
    model
        Whose records are judged; by default that with the most answers. Others are left out, which
        the evidence says.
    claims
        Which claims; by default those of the paper (:func:`.declared.declared`).

    Columns: claim, source, wording, verdict, in_short (the evidence in one line; empty where
    ``evidence`` is one), evidence (sentences), n (answers that the verdict rests on), p (the
    largest that the verdict needs), detectable (smallest true difference found with 80 % power, in
    mean score; C2: in share of conditions), power (to find the smallest difference that is worth a
    claim), would_decide, rule. Empty p and power: no test was needed or possible.
    """
    known = conditions(records)
    if known.empty:
        raise XltError("there are no records to judge claims by: run some cells first")
    models = known.groupby("model")["answers"].sum()
    model = model if model is not None else str(models.idxmax())
    if model not in models:
        raise not_one_of("model", model, models.index)
    claims = declared().claims if claims is None else claims
    asked = {arm.partition("@")[0] for claim in claims for arm in claim.arms}
    own = select(records, lambda rows: rows["model"] == model)
    above = None if baselines is None else above_floor(own, baselines)
    # all places together: of the few arms that claims name, and without texts
    mine = together(select(own, lambda rows: arms_of(rows).isin(asked)), _NEEDED)
    mine = mine.assign(arm=arms_of(mine))
    table = []
    for claim in claims:
        at = at_shots(claim, mine)
        here = above if at is mine or baselines is None or at.empty else above_floor(at, baselines)
        row = judge(claim, at, training, resamples, here)
        if len(models) > 1:
            row["evidence"] += f" Judged on the model {model} alone."
        told = {"claim": claim.id, "source": claim.source, "wording": claim.wording, "in_short": ""}
        table.append(told | row | {"rule": claim.rule})
    return pd.DataFrame(table).reindex(columns=COLUMNS)
