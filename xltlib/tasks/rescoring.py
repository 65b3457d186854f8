"""Answers of choosing and writing tasks, made again from records alone.

Each function takes the rows of one task and gives those that it applies to, scored anew.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from ..config import Language
from ..text.words import ROUGE, fold, text_scores
from . import readings
from .base import INVALID

Languages = Mapping[str, Language]
#: What was answered together, and so what ``batch`` averages over.
_TOGETHER = ["profile", "model", "arm", "method", "task", "dataset", "language", "shots", "seed"]
_HOOKS = str.maketrans("ɓɗƙƴŋ", "bdkyn")


class Labelled(Protocol):
    """A task whose answers are labels: :class:`.choose.Choose`."""

    def words(self, language: Language, labels: Sequence[str]) -> dict[str, str]: ...

    def parse(
        self, output: str, example: None, language: Language, labels: Sequence[str], by: Any
    ) -> Any: ...

    def answer_json(self, answer: Any) -> str | None: ...


def read_again(reading: str, rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """Rows with the scores of their options, answered under another reading of them."""
    rows = rows[rows["option_scores"].notna()]
    if rows.empty:
        return rows
    answers = pd.Series(index=rows.index, dtype=object)
    tied = pd.Series(index=rows.index, dtype=object)
    for key, some in rows.groupby(_TOGETHER, dropna=False, sort=False):
        scores = [readings.OptionScores.read(text) for text in some["option_scores"]]
        found = readings.choose(scores, some["example_id"].tolist(), int(key[-1]), reading)
        answers[some.index] = [json.dumps(answer, ensure_ascii=False) for answer, _ in found]
        tied[some.index] = [tie for _, tie in found]
    correct = (answers == rows["gold"]).astype(float)
    return rows.assign(answer=answers, valid=True, correct=correct, reading=reading, tied=tied)


def parsed(
    task: Labelled,
    by: Literal["strict", "first", "normalised"],
    rows: pd.DataFrame,
    languages: Languages,
) -> pd.DataFrame:
    """Outputs read strictly, by the first label named, or normalised: no case, marks, hooks."""
    offered = _offered(rows)
    answers = []
    for row in rows.itertuples():
        labels, language = offered[row.dataset, row.language], languages[row.prompt_language]
        if by == "normalised":
            answers.append(_anywhere(row.output, task.words(language, labels)))
        else:
            answers.append(task.parse(row.output, None, language, labels, by))
    gold = rows["gold"].map(json.loads).tolist()
    return rows.assign(
        answer=[task.answer_json(a) for a in answers],
        valid=[a is not INVALID for a in answers],
        correct=[float(a == g) for a, g in zip(answers, gold, strict=True)],
    )


def _anywhere(output: str, chosen: dict[str, str]) -> object:
    """The label whose bare word stands first anywhere in the output, inside other words too."""
    said = _bare(output)
    at = {label: said.find(_bare(word)) for label, word in chosen.items()}
    found = [label for label in chosen if at[label] >= 0]
    return min(found, key=lambda label: (at[label], -len(chosen[label])), default=INVALID)


def _offered(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """(data set, language) -> labels that occur in gold or answers, as far as records tell."""
    out = {}
    for key, some in rows.groupby(["dataset", "language"]):
        texts = pd.concat([some["gold"], some["answer"].dropna()]).unique()
        out[key] = tuple(sorted(map(json.loads, texts)))
    return out


def _bare(text: str) -> str:
    """Letters and digits without case, marks and hooks: for this comparison only."""
    folded = unicodedata.normalize("NFKD", fold(text)).translate(_HOOKS)
    return "".join(c for c in folded if c.isalnum() or c.isspace())


def common_labels(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """Only items whose label every language of the data set has."""
    gold = rows["gold"].map(json.loads)
    kept = pd.Series(False, index=rows.index)
    for _, some in rows.groupby("dataset"):
        sets = [set(gold.loc[part.index]) for _, part in some.groupby("language")]
        shared = set.intersection(*sets)
        if any(labels != shared for labels in sets):
            kept |= rows.index.isin(some.index) & gold.isin(shared)
    return rows[kept]


def default_rouge(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """ROUGE as ``rouge_score`` tokenizes by default, which knows no letter beyond a-z."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(ROUGE))
    scores = []
    for gold, answer in zip(rows["gold"], rows["answer"], strict=True):
        said = "" if pd.isna(answer) else json.loads(answer)
        found = scorer.score(json.loads(gold), said)
        scores.append([float(found[name].fmeasure) for name in ROUGE])
    return rows.assign(**dict(zip(ROUGE, np.array(scores).reshape(-1, 3).T, strict=True)))


def whole_output(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """All lines of the output; where it was translated back, there is nothing to read again."""
    rows = rows[rows["prompt_language"] == rows["language"]]
    scores = [
        text_scores(" ".join(output.split()), json.loads(gold))
        for output, gold in zip(rows["output"], rows["gold"], strict=True)
    ]
    if not scores:
        return rows
    return rows.assign(**pd.DataFrame(scores, index=rows.index).to_dict("series"))
