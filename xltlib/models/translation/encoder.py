"""Hidden states of an encoder, word by word: the translator's own, or that of any other model."""

import os
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...config import Language, ProjectionSpec
from ...errors import not_one_of
from ..engine import plan
from .translator import Translator, source_ids

#: (start, end, ...) of each word of a text.
Words = Sequence[tuple[int, int, int]]
Encode = Callable[[list[str]], list[list[int]]]
Embed = Callable[[list[str], Sequence[Words]], list[tuple[Tensor, list[int]]]]


def load(spec: ProjectionSpec, translator: Translator) -> Callable[[Language, Language], Embed]:
    """``embed(language, other)``: embeds texts of ``language`` that are aligned with ``other``'s.

    Without an encoder in ``spec`` it is the translator's own, whose input names the other language.
    Raises :class:`XltError` for a layer that the encoder does not have.
    """
    if spec.encoder is None:
        model, tokenizer = translator.model.get_encoder(), translator.tokenizer
        longest = translator.longest
    else:
        from ..weights.load import encoder

        model, tokenizer = encoder(spec.encoder)
        # XLM-R counts two more positions than it has room for; its tokenizer knows.
        longest = getattr(model.config, "max_position_embeddings", None) or 512
        longest = min(longest, tokenizer.model_max_length)
    layers = model.config.num_hidden_layers
    layer = layers if spec.layer is None else spec.layer
    if layer > layers:
        raise not_one_of("projection.layer", layer, (f"0 to {layers}",), "it has no more layers")

    def toward(language: Language, other: Language) -> Embed:
        def encode(texts: list[str]) -> list[list[int]]:
            if spec.encoder is None:
                return source_ids(tokenizer, texts, language, other)
            return tokenizer(texts)["input_ids"]

        def embed(texts: list[str], words: list[Words]) -> list[tuple[Tensor, list[int]]]:
            start = time.perf_counter()
            made = word_states(
                model, tokenizer, encode, texts, words, layer, longest, translator.batch_tokens
            )
            size = (
                sum(p.numel() for p in model.parameters())
                - model.get_input_embeddings().weight.numel()
            )
            pieces = sum(len(states) for states, _ in made)
            translator.usage.model_tokens += pieces
            translator.usage.distinct_tokens += pieces
            translator.usage.flops += 2.0 * size * pieces
            translator.usage.seconds += time.perf_counter() - start
            return made

        return embed

    return toward


@torch.inference_mode()
def word_states(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    encode: Encode,
    texts: Sequence[str],
    words: Sequence[Words],
    layer: int,
    longest: int,
    batch_tokens: int,
) -> list[tuple[Tensor, list[int]]]:
    """For each text the states [pieces, d] of its words' subwords, and the word of each subword.

    Words are cut into subwords one by one, as awesome-align does, which works for tokenizers with
    and without offsets. ``encode`` gives what the model reads for a text; its marks and end token
    are taken from there. A text of more than ``longest`` tokens has no states.
    """
    empty, letter = encode(["", "a"])
    # "a" stands where the marks in front end.
    front = len(os.path.commonprefix([empty, letter]))
    ids, owners = [], []
    for text, own in zip(texts, words, strict=True):
        pieces: list[int] = []
        owner: list[int | None] = [None] * front
        for chunk, word in _chunks(text, own):
            more = tokenizer(chunk, add_special_tokens=False)["input_ids"]
            pieces += more
            owner += [word] * len(more)
        ids.append([*empty[:front], *pieces, *empty[front:]])
        owners.append(owner + [None] * (len(empty) - front))
    made: list[tuple[Tensor, list[int]]] = [(torch.empty(0, 1), [])] * len(texts)
    fitting = [i for i, one in enumerate(ids) if len(one) <= longest]
    for batch in plan.batches([len(ids[i]) for i in fitting], 0, batch_tokens, batch_tokens):
        chosen = [fitting[b] for b in batch]
        states = _run(model, [ids[i] for i in chosen], layer)
        for i, rows in zip(chosen, states, strict=True):
            kept = [k for k, word in enumerate(owners[i]) if word is not None]
            made[i] = rows[kept].cpu(), [owners[i][k] for k in kept]
    return made


def _chunks(text: str, words: Words) -> list[tuple[str, int | None]]:
    """The text in pieces, each with the white space before it: words, and what stands between."""
    chunks: list[tuple[str, int | None]] = []
    at = 0
    for number, (start, end, *_) in enumerate(words):
        between = text[at:start]
        if between.strip():
            chunks.append((between.rstrip(), None))
        space = " " if between[-1:].isspace() else ""
        chunks.append((space + text[start:end], number))
        at = end
    if text[at:].strip():
        chunks.append((text[at:].rstrip(), None))
    return chunks


def _run(model: PreTrainedModel, batch: list[list[int]], layer: int) -> list[Tensor]:
    longest = max(map(len, batch))
    pad = model.config.pad_token_id if model.config.pad_token_id is not None else 0
    ids = torch.tensor([i + [pad] * (longest - len(i)) for i in batch], device=model.device)
    mask = torch.tensor(
        [[1] * len(i) + [0] * (longest - len(i)) for i in batch], device=model.device
    )
    output = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    states = output.hidden_states[layer]
    return [states[row, : len(one)] for row, one in enumerate(batch)]
