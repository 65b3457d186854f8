"""Labelled items for a method that learns from them: as they would be asked, with their answers."""

from collections.abc import Callable, Sequence

from ..config import Language
from ..data import Example
from ..demonstrations import Picker
from ..errors import XltError
from ..methods import Labelled
from ..prompts.fit import Fitted
from ..tasks import Task


def labelled(
    task: Task,
    picker: Picker,
    items: Sequence[Example],
    prompts_of: Callable[[Sequence[Example], Sequence[tuple[Example, ...]]], list[Fitted]],
    language: Language,
    labels: Sequence[str],
) -> list[Labelled]:
    """What prompts would show, to be learned from; ``prompts_of`` items and what is shown to each.

    Raises :class:`XltError` for a task that does not choose among options, and for test items that
    would each have demonstrations of their own.
    """
    if task.kind != "choose":
        raise XltError(
            f"the arm learns which option is right, and the task {task.name!r} has none to choose "
            "among: give the arm `tasks: [topics]`"
        )
    if picker.per_item:
        raise XltError(
            "the arm learns from labelled items once, for all test items, but `demonstrations.by` "
            f"{picker.settings.by!r} picks others for each: give the arm `demonstrations: "
            "{by: labelled}`"
        )
    found = []
    for item, prompt in zip(items, prompts_of(items, [()] * len(items)), strict=True):
        options = task.options(item, language, labels)
        right = list(options).index(str(item.gold))
        found.append(Labelled(own_text(item), prompt.text, tuple(options.values()), right))
    return found


def own_text(item: Example) -> str:
    """All that an item says."""
    return "\n".join(item.texts)
