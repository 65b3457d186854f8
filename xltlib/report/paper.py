"""Tables for readers and for papers: a row a condition, a column a method, scores with intervals.

The full tables have a row a score and every column that a program may want; these are made from
them and fit a line of 6.3 inches.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from ..config import language_name
from ..stats.conclusions import conditions_text, most_shared, p_text
from ..stats.first import commonest_shots
from ..stats.floor import with_floor
from ..stats.metrics import HEADLINE
from ..stats.panel import ordered
from ..tasks import every as every_task
from ..tasks.baselines import majority
from . import artifacts
from .which_way import title

_PAIRS = 3  # that stand beside each other; more stand one under another
FLOOR = "°"  # does no better than the best baseline
_BASELINE = "best without a language model"


@dataclass(frozen=True)
class Grid:
    """A table of text, which of its cells are the best of their row, and what it shows."""

    name: str
    caption: str
    table: pd.DataFrame
    best: pd.DataFrame | None = None


def write(
    folder: Path, scores: pd.DataFrame, baselines: pd.DataFrame | None, pooled: pd.DataFrame
) -> list[Grid]:
    """Save the grids of a run beside its full tables, and give those back that the page shows.

    Each task has a further one, which fits a line however many methods and tasks there are.
    """
    made = [score_grid(scores, baselines)]
    if scores["shots"].nunique() > 1:
        made.append(score_grid(scores, baselines, every=True))
    if len(pooled):
        made.append(pooled_grid(pooled))
    source = artifacts.made_by("report", {})
    for grid in [*made, *task_grids(scores, baselines)]:
        artifacts.save_table(
            grid.table, grid.name, grid.caption, out=folder, source=source, best=grid.best
        )
    return made


def headline(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of each task's headline metric."""
    return scores[scores["metric"] == scores["task"].map(HEADLINE)]


def interval(row: pd.Series) -> str:
    """``0.46 [0.39, 0.53]``."""
    return f"{row['score']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _marked(row: pd.Series, known: bool) -> str:
    """The same, with a ring where baselines are ``known`` and it does no better than the best."""
    return interval(row) + ("" if not known or row["above"] else FLOOR)


def score_grid(
    scores: pd.DataFrame, baselines: pd.DataFrame | None = None, every: bool = False
) -> Grid:
    """Headline scores, a row a task and language: at the commonest shots, or (``every``) at all.

    The best method of a row is marked, and with a ring what does no better than the best baseline.
    """
    rows = headline(scores)
    most = commonest_shots(rows)
    if not every:
        rows = rows[rows["shots"] == most]
    arms = ordered(rows["method"])
    known = baselines is not None and len(baselines) > 0
    if known:
        rows = with_floor(rows, headline(baselines))
    keys = ["task", "dataset", "language", *(["shots"] if every else [])]
    keys = [k for k in keys if k != "dataset" or rows["dataset"].nunique() > 1]
    table, best = [], []
    for key, some in rows.groupby(keys, sort=False):
        some = some.set_index("method")
        line = dict(zip([k.replace("dataset", "data set") for k in keys], key, strict=True))
        line["task"] = title(line["task"])
        line["language"] = language_name(line["language"])
        top = some["score"].max()
        for arm in arms:
            if arm not in some.index:
                line[arm] = ""
                continue
            row = some.loc[arm]
            line[arm] = _marked(row, known)
        if known:
            base = some["baseline"].iloc[0]
            line["baseline"] = "" if pd.isna(base) else f"{base:.2f}"
        table.append(line)
        best.append({arm: arm in some.index and some.loc[arm, "score"] == top for arm in arms})
    shown = pd.DataFrame(table)
    marks = pd.DataFrame(best, index=shown.index).reindex(columns=shown.columns, fill_value=False)
    counts = f"n = {_range(rows['n'])}"
    where = "at every number of shots" if every else f"at {most} shot{'' if most == 1 else 's'}"
    note = f" {FLOOR} no better than the best baseline without a language model." if known else ""
    caption = f"Scores {where} with 95 % intervals; {counts} items a row; best in bold.{note}"
    if len(arms) == 1:
        caption, marks = caption.replace("; best in bold", ""), marks & False
    return Grid("reader_shots" if every else "reader_scores", caption, shown, marks)


