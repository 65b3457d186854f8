"""Choosing the next token: the most likely one, or a seeded draw per row."""

import math

import torch

from ...errors import XltError


class NotFinite(ArithmeticError):
    """A logit of a row that is not finite."""

    def __init__(self, row: int, value: float):
        super().__init__(f"row {row}: a logit is {value}")
        self.row, self.value = row, value


class Sampler:
    """Greedy for ``temperature`` 0; otherwise a draw from the nucleus of probability ``top_p``.

    Each row has a generator of its own, seeded by (seed, row), so that a draw depends neither on
    the batch nor on other rows.
    """

    def __init__(self, temperature: float = 0.0, top_p: float = 1.0, seed: int = 0):
        if temperature < 0:
            raise XltError(f"`temperature` must be 0 (greedy) or more, but got {temperature}")
        if not 0 < top_p <= 1:
            raise XltError(f"`top_p` must be above 0 and at most 1, but got {top_p}")
        self.temperature, self.top_p, self.seed = temperature, top_p, seed
        self._generators: dict[int, torch.Generator] = {}

    def pick(self, logits: torch.Tensor, rows: list[int]) -> list[int]:
        """One token per row of float32 ``logits`` [n, vocabulary]; ``rows`` names the rows.

        Raises :class:`NotFinite` when a row's largest logit is no number.
        """
        largest, ids = logits.max(-1)  # which is NaN where any logit is
        for row, value in zip(rows, largest.tolist(), strict=True):
            if not math.isfinite(value):
                raise NotFinite(row, value)
        if self.temperature == 0:
            return ids.tolist()
        probabilities = torch.softmax(logits / self.temperature, -1)
        ordered, ids = torch.sort(probabilities, dim=-1, descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered
        sums = ordered.masked_fill(before >= self.top_p, 0.0).cumsum(-1)
        draws = (
            torch.tensor([self._draw(r) for r in rows], device=logits.device)[:, None]
            * sums[:, -1:]
        )
        places = torch.searchsorted(sums, draws, right=True).clamp_(max=ids.shape[1] - 1)
        return ids.gather(1, places)[:, 0].tolist()

    def restart(self, row: int) -> None:
        """Begin the draws of a row anew: it is generated again."""
        self._generators.pop(row, None)

    def _draw(self, row: int) -> float:
        if row not in self._generators:
            self._generators[row] = torch.Generator().manual_seed(
                (self.seed * 1_000_003 + row) % (1 << 63)
            )
        return torch.rand((), generator=self._generators[row]).item()
