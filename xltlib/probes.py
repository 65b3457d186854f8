"""Choices made before the model answers, made otherwise on a small sample: wording and order.

Each task of a profile is asked again in one language with ``prompt``, at the largest shot count, on
a few items: with the other wordings of its prompt, and with the demonstrations in other orders. The
answers are records like all others and are compared item by item.
"""

import random
from collections.abc import Iterator
from typing import Any

import pandas as pd

from .data import Example
from .evaluate import Study
from .sensitivity import Variant
from .specs import Profile, load_language

LIMIT = 20


class Probe(Study):
    """A study of ``prompt`` with another wording, or with its demonstrations in another order."""

    def __init__(self, first: "Probe | None", order: str, wording: int | None, **which: Any):
        super().__init__("prompt", **which)
        if wording is not None:
            self.profile = self.profile.model_copy(update={"wording": wording})
        self.order = order
        if first is not None:
            self.method = first.method  # one model serves all of them

    def demonstrations(self, shots: int, seed: int) -> tuple[Example, ...]:
        """Those of the study: as drawn, ``reversed``, or ``shuffled``."""
        drawn = super().demonstrations(shots, seed)
        if self.order == "reversed":
            return drawn[::-1]
        if self.order == "shuffled":
            return tuple(random.Random(f"order {seed}").sample(drawn, len(drawn)))
        return drawn

    def answers(self) -> pd.DataFrame:
        """The records of the study's one shot count and seed, kept nowhere."""
        return self._part(self.profile.shots[0], self.profile.seeds[0])


def probe(profile: Profile, name: str, limit: int = LIMIT) -> Iterator[Variant]:
    """Variants for each task of ``profile``, on its first data set and language.

    ``name`` is how the profile is loaded: its name, or the path of its file. Each takes ``limit``
    answers, three or four times per task.
    """
    for task in dict.fromkeys(d.task for d in profile.datasets):
        spec = next(d for d in profile.datasets if d.task == task)
        which = {
            "task": task,
            "profile": name,
            "dataset": spec.name,
            "language": spec.languages[0],
            "shots": [max(profile.shots)],
            "seeds": [profile.seeds[0]],
            "limit": min(limit, profile.limit or limit),
            "data_dir": profile.data_dir,
        }
        first = Probe(None, "drawn", None, **which)
        before = first.answers()
        offered = len(load_language(spec.languages[0]).prompts[task])
        for wording in (w for w in range(offered) if w != profile.wording):
            after = Probe(first, "drawn", wording, **which).answers()
            yield Variant("prompt wording", f"wording {wording}", before, after)
        for order in ("reversed", "shuffled") if max(profile.shots) > 1 else ():
            after = Probe(first, order, None, **which).answers()
            yield Variant("order of demonstrations", order, before, after)
