"""What a model was used for: tokens, floating-point operations, seconds. No torch in here."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass
class Usage:
    """Running totals of one model object; :meth:`since` gives the share of one stretch of work.

    ``distinct_tokens`` counts the nodes of the trie of all requests of each call: the fewest tokens
    that any method must pass through the model. ``model_tokens`` counts the tokens that were passed
    through, padding included, so their ratio says what the batching cost.
    """

    model_tokens: int = 0
    distinct_tokens: int = 0
    generated_tokens: int = 0
    truncated: int = 0  # outputs that reached max_new_tokens before their end
    cached: int = 0  # answers taken from the disk cache instead of the model
    flops: float = 0.0
    seconds: float = 0.0
    learning: float = 0.0  # of the seconds: learning from labelled items
    recalled: float = 0.0  # seconds that a served model's cached answers took when they were made
    batches: int = 0

    def copy(self) -> "Usage":
        return Usage(**vars(self))

    def add(self, more: "Usage") -> None:
        """Count the same once more."""
        for name, value in vars(more).items():
            setattr(self, name, getattr(self, name) + value)

    def since(self, before: "Usage") -> "Usage":
        """The difference to an earlier :meth:`copy`."""
        return Usage(**{k: v - getattr(before, k) for k, v in vars(self).items()})


class Generated(NamedTuple):
    """One continuation: its text (cut before the stop string) and the tokens that made it."""

    text: str
    tokens: int  # generated tokens, the end-of-text token and a stop string's tokens included
    ids: tuple[int, ...] = ()
