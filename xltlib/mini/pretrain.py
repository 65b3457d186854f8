"""Make the mini checkpoints again from the seed: ``python -m xltlib pretrain-mini``.

Tokenizers, corpus, the language model, the translator, their scores and the model card. The two
models are trained side by side, each in a process of its own with one thread, which is the fastest
use of two cores; the card says what the shipped files took, in seconds of one thread. Weights are
trained in float32, their products in bfloat16 where the processor has it, and shipped in float16;
the scores are those of the shipped files. The same seed on the same hardware and versions gives the
same files; elsewhere the last bits differ, and the scores differ by noise. They do from the shipped
language model too: the rows of its batches were divided between two processes, and Muon's matrices
were made orthogonal in float32 instead of torch's bfloat16, to be there sooner.
"""

import functools
import multiprocessing
import os
import random
import re
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import paths
from ..config import load_language
from ..data.generated import world

SEED = 1
END = "<|endoftext|>"  # of a text that the language model reads
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


LM_TOKENS = 20_000_000
LM_LEARNING_RATE = 0.01
#: Of the few-shot documents, in equal parts: entities take the longest to learn.
LM_TASKS = ("topics", "ner", "summarization", "ner")


@dataclass(frozen=True)
class Cycle:
    """One cosine of the translator's learning rate, over pairs of its own."""

    pairs: int  # a direction
    learning_rate: float
    renamed: float  # share of the pairs with made-up names, from which copying is learned


TRANSLATOR_CYCLES = (
    Cycle(45_000, 2e-3, 0.0),
    Cycle(22_500, 1e-3, 0.0),
    Cycle(22_500, 1e-3, 0.7),
)
COPIES = 2 / 15  # random segments per pair whose translation is the segment
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
    """Trained on English news, with a little target-language news and cipher text.

    Half of the English has made-up names: names then have pieces of names, not a token each.
    """
    from .stream import cipher_language, few_shot, renamed

    english, draw = world.reading(12_000), random.Random(SEED)
    texts = [world.raw_text(renamed(a, draw) if i % 2 else a) for i, a in enumerate(english)]
    for code in TARGETS:
        texts += [world.raw_text(article) for article in world.articles(code, "pretrain", 600)]
    for task in ("topics", "ner", "summarization"):
        texts += [few_shot(english[:3], task, load_language("eng"), w)[0] for w in (0, 1, 2)]
        texts += [few_shot(english[:3], task, cipher_language(k), 0)[0] for k in range(40)]
    return tokenizer(texts, LM_VOCABULARY, [END])


def translator_tokenizer():
    """Trained on the four languages in equal parts; ``>>xxx<<`` names the target language."""
    texts = [
        f"{article.headline}\n{article.text}"
        for code in ("eng", *TARGETS)
        for article in world.articles(code, "pretrain", 8_000)
    ]
    special = ["</s>", "<pad>", *(f">>{code}<<" for code in ("eng", *TARGETS))]
    return tokenizer(texts, TRANSLATOR_VOCABULARY, special)


def _plain_name(draw: random.Random) -> str:
    """A made-up name of two to four open syllables."""
    syllables = [draw.choice("bdfghjklmnrstwyz") + draw.choice("aeiou") for _ in range(4)]
    return "".join(syllables[: draw.randint(2, 4)]).capitalize() + draw.choice(["", "n", "l"])


def renamed_pair(pair: tuple[str, str], draw: random.Random) -> tuple[str, str]:
    """The pair with every name that both sides spell alike replaced by a made-up one."""
    words = [set(re.findall(r"\b[A-Z]\w{2,}", text)) for text in pair]
    for word in sorted(words[0] & words[1]):
        name = _plain_name(draw)
        pair = tuple(re.sub(rf"\b{word}\b", name, text) for text in pair)
    return pair


def translation_pairs(
    tokens, pairs_each: int, seed: int, share_renamed: float
) -> list[tuple[list[int], list[int]]]:
    """(source ids, target ids) for the three languages into English and back."""
    from ..models.translation.translator import source_ids

    pairs, draw, special = [], random.Random(seed), len(tokens.all_special_ids) + 4
    languages = {code: load_language(code) for code in ("eng", *TARGETS)}
    for code in TARGETS:
        for source, target in ((code, "eng"), ("eng", code)):
            texts = world.parallel_sentences(source, target, pairs_each, seed)
            if share_renamed:
                texts = [
                    renamed_pair(t, draw) if draw.random() < share_renamed else t for t in texts
                ]
            left = [text for text, _ in texts]
            sources = source_ids(tokens, left, languages[source], languages[target])
            targets = tokens([text for _, text in texts])["input_ids"]
            pairs += [(s, [*t, 0]) for s, t in zip(sources, targets, strict=True)]
            for _ in range(int(pairs_each * COPIES)):
                ids = [draw.randrange(special, len(tokens)) for _ in range(draw.randint(2, 16))]
                pairs.append(([sources[0][0], *ids, 0], [*ids, 0]))
    return pairs


