"""How far labelled items alone lead: answers without a model, learned from 4 of them to all.

A prompt with four demonstrations has seen four labelled items; whoever has seven hundred may not
need a prompt. The items are those that prompts of as many shots and the same seed would show, and
that arms learn from which train on labelled items, so that all have seen the same
(:mod:`xltlib.demonstrations.labelled`).
"""

from collections.abc import Sequence

import pandas as pd

from .. import data, demonstrations, methods, stats, tasks
from ..config import DemonstrationsSpec, Profile, load_language
from ..errors import XltError
from ..records.places import Records, items
from ..stats.panel import PLACE
from ..stats.resample import RESAMPLES
from .baselines import answered_by, unseen

SIZES = (4, 16, 64, 256)  # where no arm learns from labelled items


def sizes_of(profile: Profile) -> tuple[int, ...]:
    """How many labelled items the profile's arms learn from, of those that do."""
    taught = (profile.of_arm(arm.name) for arm in profile.arms if methods.of(arm).learns)
    found = {shots for spec in taught for shots in spec.shots if shots}
    return tuple(sorted(found)) or SIZES


def arms_of(profile: Profile) -> tuple[str, ...]:
    """The arms that stand beside the curve, in this order: those that learn from labelled items,
    and those that are shown several numbers of them. Where none learns, those that come first.
    """
    taught = [arm.name for arm in profile.arms if methods.of(arm).learns]
    several = [arm.name for arm in profile.arms if len(profile.of_arm(arm.name).shots) > 2]
    return tuple(dict.fromkeys([*taught, *several])) if taught else profile.first


def learning_curve(
    profile: Profile,
    answered: Records,
    sizes: Sequence[int] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """Scores of the baselines that choose among labels, by labelled items, on the items answered.

    Columns: those of :func:`xltlib.stats.score_table` with ``labelled`` in place of ``shots``; its
    largest value is the whole pool. Data that are not at hand are left out, as are sizes that a
    pool does not have. ``sizes`` None: those of :func:`sizes_of`.
    """
    rows, answers = [], items(answered)
    sizes = sizes_of(profile) if sizes is None else sizes
    for spec in profile.datasets:
        task = tasks.get(spec.task)
        if task.kind != "choose":
            continue
        for code in (load_language(name).code for name in spec.languages):
            where = (spec.name, spec.task, code)
            wanted = answers.get((spec.task, spec.name, code))
            if wanted is None or not data.is_at_hand(spec.name, code, profile.data_dir):
                continue
            every = data.load(*where, "test", profile.data_dir)
            pool = unseen(data.load(*where, "demos", profile.data_dir), every)
            test = [item for item in every if item.id in wanted]
            picker = demonstrations.get("labelled")(DemonstrationsSpec(), task, pool, every)
            for size in [*(s for s in sizes if s < len(pool)), len(pool)]:
                for seed in seeds if size < len(pool) else seeds[:1]:
                    try:
                        shown = picker.pick(every[0], size, seed) if size < len(pool) else pool
                    except XltError:  # some of the pool are test items, or stand in it twice
                        continue
                    known = dict(zip(("dataset", "task", "language"), where, strict=True))
                    known |= {"profile": profile.name, "shots": size, "seed": seed}
                    for name, answer in task.baselines.items():
                        said = answer(list(shown), test)
                        rows += answered_by(task, known | {"method": name}, test, said)
    if not rows:
        return pd.DataFrame(columns=[*PLACE, "labelled", "method", "metric", "score"])
    table = stats.score_table(pd.DataFrame(rows), metrics="headline", resamples=resamples)
    return table.rename(columns={"shots": "labelled"})


def labelled(profile: Profile, scores: pd.DataFrame) -> pd.DataFrame:
    """A score table of arms with ``labelled``: how many labelled items stood behind an answer.

    As many as there are shots where all test items see the same demonstrations, the whole pool
    where each item's are picked from it.
    """
    per_item = {
        arm.name: demonstrations.get(profile.of_arm(arm.name).demonstrations.by).per_item
        for arm in profile.arms
    }
    sizes = {
        (spec.name, spec.task, language): len(
            data.load(spec.name, spec.task, language, "demos", profile.data_dir)
        )
        for spec in profile.datasets
        if tasks.get(spec.task).kind == "choose"
        for language in (load_language(name).code for name in spec.languages)
        if data.is_at_hand(spec.name, language, profile.data_dir)
    }
    count = [
        sizes.get((row.dataset, row.task, row.language), row.shots)
        if per_item.get(row.method) and row.shots
        else row.shots
        for row in scores.itertuples()
    ]
    return scores.assign(labelled=count)
