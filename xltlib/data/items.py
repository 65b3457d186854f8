"""What a data set is made of: items, their gold answers, and the splits they come in."""

from dataclasses import dataclass
from typing import Literal

from ..text.spans import Span

Split = Literal["demos", "test"]
SPLITS: tuple[str, ...] = ("demos", "test")

#: What a correct answer is: a label (topics), a summary, or the entity spans in text order (ner).
Gold = str | tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One item: a text in one language and the gold answer of one task."""

    id: str
    language: str
    text: str
    gold: Gold
