"""The prompt of a record, made again as the study's own method makes it, without any weights.

Records keep a prompt's hash alone, so that it is known whether what was made is what was asked.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from .. import methods
from ..data import Example
from ..errors import XltError
from .study import Study


def remade(study: Study, row: Mapping[str, Any], item: Example) -> tuple[str | None, str]:
    """The prompt that a record's answer was asked with, or else why it is not to be had."""
    try:
        if why := _out_of_reach(study, row):
            return None, why
        text = _made(study, row["shots"], row["seed"], item)
    except XltError as error:
        return None, f"Not to be made again here: {error}."
    if hashlib.sha256(text.encode()).hexdigest() != row["prompt_sha256"]:
        return None, (
            "Made again with the data and the code that are here, it is not the prompt that was "
            "asked: one of them has changed since."
        )
    return text, ""


def _made(study: Study, shots: int, seed: int, item: Example) -> str:
    method, task = study.opened, study.task
    (asked,) = method.carry(task, [item], gold=False)
    picked = () if method.learns else study.demonstrations(shots, seed, item)
    shown = method.carry(task, list(picked), gold=True)
    wording, labels = study.profile.wording, study.labels
    return task.render(asked, shown, method.language, wording, labels).text()


def _out_of_reach(study: Study, row: Mapping[str, Any]) -> str:
    """Why the prompt cannot be made of the data, the words and the method alone; empty if it can.

    A phrase table that has learned from other text is not asked: to learn takes a minute.
    """
    spec = study.profile.translator
    if pd.isna(row["prompt_sha256"]):
        return "Answered elsewhere: the records have no prompt."
    if row["truncated_tokens"]:
        return "Cut to what fits the model, by its own tokens. The records hold its hash alone."
    if study.profile.model.chat:
        return "Written as the model's chat template has it. The records hold its hash alone."
    translates = methods.of(study.profile.arms[0]).uses_translator
    if translates and not spec.without_model:
        return (
            f"Translated by a model ({spec.path}), which is not loaded to look at records. They "
            "hold its hash alone."
        )
    if translates and spec.path == "lexicon":
        here, there = study.opened.translator.revision, row["translator_revision"]
        if here != there:
            return (
                "Translated by a phrase table that had learned from other parallel text than is "
                f"here, or in an earlier edition ({there:.20}, here {here:.20}). If it is the "
                "text, name the folder that was read then as `data_dir`."
            )
    return ""
