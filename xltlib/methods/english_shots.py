"""``english_shots``: demonstrations in the pivot, the item, instruction and label words in its own.

Demonstrations borrowed from a language that has labelled items (https://arxiv.org/abs/2212.01757,
https://arxiv.org/abs/2411.08785), when the target has none. Which demonstrations they are is the
picker's choice, and they are put into the pivot by the profile's translator: with
``translator: {path: reference}`` they are the human sentences of the pivot's own pool.

Our choice: they are the same items as those that ``prompt`` shows, so that nothing but their
language differs, and their label words stay in the item's language, in which it is asked.
"""

from collections.abc import Sequence

from ..data import Example
from ..tasks import Task
from .with_pivot import WithPivot


class EnglishShots(WithPivot):
    about = "as prompt, with the demonstrations in English"
    shows_pivot = True

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        if not gold:
            return list(examples)
        translate = self.translator.translate
        return task.carry(list(examples), self.language, self.pivot, translate)


METHOD = EnglishShots
