"""What the benchmarks run on: random-weight models, a tokenizer and prompts from Hausa news."""

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
)
from transformers.modeling_utils import PreTrainedModel

from xltlib import data
from xltlib.data import Example


def _llama(hidden: int, layers: int, inner: int, heads: int, **more: object) -> dict[str, object]:
    return {
        "model_type": "llama",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        **more,
    }


def _gemma(
    hidden: int, layers: int, inner: int, heads: int, head: int, **more: object
) -> dict[str, object]:
    kinds = ["sliding_attention" if n % 6 else "full_attention" for n in range(1, layers + 1)]
    return {
        "model_type": "gemma3_text",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": 1,
        "head_dim": head,
        "query_pre_attn_scalar": head,
        "layer_types": kinds,
        "max_position_embeddings": 32768,
        "tie_word_embeddings": True,
        **more,
    }


#: name -> configuration; one without ``vocab_size`` has the tokenizer's. Those with one are the
#: published models'.
SHAPES = {
    "tiny": _llama(128, 4, 344, 2),
    "small": _llama(256, 6, 688, 4),  # 8.9 M parameters
    "medium": _llama(512, 8, 1376, 8),
    "large": _llama(768, 12, 2048, 12),  # 97.5 M parameters
    "tiny translator": {
        "model_type": "m2m_100",
        "d_model": 64,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_ffn_dim": 128,
        "decoder_ffn_dim": 128,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
    },
    "tiny windowed": _gemma(128, 4, 256, 2, 64, sliding_window=32, vocab_size=8192),
    "Gemma-3-270M": _gemma(640, 18, 2048, 4, 256, sliding_window=512, vocab_size=262144),
    "LLaMA-7B": _llama(4096, 32, 11008, 32, vocab_size=32000),
    "Llama-3.1-8B": _llama(4096, 32, 14336, 32, num_key_value_heads=8, vocab_size=128256),
    "Qwen2.5-0.5B": _llama(896, 24, 4864, 14, num_key_value_heads=2, vocab_size=151936)
    | {"model_type": "qwen2", "tie_word_embeddings": True},
    "NLLB-200-distilled-600M": {
        "model_type": "m2m_100",
        "d_model": 1024,
        "encoder_layers": 12,
        "decoder_layers": 12,
        "encoder_ffn_dim": 4096,
        "decoder_ffn_dim": 4096,
        "encoder_attention_heads": 16,
        "decoder_attention_heads": 16,
        "vocab_size": 256206,
    },
    "NLLB-200-3.3B": {
        "model_type": "m2m_100",
        "d_model": 2048,
        "encoder_layers": 24,
        "decoder_layers": 24,
        "encoder_ffn_dim": 8192,
        "decoder_ffn_dim": 8192,
        "encoder_attention_heads": 16,
        "decoder_attention_heads": 16,
        "vocab_size": 256206,
    },
}
VOCABULARY = 8192
CONTEXT = 2048
#: What a topic is called in the prompts; 1 to 6 tokens each.
LABELS = {
    "business": "kasuwanci",
    "entertainment": "nishaɗi da al'adu",
    "health": "kiwon lafiya",
    "politics": "siyasa da mulki",
    "religion": "addini",
    "sports": "wasannin motsa jiki",
    "technology": "kimiyya da fasaha",
}
NEW_TOKENS = 32


@dataclass(frozen=True)
class Material:
    """Prompts and, for scoring, the continuations of every prompt."""

    prompts: list[str]
    continuations: list[str]  # empty: generate
    new_tokens: int = NEW_TOKENS


def news(data_dir: Path, split: str) -> list[Example]:
    """Hausa MasakhaNEWS, topics as gold."""
    return data.load("masakhanews", "topics", "hau", split, data_dir)


def tokenizer(data_dir: Path) -> PreTrainedTokenizerFast:
    """A byte-level BPE of 8,192 tokens, trained on the demonstrations' articles."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([e.text for e in news(data_dir, "demos")], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )


def config(shape: str, vocabulary: int) -> PreTrainedConfig:
    """The configuration of a shape."""
    given = {"vocab_size": vocabulary, "max_position_embeddings": CONTEXT}
    given |= {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1, "tie_word_embeddings": False}
    if SHAPES[shape]["model_type"] == "m2m_100":
        given |= {"decoder_start_token_id": 1, "tie_word_embeddings": True}
    return AutoConfig.for_model(**(given | SHAPES[shape]))


def model(shape: str, vocabulary: int, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """A model with random weights, the same ones every time."""
    made = config(shape, vocabulary)
    kind = AutoModelForSeq2SeqLM if made.is_encoder_decoder else AutoModelForCausalLM
    torch.manual_seed(0)
    return kind.from_config(made, dtype=dtype).eval().requires_grad_(False)


def cut(words: PreTrainedTokenizerFast, text: str, tokens: int) -> str:
    """The first ``tokens`` tokens of a text."""
    ids = words(text, add_special_tokens=False)["input_ids"][:tokens]
    return words.decode(ids).rstrip("\ufffd ").strip()


def topics(
    words: PreTrainedTokenizerFast,
    data_dir: Path,
    items: int,
    *,
    shots: int = 4,
    own: bool = False,
    labels: int = 7,
    one_token: bool = False,
    tokens: int = 60,
) -> Material:
    """Few-shot topic prompts; ``own`` draws new demonstrations for every item."""
    pool, test = news(data_dir, "demos"), news(data_dir, "test")
    test = (test * (items // len(test) + 1))[:items]
    draw = random.Random(0)
    fixed = draw.sample(pool, shots)
    prompts = []
    for item in test:
        shown = draw.sample(pool, shots) if own else fixed
        turns = [f"Labari: {cut(words, e.text, 95)}\nBatu: {LABELS[e.gold]}\n\n" for e in shown]
        prompts.append("".join(turns) + f"Labari: {cut(words, item.text, tokens)}\nBatu:")
    names = [f" {name}" for name in LABELS.values()]
    if one_token:
        frequent = [w for e in pool[:50] for w in e.text.split() if w.isalpha()]
        singles = [w for w in dict.fromkeys(frequent) if _single(words, f" {w}")]
        names = [f" {w}" for w in singles]
    names = [*names, *(f"{a}{b}" for a in names for b in names)]
    return Material(prompts, names[:labels])


def _single(words: PreTrainedTokenizerFast, text: str) -> bool:
    return len(words(text, add_special_tokens=False)["input_ids"]) == 1


def headlines(words: PreTrainedTokenizerFast, data_dir: Path, items: int) -> Material:
    """Few-shot headline prompts, to be continued."""
    pool = data.load("masakhanews", "summarization", "hau", "demos", data_dir)
    test = data.load("masakhanews", "summarization", "hau", "test", data_dir)[:items]
    shown = random.Random(0).sample(pool, 4)
    turns = [f"Labari: {cut(words, e.text, 95)}\nKanun labari: {e.gold}\n\n" for e in shown]
    return Material(
        ["".join(turns) + f"Labari: {cut(words, e.text, 66)}\nKanun labari:" for e in test], []
    )
