"""Tiny random models of many architectures, by name: windowed, scaled, hybrid and with states."""

import functools

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_utils import PreTrainedModel

WINDOW = 16
LAYERS = 4
_MIXED = ["sliding_attention", "full_attention"] * 2
_HYBRID = ["linear_attention", "full_attention"] * 2
_COMMON = dict(
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=LAYERS,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=1024,
    initializer_range=0.3,
)
_SLIDES = {"sliding_window": WINDOW, "layer_types": _MIXED}
_SMALL_HEADS = {"head_dim": 8}
_MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_n_groups": 1}

#: name -> options beside the common ones; the name up to a "-" is the model type.
WINDOWED = {
    "mistral": {"sliding_window": WINDOW},
    "mixtral": {"sliding_window": WINDOW, "num_local_experts": 3},
    "ministral": _SLIDES | _SMALL_HEADS,
    "gemma2": _SLIDES | _SMALL_HEADS | {"query_pre_attn_scalar": 8},
    "gemma3_text": _SLIDES | _SMALL_HEADS | {"query_pre_attn_scalar": 8},
    "qwen2": _SLIDES | {"use_sliding_window": True},
    "qwen3": _SLIDES | _SMALL_HEADS | {"use_sliding_window": True},
    "cohere2": _SLIDES | {"logit_scale": 0.3},
    "olmo3": _SLIDES,
    "gpt_oss": _SLIDES | _SMALL_HEADS | {"num_local_experts": 2, "num_experts_per_tok": 1},
    "phi3": {"sliding_window": WINDOW, "pad_token_id": 0},
    "starcoder2": {"sliding_window": WINDOW},
    "exaone4": _SLIDES,
    "smollm3": _SLIDES | {"use_sliding_window": True},
}
SCALED = {
    "cohere": {"logit_scale": 0.3},
    "granite": {"logits_scaling": 3.0},
    "minicpm3": {"dim_model_base": 8, "scale_emb": 1.0, "num_key_value_heads": 4},
    "gemma2-full": {"layer_types": ["full_attention"] * 4, "final_logit_softcapping": 2.0}
    | _SMALL_HEADS,
}
STATES = {
    "mamba": {"state_size": 8},
    "mamba2": {"state_size": 8, "num_heads": 8, "head_dim": 8, "n_groups": 1, "expand": 2},
    "falcon_mamba": {"state_size": 8},
    "bamba": _MAMBA | {"attn_layer_indices": [1, 3]},
    "jamba": {"attn_layer_offset": 1, "attn_layer_period": 2, "num_experts": 2},
    "falcon_h1": _MAMBA | {"mamba_d_ssm": 64},
    "granitemoehybrid": _MAMBA
    | {"layer_types": ["mamba", "attention"] * 2, "num_local_experts": 2}
    | {"shared_intermediate_size": 64, "num_experts_per_tok": 1},
    "lfm2": {"layer_types": ["conv", "full_attention"] * 2},
    "recurrent_gemma": {"attention_window_size": WINDOW, "lru_width": 32, "head_dim": 8}
    | {"block_types": ["recurrent", "attention"]},
    "qwen3_next": {"layer_types": _HYBRID, "head_dim": 8, "num_experts": 2}
    | {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8}
    | {"linear_value_head_dim": 8, "num_experts_per_tok": 1, "moe_intermediate_size": 32}
    | {"shared_expert_intermediate_size": 32},
}
OPTIONS = WINDOWED | SCALED | STATES
_SPREAD = {"minicpm3": 0.1}  # of weights, 0.3 elsewhere: its products of many factors grow


@functools.cache
@torch.inference_mode(False)  # kept for all tests: it may be made first inside an inference block
def model(name: str, vocabulary: int = 340, attention: str | None = None) -> PreTrainedModel:
    """A random model of four layers, wide enough in its weights for clear preferences."""
    torch.manual_seed(sum(map(ord, name)))
    given = _COMMON | {"vocab_size": vocabulary} | OPTIONS[name]
    given |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}
    config = AutoConfig.for_model(name.partition("-")[0], **given)
    made = AutoModelForCausalLM.from_config(
        config, dtype=torch.float32, attn_implementation=attention
    )
    for parameter in made.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=_SPREAD.get(name, 0.3))
    return made.eval()