def task_grids(scores: pd.DataFrame, baselines: pd.DataFrame | None = None) -> list[Grid]:
    """Headline scores of each task for a paper: a row a method, a column a language.

    At the number of shots that most methods have there; the best of a column is marked.
    """
    rows, known = headline(scores), baselines is not None and len(baselines) > 0
    if known:
        rows = with_floor(rows, headline(baselines))
    grids = []
    for task, every in rows.groupby("task", sort=False):
        most = commonest_shots(every)
        some = every[every["shots"] == most]
        sets, lines, best = some["dataset"].nunique() > 1, {}, {}
        for (dataset, code), place in some.groupby(["dataset", "language"], sort=False):
            column = language_name(code) + (f" ({dataset})" if sets else "")
            top = place["score"].max()
            for _, row in place.iterrows():
                lines.setdefault(row["method"], {})[column] = _marked(row, known)
                best.setdefault(row["method"], {})[column] = row["score"] == top
            if known and pd.notna(base := place["baseline"].iloc[0]):
                lines.setdefault(_BASELINE, {})[column] = f"{base:.2f}"
        table = pd.DataFrame.from_dict(lines, orient="index").fillna("")
        table = table.loc[sorted(table.index, key=lambda name: name == _BASELINE)]
        marks = pd.DataFrame.from_dict(best, orient="index").reindex_like(table).eq(True)
        where = f"at {most} shot{'' if most == 1 else 's'}"
        note = f" {FLOOR} no better than the best baseline." if known else ""
        caption = f"{title(str(task))} {where} with 95 % intervals; n = {_range(some['n'])} items."
        caption += f" Best of each column in bold.{note}"
        table, marks = (t.rename_axis("method").reset_index() for t in (table, marks))
        grids.append(Grid(f"reader_{task}", caption, table, marks.assign(method=False)))
    return grids


def pooled_grid(pooled: pd.DataFrame) -> Grid:
    """Differences between methods: a row a shot count, a column a pair; of many, a row a pair."""
    rows = pooled if "shots" in pooled else pooled.assign(shots="all")
    many = len(rows[["method_a", "method_b"]].drop_duplicates()) > _PAIRS
    form = "+.2f" if many else "+.3f"
    cells = []
    for _, row in rows.iterrows():
        numbers = f"{row['difference']:{form}} [{row['low']:{form}}, {row['high']:{form}}]"
        mark = " *" if row["p_holm"] <= 0.05 else ""
        pair = f"{row['method_a']} − {row['method_b']}"
        cells.append((row["shots"], pair, numbers.replace("-", "−") + mark))
    cells = sorted(cells, key=lambda cell: cell[0])  # not all pairs were asked with all numbers
    table: dict[str, dict[str, str]] = {}
    for shots, pair, text in ((str(shots), *rest) for shots, *rest in cells):
        if many:
            line = table.setdefault(pair, {"pair": pair})
            line[f"{shots} shot{'' if shots == '1' else 's'}"] = text
        else:
            line = table.setdefault(shots, {"shots": shots, "conditions": ""})
            line["conditions"] = str(rows.loc[rows["shots"].map(str) == shots, "conditions"].max())
            line[pair] = text
    caption = (
        "Differences of mean scores over all tasks and languages with 95 % intervals; "
        f"* significant at 5 % after Holm's correction over {_family(pooled)}."
    )
    return Grid("reader_pooled", caption, pd.DataFrame(list(table.values())).fillna(""))


def _family(pooled: pd.DataFrame) -> str:
    """How many tests were corrected together, of which the table may show a part: ``60 tests``."""
    return pooled["family"].iloc[0].partition(":")[0]


def claim_cards(table: pd.DataFrame) -> list[dict]:
    """The verdicts as the page shows them."""
    signs = {"supported": "✓", "contradicted": "✗", "undecided": "?", "not testable here": "∅"}
    cards = []
    for _, row in table.iterrows():
        row = row.where(row.notna(), "")
        cards.append(
            {
                "claim": row["claim"],
                "wording": row["wording"],
                "verdict": row["verdict"],
                "kind": "untestable" if row["verdict"].startswith("not") else row["verdict"],
                "sign": signs.get(row["verdict"], "?"),
                "short": row.get("in_short") or row["evidence"],
                "evidence": row["evidence"],
                "would_decide": row.get("would_decide", ""),
                "rule": row.get("rule", ""),
                "source": row["source"],
            }
        )
    return cards


def untested(table: pd.DataFrame) -> str:
    """Why no claim at all could be tested, in a sentence or two; nothing where one was."""
    if table.empty or table["n"].gt(0).any():
        return ""
    why = " ".join(dict.fromkeys(table["evidence"]))
    return f"None of the {len(table)} claims is tested here. {why}"


def floor_sentence(scores: pd.DataFrame, baselines: pd.DataFrame | None) -> str:
    """In how many conditions each method does better than the best baseline; empty if unknown."""
    if baselines is None or baselines.empty:
        return ""
    rows = with_floor(headline(scores), headline(baselines))
    rows = rows[rows["baseline"].notna()]
    if rows.empty:
        return ""
    above = rows.groupby("method", sort=False)["above"].agg(["sum", "size"])
    guessed = _guessed(headline(scores), headline(baselines))
    if not above["sum"].any():
        return (
            "No method does better than the best program without a language model in any "
            f"condition, so their order says nothing.{guessed}"
        )
    parts = [f"{arm} in {n} of {conditions_text(of)}" for arm, (n, of) in above.iterrows() if n]
    if len(above) < 4:
        parts = [f"{arm} in {n} of {conditions_text(of)}" for arm, (n, of) in above.iterrows()]
    elif len(parts) < len(above):
        parts.append("no other in any condition")
    return (
        f"Better than the best program without a language model: {', '.join(parts)}. Where none "
        f"is, the order of the methods says nothing.{guessed}"
    )


