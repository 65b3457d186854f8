"""Choices made before the model answers, made otherwise on a sample: wording and order.

Each task of a profile is asked again, in every language and with every arm that comes first in the
profile, has records, and shows the same demonstrations for all items, at the number of these that
most such arms have: with the other wordings of its prompt, and with the demonstrations in other
orders. The answers are records like all others, compared item by item with those of the grid, so
that a comparison of two methods is seen to hold, or not, under another wording.
"""

import gc
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from ..config import Profile, load_language
from ..data import Example
from ..records.places import Mask, Records, select, together
from ..stats.first import commonest_shots
from ..study.study import Study
from .sensitivity import Variant

LIMIT = 40


class Probe(Study):
    """A study with another wording, or with its demonstrations in another order."""

    def __init__(self, arm: str, order: str, wording: int | None, **which: Any):
        super().__init__(arm, **which)
        if wording is not None:
            self.profile = self.profile.model_copy(update={"wording": wording})
        self.order = order

    def demonstrations(
        self, shots: int, seed: int, item: Example | None = None
    ) -> tuple[Example, ...]:
        """Those of the study: as drawn, ``reversed``, or ``shuffled``."""
        drawn = super().demonstrations(shots, seed, item)
        if self.order == "reversed":
            return drawn[::-1]
        if self.order == "shuffled":
            return tuple(random.Random(f"order {seed}").sample(drawn, len(drawn)))
        return drawn

    def answers(self) -> pd.DataFrame:
        """The records of the study's one shot count and seed, kept nowhere."""
        return self._part(self.profile.shots[0], self.profile.seeds[0])


def probe(profile: Profile, name: str, records: Records, limit: int = LIMIT) -> Iterator[Variant]:
    """Variants for each task of ``profile`` on its first data set; what is not in ``records``, the
    grid's answers, is not asked.

    ``name`` is how the profile is loaded: its name, or the path of its file. Each variant takes
    ``limit`` answers per language and arm; there are three or four per task.
    """
    for task in dict.fromkeys(d.task for d in profile.datasets):
        spec = next(d for d in profile.datasets if d.task == task)
        own = together(select(records, _of(task, spec.name)))
        models = {arm.name: profile.of_arm(arm.name).model.path for arm in profile.arms}
        own = own[own["model"] == own["arm"].map(models)]
        # Not the dozens that a profile may call optional, whose largest number is a training set;
        # and of each item's own demonstrations there is no order as drawn.
        drawn = [a for a in profile.first if profile.of_arm(a).demonstrations.by == "fixed"]
        own = own[own["arm"].isin(drawn)]
        if own.empty:
            continue
        own = own[
            own["shots"] == commonest_shots(own.drop_duplicates(["arm", "language", "shots"]))
        ]
        own = own[own["seed"] == own["seed"].min()]
        changes = _changes(profile, task, spec.languages, own)
        pairs: dict[tuple[str, str], list] = {change: [] for change in changes}
        for language in spec.languages:
            code = load_language(language).code
            for _, asked in own[own["language"] == code].groupby("arm", sort=False):
                found = _answers(profile, name, language, asked, changes, limit)
                _free()
                for change, after in found.items():
                    before = asked.set_index("example_id", drop=False).loc[after["example_id"]]
                    pairs[change].append((before, after))
        for change, parts in pairs.items():
            if parts:
                before, after = (
                    pd.concat(some, ignore_index=True) for some in zip(*parts, strict=True)
                )
                yield Variant(*change, before, after)


def _of(task: str, dataset: str) -> Mask:
    return lambda rows: (rows["task"] == task) & (rows["dataset"] == dataset)


def _free() -> None:
    """Give back the memory of models that nothing uses any more.

    Modules refer to themselves in circles, which are not found before there is much to collect;
    the next language's model would be loaded beside this one's.
    """
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _changes(
    profile: Profile, task: str, languages: Sequence[str], rows: pd.DataFrame
) -> dict[tuple[str, str], tuple[str, int | None]]:
    """(choice, variant) -> the order and the wording that make it."""
    offered = min(len(load_language(name).prompts[task]) for name in (*languages, profile.pivot))
    changes: dict[tuple[str, str], tuple[str, int | None]] = {
        ("prompt wording", f"wording {w}"): ("drawn", w)
        for w in range(offered)
        if w != profile.wording
    }
    if len(rows) and rows["shots"].iloc[0] > 1:
        for order in ("reversed", "shuffled"):
            changes["order of demonstrations", order] = (order, None)
    return changes


def _answers(
    profile: Profile,
    name: str,
    language: str,
    asked: pd.DataFrame,
    changes: dict[tuple[str, str], tuple[str, int | None]],
    limit: int,
) -> dict[tuple[str, str], pd.DataFrame]:
    """Change -> the answers of one arm in one language under it."""
    first, found = asked.iloc[0], {}
    method = None
    for change, (order, wording) in changes.items():
        probe = Probe(
            first["arm"],
            order,
            wording,
            task=first["task"],
            profile=name,
            dataset=first["dataset"],
            language=language,
            shots=[int(first["shots"])],
            seeds=[int(first["seed"])],
            limit=min(limit, len(asked)),
            data_dir=profile.data_dir,
        )
        if method is not None:
            probe.opened = probe.method = method  # one model serves all of them
        found[change] = probe.answers()
        method = probe.method
    return found
