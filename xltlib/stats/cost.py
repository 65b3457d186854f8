"""What the methods cost, training included, and how many tokens a language's words take."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from .. import tasks
from ..errors import XltError
from . import resample
from .panel import CELL, Records, canonical, conditions, headlines, with_arms, with_models
from .resample import RESAMPLES, SEED


def cost_table(
    records: Records,
    training: pd.DataFrame | None = None,
    trains: Collection[str] = ("laft",),
    hardware: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Cost and quality of each method at each shot count. The one table with measured seconds.

    ``training``: the LAFT histories with columns language, step, seconds, flops, the last two
    counted from the start of training (cumulative), and model_revision where a language has several
    adapted models. ``trains``: the methods that train a model. Its training is shared evenly by all
    items that it answered (over arms, tasks, data sets, shots and seeds): the more an adapted model
    is used, the cheaper it comes.

    ``hardware`` says of each cell what it ran on.

    Columns: method, shots, items (answers), score (mean of headline scores over cells, 0 to 1),
    flops_inference, flops_training, flops (sum), seconds_inference, seconds_training, seconds: all
    per answer; hardware (where it is given), without which seconds say little;
    languages_without_history (LAFT languages whose training cost is not known).
    Raises :class:`XltError` when a history is not cumulative.
    """
    rows = with_arms(conditions(records))
    by = _model(training)
    trained = training_cost(training)
    is_laft = trained_rows(rows, trains)
    answers = rows[is_laft].groupby(by)["answers"].sum()
    unknown = ", ".join(
        sorted(rows.loc[is_laft & ~rows[by].isin(trained.index), "language"].unique())
    )
    for unit in ("flops", "seconds"):
        each = trained[unit].reindex(answers.index).fillna(0.0) / answers
        share = rows[by].map(each).where(is_laft, 0.0).fillna(0.0).astype(float)
        rows[f"{unit}_training"] = share * rows["answers"]
    quality: dict[tuple, list[float]] = {}
    for _, panel in headlines(records):
        for arm in panel.arms.values():
            score = float(panel.metric.value(arm.summed.sum(axis=0))) / panel.metric.top
            quality.setdefault((arm.name, panel.key["shots"]), []).append(score)
    ran_on = rows["cell_id"].map(hardware) if hardware is not None else None
    table = []
    for (name, shots), cell in rows.groupby(["arm", "shots"], sort=False):
        inference, training_share = (
            _each(cell, ["flops", "seconds"]),
            _each(cell, ["flops_training", "seconds_training"]),
        )
        said = {} if ran_on is None else {"hardware": _listed(ran_on[cell.index])}
        table.append(
            {
                "method": name,
                "shots": shots,
                "items": int(cell["answers"].sum()),
                "score": float(np.mean(quality[name, shots])),
                "flops_inference": inference["flops"],
                "flops_training": training_share["flops_training"],
                "flops": inference["flops"] + training_share["flops_training"],
                "seconds_inference": inference["seconds"],
                "seconds_training": training_share["seconds_training"],
                "seconds": inference["seconds"] + training_share["seconds_training"],
                **said,
                "languages_without_history": unknown if cell["method"].isin(trains).any() else "",
            }
        )
    return canonical(pd.DataFrame(table))


def _each(cell: pd.DataFrame, sums: list[str]) -> pd.Series:
    """The mean of an answer, from the sums of several conditions: of those that know it."""
    return pd.Series({name: _mean_of(cell.dropna(subset=[name]), name) for name in sums})


def _mean_of(cell: pd.DataFrame, name: str) -> float:
    return float(cell[name].sum() / cell["answers"].sum()) if len(cell) else float("nan")


def _listed(named: pd.Series) -> str:
    return ", ".join(sorted(set(named) - {""}))


def trained_rows(rows: pd.DataFrame, trains: Collection[str]) -> pd.Series:
    """Which rows a model answered that was trained here: imported ones have no cost."""
    return rows["method"].isin(trains) & rows["flops"].notna()


def of_a_thousand(
    records: Records,
    training: pd.DataFrame | None = None,
    trains: Collection[str] = ("laft",),
) -> pd.DataFrame:
    """What a thousand answers cost in each cell: the answers, and the whole training of the model.

    Columns: task, dataset, language, shots, arm, flops, seconds; empty where answers have no cost
    (imports), and where a model was trained whose history is not known.
    """
    rows = with_models(conditions(records))
    by, trained, whole = _model(training), training_cost(training), trained_rows(rows, trains)
    for unit in ("flops", "seconds"):
        model = rows[by].map(trained[unit]).astype(float).where(whole, 0.0)
        rows[f"{unit}_training"] = model * rows["answers"]
    units = ["flops", "seconds", "flops_training", "seconds_training"]
    rows[units] = rows[units].astype(float)
    groups = rows.groupby([*CELL, "arm"], sort=False)
    means = groups[units].sum(skipna=False).div(groups["answers"].sum(), axis=0)
    for unit in ("flops", "seconds"):
        means[unit] = 1000 * means[unit] + means[f"{unit}_training"]
    return means[["flops", "seconds"]].reset_index()


