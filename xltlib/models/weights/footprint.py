"""What a model takes in memory, told from its configuration: nothing is fetched or allocated."""

import math
from dataclasses import dataclass

import torch
from torch import nn
from transformers import AutoModelForCausalLM, PreTrainedConfig

from ...config import LaftSpec

# Tokens per forward pass in training. Fixed, not fitted to the memory: sums in other groups round
# differently.
_MICRO_TOKENS = 8192
# From this many weights on: a quarter of that, and activations are computed again in the backward
# pass rather than kept.
LARGE = 1_000_000_000

#: Bytes per weight of a linear layer: NF4 with its scales quantized again takes 4.127 bits
#: (Dettmers et al. 2023, arXiv 2305.14314, section 3); int8 one byte and a scale per row.
QUANTIZED = {"int8": 1.0, "int4": 4.127 / 8}
TRAINED = 4 + 4 + 8  # bytes per trained weight: float32, its gradient, Adam's two moments


@dataclass(frozen=True)
class Count:
    """Weights of a model: all, those of its inner linear layers, and of LoRA factors of rank 1."""

    parameters: int
    linear: int
    lora: int
    vocabulary: int

    def weight_bytes(self, itemsize: int, quantization: str = "none") -> float:
        """Bytes that the loaded weights take; ``itemsize`` of those that are not quantized."""
        if quantization == "none":
            return self.parameters * itemsize
        rest = self.parameters - self.linear
        return self.linear * QUANTIZED[quantization] + rest * itemsize

    def trained_bytes(self, rank: int | None, itemsize: int, quantization: str = "none") -> float:
        """Weights, gradients and Adam's moments in training; ``rank`` of LoRA, None: in full."""
        if rank is None:
            return self.parameters * TRAINED
        return self.weight_bytes(itemsize, quantization) + rank * self.lora * TRAINED


def count(config: PreTrainedConfig, kind: type = AutoModelForCausalLM) -> Count:
    """Count the weights of the model that ``config`` describes, on torch's meta device."""
    with torch.device("meta"):
        model = kind.from_config(config, trust_remote_code=False)
    head = model.get_output_embeddings()
    inner = [m for m in model.modules() if isinstance(m, nn.Linear) and m is not head]
    return Count(
        parameters=sum(p.numel() for p in model.parameters()),
        linear=sum(m.weight.numel() for m in inner),
        lora=sum(m.in_features + m.out_features for m in inner),
        vocabulary=model.get_input_embeddings().weight.shape[0],
    )


def weights(model: nn.Module) -> int:
    """The weights of a loaded model; bitsandbytes keeps two 4-bit ones in an element."""
    states = ((p, getattr(p, "quant_state", None)) for p in model.parameters())
    return sum(p.numel() if state is None else math.prod(state.shape) for p, state in states)


def kv_bytes(config: PreTrainedConfig, itemsize: int) -> int:
    """Keys and values of one token over all layers, of an encoder-decoder over its decoder's.

    A decoder keeps them twice: for its own tokens and for the source's.
    """
    if config.is_encoder_decoder:
        return 4 * config.decoder_layers * config.d_model * itemsize
    heads = config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return (
        2
        * config.num_hidden_layers
        * (getattr(config, "num_key_value_heads", None) or heads)
        * size
        * itemsize
    )


def activation_bytes(config: PreTrainedConfig, itemsize: int) -> int:
    """One token's activations in a forward pass, roughly, as :func:`memory.budget` counts them."""
    hidden = config.d_model if config.is_encoder_decoder else config.hidden_size
    name = "encoder_ffn_dim" if config.is_encoder_decoder else "intermediate_size"
    inner = getattr(config, name, None) or 4 * hidden
    return (12 * hidden + 3 * inner) * itemsize


def micro_batch(spec: LaftSpec, parameters: int) -> tuple[int, bool]:
    """(tokens per forward pass in training, whether activations are computed again)."""
    large = parameters >= LARGE
    tokens = _MICRO_TOKENS // 4 if large else _MICRO_TOKENS
    if spec.micro_batch is not None:
        tokens = spec.micro_batch * spec.sequence
    chosen = spec.gradient_checkpointing
    return tokens, large if chosen is None else chosen


def training_bytes(config: PreTrainedConfig, vocabulary: int, checkpointing: bool) -> int:
    """One token's activations in a training step, roughly: 2 bytes each under autocast.

    Kept for the backward pass: all layers' (with ``checkpointing`` their inputs, and one layer's in
    full). The logits stand in half and in single precision, each with its gradient, and once more
    in the loss.
    """
    each = activation_bytes(config, 2)
    layers = config.num_hidden_layers
    kept = layers * config.hidden_size * 2 + each if checkpointing else layers * each
    return kept + (2 + 4 + 4 + 4 + 2) * vocabulary
