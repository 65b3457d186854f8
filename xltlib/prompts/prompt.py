"""A prompt in parts, before it is cut to fit a context."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in parts. ``turns`` are the demonstrations' (document, answer)."""

    example_id: str
    instruction: str
    document_field: str
    answer_field: str
    turns: tuple[tuple[str, str], ...]
    document: str

    def head(self, turns: Sequence[tuple[str, str]]) -> str:
        """The text before the item's document, with these turns."""
        parts = [self.instruction + "\n\n"] if self.instruction else []
        parts += [
            f"{self.document_field}: {document}\n{self.answer_field}: {answer}\n\n"
            for document, answer in turns
        ]
        return "".join(parts) + f"{self.document_field}: "

    @property
    def tail(self) -> str:
        """The text after the item's document."""
        return f"\n{self.answer_field}:"

    def text(self) -> str:
        """The whole prompt, nothing cut."""
        return self.head(self.turns) + self.document + self.tail