def _guessed(scores: pd.DataFrame, baselines: pd.DataFrame) -> str:
    """The tasks at chance: answered no better than by always giving the commonest answer.

    One interval in forty lies above what is true by chance alone, so of many conditions a few may.
    """
    constant = {
        (task.name, name)
        for task in every_task()
        for name, answers in task.baselines.items()
        if answers is majority
    }
    known = [one in constant for one in zip(baselines["task"], baselines["reference"], strict=True)]
    rows = with_floor(scores, baselines[known])
    rows = rows[rows["baseline"].notna()]
    by_task = rows.groupby("task", sort=False)["above"].agg(["sum", "size"])
    found = by_task[binom.sf(by_task["sum"] - 1, by_task["size"], 0.025) > 0.05]
    if found.empty:
        return ""
    told = [f"{title(task)} (above it in {n} of {of})" for task, (n, of) in found.iterrows()]
    return f" At chance, as if the commonest answer were always given: {', '.join(told)}."


def answer(scores: pd.DataFrame, pooled: pd.DataFrame) -> str:
    """The answer in one sentence: which method scores highest, by how much, and how sure that is.

    At the shot count with most comparisons, of several the largest, pooled over the tasks and
    languages that the most methods share. Empty where nothing was pooled.
    """
    if pooled.empty:
        return ""
    rows, shots = pooled, None
    if "shots" in pooled:
        shots = commonest_shots(pooled)
        rows = pooled[pooled["shots"] == shots]
    rows = most_shared(rows)
    means: dict[str, float] = {}
    for _, row in rows.iterrows():
        means[row["method_a"]], means[row["method_b"]] = row["score_a"], row["score_b"]
    best, *others = sorted(means, key=lambda arm: -means[arm])
    parts, level = [], []
    for other in others:
        pair = rows[rows["method_a"].isin([best, other]) & rows["method_b"].isin([best, other])]
        if pair.empty:
            continue
        row = pair.iloc[0]
        low, high = row["low"], row["high"]
        if row["method_a"] != best:
            low, high = -high, -low
        if row["p_holm"] > 0.05:
            level.append(other)
        numbers = f"{abs(row['difference']):.2f} [{low:.2f}, {high:.2f}]"
        sure = "" if row["p_holm"] <= 0.05 else "not significant, "
        parts.append(f"{numbers} more than {other} ({sure}{p_text(row['p_holm'])})")
    where = "" if shots is None else f" at {shots} shot{'' if shots == 1 else 's'}"
    many = ""
    if len(parts) > _PAIRS:
        beaten = f"{len(parts) - len(level)} of the" if level else "all"
        if len(level) == len(parts):
            beaten, level = "none of the", []
        many = f" It beats {beaten} {len(parts)} other methods significantly"
        many += f", but not {', '.join(level)}." if level else "."
        parts = parts[:1]
    return (
        f"{best} scores highest{where}: {means[best]:.2f} on average over "
        f"{conditions_text(int(rows['conditions'].max()))}, {'; '.join(parts)}.{many}"
    )


def _range(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def label_tables(records: pd.DataFrame) -> list[Grid]:
    """By label, at most shots, all seeds together, a table a place.

    Where there is one method alone, also which label it takes for which.
    """
    from ..stats.labels import PLACE, at_most_shots, confusion_table, label_grid, label_table

    grids = []
    most = at_most_shots(records)
    labels, confusions = label_table(most), confusion_table(most)
    for (task, dataset, language), rows in labels.groupby(PLACE, sort=False):
        where = f"{task}, {language}, {dataset}"
        wide = label_grid(rows).rename(columns={"gold": "in the gold answers"})
        wide = wide.map(lambda v: f"{v:.2f}" if isinstance(v, float | np.floating) else str(v))
        grids.append(Grid("labels", f"F1 of each label: {where}", wide.replace("nan", "")))
        if labels["method"].nunique() > 1:
            continue  # the page of all answers shows them, an arm at a time
        same = confusions[(confusions[PLACE] == [task, dataset, language]).all(axis=1)]
        for arm, some in same.groupby("method", sort=False):
            counts = some.pivot(index="gold", columns="answer", values="answers")
            counts = counts.fillna(0).astype(int).astype(str).reset_index()
            counts = counts.rename(columns={"gold": "gold \\ answer"})
            grids.append(Grid("confusion", f"Answers of {arm} by gold label: {where}", counts))
    return grids
