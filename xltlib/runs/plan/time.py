"""How long jobs will take and how much disk they need, judged by earlier runs of like cells."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from ... import paths
from .. import manifest, notebooks
from ..job import Job

#: Where nothing like it has run yet: seconds and bytes by kind of job, a guess from the mini
#: profile on two cores. Analyses that ask models or are tagged as long begin before the others.
GUESS = {
    "preparation": (45.0, 3e6), "method": (20.0, 1e6), "analysis": (10.0, 2e6),
    "long analysis": (40.0, 2e6),
}  # fmt: skip
_LONG = {"needs:model", "takes:long"}


class Estimate(NamedTuple):
    """What a job will need. ``known``: from an earlier run of a like cell, else a guess."""

    seconds: float
    bytes: float
    known: bool


def estimate(jobs: Sequence[Job]) -> dict[str, Estimate]:
    """Cell id -> estimate. Alike are runs of the same notebook; same data and language first."""
    if not jobs:
        return {}
    alike: dict[_Key, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(paths.runs(jobs[0].profile).glob(f"*/{manifest.NAME}")):
        if content := manifest.read(path.parent):
            for key in _keys(content.get("notebook"), content["cell"], content["parameters"]):
                alike[key].append(content)
    known: dict[_Key, Estimate] = {}
    return {job.id: _one(job, alike, known) for job in jobs}


_Key = tuple[Any, ...]


def _keys(notebook: str | None, cell: str, parameters: dict[str, Any]) -> list[_Key]:
    """What a run is alike others in, the nearest first."""
    task = parameters.get("task")
    place = tuple(parameters.get(name) for name in ("dataset", "language"))
    return [(notebook, "cell", cell), (notebook, task, *place), (notebook, task), (notebook,)]


def _one(
    job: Job, alike: dict[_Key, list[dict[str, Any]]], known: dict[_Key, Estimate]
) -> Estimate:
    key = next((k for k in _keys(job.name, job.id, job.parameters) if k in alike), None)
    if key is None:
        long = job.kind == "analysis" and _LONG & {*notebooks.tags(job.notebook)}
        return Estimate(*GUESS["long analysis" if long else job.kind], known=False)
    # Jobs of one size are estimated once: of a large grid they are many
    sized = (*key, *(len(job.parameters.get(n) or [0]) for n in ("shots", "seeds")))
    sized += (job.parameters.get("limit"),)
    if sized not in known:
        ran = alike[key]
        seconds = median(m["seconds"] * _ratio(job.parameters, m["parameters"]) for m in ran)
        size = median(sum(a["bytes"] for a in m["artifacts"].values()) for m in ran)
        known[sized] = Estimate(seconds, size, known=True)
    return known[sized]


def _ratio(now: dict[str, Any], then: dict[str, Any]) -> float:
    """How many times as many prompts there are now; limits count where both are known."""
    ratio = 1.0
    for name in ("shots", "seeds"):
        ratio *= len(now.get(name) or [0]) / len(then.get(name) or [0])
    if now.get("limit") and then.get("limit"):
        ratio *= now["limit"] / then["limit"]
    return ratio
