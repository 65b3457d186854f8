"""A soft prompt: vectors in front of every prompt are learned, and the model stays as it is.

Lester et al. 2021 (https://arxiv.org/abs/2104.08691), through peft's prompt tuning. To be asked as
fast as any other model, what was learned becomes tokens of its own: further rows of the embedding,
that no text is written in and that are never predicted.
"""

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...config import LaftSpec
from ..engine.engine import LanguageModel
from ..weights import load
from .answers import MICRO_TOKENS, like
from .trainee import Trainee, said


@dataclass(frozen=True)
class Soft:
    """So many vectors, which start as those of the tokens of ``start``, from the first on again."""

    vectors: int
    start: str

    def trainee(self, lm: LanguageModel, spec: LaftSpec, part: Path) -> Trainee:
        from peft import PromptTuningConfig, get_peft_model

        model = copy.deepcopy(lm.model)
        config = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=self.vectors)
        with load.quiet():
            whole = get_peft_model(model, config)
        whole.prompt_encoder.to(lm.device)
        with torch.no_grad():
            whole.prompt_encoder["default"].embedding.weight.copy_(self._first(lm))
        body, head = model.base_model, model.get_output_embeddings()
        trainee = Trainee(whole, body, head, False, MICRO_TOKENS, mixed=False)
        trainee.objective = _Objective(whole, body, head, len(lm.encoder.front))
        return trainee

    def _first(self, lm: LanguageModel) -> Tensor:
        ids = lm.tokenizer(self.start, add_special_tokens=False)["input_ids"]
        every = torch.tensor((ids * self.vectors)[: self.vectors], device=lm.device)
        return lm.model.get_input_embeddings()(every)

    def made(self, lm: LanguageModel, trainee: Trainee) -> LanguageModel:
        return in_front(lm, trainee.whole.prompt_encoder["default"].embedding.weight.detach())


class _Objective(nn.Module):
    """The summed cross-entropy of answers behind prompts, each with the soft prompt in front."""

    def __init__(self, whole: nn.Module, body: nn.Module, head: nn.Module, front: int):
        super().__init__()
        self.whole = whole
        self._parts, self._front = (body, head), front  # tokens that stand in front of any text

    def forward(self, ids: Tensor, positions: Tensor, labels: Tensor) -> Tensor:
        body, head = self._parts
        given, soft = body.get_input_embeddings()(ids), self.whole.get_prompt(batch_size=len(ids))
        a, n = self._front, soft.shape[1]
        inputs = torch.cat([given[:, :a], soft.to(given.dtype), given[:, a:]], dim=1)
        hidden = body(inputs_embeds=inputs, use_cache=False).last_hidden_state
        hidden = torch.cat([hidden[:, :a], hidden[:, a + n :]], dim=1)
        return functional.cross_entropy(*said(body, head, hidden, labels), reduction="sum")


def in_front(lm: LanguageModel, vectors: Tensor) -> LanguageModel:
    """A model like ``lm`` that reads ``vectors`` [n, hidden] before every text."""
    model = copy.deepcopy(lm.model)
    embedding = model.get_input_embeddings()
    known = embedding.weight.detach()
    # some architectures scale what they look up
    sample = torch.arange(min(8, len(known)), device=known.device)
    looked_up, rows = embedding(sample).detach(), known[sample]
    scale = (looked_up * rows).sum() / (rows * rows).sum()
    # the output keeps the old rows, so that the new ones are never predicted
    model.config.tie_word_embeddings = False
    embedding.weight = nn.Parameter(torch.cat([known, vectors.to(known) / scale]))
    embedding.num_embeddings = len(embedding.weight)
    made = like(lm, model)
    new = range(len(known), len(known) + len(vectors))
    made.encoder.front = [*lm.encoder.front, *new]
    return made
