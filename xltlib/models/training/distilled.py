"""Self-distillation: a model in training learns from itself as it was when the pass began, too.

The loss is cross-entropy + alpha T^2 KL(teacher, student), T = 2, over the answers' tokens; alpha
is how well the teacher ranks the right tokens: the mean of their reciprocal ranks among its ten
likeliest, 0 for those outside, as the code of https://arxiv.org/abs/2309.17134 has it.
"""

import copy
import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...config import LaftSpec
from ..engine.engine import LanguageModel
from . import packing
from .answers import MICRO_TOKENS
from .low_rank import LowRank
from .trainee import Objective, Trainee, with_lora

TEMPERATURE = 2.0
RANKS = 10


class Distilled(LowRank):
    """LoRA that learns from its own earlier state; the teacher weighs ``scale`` times alpha."""

    def __init__(self, scale: float = 1.0):
        self.scale = scale

    def trainee(self, lm: LanguageModel, spec: LaftSpec, part: Path) -> Trainee:
        made = with_lora(copy.deepcopy(lm.model), spec.lora_rank, MICRO_TOKENS, mixed=False)
        pupil = _Pupil(made.whole, made.body, made.head, True, MICRO_TOKENS, mixed=False)
        pupil.objective = _Objective(pupil, self.scale)
        pupil.batch, pupil.part = spec.batch, part
        return pupil


class _Pupil(Trainee):
    """A trainee with a teacher: its own weights at the beginning of a pass over the data.

    A teacher is written to ``part`` when its pass begins, for a killed training that goes on.
    """

    batch: int
    part: Path
    teacher: tuple[int, list[Tensor]] | None = None

    def step(
        self,
        data: packing.Packed,
        chosen: np.ndarray,
        optimizer: torch.optim.Optimizer,
        clip: float,
    ) -> float:
        known = [state["step"] for state in optimizer.state.values() if "step" in state]
        number = int(known[0]) if known else 0
        self._meet(number * self.batch // len(data.ids))
        return super().step(data, chosen, optimizer, clip)

    def _meet(self, number: int) -> None:
        """Have the teacher of the pass of that number."""
        if self.teacher is not None and self.teacher[0] == number:
            return
        path = self.part / f"teacher-{number}.pt"
        if path.is_file():
            found = torch.load(path, map_location="cpu", weights_only=True)
        else:
            found = [p.detach().cpu().clone() for p in self.parameters]
            torch.save(found, path.with_suffix(".pt.part"))
            os.replace(path.with_suffix(".pt.part"), path)
        own = self.parameters
        self.teacher = number, [t.to(p.device) for t, p in zip(found, own, strict=True)]


class _Objective(Objective):
    """The summed loss of sequences, with what the teacher says of the same tokens."""

    def __init__(self, pupil: _Pupil, scale: float):
        super().__init__(pupil.whole, pupil.body, pupil.head, mixed=False)
        self._pupil, self._scale = (pupil,), scale

    def forward(self, ids: Tensor, positions: Tensor, labels: Tensor) -> Tensor:
        taught = self._taught(ids, positions, labels) if self._scale else None
        logits, answers = self.predicted(ids, positions, labels)
        loss = functional.cross_entropy(logits, answers, reduction="sum")
        if taught is None:
            return loss
        alpha = self._scale * reciprocal_ranks(taught, answers).mean()
        apart = functional.kl_div(
            functional.log_softmax(logits / TEMPERATURE, dim=-1),
            functional.log_softmax(taught / TEMPERATURE, dim=-1),
            reduction="sum",
            log_target=True,
        )
        return loss + alpha * TEMPERATURE**2 * apart

    @torch.no_grad()
    def _taught(self, ids: Tensor, positions: Tensor, labels: Tensor) -> Tensor:
        """The teacher's logits, in whose weights the model is for that long."""
        (pupil,) = self._pupil
        weights = [p.data for p in pupil.parameters]
        own = [w.clone() for w in weights]
        torch._foreach_copy_(weights, pupil.teacher[1])
        logits, _ = self.predicted(ids, positions, labels)
        torch._foreach_copy_(weights, own)
        return logits


def reciprocal_ranks(logits: Tensor, right: Tensor) -> Tensor:
    """1 / rank of the right token of each row of ``logits`` [n, vocabulary]; 0 behind RANKS."""
    ranks = 1 + (logits > logits.gather(1, right[:, None])).sum(1)
    return torch.where(ranks <= RANKS, 1.0 / ranks, torch.zeros(()).to(logits))
