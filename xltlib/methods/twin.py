"""``twin``: as ``prompt``, with what each demonstration means in the pivot beside it.

After the translation examples of https://arxiv.org/abs/2501.19085: a model that reads the pivot
well is told what the demonstrations say, while the item stands alone in its own language. Our
choice: the twin stands behind the text, in brackets and under the language's name, and is made by
the profile's translator; ``translator: {path: reference}`` in an arm takes the human one.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..data import Example
from ..tasks import Task
from .with_pivot import WithPivot


class Twin(WithPivot):
    about = "as prompt, with an English translation beside each demonstration"

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        if not gold:
            return list(examples)
        texts = [text for example in examples for text in example.fields.values()]
        made = iter(self.translator.translate(texts, self.language, self.pivot))
        return [
            replace(
                example,
                fields={
                    name: f"{text} ({self.pivot.name}: {next(made)})"
                    for name, text in example.fields.items()
                },
            )
            for example in examples
        ]


METHOD = Twin
