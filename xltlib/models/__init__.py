"""Language models, translators and language-adaptive training behind one small interface.

Nothing heavy is imported until a model is loaded. Weights are read from safetensors alone and no
code that comes with a model is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..config import EncoderSpec, ModelSpec, TranslatorSpec
from ..errors import XltError
from .served.byte_counter import ByteCounter
from .usage import Generated, Usage
from .weights import where
from .weights.where import is_served

if TYPE_CHECKING:
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

    from .engine.engine import LanguageModel
    from .served.endpoint import EndpointModel
    from .translation.layout import ParallelText
    from .translation.prompted import Prompted
    from .translation.translator import Translator
    from .translation.without_model import WithoutModel

__all__ = [
    "Generated",
    "Usage",
    "identity",
    "is_served",
    "load_lm",
    "load_tokenizer",
    "load_translator",
    "revision",
]


def identity(revision: str, spec: ModelSpec | TranslatorSpec, dtype: object) -> str:
    """What records name: the revision, and how its weights were loaded if not as ``spec.dtype``.

    ``dtype`` is the loaded model's. Quantized weights, the choice that ``dtype: auto`` made, and
    float16 in place of bfloat16 are said; the plain case is the revision alone.
    """
    used = str(dtype).removeprefix("torch.")
    quantization = getattr(spec, "quantization", "none")
    if quantization != "none":
        return f"{revision} as {quantization}"
    return revision if used == spec.dtype else f"{revision} as {used}"


def revision(spec: ModelSpec | TranslatorSpec | EncoderSpec | Path) -> str:
    """What identifies a model: sha256 over its files, or the commit hash of a hub id.

    A served model is known by its name alone: what its server loaded cannot be seen from outside.
    Raises :class:`XltError` for a folder that cannot be loaded or a hub id that cannot be reached.
    """
    if isinstance(spec, TranslatorSpec):
        if spec.without_model:
            return spec.path
        spec = spec.language_model() or spec
    if not isinstance(spec, Path) and is_served(spec):
        from .served.address import revision_of

        return revision_of(spec)
    return where.revision(spec)


def load_lm(
    spec: ModelSpec,
    folder: Path | None = None,
    device: str | None = None,
    cache: Path | None = None,
) -> LanguageModel | EndpointModel:
    """The causal language model of ``spec``, ready to score and generate.

    ``folder`` is an adapted model that replaces ``spec.path``. ``device`` defaults to a GPU where
    there is one, and to all of them for a model too large for the first; ``auto`` takes them all.
    ``cache`` is the SQLite file that keeps the answers of a served model; others need none. Raises
    :class:`XltError` when the model cannot be found or loaded.
    """
    if folder is None and is_served(spec):
        from .served.endpoint import EndpointModel

        return EndpointModel(spec, load_tokenizer(spec), cache)
    from .engine.engine import LanguageModel
    from .weights.load import causal

    model, tokenizer = causal(spec, folder, device)
    return LanguageModel(model, tokenizer, spec.context, spec.batch_tokens, chat=bool(spec.chat))


def load_tokenizer(spec: ModelSpec | TranslatorSpec) -> PreTrainedTokenizerBase | ByteCounter:
    """The tokenizer of ``spec`` alone, without the model's weights.

    Of a served model it is the one that ``spec.endpoint`` names, else bytes stand for tokens, as
    where a translator has no model.
    """
    from .weights.load import tokenizer

    if isinstance(spec, TranslatorSpec):
        if spec.without_model:
            return ByteCounter()
        spec = spec.language_model() or spec
    if not is_served(spec):
        return tokenizer(spec)
    if spec.endpoint.tokenizer is None:
        return ByteCounter()
    return tokenizer(spec.model_copy(update={"path": spec.endpoint.tokenizer, "revision": None}))


def load_translator(
    spec: TranslatorSpec,
    cache: Path | None = None,
    device: str | None = None,
    parallel: ParallelText | None = None,
) -> Translator | Prompted | WithoutModel:
    """The translator of ``spec``; ``cache`` is the SQLite file that keeps its answers.

    ``parallel`` is the text that translators without a translation model learn from, show or look
    up (:class:`xltlib.methods.parallel_text.ProfileText`).
    """
    if spec.path == "copy":
        from .translation import copying

        return copying.load()
    lm_spec = spec.language_model()
    if (spec.without_model or lm_spec) and parallel is None:
        raise XltError(
            f"`translator.path` {spec.path!r} needs parallel text: load it for a profile, with "
            "`parallel=ProfileText(profile)` of xltlib.methods.parallel_text"
        )
    if spec.prompted is not None and spec.prompted.tuned:
        raise XltError(
            f"`translator.prompted.tuned` is {spec.prompted.tuned}: this model is to be trained "
            "first. Load it for a profile, with `load(profile)` of xltlib.methods.tuned_translator"
        )
    if lm_spec is not None:
        from .translation.prompted import Prompted

        lm = load_lm(lm_spec, device=device)
        named = identity(revision(lm_spec), lm_spec, lm.dtype)
        return Prompted(lm, named, spec.prompted, parallel, cache, spec.max_new_tokens)
    if spec.without_model:
        from .translation import lexicon, reference

        return (
            reference.load(parallel) if spec.path == "reference" else lexicon.load(parallel, cache)
        )
    from .translation.translator import Translator
    from .weights.load import sequence_to_sequence

    model, tokenizer = sequence_to_sequence(spec, device)
    return Translator(
        model,
        tokenizer,
        identity(revision(spec), spec, model.dtype),
        cache,
        max_new_tokens=spec.max_new_tokens,
        batch_tokens=spec.batch_tokens,
    )
