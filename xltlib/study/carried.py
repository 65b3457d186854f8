"""Examples in the language of the prompt."""

from dataclasses import dataclass, replace

from ..data import Example


@dataclass(frozen=True)
class Carried:
    """Examples in the language of the prompt, and what carrying them cost in all."""

    examples: tuple[Example, ...]
    seconds: float
    flops: float
    cut: int  # pieces whose translation ended at max_new_tokens

    def first(self, n: int) -> "Carried":
        """The first ``n`` of them; the cost is that of all."""
        return replace(self, examples=self.examples[:n])
