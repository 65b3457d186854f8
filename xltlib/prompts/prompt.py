"""A prompt in parts, before it is cut to fit a context."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Shown:
    """One example as a prompt shows it.

    ``document`` is its longest text, the only one that may be cut; ``before`` and ``after`` hold
    its other texts and the names of all fields, up to the colon after the answer's.
    """

    before: str
    document: str
    after: str
    answer: str = ""  # of a demonstration

    def text(self) -> str:
        """The whole of it, ready for an answer."""
        return self.before + self.document + self.after


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in parts: ``turns`` are the demonstrations.

    ``frame`` is an example without texts: what all items of a task have in common.
    """

    example_id: str
    instruction: str
    turns: tuple[Shown, ...]
    item: Shown
    frame: Shown

    def head(self, turns: Sequence[Shown]) -> str:
        """The text before the item's document, with these turns."""
        parts = [self.instruction + "\n\n"] if self.instruction else []
        parts += [f"{turn.text()} {turn.answer}\n\n" for turn in turns]
        return "".join(parts) + self.item.before

    @property
    def tail(self) -> str:
        """The text after the item's document."""
        return self.item.after

    @property
    def document(self) -> str:
        """The item's text that may be cut."""
        return self.item.document

    def text(self) -> str:
        """The whole prompt, nothing cut."""
        return self.head(self.turns) + self.document + self.tail

    def premise(self) -> "Prompt":
        """The answer's field alone: what the options follow where nothing was said before."""
        bare = Shown("", "", self.frame.after.rpartition("\n")[2])
        return replace(self, instruction="", turns=(), item=bare, frame=bare)
