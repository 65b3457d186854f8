"""Sharing through the model's own cache: what prompts share is read once, its cache is copied.

For models that take no mask token by token: states (Mamba), hybrids of states and attention
(Bamba, Falcon-H1), keys that layers share (Gemma 3n), distances by place in storage (MPT). A copy
of the cache stands behind the shared tokens for each item, and behind the item for each of its
continuations, which are read together, padded behind their ends, where causal models do not look.

Some implementations (Mamba's in plain torch) take a cache only with one token at a time: then each
prompt is read as a whole, once, and what follows it token by token.
"""

import copy
import inspect
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from . import plan
from .core import Core
from .encoding import Request
from .greedy import Greedy
from .stops import Stops

_CACHES = ("past_key_values", "cache_params")  # what architectures call it


class _Reader:
    """Steps of a model through its own cache; ``core.single``: of one token behind a cache."""

    def __init__(self, core: Core):
        self.core = core
        names = inspect.signature(core.base.forward).parameters
        self.name = next((n for n in _CACHES if n in names), _CACHES[0])
        self.positions = "position_ids" in names

    def read(self, ids: Tensor, cache: Cache | None, length: int) -> tuple[Tensor, Cache]:
        """Final hidden states [b, q, hidden] of ``ids`` [b, q] behind ``length`` tokens, and the
        cache: ``cache`` (None: nothing was read before), written to.
        """
        core = self.core
        if core.single and cache is not None and ids.shape[1] > 1:
            states = []
            for column in range(ids.shape[1]):
                one, cache = self.read(ids[:, column : column + 1], cache, length + column)
                states.append(one)
            return torch.cat(states, 1), cache
        core.count(ids.numel(), length + ids.shape[1])
        more = {}
        if self.positions:  # some architectures count from 0 at every step
            steps = torch.arange(length, length + ids.shape[1], device=core.device)
            more["position_ids"] = steps.expand(ids.shape)
        made = core.base(input_ids=ids, use_cache=True, **{self.name: cache}, **more)
        return made.last_hidden_state.to(core.device), getattr(made, self.name)


def copied(cache: Cache | None, rows: int = 1) -> Cache | None:
    """``rows`` independent copies of a cache of one sequence, as one cache."""
    if cache is None:
        return None
    made = copy.copy(cache)
    made.layers = []
    for layer in cache.layers:
        layer = copy.copy(layer)
        for name, value in vars(layer).items():
            if isinstance(value, dict):  # states by their number
                setattr(layer, name, dict(value))
        made.layers.append(layer)
    # transformers' own way to gather rows; it makes new tensors.
    made.reorder_cache(torch.zeros(rows, dtype=torch.long))
    return made


def score(core: Core, requests: Sequence[Request]) -> list[list[float]]:
    """Log-likelihood (nats) of each request's continuations, in the requests' order."""
    stems = [r.stem for r in requests]
    trees = [plan.tree_of(tuple(map(tuple, r.tails)), tuple(r.skips)) for r in requests]
    core.usage.distinct_tokens += plan.distinct_tokens(stems, [len(t.tokens) for t in trees])
    results: list[list[float]] = [[0.0] * len(r.tails) for r in requests]
    reader = _Reader(core)

    def each(i: int, cache: Cache | None, start: int) -> None:
        ids = torch.tensor([stems[i][start:]], device=core.device)
        hidden, behind = reader.read(ids, copied(cache), start)
        results[i] = _continued(core, reader, requests[i], hidden[:, -1], behind)

    _descend(core, reader, stems, each)
    return results


def _continued(
    core: Core, reader: _Reader, request: Request, last: Tensor, cache: Cache
) -> list[float]:
    """Scores of one request's continuations; ``last`` [1, hidden] predicts their first tokens."""
    read, members = plan.sequences([tail[:-1] for tail in request.tails])
    scores = [0.0] * len(request.tails)
    length = len(request.stem)

    def run(batch: list[int]) -> None:
        longest = max(len(read[s]) for s in batch)
        states = last.expand(len(batch), 1, -1)
        if longest:
            padded = [read[s] + [0] * (longest - len(read[s])) for s in batch]
            ids = torch.tensor(padded, device=core.device)
            more, _ = reader.read(ids, copied(cache, len(batch)), length)
            states = torch.cat([states, more], 1)
        for b, s in enumerate(batch):
            for j in members[s]:
                tail, skip = request.tails[j], request.skips[j]
                some = states[b, skip : len(tail)]
                scores[j] = sum(core.log_likelihoods(some, list(range(len(some))), tail[skip:]))

    lengths = [len(r) for r in read]
    most = core.batch_tokens
    batches = list(plan.batches(lengths, length, most, most))
    core.in_batches(batches, run, lambda s: length + lengths[s])
    return scores


def generate(
    core: Core, prompts: list[list[int]], max_new_tokens: int, stops: Stops, chooser: Greedy
) -> list[list[int]]:
    """New token ids of each prompt (token ids), in the prompts' order."""
    results: list[list[int]] = [[] for _ in prompts]
    reader = _Reader(core)

    def each(row: int, cache: Cache | None, start: int) -> None:
        made, step, length = results[row], prompts[row][start:], start
        made.clear()
        chooser.restart(row)
        cache = copied(cache)
        while True:
            ids = torch.tensor([step], device=core.device)
            hidden, cache = reader.read(ids, cache, length)
            length += len(step)
            made += chooser.pick(core.logits(hidden[:, -1]), [row])
            if stops.ended(made) or len(made) == max_new_tokens:
                return
            step = made[-1:]

    _descend(core, reader, prompts, each)
    return results


def _descend(
    core: Core,
    reader: _Reader,
    stems: Sequence[list[int]],
    each: Callable[[int, Cache | None, int], None],
) -> None:
    """Call ``each(item, cache, start)`` with a cache of the item's first ``start`` tokens."""

    def for_all(items: Sequence[int], cache: Cache | None, start: int) -> None:
        def run(batch: list[int]) -> None:
            each(batch[0], cache, start)

        core.in_batches([[i] for i in items], run, lambda i: len(stems[i]))

    def visit(node: plan.Branch, start: int, cache: Cache | None) -> None:
        if node.end > start:
            shared = stems[plan.first(node)][start : node.end]
            ids = torch.tensor([shared], device=core.device)
            _, cache = reader.read(ids, copied(cache), start)
        for_all(node.loose, cache, node.end)
        for inner in node.branches:
            visit(inner, node.end, cache)

    if core.single:
        for_all(range(len(stems)), None, 0)
    else:
        visit(plan.branch(stems, list(range(len(stems)))), 0, None)
