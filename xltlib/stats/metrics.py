"""The metrics of all tasks, each declared by its task, the headline first."""

from dataclasses import replace
from typing import Literal

from .. import tasks
from ..errors import not_one_of
from ..tasks.metric import Metric

METRICS: tuple[Metric, ...] = tuple(
    replace(metric, task=task.name) for task in tasks.every() for metric in task.metrics
)
#: Share of outputs that parse to an answer at all, for any task (Valid Output Recall).
VALID = Metric("valid", "Valid outputs", "proportion", ("valid",))
#: The columns of records that scores are made from, besides those that name a row.
SCORED = tuple(
    dict.fromkeys(["gold", "answer", *(c for m in (VALID, *METRICS) for c in m.columns)])
)
#: The metric that speaks for a task; pooled comparisons use it alone.
HEADLINE = {task.name: task.metrics[0].name for task in tasks.every()}


def metric(name: str) -> Metric:
    """The metric of that name, of the first task that has it.

    Raises :class:`XltError` when there is none.
    """
    known = {m.name: m for m in (VALID, *reversed(METRICS))}
    if name not in known:
        raise not_one_of("metric", name, known)
    return known[name]


def of_task(task: str, which: Literal["headline", "all"] = "headline") -> list[Metric]:
    """The metrics of a task: its headline metric, or all of them with the headline first."""
    if task not in HEADLINE:
        raise not_one_of("task", task, HEADLINE)
    mine = [m for m in METRICS if m.task == task]
    if which not in ("headline", "all"):
        raise not_one_of("metrics", which, ("headline", "all"))
    return mine[:1] if which == "headline" else mine
