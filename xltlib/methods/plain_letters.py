"""``plain_letters``: items typed as on a keyboard without hooks: ``ɓ ɗ ƙ ƴ`` as ``b d k y``.

Hausa is often written so, and so may be what a user asks. After the conditional transformation of
words by their class (https://arxiv.org/abs/2401.16895, for Maltese), as an input condition: what
does the spelling cost? Our choice: the class of a word is whether it has a hooked letter or one of
the signs for an apostrophe, which become ``'``. Loanwords are left alone: to tell them from other
words takes a list of words with their origins, which the project does not have. Demonstrations stay
in the standard spelling. A text without such letters is not changed, so that the arm equals
``prompt`` there.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..data import Example
from ..errors import XltError
from ..tasks import Task
from ..text.words import APOSTROPHES
from .prompt import Prompt

#: One character for one.
PLAIN = str.maketrans("ɓɗƙƴƁƊƘƳ", "bdkyBDKY") | str.maketrans(dict.fromkeys(APOSTROPHES, "'"))


class PlainLetters(Prompt):
    """Few-shot prompting about items without hooked letters."""

    about = "as prompt, with the item's hooked letters written plainly (ɓ as b)"
    notebook = "prompt"

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """Raises :class:`XltError` for items with entity spans, whose names would be others."""
        if gold:
            return list(examples)
        if odd := [e.id for e in examples if not isinstance(e.gold, str)]:
            raise XltError(
                f"the method 'plain_letters' changes the spelling of texts, but item {odd[0]!r} "
                "has entity spans, which are compared by their letters: give the arm "
                "`tasks: [topics]`"
            )
        return [
            replace(e, fields={name: text.translate(PLAIN) for name, text in e.fields.items()})
            for e in examples
        ]


METHOD = PlainLetters
