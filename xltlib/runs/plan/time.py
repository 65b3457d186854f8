"""How long jobs will take and how much disk they need, judged by earlier runs of like cells."""

from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from ... import paths
from .. import manifest
from ..job import Job

#: Where nothing like it has run yet: seconds and bytes by kind of job, a guess from the mini
#: profile on two cores.
GUESS = {"preparation": (45.0, 3e6), "method": (20.0, 1e6), "analysis": (10.0, 2e6)}


class Estimate(NamedTuple):
    """What a job will need. ``known``: from an earlier run of a like cell, else a guess."""

    seconds: float
    bytes: float
    known: bool


def estimate(jobs: Sequence[Job]) -> dict[str, Estimate]:
    """Cell id -> estimate. Alike are runs of the same notebook; same data and language first."""
    if not jobs:
        return {}
    earlier = [
        content
        for path in sorted(paths.runs(jobs[0].profile).glob(f"*/{manifest.NAME}"))
        if (content := manifest.read(path.parent))
    ]
    return {
        job.id: _one(job, [m for m in earlier if m.get("notebook") == job.name]) for job in jobs
    }


def _one(job: Job, earlier: list[dict[str, Any]]) -> Estimate:
    def same(content: dict[str, Any], *names: str) -> bool:
        return all(content["parameters"].get(n) == job.parameters.get(n) for n in names)

    exact = [m for m in earlier if m["cell"] == job.id]
    task = [m for m in earlier if same(m, "task")]
    near = [m for m in task if same(m, "dataset", "language")]
    alike = exact or near or task or earlier
    if not alike:
        return Estimate(*GUESS[job.kind], known=False)
    seconds = median(m["seconds"] * _ratio(job.parameters, m["parameters"]) for m in alike)
    size = median(sum(a["bytes"] for a in m["artifacts"].values()) for m in alike)
    return Estimate(seconds, size, known=True)


def _ratio(now: dict[str, Any], then: dict[str, Any]) -> float:
    """How many times as many prompts there are now; limits count where both are known."""
    ratio = 1.0
    for name in ("shots", "seeds"):
        ratio *= len(now.get(name) or [0]) / len(then.get(name) or [0])
    if now.get("limit") and then.get("limit"):
        ratio *= now["limit"] / then["limit"]
    return ratio
