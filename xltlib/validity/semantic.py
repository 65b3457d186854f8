"""Semantic-aware error rate: wrong words and lost meaning in one score of a translation.

After SwitchLingua (https://arxiv.org/abs/2506.00087): ``WEIGHT`` times the word error rate, cut at
1, and the rest times one minus the cosine between the vectors of the two sentences. It needs an
encoder trained to place sentences of one meaning together, such as LaBSE or multilingual E5; a
profile names one as ``sentence_encoder``. A language model's own states are no substitute: in its
last layers any two texts lie close together (Ethayarajh 2019, https://arxiv.org/abs/1909.00512).
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz.distance import Levenshtein

from ..config import EncoderSpec
from ..errors import XltError
from ..text.words import without_spaces, words

WEIGHT = 0.5  # of the words, as in the paper
COLUMNS = ["arm", "n", "words wrong", "meaning lost", "semantic error rate"]
_POOLED = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}
_BATCH = 16
#: Texts to float64 [texts, dimensions].
Vectors = Callable[[Sequence[str]], np.ndarray]


def semantic_table(rows: pd.DataFrame, vectors: Vectors, weight: float = WEIGHT) -> pd.DataFrame:
    """The mean rates of each arm, 0 (the same) to 1, from rows of :func:`.side_by_side.read_back`.

    An item without an answer has lost all words and all meaning.
    """
    table = []
    for arm, mine in rows.groupby("arm", sort=False):
        meant = [item.gold for item in mine["item"]]
        wrong, lost = _rates([said or "" for said in mine["said"]], meant, vectors)
        rate = weight * wrong + (1 - weight) * lost
        table.append([arm, len(mine), wrong.mean(), lost.mean(), rate.mean()])
    return pd.DataFrame(table, columns=COLUMNS)


def _rates(
    said: Sequence[str], meant: Sequence[str], vectors: Vectors
) -> tuple[np.ndarray, np.ndarray]:
    wrong = np.array([word_error_rate(*pair) for pair in zip(said, meant, strict=True)])
    own, theirs = vectors(said), vectors(meant)
    sizes = np.linalg.norm(own, axis=1) * np.linalg.norm(theirs, axis=1)
    cosine = (own * theirs).sum(axis=1) / np.where(sizes == 0, 1.0, sizes)
    empty = np.array([not text.strip() for text in said])
    return wrong, np.where(empty, 1.0, np.clip(1 - cosine, 0.0, 1.0))


def word_error_rate(said: str, meant: str) -> float:
    """Insertions, deletions and substitutions for each word of ``meant``, 1 at most.

    Words as everywhere here, without case; characters where a script writes no spaces.
    """
    cut = _signs if without_spaces(meant) else words
    own, theirs = cut(said), cut(meant)
    return min(1.0, Levenshtein.distance(own, theirs) / max(1, len(theirs)))


def _signs(text: str) -> list[str]:
    return [sign for word in words(text) for sign in word]


def sentence_vectors(spec: EncoderSpec) -> Vectors:
    """The vectors that the encoder of a folder or hub id gives sentences.

    The mean of the last hidden states over a sentence's tokens, or the first token's state where
    the model's own ``1_Pooling/config.json`` says so. Raises :class:`XltError` for a model that
    pools otherwise or puts a further layer on top: its vectors would not be its own.
    """
    import torch

    from ..models.weights.load import encoder

    pooled = _pooling(spec)
    model, tokenizer = encoder(spec)
    # XLM-R counts two more positions than it has room for; its tokenizer knows
    longest = getattr(model.config, "max_position_embeddings", None) or 512
    longest = min(longest, tokenizer.model_max_length)

    @torch.inference_mode()
    def vectors(texts: Sequence[str]) -> np.ndarray:
        found = []
        for at in range(0, len(texts), _BATCH):
            some = list(texts[at : at + _BATCH])
            read = tokenizer(
                some, padding=True, truncation=True, max_length=longest, return_tensors="pt"
            ).to(model.device)
            states = model(**read).last_hidden_state.double()
            mask = read["attention_mask"].unsqueeze(-1).double()
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            found.append((states[:, 0] if pooled == "first" else mean).cpu().numpy())
        return np.concatenate(found)

    return vectors


def _pooling(spec: EncoderSpec) -> str:
    layers = _json(spec, "modules.json") or []
    kinds = [str(layer.get("type", "")).rsplit(".", 1)[-1] for layer in layers]
    further = sorted(set(kinds) - {"Transformer", "Pooling", "Normalize"})
    settings = _json(spec, "1_Pooling/config.json") or {"pooling_mode_mean_tokens": True}
    chosen = [name for name, on in settings.items() if name.startswith("pooling_mode") and on]
    if further or len(chosen) != 1 or chosen[0] not in _POOLED:
        raise XltError(
            f"`sentence_encoder` is {spec.path!r}, whose vectors are made by "
            f"{', '.join(chosen + further) or 'nothing that is named'}: name one that takes the "
            "mean of its states, or the first, without a further layer, such as "
            "intfloat/multilingual-e5-base"
        )
    return _POOLED[chosen[0]]


def _json(spec: EncoderSpec, name: str):
    """A file beside the weights, read; None where there is none."""
    from transformers.utils import cached_file

    from ..models.weights.where import folder_of

    path = cached_file(
        str(folder_of(spec) or spec.path),
        name,
        revision=spec.revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    return None if path is None else json.loads(Path(path).read_text(encoding="utf-8"))
