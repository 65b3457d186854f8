"""A causal language model in training: loss, optimizer step, held-out loss, cost."""

import contextlib
import inspect
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.distributed.fsdp import fully_shard
from torch.nn import functional
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...config import LaftSpec, ModelSpec
from ...errors import XltError
from ..weights import footprint, load
from . import checkpoint, packing, ranks
from . import fits as room


class Objective(torch.nn.Module):
    """The training loss as a module: where weights are sharded, its call gathers them."""

    def __init__(
        self,
        whole: torch.nn.Module,
        body: PreTrainedModel,
        head: torch.nn.Module,
        mixed: bool = True,
    ):
        super().__init__()
        self.whole = whole
        self.mixed = mixed
        self._parts = (body, head)  # in a tuple, since they are modules of `whole` already

    def forward(
        self, ids: torch.Tensor, positions: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Summed cross-entropy of [b, length] sequences."""
        return functional.cross_entropy(*self.predicted(ids, positions, labels), reduction="sum")

    def predicted(
        self, ids: torch.Tensor, positions: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits [n, vocabulary] where there is a label, and these labels [n]."""
        body, head = self._parts
        told = {"position_ids": positions} if _takes_positions(body) else {}
        with autocast(ids.device) if self.mixed else contextlib.nullcontext():
            hidden = body(input_ids=ids, use_cache=False, **told).last_hidden_state
            return said(body, head, hidden, labels)


def said(
    body: PreTrainedModel, head: torch.nn.Module, hidden: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Float32 logits [n, vocabulary] of states [b, length, hidden] with a label, and the labels."""
    wanted = labels != packing.IGNORED
    # Layers that lie on several GPUs give their output, and the logits, on other ones.
    logits = head(hidden[wanted.to(hidden.device)]).float()
    if cap := getattr(body.config, "final_logit_softcapping", None):
        logits = torch.tanh(logits / cap) * cap
    return logits, labels[wanted].to(logits.device)


@dataclass
class Trainee:
    """``whole`` is stepped and saved; ``body`` and ``head``, parts of it, give the loss.

    Of several processes (:mod:`.ranks`) each takes its share of a step's sequences and holds its
    shard of the weights. ``again`` loads the same trainee in one piece and not quantized, to be
    saved in place of one that is sharded or quantized. ``mixed``: products are in bfloat16 where
    the hardware has it (:func:`autocast`).
    """

    whole: torch.nn.Module
    body: PreTrainedModel
    head: torch.nn.Module
    lora: bool
    micro_tokens: int
    again: "Callable[[], Trainee] | None" = None
    mixed: bool = True

    def __post_init__(self) -> None:
        self.objective = Objective(self.whole, self.body, self.head, self.mixed)

    def shard(self) -> None:
        """Keep this process's share of each layer's weights; a call gathers layer by layer."""
        for block in _blocks(self.body):
            fully_shard(block)
        fully_shard(self.objective)

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

        Raises :class:`XltError` when the loss is no longer finite, and where the GPU's memory does
        not hold the step.
        """
        with room.for_sequences(self.micro_tokens, data.ids.shape[1]):
            return self._step(data, chosen, optimizer, clip)

    def _step(
        self,
        data: packing.Packed,
        chosen: np.ndarray,
        optimizer: torch.optim.Optimizer,
        clip: float,
    ) -> float:
        self.whole.train()
        predicted = max(1, int((data.labels[chosen] != packing.IGNORED).sum()))
        total = 0.0
        for group in self._groups(chosen, data.ids.shape[1]):
            loss = self._loss(data, group) / predicted
            (loss * ranks.count()).backward()  # sharded gradients are means over the processes
            total += loss.item()
        total = ranks.summed(total, self.head.weight.device)
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
        with room.for_sequences(self.micro_tokens, data.ids.shape[1]):
            total = sum(self._loss(data, g).item() for g in groups)
        return ranks.summed(total, self.head.weight.device) / max(1, data.predicted)

    def flops_per_token(self, length: int) -> float:
        """Forward and backward pass: 3 x 2 operations per trained weight, 2 x 2 per frozen one."""
        trained = sum(p.numel() for p in self.parameters)
        weights = footprint.weights(self.whole)
        looked_up = self.body.get_input_embeddings().weight
        if looked_up is not self.head.weight:
            weights -= looked_up.numel()
            trained -= looked_up.numel() if looked_up.requires_grad else 0
        config = self.body.config
        attention = 3 * 4.0 * config.num_hidden_layers * config.hidden_size * length / 2
        return 6.0 * trained + 4.0 * (weights - trained) + attention

    def merged(self) -> PreTrainedModel | None:
        """The model to save, on rank 0; LoRA's factors are multiplied into the weights."""
        if self.again is None:
            return self.whole.merge_and_unload() if self.lora else self.whole
        trained = checkpoint.trained(self.whole)
        if ranks.index() > 0:
            return None
        fresh = self.again()
        with torch.no_grad():
            for name, p in fresh.whole.named_parameters():
                if name in trained:
                    p.copy_(trained[name])
        return fresh.merged()

    def _groups(self, chosen: np.ndarray, length: int) -> list[np.ndarray]:
        """This process's share of the sequences, by forward pass: as many passes in each.

        The last ones may be empty; they are made all the same, since all take part in each.
        """
        size = max(1, self.micro_tokens // length)
        share = math.ceil(len(chosen) / ranks.count())
        mine = chosen[ranks.index() * share :][:share]
        return [mine[at : at + size] for at in range(0, share, size)]

    def _loss(self, data: packing.Packed, chosen: np.ndarray) -> torch.Tensor:
        """Summed cross-entropy of the sequences ``chosen``; 0 of none."""
        device = self.body.get_input_embeddings().weight.device
        rows = chosen if len(chosen) else [0]
        ids, positions, labels = (
            torch.from_numpy(a[rows]).to(device) for a in (data.ids, data.positions, data.labels)
        )
        if not len(chosen):
            labels = torch.full_like(labels, packing.IGNORED)
        return self.objective(ids, positions, labels)


def trainee_of(
    model_spec: ModelSpec, spec: LaftSpec, device: str | None = None
) -> tuple[Trainee, PreTrainedTokenizerBase]:
    """Load a model for training by the recipe ``spec``.

    Full training keeps float32 weights, whatever the profile's dtype: half precision has no room
    for small updates. LoRA's frozen base has the profile's dtype, its factors are float32; on a
    quantized base this is QLoRA (Dettmers et al. 2023, arXiv 2305.14314), whose factors are merged
    into the base as it was before.

    Raises :class:`XltError` for a sequence longer than the model's context, a quantized base in
    full training or over several processes, LoRA in float16, and a GPU whose memory does not hold
    the training's states.
    """
    quantized = model_spec.quantization != "none"
    if quantized and (spec.mode == "full" or ranks.count() > 1):
        raise XltError(
            f"`quantization` is {model_spec.quantization!r}, which neither full training nor a "
            "launch of several processes takes: set `laft.mode: lora` in one process, or "
            "`quantization: none`"
        )
    if ranks.count() > 1:
        device = f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_available() else "cpu"
    room.check_precision(model_spec, spec, device)
    room.check_gpu(model_spec, spec, device)
    trainee, tokenizer = _load(model_spec, spec, device)
    if ranks.count() > 1:
        trainee.shard()
    if quantized or ranks.count() > 1:
        plain = model_spec.model_copy(update={"quantization": "none"})
        trainee.again = lambda: _load(plain, spec, "cpu")[0]
    return trainee, tokenizer


def _load(
    model_spec: ModelSpec, spec: LaftSpec, device: str | None
) -> tuple[Trainee, PreTrainedTokenizerBase]:
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
            stacklevel=3,
        )
    micro, again = footprint.micro_batch(spec, footprint.weights(model))
    if again:
        model.activation_checkpointing_enable({"use_reentrant": False})
    if spec.mode == "full":
        return Trainee(model.requires_grad_(True), body, head, False, micro), tokenizer
    return with_lora(model, spec.lora_rank, micro), tokenizer


def with_lora(model: PreTrainedModel, rank: int, micro_tokens: int, mixed: bool = True) -> Trainee:
    """``model`` with LoRA's factors in front of all its linear layers, to be trained alone."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    body, head = model.base_model, model.get_output_embeddings()
    with load.quiet():
        whole = get_peft_model(model, config)
    return Trainee(whole, body, head, True, micro_tokens, mixed=mixed)


def _blocks(body: PreTrainedModel) -> list[torch.nn.Module]:
    """The model's repeated layers, each gathered by itself."""
    lists = [m for m in body.modules() if isinstance(m, torch.nn.ModuleList)]
    return list(max(lists, key=lambda m: sum(p.numel() for p in m.parameters())))


def _takes_positions(body: PreTrainedModel) -> bool:
    return "position_ids" in inspect.signature(body.forward).parameters


def autocast(device: torch.device) -> contextlib.AbstractContextManager:
    """bfloat16 where the hardware multiplies it natively, else nothing."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device.type == "cpu" and (
            torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        )
    return torch.autocast(device.type, torch.bfloat16) if native else contextlib.nullcontext()
