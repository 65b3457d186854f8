"""Choosing the next token: the most likely one."""

import math

import torch


class NotFinite(ArithmeticError):
    """A logit of a row that is not finite."""

    def __init__(self, row: int, value: float):
        super().__init__(f"row {row}: a logit is {value}")
        self.row, self.value = row, value


class Greedy:
    """Takes the most likely token of each row; nothing is kept of what was taken before."""

    def pick(self, logits: torch.Tensor, rows: list[int]) -> list[int]:
        """One token per row of float32 ``logits`` [n, vocabulary]; ``rows`` names the rows.

        Raises :class:`NotFinite` when a row's largest logit is no number.
        """
        largest, ids = logits.max(-1)  # which is NaN where any logit is
        for row, value in zip(rows, largest.tolist(), strict=True):
            if not math.isfinite(value):
                raise NotFinite(row, value)
        return ids.tolist()

    def restart(self, row: int) -> None:
        """A row is generated again from its beginning."""
