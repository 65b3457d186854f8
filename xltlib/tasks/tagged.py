"""Named entities as a tagged copy of the sentence, in place of a list (:mod:`xltlib.text.tagged`).

The task is the same (items, gold answers, scores); its answers are written otherwise.
"""

from collections.abc import Mapping, Sequence

from ..config import Language
from ..data import Example
from ..text import tagged
from .base import INVALID
from .entities import mention
from .ner import Answer, Ner, type_tags


class Tagged(Ner):
    """Named-entity recognition whose answers repeat the sentence, with tags around its entities."""

    def write(self, example: Example, tags: Mapping[str, str], language: Language) -> str:
        return tagged.write(example.text, example.gold, tags)

    def copies(
        self, example: Example, language: Language, labels: Sequence[str]
    ) -> tagged.Copy | None:
        return tagged.copy(example.text, type_tags(language, labels).values())

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str]
    ) -> Answer:
        """The entities that are tagged; INVALID when it is not the sentence, legally tagged."""
        spans = tagged.read(output, example.text, type_tags(language, labels))
        if spans is None:
            return INVALID
        return tuple(dict.fromkeys(mention(example.text, span) for span in spans))
