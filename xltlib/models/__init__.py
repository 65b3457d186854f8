"""Language models, translators and language-adaptive training behind one small interface.

Nothing heavy is imported until a model is loaded. Weights are read from safetensors alone and no
code that comes with a model is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..specs import ModelSpec, TranslatorSpec
from .files import revision
from .usage import Generated, Usage

if TYPE_CHECKING:
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

    from .engine import LanguageModel
    from .translator import Translator

__all__ = ["Generated", "Usage", "load_lm", "load_tokenizer", "load_translator", "revision"]


def load_lm(
    spec: ModelSpec, folder: Path | None = None, device: str | None = None
) -> LanguageModel:
    """The causal language model of ``spec``, ready to score and generate.

    ``folder`` is an adapted model that replaces ``spec.path``. ``device`` defaults to a GPU where
    there is one. Raises :class:`XltError` when the model cannot be found or loaded.
    """
    from .engine import LanguageModel
    from .load import causal

    model, tokenizer = causal(spec, folder, device)
    return LanguageModel(model, tokenizer, spec.context, spec.batch_tokens)


def load_tokenizer(spec: ModelSpec) -> PreTrainedTokenizerBase:
    """The tokenizer of ``spec`` alone, without the model's weights."""
    from .load import tokenizer

    return tokenizer(spec)


def load_translator(
    spec: TranslatorSpec, cache: Path | None = None, device: str | None = None
) -> Translator:
    """The translation model of ``spec``; ``cache`` is the SQLite file that keeps its answers."""
    from .load import sequence_to_sequence
    from .translator import Translator

    model, tokenizer = sequence_to_sequence(spec, device)
    return Translator(
        model,
        tokenizer,
        revision(spec),
        cache,
        max_new_tokens=spec.max_new_tokens,
        batch_tokens=spec.batch_tokens,
    )
