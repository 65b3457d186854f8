"""What LoRA learns of prompts with answers, merged into a copy of the model."""

import copy
from pathlib import Path

from ...config import LaftSpec
from ..engine.engine import LanguageModel
from .answers import MICRO_TOKENS, like
from .trainee import Trainee, with_lora


class LowRank:
    """LoRA in front of all linear layers, of the recipe's rank."""

    def trainee(self, lm: LanguageModel, spec: LaftSpec, part: Path) -> Trainee:
        return with_lora(copy.deepcopy(lm.model), spec.lora_rank, MICRO_TOKENS, mixed=False)

    def made(self, lm: LanguageModel, trainee: Trainee) -> LanguageModel:
        return like(lm, trainee.whole.merge_and_unload())
