"""The vote of an item's neighbours: what retrieving demonstrations is worth without a model.

An arm whose demonstrations are picked for each item shows the model labels that may be the answer
already. So beside it stands a baseline that reads no prompt: the commonest label among the very
demonstrations that the arm shows, the nearest deciding a tie.
"""

from collections.abc import Sequence
from typing import Any

from .. import demonstrations, tasks
from ..config import DatasetSpec, DemonstrationsSpec, Profile
from ..data import Example
from ..stats.agreement import commonest
from ..tasks.base import Baseline


def votes(profile: Profile, dataset: DatasetSpec) -> dict[str, Baseline]:
    """Name -> baseline, for each picker and number of demonstrations of the profile's arms.

    Only for tasks that choose among labels, and pickers that pick for each item.
    """
    task = tasks.get(dataset.task)
    if task.kind != "choose":
        return {}
    found: dict[str, Baseline] = {}
    for arm in profile.arms:
        if not dataset.is_for(arm):
            continue
        spec = profile.within(dataset.name, dataset.task).of_arm(arm.name)
        if demonstrations.get(spec.demonstrations.by).per_item and (most := max(spec.shots)):
            name = f"vote of {most} demonstrations ({spec.demonstrations.by})"
            found[name] = _vote(spec.demonstrations, task, most)
    return found


def _vote(settings: DemonstrationsSpec, task: tasks.Task, shots: int) -> Baseline:
    def answer(pool: Sequence[Example], test: Sequence[Example]) -> list[Any]:
        picker = demonstrations.get(settings.by)(settings, task, pool, test)
        return [
            # the nearest stands last, and decides a tie
            commonest(e.gold for e in reversed(picker.pick(item, shots, 0)))
            for item in test
        ]

    return answer
