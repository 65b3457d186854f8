"""What the scores of a task are: the name of its headline metric, and its own scale."""

from ..stats.metrics import of_task


def measured_by(task: str) -> str:
    """What the scores of a task are, within a sentence: ``accuracy``, ``chrF++``."""
    return inside(of_task(task)[0].label.partition(" (")[0])


def inside(text: str) -> str:
    """A title as it stands within a sentence; one that begins with an abbreviation stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def points(value: float, task: str, sign: str = "") -> str:
    """A score of a table of ways, in which all end at 1, on the scale of its own metric."""
    top = of_task(task)[0].top
    return f"{value:{sign}.2f}" if top == 1 else f"{top * value:{sign}.1f}"
