"""What a tokenizer costs in answers: models that differ in their tokens alone, on the same items.

MonoByte (https://arxiv.org/abs/2209.11035) compares models that read bytes, so that no tokenizer
favours a language. Here a model and its twin are both at hand, and what either needs for a word.
"""

import json

import pandas as pd

from .. import data, models, stats
from ..config import ArmSpec, Profile
from ..records.places import Records, select, together
from ..stats.families import empty
from ..stats.panel import PLACE
from ..stats.resample import RESAMPLES

COLUMNS = [*PLACE, "shots", "metric", "n", "arm_a", "tokens_per_word_a", "score_a", "arm_b"]
COLUMNS += ["tokens_per_word_b", "score_b", "difference", "low", "high", "p", "p_holm"]


def twins_of(profile: Profile) -> list[tuple[str, str]]:
    """Pairs of arms that ask different models and differ in nothing else but answers' length."""
    first: dict[str, ArmSpec] = {}
    pairs = []
    for arm in profile.arms:
        spec = profile.of_arm(arm.name)
        kept = {k: v for k, v in arm.changes.items() if k not in ("model", "max_new_tokens")}
        key = json.dumps([arm.method, arm.given, kept], sort_keys=True)
        twin = first.setdefault(key, arm)
        if profile.of_arm(twin.name).model.path != spec.model.path:
            pairs.append((twin.name, arm.name))
    return pairs


def twins_table(profile: Profile, records: Records, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Scores of twins (:func:`twins_of`) beside the tokens that each takes for a word.

    A row per place and number of shots. Tokens are those of the items' texts, without special ones;
    ``difference`` is ``score_a - score_b`` with its 95 % interval and p of
    :func:`xltlib.stats.paired_table`. No rows where no two twins have answered the same items.
    """
    tables = []
    for pair in twins_of(profile):
        both = together(select(records, lambda rows, pair=pair: rows["arm"].isin(pair)))
        if both["arm"].nunique() < 2:
            continue
        table = stats.paired_table(both, resamples=resamples)
        table = table.rename(columns={"method_a": "arm_a", "method_b": "arm_b"})
        for side in "ab":
            table[f"tokens_per_word_{side}"] = [
                _tokens_per_word(profile, both, *row)
                for row in table[[f"arm_{side}", *PLACE]].itertuples(index=False)
            ]
        tables.append(table[COLUMNS])
    if not tables:
        return empty(COLUMNS, "No two models that differ in their tokens alone have answered.")
    return pd.concat(tables, ignore_index=True)


def _tokens_per_word(
    profile: Profile, records: pd.DataFrame, arm: str, task: str, dataset: str, language: str
) -> float:
    """Of the texts of the items that were answered there."""
    here = (records[["arm", *PLACE]] == [arm, task, dataset, language]).all(axis=1)
    answered = set(records.loc[here, "example_id"])
    items = data.load(dataset, task, language, "test", profile.data_dir)
    texts = [item.text for item in items if item.id in answered]
    tokenizer = models.load_tokenizer(profile.of_arm(arm).model)
    tokens = sum(len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts)
    return tokens / sum(len(text.split()) for text in texts)