def engine_table(records: Records) -> pd.DataFrame:
    """What the engine read, beside the least that any exact method must read.

    Columns: method, task, shots, answers, written (tokens of prompts and outputs, an answer; for
    tasks that choose, the options come on top), distinct (of those, had no token been read twice:
    the trie of all requests of a call), read (what passed through the model, padding included),
    overhead (read over distinct), saved (share of the written that was not read). Rows that were
    made elsewhere, whose tokens are not known, are left out.
    """
    rows = with_arms(conditions(records)).dropna(subset=["model_tokens", "distinct_tokens"])
    rows = rows.assign(written=rows["prompt_tokens"].astype(float))
    generated = ~rows["task"].isin([t.name for t in tasks.every() if t.kind == "choose"])
    rows.loc[generated, "written"] += rows.loc[generated, "output_tokens"].astype(float)
    table = []
    for (name, task, shots), cell in rows.groupby(["arm", "task", "shots"], sort=False):
        written, distinct, read = _each(cell, ["written", "distinct_tokens", "model_tokens"])
        answers = int(cell["answers"].sum())
        table.append(
            {"method": name, "task": task, "shots": shots, "answers": answers, "written": written}
            | {"distinct": distinct, "read": read, "overhead": read / distinct}
            | {"saved": 1 - read / written}
        )
    return canonical(pd.DataFrame(table))


def training_cost(training: pd.DataFrame | None) -> pd.DataFrame:
    """Flops and seconds of a whole training, from the histories: by language, or by the model's
    revision where the histories say which model they are of.
    """
    if training is None or training.empty:
        return pd.DataFrame(columns=["flops", "seconds"], dtype=float)
    by = _model(training)
    history = training.sort_values([by, "step"], kind="stable")
    for unit in ("flops", "seconds"):
        steps = history.groupby(by)[unit].diff().dropna()
        if (steps < 0).any():
            raise XltError(
                f"the LAFT history's column `{unit}` falls from one step to the next: it must "
                "count from the start of training. Train the model again (--fresh)"
            )
    return history.groupby(by)[["flops", "seconds"]].last()


def histories_of(training: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame | None:
    """The histories of the models that answered ``rows`` of one arm, one a language."""
    if training is None or _model(training) == "language":
        return training
    mine = training["model_revision"].isin(rows["model_revision"])
    return training[mine].drop(columns="model_revision")


def _model(training: pd.DataFrame | None) -> str:
    """The column of records and histories that tells adapted models apart."""
    if training is None or training.empty or "model_revision" not in training:
        return "language"
    return "model_revision" if training["model_revision"].notna().all() else "language"


def fertility_table(
    texts: pd.DataFrame, resamples: int = RESAMPLES, seed: int = SEED
) -> pd.DataFrame:
    """Tokens per word of each language, with a 95 % bootstrap interval over texts.

    ``texts`` has a row per text with the columns language, tokens, words, and optionally dataset
    and tokenizer, which are grouped by. Columns: those, texts, tokens, words, tokens_per_word, low,
    high.
    """
    by = [c for c in ("tokenizer", "dataset", "language") if c in texts.columns]
    table = []
    for key, rows in texts.groupby(by):
        values = rows[["tokens", "words"]].to_numpy(dtype=float)
        if values[:, 1].sum() == 0:
            raise XltError(f"the texts of {key} have no words: tokens per word is not defined")
        sums = (
            resample.counts(len(values), resamples, resample.generator(seed, "fertility", *key))
            @ values
        )
        low, high = resample.percentile(sums[:, 0] / np.maximum(sums[:, 1], 1))
        tokens, words = map(int, values.sum(axis=0))
        table.append(
            dict(zip(by, key, strict=True))
            | {
                "texts": len(rows),
                "tokens": tokens,
                "words": words,
                "tokens_per_word": tokens / words,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(table)


_CUT = ("answers_cut", "translations_cut")


def length_table(records: Records, fertility: pd.DataFrame) -> pd.DataFrame:
    """How much of the texts each method could see, beside its score.

    ``fertility`` is a :func:`fertility_table` with the column dataset. Columns: task, dataset,
    language, tokens_per_word (of the language's own texts), shots, method, prompt_tokens (mean),
    truncated (share of prompts that were cut), truncated_tokens (mean, of all prompts), answers_cut
    (share of answers that ended at ``max_new_tokens``), translations_cut (sentences that did, an
    item), score (headline, 0 to 1). Lengths that imported records do not state are empty.
    """
    known = fertility.set_index(["dataset", "language"])["tokens_per_word"]
    table = []
    for rows, panel in headlines(records, ("prompt_tokens", "truncated_tokens", *_CUT)):
        same = rows[list(panel.key)].eq(pd.Series(panel.key)).all(axis=1)
        for arm in panel.arms.values():
            mine = rows[same & (rows["arm"] == arm.name)]
            cut = mine["truncated_tokens"].dropna().astype(float)
            place = (panel.key["dataset"], panel.key["language"])
            table.append(
                panel.key
                | {
                    "tokens_per_word": known.get(place, np.nan),
                    "method": arm.name,
                    "prompt_tokens": float(mine["prompt_tokens"].astype(float).mean()),
                    "truncated": float((cut > 0).mean()) if len(cut) else np.nan,
                    "truncated_tokens": float(cut.mean()) if len(cut) else np.nan,
                    **{name: _mean(mine, name) for name in _CUT},
                    "score": float(panel.metric.value(arm.summed.sum(axis=0))) / panel.metric.top,
                }
            )
    columns = ["task", "dataset", "language", "tokens_per_word", "shots", "method"]
    columns += ["prompt_tokens", "truncated", "truncated_tokens", *_CUT, "score"]
    return canonical(pd.DataFrame(table, columns=columns))


def _mean(rows: pd.DataFrame, column: str) -> float:
    """The mean of what is known; empty where nothing is, as in records of earlier versions."""
    return float(rows[column].astype(float).mean()) if column in rows else np.nan
