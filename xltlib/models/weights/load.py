"""Loading through transformers: safetensors only, never remote code, in the profile's precision."""

import importlib.util
import logging
from pathlib import Path

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedConfig,
)
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...config import EncoderSpec, ModelSpec, TranslatorSpec
from ...errors import XltError, not_one_of
from . import failures, fits, footprint
from . import where as files
from .quiet import quiet

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_NAMES = {ModelSpec: "model", TranslatorSpec: "translator", EncoderSpec: "encoder"}
_SHARE = 0.6  # of a GPU's free memory that weights may take: activations and keys need the rest


def device_of(name: str | None) -> torch.device:
    """The named device, or the GPU where there is one, or the CPU."""
    if name in (None, "auto"):
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise not_one_of("device", name, ("cpu", "cuda", "cuda:0", "auto")) from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise XltError(
            f"`device` is {name!r}, but no GPU is found: use 'cpu', or install a CUDA build "
            "of torch"
        )
    return device


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The precision that a profile's ``dtype`` means on ``device``.

    A GPU without bfloat16 arithmetic of its own (before Ampere) takes float16 in its place; what
    was taken stands in the records (:func:`xltlib.models.identity`).
    """
    if device.type != "cuda":
        return DTYPES["float32" if name == "auto" else name]
    if name in ("auto", "bfloat16"):
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return DTYPES[name]


def _quantized(spec: files.AnySpec, device: torch.device, dtype: torch.dtype) -> dict[str, object]:
    """What ``from_pretrained`` takes for the profile's quantization: NF4 twice over, or LLM.int8().

    Sources: Dettmers et al. 2023 (arXiv 2305.14314) and 2022 (arXiv 2208.07339). LLM.int8() tells
    from all rows of a product which columns to keep in float16, so what it computes of one text
    depends a little on the texts beside it; NF4 does not.
    """
    wanted = getattr(spec, "quantization", "none")
    if wanted == "none":
        return {}
    if importlib.util.find_spec("bitsandbytes") is None:
        raise XltError(
            f"`quantization` is {wanted!r}, which needs bitsandbytes: install it with "
            "`.venv/bin/python -m pip install -e '.[quantization]'`, or set `quantization: none`"
        )
    if device.type not in ("cuda", "cpu"):
        raise XltError(
            f"`quantization` is {wanted!r}, which needs a CUDA GPU or a CPU, but the device is "
            f"{device}: set `quantization: none`"
        )
    from transformers import BitsAndBytesConfig

    if wanted == "int8":
        # It would say at every product that int8 rounds from float16, which is how it is meant.
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return {"quantization_config": config}


def _spreads(
    kind: type,
    where: str,
    pinned: dict[str, str],
    device: str | None,
    dtype: torch.dtype,
    quantization: str = "none",
) -> bool:
    """Whether the model goes over all GPUs: asked for, or too large for the first of several."""
    if device is not None or torch.cuda.device_count() < 2:
        return device == "auto"
    weights = _weight_bytes(kind, where, pinned, dtype, quantization)
    return weights > _SHARE * torch.cuda.mem_get_info(0)[0]


def goes_over_all(spec: ModelSpec, dtype: torch.dtype, device: str | None) -> bool:
    """Whether a causal language model would be placed on all GPUs rather than on one."""
    where, pinned = files.source_of(spec)
    return _spreads(AutoModelForCausalLM, where, pinned, device, dtype, spec.quantization)


def configuration(spec: files.AnySpec) -> PreTrainedConfig:
    """The model's configuration. Raises :class:`XltError` where it cannot be had."""
    where, pinned = files.source_of(spec)
    try:
        return AutoConfig.from_pretrained(where, trust_remote_code=False, **pinned)
    except Exception as error:
        if Path(where).is_dir():
            raise XltError(
                f"model folder {where}: config.json cannot be read ({error!s:.300}): take it from "
                "the model's source again"
            ) from error
        raise failures.not_loaded(where, error, "a model") from error


def _weight_bytes(
    kind: type, where: str, pinned: dict[str, str], dtype: torch.dtype, quantization: str
) -> float:
    config = AutoConfig.from_pretrained(where, trust_remote_code=False, **pinned)
    return footprint.count(config, kind).weight_bytes(dtype.itemsize, quantization)


