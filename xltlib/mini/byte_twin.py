"""The language model's twin without a tokenizer: ``python -m xltlib pretrain-mini --bytes``.

It reads the very documents that the shipped language model was trained on, byte by byte, so that
what differs between the two is what a token is (MonoByte, https://arxiv.org/abs/2209.11035). Shape,
recipe, number of documents and, nearly, of updates are the same. A text has three times as many
bytes as tokens, so that the twin computes three times as much for it; its embedding has 257 rows
instead of 4,096, which leaves it less to know words by heart with.

Each byte has the weight of the token that it is a part of. Both models then minimize the same sum:
a token's log-probability is that of its bytes, one after the other.
"""

import functools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import models, paths
from ..config import ModelSpec
from . import cards, pretrain, stream, train
from .scores import english_scores

#: Bytes for each token of the twin, rounded: what a document, a batch and an answer may have.
BYTES_A_TOKEN = 3
LONGEST = BYTES_A_TOKEN * stream.LONGEST  # the longest document has 3,036 bytes
BATCH_BYTES = BYTES_A_TOKEN * train.BATCH_TOKENS
FOLDER = paths.MINI_MODELS["mini-bytes"]

Document = tuple[np.ndarray, np.ndarray]  # token ids, and the weight of each in the loss


def _ids() -> dict[str, int]:
    """Each byte's letter, as byte-level tokenizers write it -> its id."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    return {letter: byte + 1 for byte, letter in bytes_to_unicode().items()}


def byte_tokenizer():
    """End of text (id 0), and byte ``b`` as id ``b + 1``: nothing is merged, nothing unknown."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers import models as kinds
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(kinds.BPE(vocab={pretrain.END: 0} | _ids(), merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token=pretrain.END,
        pad_token=pretrain.END,
        clean_up_tokenization_spaces=False,
    )


def in_bytes(tokenizer) -> Callable[[Document], Document]:
    """How a document of the twin's ``tokenizer`` is said in bytes: the same text, token by token.

    Shapes: (tokens,) twice to (bytes,) twice, int16 and float32. End of text stays one id.
    """
    ids_of = _ids()
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    spelled = [[0] if t == tokenizer.eos_token else [ids_of[c] for c in t] for t in tokens]
    sizes = np.array([len(ids) for ids in spelled])
    starts = np.cumsum(sizes) - sizes
    every = np.array([i for ids in spelled for i in ids], np.int16)

    def document(read: Document) -> Document:
        ids, weights = read
        count = sizes[ids]
        ends = np.cumsum(count)
        within = np.arange(ends[-1]) - np.repeat(ends - count, count)
        return every[np.repeat(starts[ids], count) + within], np.repeat(weights, count)

    return document


def main(out: Path = paths.MINI_CHECKPOINTS) -> None:
    """Train the twin into ``out / "lm_bytes"``, score it, and write ``lm_bytes.json`` beside it."""
    start, log = time.perf_counter(), functools.partial(print, "byte-level twin:", flush=True)
    tokenizer = models.load_tokenizer(ModelSpec(path="mini", context=stream.LONGEST))
    twins, size = pretrain.lm_documents(tokenizer)
    said = in_bytes(tokenizer)
    documents = [said(document) for document in twins]
    lengths = [[len(ids) for ids, _ in each] for each in (documents, twins)]
    made = time.perf_counter() - start
    log(f"{len(documents):,} documents, {sum(lengths[0]):,} bytes, made in {made:.0f} s")
    updates, twins_updates = (
        len(train.batches_of(each, most, np.random.default_rng(pretrain.SEED)))
        for each, most in zip(lengths, (BATCH_BYTES, train.BATCH_TOKENS), strict=True)
    )
    tokens = byte_tokenizer()
    lm = train.train_lm(
        documents,
        len(tokens),
        shape=pretrain.LM_SHAPE,
        longest=LONGEST,
        batch_tokens=BATCH_BYTES,
        learning_rate=pretrain.LM_LEARNING_RATE,
        seed=pretrain.SEED,
        log=log,
    )
    pretrain.save(lm, tokens, out / FOLDER)
    seconds = time.perf_counter() - start
    log(f"saved after {seconds:.0f} s; now scored")
    card = {
        "seed": pretrain.SEED,
        "architecture": "LlamaForCausalLM",
        "shape": pretrain.LM_SHAPE | {"vocab_size": len(tokens)},
        "documents": len(documents),
        "tokens": sum(lengths[0]),
        "updates": updates,
        "twin": {"tokens": size, "updates": twins_updates},
        "learning_rate": pretrain.LM_LEARNING_RATE,
        "tasks": pretrain.LM_TASKS,
        "shares": stream.SHARES,
        "seconds": round(seconds),
        "seconds_of_documents": round(made),
        "precision": train.precision(),
        **cards.machine(),
        "scores": english_scores("prompt_bytes", out / FOLDER),
        "sha256": cards.digests(out, FOLDER),
    }
    cards.write(card, out, cards.TWINS)
