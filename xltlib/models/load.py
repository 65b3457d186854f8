"""Loading through transformers: safetensors only, never remote code, in the profile's precision."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from ..errors import XltError, not_one_of
from ..specs import ModelSpec, TranslatorSpec
from . import files

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars and hints out of a run's log, and put them back after."""
    bars = transformers_logging.is_progress_bar_enabled()
    level = transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()


def device_of(name: str | None) -> torch.device:
    """The named device, or the GPU where there is one, or the CPU."""
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise not_one_of("device", name, ("cpu", "cuda", "cuda:0")) from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise XltError(
            f"`device` is {name!r}, but no GPU is found: use 'cpu', or install a CUDA build "
            "of torch"
        )
    return device


def _load(kind: type, spec: ModelSpec | TranslatorSpec, folder: Path | None, device: str | None):
    where, pinned = files.source_of(spec, folder)
    target = device_of(device)
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False, **pinned)
            model, found = kind.from_pretrained(
                where,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=DTYPES[spec.dtype],
                output_loading_info=True,
                **pinned,
            )
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        if Path(where).is_dir():
            first = str(error).strip().partition("\n")[0] or type(error).__name__
            wanted = kind.__name__.removeprefix("AutoModelFor")
            raise XltError(
                f"model folder {where} could not be loaded as {wanted} ({first:.400}): check that "
                "config.json, the safetensors files and the tokenizer "
                "belong together and are complete"
            ) from error
        raise files.unreachable(where, error) from error
    if missing := sorted(found["missing_keys"]):
        raise XltError(
            f"model {where}: {len(missing)} tensors that its config.json calls for are not in its "
            f"safetensors files, such as {missing[0]!r}: fetch the model again, it is not complete"
        )
    return model.to(target).eval().requires_grad_(False), tokenizer


def tokenizer(spec: ModelSpec) -> PreTrainedTokenizerBase:
    """The tokenizer of a model, its weights left alone."""
    where, pinned = files.source_of(spec, None)
    try:
        with quiet():
            return AutoTokenizer.from_pretrained(where, trust_remote_code=False, **pinned)
    except Exception as error:
        if Path(where).is_dir():
            raise XltError(f"model folder {where} has no tokenizer that loads: {error}") from error
        raise files.unreachable(where, error) from error


def causal(
    spec: ModelSpec, folder: Path | None = None, device: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model (evaluation mode, no gradients) and tokenizer of a causal language model.

    Raises :class:`XltError` when the files are missing or do not fit, the tokenizer has no fast
    version, or the profile's context is longer than the model's.
    """
    model, tokenizer = _load(AutoModelForCausalLM, spec, folder, device)
    if not tokenizer.is_fast:
        raise XltError(
            f"model {spec.path!r}: its tokenizer has no fast version (tokenizer.json): convert it "
            "with transformers first"
        )
    longest = getattr(model.config, "max_position_embeddings", None)
    if longest and spec.context > longest:
        raise XltError(
            f"`context` is {spec.context}, but model {spec.path!r} takes at most {longest} tokens: "
            "lower it"
        )
    return model, tokenizer


def sequence_to_sequence(
    spec: TranslatorSpec, device: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model (evaluation mode, no gradients) and tokenizer of a translation model."""
    return _load(AutoModelForSeq2SeqLM, spec, None, device)