def _too_large(spec: files.AnySpec, precision: str, takes: float, there: str) -> XltError:
    """The message for weights that do not fit into the memory of the GPUs."""
    name = _NAMES[type(spec)]
    smaller = "`quantization: int4`" if isinstance(spec, ModelSpec) else "`dtype: auto`"
    return XltError(
        f"`{name}.path` {spec.path!r} in {precision} needs about {takes / 1e9:.1f} GB for its "
        f"weights alone, and {there}: set {smaller} under `{name}`, end what else uses the GPU, or "
        "choose a smaller model"
    )


def _check_placed(model: PreTrainedModel, spec: files.AnySpec) -> None:
    """Raise :class:`XltError` where accelerate left layers outside the GPUs, at hours a cell."""
    places = [str(place) for place in getattr(model, "hf_device_map", {}).values()]
    outside = [place for place in places if place in ("cpu", "disk")]
    if outside and torch.cuda.is_available():
        free = ", ".join(_free(i) for i in range(torch.cuda.device_count()))
        there = f"{len(outside)} of its {len(places)} parts found no room on the GPUs ({free} free)"
        takes = float(sum(p.numel() * p.element_size() for p in model.parameters()))
        raise _too_large(spec, str(model.dtype).removeprefix("torch."), takes, there)


def _free(device: torch.device | int) -> str:
    return f"{torch.cuda.mem_get_info(device)[0] / 1e9:.1f} GB"


def _load(kind: type, spec: files.AnySpec, folder: Path | None, device: str | None):
    """Load ``spec``, or the adapted model in ``folder`` in its place.

    Over several GPUs accelerate places the layers (``device_map``), which has not been run on more
    than one GPU by us yet.
    """
    where, pinned = files.source_of(spec, folder)
    target = device_of(device)
    dtype = dtype_of(spec.dtype, target)
    options = _quantized(spec, target, dtype)
    quantization = getattr(spec, "quantization", "none")
    there = f"{target} had {_free(target)} free" if target.type == "cuda" else ""
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False, **pinned)
            if _spreads(kind, where, pinned, device, dtype, quantization):
                options["device_map"] = "auto"
            elif options:  # quantized weights cannot be moved afterwards
                options["device_map"] = {"": target}
            model, found = kind.from_pretrained(
                where,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=dtype,
                output_loading_info=True,
                **options,
                **pinned,
            )
        if "device_map" not in options:
            model = model.to(target)
    except torch.OutOfMemoryError as error:
        precision = str(dtype).removeprefix("torch.")
        precision = quantization if quantization != "none" else precision
        takes = _weight_bytes(kind, where, pinned, dtype, quantization)
        raise _too_large(spec, precision, takes, there) from error
    except Exception as error:
        wanted = kind.__name__.removeprefix("AutoModelFor")
        if Path(where).is_dir():
            first = fits.other_shape(kind, Path(where))
            first = first or str(error).strip().partition("\n")[0] or type(error).__name__
            raise XltError(
                f"model folder {where} could not be loaded as {wanted} ({first:.400}): check that "
                "config.json, the safetensors files and the tokenizer "
                "belong together and are complete"
            ) from error
        raise failures.not_loaded(where, error, wanted) from error
    # Published encoders often lack the pooler, which no layer of theirs needs.
    if missing := sorted(k for k in found["missing_keys"] if "pooler" not in k):
        raise XltError(
            f"model {where}: {len(missing)} tensors that its config.json calls for are not in its "
            f"safetensors files, such as {missing[0]!r}: fetch the model again, it is not complete"
        )
    fits.check_all_used(model, found["unexpected_keys"], where)
    _check_placed(model, spec)
    if pinned:
        files.keep_ref(spec, pinned["revision"])
    return model.eval().requires_grad_(False), tokenizer


def tokenizer(spec: ModelSpec | TranslatorSpec) -> PreTrainedTokenizerBase:
    """The tokenizer of a model; its weights are left alone and need not be there."""
    where, pinned = files.source_of(spec, None, weights=False)
    try:
        with quiet():
            found = AutoTokenizer.from_pretrained(where, trust_remote_code=False, **pinned)
    except Exception as error:
        if Path(where).is_dir():
            raise XltError(f"model folder {where} has no tokenizer that loads: {error}") from error
        raise failures.not_loaded(where, error, "a tokenizer") from error
    if pinned:
        files.keep_ref(spec, pinned["revision"])
    return found


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


def encoder(
    spec: EncoderSpec, device: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Encoder (of a translation model, too) in evaluation mode, and its tokenizer."""
    if configuration(spec).is_encoder_decoder:
        model, tokenizer = _load(AutoModelForSeq2SeqLM, spec, None, device)
        return model.get_encoder(), tokenizer
    return _load(AutoModel, spec, None, device)
