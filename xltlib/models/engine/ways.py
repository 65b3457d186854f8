"""Which way of sharing a model bears, found by trying it rather than by a list of names."""

import inspect
import itertools

from transformers import PreTrainedConfig

from ..usage import Usage
from . import memory, scoring, whole
from .core import Core, Way
from .encoding import Request

# How far log-likelihoods may differ from the model's own full forward pass in the self-test. In
# half precision a logit of 16 is known to an eighth, so the sum's own size counts there. LLM.int8()
# multiplies in half precision whatever the model's own is.
_FLOAT32, _HALF, _HALF_SHARE = 1e-3, 0.25, 0.02


def choose(core: Core) -> tuple[Way, str]:
    """The fastest way that gives the model's own numbers, and why it is not a sharing one.

    Leaves ``core.last`` as the way bears it: the last layer for the rows that are read, or in full.
    The split way stands in for the model's own attention, so it is tried for sdpa on a CPU only:
    whoever loads a model with another attention wants that one.
    """
    names = inspect.signature(core.base.forward).parameters
    if "position_ids" not in names or "past_key_values" not in names:
        return "whole", "its forward pass takes no explicit positions"
    cpu = core.device.type == "cpu" and core.config._attn_implementation == "sdpa"
    ways: tuple[Way, ...] = ("split", "dense") if cpu else ("dense",)
    for way, last in itertools.product(ways, (core.last, None)):
        core.last = last
        if not (reason := _differs(core, way)):
            return way, ""
    return "whole", f"it does not follow a tree mask ({reason})"


def _differs(core: Core, way: Way) -> str:
    """Score a small tree behind a shared prefix this way and as whole sequences: how they differ.

    Empty when they agree.
    """
    size = core.vocabulary
    stem = [(7 * i + 3) % size for i in range(9)]
    other = [*stem[:6], *((11 * i + 5) % size for i in range(5))]
    tails = [[5 % size, 11 % size, 2 % size], [5 % size, 13 % size, 4 % size], [17 % size, 1, 6]]
    requests = [Request(s, tails, [0, 0, 0]) for s in (stem, other)]
    usage, before = core.usage, core.way
    core.usage, core.way = Usage(), way
    try:
        ours = scoring.score(core, requests)
        theirs = whole.score(core, requests)
    except (RuntimeError, TypeError, ValueError, AttributeError, LookupError) as error:
        if memory.is_out_of_memory(error):
            raise
        return f"{type(error).__name__}: {error}"
    finally:
        core.usage, core.way = usage, before
    pairs = [
        pair
        for mine, model in zip(ours, theirs, strict=True)
        for pair in zip(mine, model, strict=True)
    ]
    most = max(abs(a - b) for a, b in pairs)
    allowed = _FLOAT32
    if core.dtype.itemsize < 4 or getattr(core.model, "is_loaded_in_8bit", False):
        allowed = max(_HALF, _HALF_SHARE * max(abs(b) for _, b in pairs))
    # written so that a difference that is no number is one
    return "" if most <= allowed else f"a log-likelihood moves by {most:.3g}, {allowed:.3g} allowed"


def reach(config: PreTrainedConfig) -> int | None:
    """The longest sequence in which every token attends to all before it, by one set of angles.

    None: any length. Windows, chunks and rotary angles that change with the length end it.
    """
    limits = []
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None)
    slides = kinds is None or any("sliding" in kind for kind in kinds)
    if window and slides and getattr(config, "use_sliding_window", True):
        limits.append(window)
    if chunk := getattr(config, "attention_chunk_size", None):
        limits.append(chunk)
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") in {"dynamic", "longrope"}:
        name = "original_max_position_embeddings"
        limits.append(
            rope.get(name) or getattr(config, name, None) or config.max_position_embeddings
        )
    return min(limits) if limits else None
