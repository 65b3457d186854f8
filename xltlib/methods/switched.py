"""``switched``: a share of a text's words in the pivot, the others as they are.

In demonstrations it is the cross-lingual in-context learning of xCoT
(https://arxiv.org/abs/2401.07037, shares 0, 0.25 and 0.5), which means to bring the languages of a
prompt together. In the item that is asked it is a condition (code-mixed text,
https://arxiv.org/abs/2312.13179): what is gained when some of its words are English.

Our choice: fragments are single words, and a word's counterpart is what the profile's translator
makes of it alone, in the word's own case. A word that the translator does not know stays as it is.
Which words are switched is drawn from the item's id: the same for all arms and seeds, and those of
a smaller share are among those of a larger one (:func:`switched_words`).
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import regex
from pydantic import Field

from ..config import Spec
from ..data import Example
from ..errors import XltError
from ..tasks import Task
from .with_pivot import WithPivot

_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*")

Place = tuple[int, int]  # of a word in its text: start and end


def switched_words(example: Example, share: float) -> dict[str, list[Place]]:
    """Field -> the places of the words that a share of ``share`` switches, in order."""
    dice = random.Random(f"switched {example.language} {example.id}")
    return {
        name: [m.span() for m in _WORD.finditer(text) if dice.random() < share]
        for name, text in example.fields.items()
    }


class Share(Spec):
    """``with: {share: 0.25}``: how many of the words are switched, and of which texts."""

    share: Annotated[float, Field(gt=0, le=1)]
    of: Literal["demonstrations", "items"] = "demonstrations"


class Switched(WithPivot):
    """Few-shot prompting with a share of the words of demonstrations or items in the pivot."""

    about = "as prompt, with some of the words in English"
    Given = Share
    given: ClassVar[Share]

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """Raises :class:`XltError` for items with entity spans, which would not stand any more."""
        if gold != (self.given.of == "demonstrations"):
            return list(examples)
        for example in examples:
            if not isinstance(example.gold, str):
                raise XltError(
                    f"the arm's method switches words, but item {example.id!r} has entity spans, "
                    "whose places would be lost: give the arm `tasks: [topics]`"
                )
        places = [switched_words(example, self.given.share) for example in examples]
        found = {
            example.fields[name][start:end]
            for example, fields in zip(examples, places, strict=True)
            for name, spans in fields.items()
            for start, end in spans
        }
        own = sorted({word.lower() for word in found})
        made = self.translator.translate(own, self.language, self.pivot) if own else []
        known = dict(zip(own, made, strict=True))
        return [
            replace(
                example,
                fields={
                    name: _put(text, fields[name], known) for name, text in example.fields.items()
                },
            )
            for example, fields in zip(examples, places, strict=True)
        ]


def _put(text: str, spans: Sequence[Place], known: dict[str, str]) -> str:
    """``text`` with the words at ``spans`` in the other language."""
    for start, end in reversed(spans):
        word = text[start:end]
        there = known[word.lower()].strip()
        if there and there.lower() != word.lower():
            text = text[:start] + _cased(there, word) + text[end:]
    return text


def _cased(there: str, word: str) -> str:
    """A translation with the first letter as the word has it; the rest as it was written."""
    first = there[0].upper() if word[0].isupper() else there[0].lower()
    return first + there[1:]


METHOD = Switched
