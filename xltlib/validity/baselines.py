"""What a score means nothing without: answers that need no language model.

Each task names its own (:mod:`xltlib.tasks.baselines`), and arms whose demonstrations are picked
for each item bring their vote (:mod:`.neighbours`). They answer the same test items as the
models, are scored by the same code, and come as records, so that the score table puts intervals on
them.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .. import data, stats, tasks
from ..config import Profile, load_language
from ..records import results
from ..records import schema as records
from ..records.places import Records, items
from ..stats.resample import RESAMPLES
from ..tasks.baselines import capitalised, majority
from .neighbours import votes

REFERENCE = ["task", "dataset", "language", "metric", "reference", "score"]


def baseline_table(profile: Profile, resamples: int = RESAMPLES) -> pd.DataFrame:
    """The baselines' scores on every data set of a profile, with 95 % intervals.

    Columns: task, dataset, language, metric, reference, score, low, high, n.
    """
    columns = ["task", "dataset", "language", "metric", "reference", "score", "low", "high", "n"]
    made = baseline_records(profile)
    if made.empty:
        none = pd.DataFrame(columns=columns)
        none.attrs["why"] = "No baseline applies to these tasks and scripts"
        return none
    table = stats.score_table(made, resamples=resamples)
    return table.rename(columns={"method": "reference"})[columns]


def reference_table(profile: Profile, answered: Records) -> pd.DataFrame:
    """The baselines' headline scores on the items of the records ``answered``, for figures.

    Columns: task, dataset, language, metric, reference, score. Data sets that are not the profile's
    (imported ones) have no baseline here.
    """
    made = baseline_records(profile, answered)
    if made.empty:
        return pd.DataFrame(columns=REFERENCE)
    table = stats.score_table(made, metrics="headline", resamples=50)  # the intervals are not drawn
    return table.rename(columns={"method": "reference"})[REFERENCE]


def baseline_records(profile: Profile, answered: Records | None = None) -> pd.DataFrame:
    """The baselines' answers to the profile's test items, ``method`` being the baseline's name.

    Trained on the pool of demonstrations without those that are test items, too (:func:`unseen`):
    where a set has a training split, that is what it is. Where fewer than two different answers are
    left to learn from, the majority class is the only baseline; capitalised words are none where
    the script has no capitals.
    ``answered`` are records; then it is their items that count, whatever the profile's limit. Of
    data that are not at hand they are those that were published with the records, if they were.
    """
    rows, kept = [], results.baselines(profile.name)
    wanted = None if answered is None else items(answered)
    for spec in profile.datasets:
        task = tasks.get(spec.task)
        for code in (load_language(name).code for name in spec.languages):
            where = (spec.name, spec.task, code)
            if not data.is_at_hand(spec.name, code, profile.data_dir):
                known_of = kept[["dataset", "task", "language"]].eq(list(where)).all(axis=1)
                if known_of.any():
                    rows += kept[known_of].to_dict("records")
                    continue
            every = data.load(*where, "test", profile.data_dir)
            if wanted is None:
                limit = profile.within(spec.name, spec.task).limit
                test = data.load(*where, "test", profile.data_dir, limit)
            else:
                here = wanted.get((spec.task, spec.name, code))
                if here is None:
                    continue
                test = [item for item in every if item.id in here]
            pool = unseen(data.load(*where, "demos", profile.data_dir), every)
            learns = len({str(item.gold) for item in pool}) > 1
            known = dict(zip(("dataset", "task", "language"), where, strict=True))
            known |= {"profile": profile.name, "shots": 0, "seed": 0}
            for name, answer in {**task.baselines, **votes(profile, spec)}.items():
                if not learns and answer is not majority:
                    continue
                if answer is capitalised and not has_capitals(test):
                    continue
                rows += answered_by(task, known | {"method": name}, test, answer(pool, test))
    return pd.DataFrame(rows)


def unseen(pool: Sequence[data.Example], test: Sequence[data.Example]) -> list[data.Example]:
    """The examples of ``pool`` that are no test items, by their words: their answers are known."""
    tested = {item.key for item in test}
    return [example for example in pool if example.key not in tested]


def has_capitals(items: Sequence[data.Example]) -> bool:
    """Whether the texts are written, for the most part, in a script that has capitals."""
    letters = [c for item in items for c in item.text if c.isalpha()]
    return 2 * sum(c.lower() != c.upper() for c in letters) > len(letters)


def answered_by(
    task: tasks.Task, known: dict[str, Any], test: Sequence[data.Example], answers: Sequence[Any]
) -> list[dict[str, Any]]:
    """The records of answers without a model; ``known`` is what all of them have in common."""
    common = dict.fromkeys(records.SCHEMA.names) | {"cell_id": "", "model": "none"} | known
    common |= {"valid": True, "dropped": 0}
    return [
        common
        | {"example_id": item.id, "answer": task.answer_json(said), "gold": task.gold_json(item)}
        | task.score(said, item)
        for item, said in zip(test, answers, strict=True)
    ]
