"""How much scores depend on choices that are nobody's finding: parser, tokenizer, label set ...

Records keep raw outputs, so that every choice made after the model has spoken is made again from
records alone. Choices made before it (wording, order of the demonstrations) need answers of their
own, which :mod:`xltlib.validity.probes` asks for on a small sample.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import tasks
from ..config import Language, load_language
from ..records.places import Records, conditions, select, together
from ..records.schema import SCORES
from ..stats.metrics import of_task
from ..stats.paired import paired_table
from ..stats.panel import panels, shared, with_arms

ALPHA = 0.05
RESAMPLES = 2000  # enough to see whether a comparison is significant at 5 %
COLUMNS = ["choice", "variant", "task", "dataset", "language", "largest", "where", "score"]
COLUMNS += ["score_then", "mean_shift", "n", "comparisons", "flips", "which"]


_SCORED = [*SCORES, "answer"]
_PLACE = ["task", "dataset", "language"]


@dataclass(frozen=True)
class Variant:
    """A choice made otherwise: the records as they were and as they would be, row by row."""

    choice: str
    name: str
    before: pd.DataFrame
    after: pd.DataFrame


def sensitivity_table(made: Iterable[Variant], resamples: int = RESAMPLES) -> pd.DataFrame:
    """How far each headline score moves, one row per variant, data set and language, biggest first.

    ``made`` are variants from records alone (:func:`variants`), or some that were asked for
    (:func:`.probes.probe`). Columns: choice, variant, task, dataset, language, largest (shift of
    a score, by absolute size, over methods and shots), where (method and shots of it), score,
    score_then (0 to 1), mean_shift, n (items), comparisons (pairs of methods that were tested both
    ways, Holm within task and shots), flips (of those, how many changed between
    significant and not, or side while significant), which.
    """
    table = []
    known: dict[int, pd.DataFrame] = {}
    kept = []  # an id names a frame as long as the frame lives
    for variant in made:
        if id(variant.before) not in known:
            kept.append(variant.before)
            known[id(variant.before)] = _tested(variant.before, resamples)
        old = new = known[id(variant.before)]
        if not variant.after[_SCORED].equals(variant.before[_SCORED]):
            new = _tested(variant.after, resamples)
        for key, before in variant.before.groupby(_PLACE, sort=False):
            row = {"choice": variant.choice, "variant": variant.name}
            row |= dict(zip(_PLACE, key, strict=True))
            row |= _moved(before, variant.after.loc[before.index])
            table.append(row | _flips(old, new, key))
    out = pd.DataFrame(table, columns=COLUMNS)
    order = out["largest"].abs().sort_values(ascending=False, kind="stable").index
    return out.loc[order].reset_index(drop=True)


def variants(records: Records, languages: Iterable[Language] = ()) -> Iterator[Variant]:
    """Every choice that can be made again from these records, one by one.

    ``languages`` are those that the package does not ship. Answers whose output may not be passed
    on, and is not in a publication's records, are left out.
    """
    known = {language.code: language for language in languages}
    whole = conditions(records)
    several = shared(with_arms(whole, ())) if len(whole) else ()
    for task in tasks.every():  # one task's records in memory
        rows = together(select(records, lambda rows, task=task: rows["task"] == task.name))
        told = rows[rows["output"].notna()].reset_index(drop=True)
        if told.empty:
            continue
        for code in set(told["prompt_language"]) - set(known):
            known[code] = load_language(code)
        before = with_arms(told, several)
        for again in task.rereadings:
            after = again.remake(before, known)
            if len(after):
                same = before if len(after) == len(before) else before.loc[after.index]
                yield Variant(again.choice, again.name, same, after)


def _scores(rows: pd.DataFrame) -> pd.Series:
    """(method, shots) -> headline score, 0 to 1."""
    (metric,) = of_task(rows["task"].iloc[0])
    found = {
        (arm.name, panel.key["shots"]): metric.value(arm.summed.sum(axis=0)) / metric.top
        for panel in panels(rows, metric)
        for arm in panel.arms.values()
    }
    return pd.Series(found, dtype=float)


def _moved(before: pd.DataFrame, after: pd.DataFrame) -> dict:
    old, new = _scores(before), _scores(after)
    shift = new - old
    at = shift.abs().idxmax()
    return {
        "largest": float(shift[at]),
        "where": f"{at[0]}, shots {at[1]}",
        "score": float(old[at]),
        "score_then": float(new[at]),
        "mean_shift": float(shift.mean()),
        "n": before["example_id"].nunique(),
    }


def _tested(rows: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """Every comparison of two methods: ``side`` is 1 or -1 where it is significant, else 0."""
    table = paired_table(rows, resamples=resamples)
    side = np.where(table["p_holm"] <= ALPHA, np.sign(table["difference"]), 0)
    pair = table["method_a"] + "-" + table["method_b"] + " at " + table["shots"].astype(str)
    return table[_PLACE].assign(pair=pair, side=side)


def _flips(old: pd.DataFrame, new: pd.DataFrame, place: tuple) -> dict:
    here = pd.Series(place, index=_PLACE)
    a, b = (t[t[_PLACE].eq(here).all(axis=1)].set_index("pair")["side"] for t in (old, new))
    changed = list(a.index[a != b.reindex(a.index)])
    return {"comparisons": len(a), "flips": len(changed), "which": ", ".join(changed)}
