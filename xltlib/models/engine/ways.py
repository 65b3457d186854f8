"""Which way of sharing a model bears, found by trying it rather than by a list of names."""

import inspect
import itertools
import math
from types import ModuleType

import torch
from transformers import PreTrainedConfig

from ..usage import Usage
from . import copied, decode, lone_rows, memory, plan, scoring, whole
from .core import Core, Way
from .encoding import Request
from .masks import narrowed
from .output import log_likelihoods, not_finite

# How far log-likelihoods may differ from the model's own full forward pass in the self-test. In
# half precision a logit of 16 is known to an eighth, so the sum's own size counts there. LLM.int8()
# multiplies in half precision whatever the model's own is.
_FLOAT32, _HALF, _HALF_SHARE = 1e-3, 0.25, 0.02


def scorer(way: Way) -> ModuleType:
    """The module whose ``score`` goes this way."""
    return {"whole": whole, "copied": copied}.get(way, scoring)


def generator(way: Way) -> ModuleType:
    """The module whose ``generate`` goes this way."""
    return {"whole": whole, "copied": copied}.get(way, decode)


def choose(core: Core) -> tuple[Way, str]:
    """The fastest way that gives the model's own numbers, and why it is none of the sharing ones.

    Leaves ``core.last`` and ``core.single`` as the way bears them.
    The split way stands in for the model's own attention, so it is tried for sdpa on a CPU only:
    whoever loads a model with another attention wants that one. Raises :class:`XltError` when the
    model's own numbers are not finite.
    """
    names = inspect.signature(core.base.forward).parameters
    with narrowed(core.config):
        if "position_ids" not in names or "past_key_values" not in names:
            reason = "its forward pass takes no explicit positions"
        elif core.windows is None:
            reason = "its layers keep states, or each other's keys, which no mask can tell apart"
        else:
            cpu = core.device.type == "cpu" and core.config._attn_implementation == "sdpa"
            ways: tuple[Way, ...] = ("split", "dense") if cpu else ("dense",)
            for way, last in itertools.product(ways, (core.last, None)):
                core.last = last
                if not (differs := _differs(core, way)):
                    return way, ""
            reason = f"it does not follow a tree mask ({differs})"
        for core.single in (False, True):
            if not (differs := _differs(core, "copied")):
                return "copied", reason
    return "whole", f"{reason}, and its cache does not give its own numbers ({differs})"


def _differs(core: Core, way: Way) -> str:
    """Score and generate behind a shared prefix this way: how it differs from the model itself.

    Empty when they agree. Generation is led along given tokens, whose scores are compared.
    """
    size = core.vocabulary
    stem = [(7 * i + 3) % size for i in range(9)]
    other = [*stem[:6], *((11 * i + 5) % size for i in range(5))]
    tails = [[5 % size, 11 % size, 2 % size], [5 % size, 13 % size, 4 % size], [17 % size, 1, 6]]
    stems = [stem, other]
    if core.device.type in lone_rows.DEVICES:  # kernels that work on blocks of rows
        stems.append([*stem[:6], *((13 * i + 7) % size for i in range(_lone(tails)))])
    requests = [Request(s, tails, [0, 0, 0]) for s in stems]
    theirs = [_own(core, r.stem, tail) for r in requests for tail in tails]
    if not all(map(math.isfinite, theirs)):
        raise not_finite(f"the model gives scores that are not finite ({theirs[0]})", core.dtype)
    usage, before = core.usage, core.way
    core.usage, core.way = Usage(), way
    led = _Led(tails[0])
    try:
        ours = [s for row in scorer(way).score(core, requests) for s in row]
        generator(way).generate(core, [stem, other], len(tails[0]), _Endless(), led)
    except (RuntimeError, TypeError, ValueError, AttributeError, LookupError) as error:
        if memory.is_out_of_memory(error):
            raise
        return f"{type(error).__name__}: {error}"
    finally:
        core.usage, core.way = usage, before
    ours += [led.scores[0], led.scores[1]]
    theirs += [theirs[0], theirs[len(tails)]]
    most = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    allowed = _FLOAT32
    if core.dtype.itemsize < 4 or getattr(core.model, "is_loaded_in_8bit", False):
        allowed = max(_HALF, _HALF_SHARE * max(map(abs, theirs)))
    # written so that a difference that is no number is one
    return "" if most <= allowed else f"a log-likelihood moves by {most:.3g}, {allowed:.3g} allowed"


def _lone(tails: list[list[int]]) -> int:
    """How many tokens, with the tree of ``tails`` behind them, leave one row alone in its block."""
    tree = plan.tree_of(tuple(map(tuple, tails)), (0,) * len(tails))
    return lone_rows.BLOCK + 1 - len(tree.tokens)


def _own(core: Core, stem: list[int], tail: list[int]) -> float:
    """Log-likelihood (nats) of ``tail`` behind ``stem`` by the model's own forward pass."""
    ids = torch.tensor([stem + tail[:-1]], device=core.device)
    logits = core.model(input_ids=ids, use_cache=False).logits[0, len(stem) - 1 :]
    rows = torch.arange(len(tail), device=logits.device)
    targets = torch.tensor(tail, device=logits.device)
    return log_likelihoods(logits.float(), rows, targets).sum().item()


class _Led:
    """In place of the most likely token: rows go along given tokens, whose scores are summed."""

    def __init__(self, tokens: list[int]):
        self.tokens = tokens
        self.steps: dict[int, int] = {}
        self.scores: dict[int, float] = {}

    def restart(self, row: int) -> None:
        self.steps[row] = 0
        self.scores[row] = 0.0

    def pick(self, logits: torch.Tensor, rows: list[int]) -> list[int]:
        picked = [self.tokens[self.steps.get(row, 0)] for row in rows]
        places = torch.arange(len(rows), device=logits.device)
        values = log_likelihoods(logits, places, torch.tensor(picked, device=logits.device))
        for row, value in zip(rows, values.tolist(), strict=True):
            self.steps[row] = self.steps.get(row, 0) + 1
            self.scores[row] = self.scores.get(row, 0.0) + value
        return picked


class _Endless:
    """In place of stops: no answer ends before its length."""

    def ended(self, ids: list[int]) -> bool:
        return False


def reach(config: PreTrainedConfig) -> int | None:
    """The longest sequence in which a token's keys do not depend on where the sequence ends.

    None: any length. Chunks, and rotary angles that change with the length, end it.
    """
    limits = []
    if chunk := getattr(config, "attention_chunk_size", None):
        limits.append(chunk)
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") in {"dynamic", "longrope"}:
        name = "original_max_position_embeddings"
        limits.append(
            rope.get(name) or getattr(config, name, None) or config.max_position_embeddings
        )
    return min(limits) if limits else None
