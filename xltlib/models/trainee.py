"""A causal language model in training: loss, optimizer step, held-out loss, cost."""

import contextlib
import inspect
import math
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ..errors import XltError
from ..specs import LaftSpec, ModelSpec
from . import load, packing

# Tokens per forward pass. Fixed, not fitted to the memory: sums in other groups round differently.
_MICRO_TOKENS = 8192
# From this many weights on: a quarter of that, and activations are computed again in the backward
# pass rather than kept.
_LARGE = 1_000_000_000


@dataclass
class Trainee:
    """``whole`` is stepped and saved; ``body`` and ``head``, parts of it, give the loss."""

    whole: torch.nn.Module
    body: PreTrainedModel
    head: torch.nn.Module
    lora: bool
    micro_tokens: int = _MICRO_TOKENS

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        """The weights that training changes."""
        return [p for p in self.whole.parameters() if p.requires_grad]

    def step(
        self,
        data: packing.Packed,
        chosen: np.ndarray,
        optimizer: torch.optim.Optimizer,
        clip: float,
    ) -> float:
        """One optimizer step on the sequences ``chosen``; their mean loss per predicted token.

        Raises :class:`XltError` when the loss is no longer finite.
        """
        self.whole.train()
        predicted = max(1, int((data.labels[chosen] != packing.IGNORED).sum()))
        total = 0.0
        for group in self._groups(chosen, data.ids.shape[1]):
            loss = self._loss(data, group) / predicted
            loss.backward()
            total += loss.item()
        if not math.isfinite(total):
            raise XltError(
                f"the training loss became {total}: lower `laft.learning_rate` or check the corpus"
            )
        torch.nn.utils.clip_grad_norm_(self.parameters, clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return total

    @torch.no_grad()
    def evaluate(self, data: packing.Packed) -> float:
        """Mean loss per predicted token, in nats."""
        self.whole.eval()
        groups = self._groups(np.arange(len(data.ids)), data.ids.shape[1])
        return sum(self._loss(data, g).item() for g in groups) / max(1, data.predicted)

    def flops_per_token(self, length: int) -> float:
        """Forward and backward pass: 3 x 2 operations per trained weight, 2 x 2 per frozen one."""
        trained = sum(p.numel() for p in self.parameters)
        weights = sum(p.numel() for p in self.whole.parameters())
        looked_up = self.body.get_input_embeddings().weight
        if looked_up is not self.head.weight:
            weights -= looked_up.numel()
            trained -= looked_up.numel() if looked_up.requires_grad else 0
        config = self.body.config
        attention = 3 * 4.0 * config.num_hidden_layers * config.hidden_size * length / 2
        return 6.0 * trained + 4.0 * (weights - trained) + attention

    def merged(self) -> PreTrainedModel:
        """The model to save; LoRA's factors are multiplied into the weights."""
        return self.whole.merge_and_unload() if self.lora else self.whole

    def _groups(self, chosen: np.ndarray, length: int) -> list[np.ndarray]:
        size = max(1, self.micro_tokens // length)
        return [chosen[at : at + size] for at in range(0, len(chosen), size)]

    def _loss(self, data: packing.Packed, chosen: np.ndarray) -> torch.Tensor:
        """Summed cross-entropy of the sequences ``chosen``; logits only where there is a label."""
        device = self.head.weight.device
        ids, positions, labels = (
            torch.from_numpy(a[chosen]).to(device) for a in (data.ids, data.positions, data.labels)
        )
        wanted = labels != packing.IGNORED
        told = {"position_ids": positions} if _takes_positions(self.body) else {}
        with _autocast(device):
            hidden = self.body(input_ids=ids, use_cache=False, **told).last_hidden_state
            logits = self.head(hidden[wanted]).float()
        if cap := getattr(self.body.config, "final_logit_softcapping", None):
            logits = torch.tanh(logits / cap) * cap
        return functional.cross_entropy(logits, labels[wanted], reduction="sum")


def trainee_of(
    model_spec: ModelSpec, spec: LaftSpec, device: str | None = None
) -> tuple[Trainee, PreTrainedTokenizerBase]:
    """Load a model for training by the recipe ``spec``.

    Full training keeps float32 weights, whatever the profile's dtype: half precision has no room
    for small updates. LoRA's frozen base has the profile's dtype, its factors are float32.
    """
    dtype = "float32" if spec.mode == "full" else model_spec.dtype
    model, tokenizer = load.causal(model_spec.model_copy(update={"dtype": dtype}), None, device)
    longest = getattr(model.config, "max_position_embeddings", None)
    if longest and spec.sequence > longest:
        raise XltError(
            f"`laft.sequence` is {spec.sequence}, but the model takes at most {longest} tokens: "
            "lower it"
        )
    body, head = model.base_model, model.get_output_embeddings()
    if not _takes_positions(body):
        warnings.warn(
            f"{type(model).__name__} takes no positions: packed lines attend to those before them",
            stacklevel=2,
        )
    large = sum(p.numel() for p in model.parameters()) >= _LARGE
    if large:
        model.activation_checkpointing_enable({"use_reentrant": False})
    micro = _MICRO_TOKENS // 4 if large else _MICRO_TOKENS
    if spec.mode == "full":
        return Trainee(model.requires_grad_(True), body, head, False, micro), tokenizer
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=spec.lora_rank,
        lora_alpha=2 * spec.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with load.quiet():
        whole = get_peft_model(model, config)
    return Trainee(whole, body, head, True, micro), tokenizer


def _takes_positions(body: PreTrainedModel) -> bool:
    return "position_ids" in inspect.signature(body.forward).parameters


def _autocast(device: torch.device) -> contextlib.AbstractContextManager:
    """bfloat16 where the hardware multiplies it natively, else nothing."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device.type == "cpu" and (
            torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        )
    return torch.autocast(device.type, torch.bfloat16) if native else contextlib.nullcontext()
