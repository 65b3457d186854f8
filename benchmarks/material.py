"""What the benchmarks run on: random-weight Llamas, a tokenizer and prompts from Hausa news."""

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from xltlib import data
from xltlib.data import Example

#: name -> hidden size, layers, inner size, heads
SHAPES = {
    "tiny": (128, 4, 344, 2),
    "small": (256, 6, 688, 4),  # 8.9 M parameters
    "medium": (512, 8, 1376, 8),
    "large": (768, 12, 2048, 12),  # 97.5 M parameters
    "7b": (4096, 32, 11008, 32),
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


def model(shape: str, vocabulary: int, dtype: torch.dtype = torch.float32) -> LlamaForCausalLM:
    """A Llama with random weights, the same ones every time."""
    hidden, layers, inner, heads = SHAPES[shape]
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        dtype=dtype,
    )
    torch.manual_seed(0)
    return LlamaForCausalLM(config).to(dtype).eval().requires_grad_(False)


def _cut(words: PreTrainedTokenizerFast, text: str, tokens: int) -> str:
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
        turns = [f"Labari: {_cut(words, e.text, 95)}\nBatu: {LABELS[e.gold]}\n\n" for e in shown]
        prompts.append("".join(turns) + f"Labari: {_cut(words, item.text, tokens)}\nBatu:")
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
    turns = [f"Labari: {_cut(words, e.text, 95)}\nKanun labari: {e.gold}\n\n" for e in shown]
    return Material(
        ["".join(turns) + f"Labari: {_cut(words, e.text, 66)}\nKanun labari:" for e in test], []
    )