def save(model, tokens, folder: Path) -> None:
    """Weights in float16 safetensors, the configuration and the tokenizer.

    Halves the model in place: what a further cycle starts from is what is saved.
    """
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    model.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    tokens.save_pretrained(folder)


class Made(NamedTuple):
    """What making a model took, in one thread, and the precision of its matrix products."""

    seconds: float
    precision: str


def lm_documents(tokens) -> tuple[list[tuple[np.ndarray, np.ndarray]], int]:
    """What the language model reads, as (token ids, weights), and how many tokens that is."""
    from . import stream

    documents, size = [], 0
    for document in stream.documents(tokens, SEED, LM_TASKS):
        documents.append(document)
        size += len(document[0])
        if size >= LM_TOKENS:
            break
    return documents, size


def make_lm(out: Path) -> Made:
    """Train and save the language model."""
    from . import stream, train

    start, tokens = time.perf_counter(), lm_tokenizer()
    log = functools.partial(print, "language model:", flush=True)
    documents, size = lm_documents(tokens)
    log(f"{size:,} tokens read, {time.perf_counter() - start:.0f} s so far")
    lm = train.train_lm(
        documents,
        len(tokens),
        shape=LM_SHAPE,
        longest=stream.LONGEST,
        learning_rate=LM_LEARNING_RATE,
        seed=SEED,
        log=log,
    )
    save(lm, tokens, out / "lm")
    return Made(time.perf_counter() - start, train.precision())


def make_translator(out: Path) -> Made:
    """Train and save the translator."""
    from . import train

    start, tokens, model = time.perf_counter(), translator_tokenizer(), None
    log = functools.partial(print, "translator:", flush=True)
    for seed, cycle in enumerate(TRANSLATOR_CYCLES, SEED):
        pairs = translation_pairs(tokens, cycle.pairs, seed, cycle.renamed)
        log(f"{len(pairs):,} pairs read, {time.perf_counter() - start:.0f} s so far")
        model = train.train_translator(
            pairs,
            len(tokens),
            shape=TRANSLATOR_SHAPE,
            start=model,
            learning_rate=cycle.learning_rate,
            seed=seed,
            log=log,
        )
        save(model, tokens, out / "translator")
    return Made(time.perf_counter() - start, train.precision())


def main(out: Path = paths.MINI_CHECKPOINTS) -> None:
    """Train both models into ``out`` and write ``card.json`` beside them."""
    # Read when torch is first imported, which is in the processes that are started below.
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as processes:
        makers = [processes.submit(make, out) for make in (make_lm, make_translator)]
        lm, translator = (maker.result() for maker in makers)
    write_card(out, lm, translator)


def write_card(out: Path, lm: Made, translator: Made) -> None:
    """``card.json``: data, recipe, seconds, scores and the hash of every shipped file."""
    from . import cards, stream
    from .scores import scores

    card = {
        "seed": SEED,
        "language_model": {
            "architecture": "LlamaForCausalLM",
            "shape": LM_SHAPE | {"vocab_size": LM_VOCABULARY},
            "tokens": LM_TOKENS,
            "learning_rate": LM_LEARNING_RATE,
            "tasks": LM_TASKS,
            "shares": stream.SHARES,
            "seconds": round(lm.seconds),
            "precision": lm.precision,
        },
        "translator": {
            "architecture": "MarianMTModel",
            "shape": TRANSLATOR_SHAPE | {"vocab_size": TRANSLATOR_VOCABULARY},
            "pairs": sum(cycle.pairs for cycle in TRANSLATOR_CYCLES) * 2 * len(TARGETS),
            "cycles": [asdict(cycle) for cycle in TRANSLATOR_CYCLES],
            "seconds": round(translator.seconds),
            "precision": translator.precision,
        },
        **cards.machine(),
        "scores": scores(),
        "sha256": cards.digests(out, "lm", "translator"),
    }
    cards.write(card, out, cards.CARD)
