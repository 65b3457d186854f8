"""Make the mini checkpoints again from the seed: ``python -m xltlib pretrain-mini``.

Tokenizers, corpus, the language model, the translator, their scores and the model card. The two
models are trained side by side, each in a process of its own with one thread, which is the fastest
use of two cores; the card says what the shipped files took. Weights are trained in float32 and
shipped in float16; the scores are those of the shipped files. The same seed on the same hardware
and versions gives the same files; elsewhere the last bits differ, and the scores differ by noise.
"""

import functools
import hashlib
import json
import multiprocessing
import os
import platform
import random
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .. import paths
from ..specs import load_language
from . import world

SEED = 1
LM_VOCABULARY = 4096
TRANSLATOR_VOCABULARY = 4096
LM_SHAPE = {
    "hidden_size": 128,
    "intermediate_size": 352,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
}
TRANSLATOR_SHAPE = {
    "d_model": 128,
    "encoder_layers": 3,
    "decoder_layers": 3,
    "encoder_ffn_dim": 384,
    "decoder_ffn_dim": 384,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
}
SEQUENCES = 14_000  # of 1,024 tokens
PAIRS = 45_000  # sentence pairs a direction
COPIES = 6_000  # random segments a direction whose translation is the segment: names are copied
EPOCHS = 1  # of the translator
TARGETS = ("hau", "kin", "lug")


def tokenizer(texts: Iterable[str], vocabulary: int, special: list[str]):
    """A byte-level BPE tokenizer: every character of every language has tokens, none is unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=special[0],
        pad_token=special[1] if len(special) > 1 else special[0],
        clean_up_tokenization_spaces=False,
    )


def lm_tokenizer():
    """Trained on English news, with a little target-language news and cipher text."""
    from .stream import cipher_language, few_shot

    english = world.articles("eng", "pretrain", 12_000)
    texts = [world.raw_text(article) for article in english]
    for code in TARGETS:
        texts += [world.raw_text(article) for article in world.articles(code, "pretrain", 400)]
    for task in ("topics", "ner", "summarization"):
        texts += [few_shot(english[:3], task, load_language("eng"), w)[0] for w in (0, 1, 2)]
        texts += [few_shot(english[:3], task, cipher_language(k), 0)[0] for k in range(40)]
    return tokenizer(texts, LM_VOCABULARY, ["<|endoftext|>"])


def translator_tokenizer():
    """Trained on the four languages in equal parts; ``>>xxx<<`` names the target language."""
    texts = [
        f"{article.headline}\n{article.text}"
        for code in ("eng", *TARGETS)
        for article in world.articles(code, "pretrain", 8_000)
    ]
    special = ["</s>", "<pad>", *(f">>{code}<<" for code in ("eng", *TARGETS))]
    return tokenizer(texts, TRANSLATOR_VOCABULARY, special)


def translation_pairs(tokens) -> list[tuple[list[int], list[int]]]:
    """(source ids, target ids) for the three languages into English and back."""
    from ..models.translator import source_ids

    pairs, draw, special = [], random.Random(SEED), len(tokens.all_special_ids) + 4
    languages = {code: load_language(code) for code in ("eng", *TARGETS)}
    for code in TARGETS:
        for source, target in ((code, "eng"), ("eng", code)):
            texts = world.parallel_sentences(source, target, PAIRS, SEED)
            left = [text for text, _ in texts]
            sources = source_ids(tokens, left, languages[source], languages[target])
            targets = tokens([text for _, text in texts])["input_ids"]
            pairs += [(s, [*t, 0]) for s, t in zip(sources, targets, strict=True)]
            for _ in range(COPIES):
                ids = [draw.randrange(special, len(tokens)) for _ in range(draw.randint(2, 16))]
                pairs.append(([sources[0][0], *ids, 0], [*ids, 0]))
    return pairs


def save(model, tokens, folder: Path) -> None:
    """Weights in float16 safetensors, the configuration and the tokenizer."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    model.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    tokens.save_pretrained(folder)


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file of the two checkpoints, by path relative to ``folder``."""
    files = sorted(p for sub in ("lm", "translator") for p in (folder / sub).iterdir())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def make_lm(out: Path) -> float:
    """Train and save the language model; returns the seconds it took."""
    from . import stream, train

    start = time.perf_counter()
    tokens = lm_tokenizer()
    ids, weights = stream.arrays(tokens, SEQUENCES, SEED)
    print(f"language model: {ids.size:,} tokens read in {time.perf_counter() - start:.0f} s")
    log = functools.partial(print, "language model:", flush=True)
    lm = train.train_lm(ids, weights, len(tokens), shape=LM_SHAPE, seed=SEED, log=log)
    save(lm, tokens, out / "lm")
    return time.perf_counter() - start


def make_translator(out: Path) -> float:
    """Train and save the translator; returns the seconds it took."""
    from . import train

    start = time.perf_counter()
    tokens = translator_tokenizer()
    pairs = translation_pairs(tokens)
    print(f"translator: {len(pairs):,} pairs read in {time.perf_counter() - start:.0f} s")
    log = functools.partial(print, "translator:", flush=True)
    model = train.train_translator(
        pairs, len(tokens), shape=TRANSLATOR_SHAPE, epochs=EPOCHS, seed=SEED, log=log
    )
    save(model, tokens, out / "translator")
    return time.perf_counter() - start


def main(out: Path = paths.MINI_CHECKPOINTS) -> None:
    """Train both models into ``out`` and write ``card.json`` beside them."""
    # Read when torch is first imported, which is in the processes that are started below.
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as processes:
        makers = [processes.submit(make, out) for make in (make_lm, make_translator)]
        lm_seconds, translator_seconds = (maker.result() for maker in makers)
    write_card(out, lm_seconds, translator_seconds)


def write_card(out: Path, lm_seconds: float, translator_seconds: float) -> None:
    """``card.json``: data, recipe, seconds, scores and the hash of every shipped file."""
    import torch

    from . import stream
    from .scores import scores

    card = {
        "seed": SEED,
        "language_model": {
            "architecture": "LlamaForCausalLM",
            "shape": LM_SHAPE | {"vocab_size": LM_VOCABULARY},
            "tokens": SEQUENCES * stream.SEQUENCE,
            "shares": stream.SHARES,
            "seconds": round(lm_seconds),
        },
        "translator": {
            "architecture": "MarianMTModel",
            "shape": TRANSLATOR_SHAPE | {"vocab_size": TRANSLATOR_VOCABULARY},
            "pairs": (PAIRS + COPIES) * 2 * len(TARGETS),
            "epochs": EPOCHS,
            "seconds": round(translator_seconds),
        },
        "hardware": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "scores": scores(),
        "sha256": digests(out),
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (out / "card.json").write_text(text, encoding="utf-8")
