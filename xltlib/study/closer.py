"""A closer look at single answers: how near a choice was, and what adaptation changed."""

import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data import Example
from ..methods.prompt import Prompt
from ..tasks import readings
from .study import Study


@dataclass(frozen=True)
class Choice:
    """One item of a task with fixed answers: the share of probability that each option got."""

    text: str
    gold: str  # the option that is right
    shares: dict[str, float]  # option, in words -> its probability among the options


def choices(study: Study, records: pd.DataFrame, shots: int, seed: int, n: int = 3) -> list[Choice]:
    """How the model divided its belief among the options, for the first ``n`` test items.

    By the profile's reading of the options' scores, which the records hold. Empty where nothing was
    chosen by likelihood: for tasks that ask for text, and models that have to write their answer.
    """
    rows = records[(records["shots"] == shots) & (records["seed"] == seed)]
    rows = rows.dropna(subset=["option_scores"]).set_index("example_id")
    if rows.empty:
        return []
    every = [readings.OptionScores.read(text) for text in rows["option_scores"]]
    compared = dict(zip(rows.index, readings.read(every, study.profile.reading), strict=True))
    found = []
    for item in study.test[:n]:
        words = _words(study, item)
        weights = np.exp(compared[item.id] - compared[item.id].max())
        shares = dict(zip(words.values(), (weights / weights.sum()).tolist(), strict=True))
        found.append(Choice(item.text, words[str(item.gold)], shares))
    return found


def before_and_after(study: Study, shots: int, seed: int, n: int = 3) -> pd.DataFrame:
    """The first ``n`` prompts, asked of the profile's own model and of the study's.

    Columns: text, gold, before, after.
    """
    adapted, base = copy.copy(study), copy.copy(study)
    for few in (adapted, base):
        few.test, few.carried = study.test[:n], study.carried.first(n)
    base.opened = base.method = Prompt(study.profile, study.language, "")
    base.method.load()
    outputs = [
        [one.output.strip() for one in few._ask(few.prompts(shots, seed), shots, seed)]
        for few in (base, adapted)
    ]
    items = study.test[:n]
    return pd.DataFrame(
        {
            "text": [item.text for item in items],
            "gold": [_gold(study, item) for item in items],
            "before": outputs[0],
            "after": outputs[1],
        }
    )


def _words(study: Study, item: Example) -> dict[str, str]:
    """Each possible answer -> the word for it."""
    wording = study.profile.wording
    options = study.task.options(item, study.method.language, study.labels, wording)
    return {answer: word.strip() for answer, word in options.items()}


def _gold(study: Study, item: Example) -> str:
    if study.task.kind == "choose":
        return _words(study, item)[str(item.gold)]
    return item.gold if isinstance(item.gold, str) else study.task.gold_json(item)
