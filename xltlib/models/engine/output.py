"""From hidden states to logits in float32, by the model's own last steps.

Architectures differ in what follows the last layer: Cohere, Granite and Falcon-H1 scale the logits,
MiniCPM the hidden states, Gemma 2 caps the logits. Instead of a list of names, the model's own
``forward`` is run with its base exchanged for one that returns the given hidden states, so whatever
the model does to its logits enters. The output rows are multiplied in float32 whatever the weights'
dtype: bfloat16 keeps three digits of a logit, too few to tell labels apart.
"""

import contextlib
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.modeling_outputs import BaseModelOutputWithPast
from transformers.modeling_utils import PreTrainedModel

from ...errors import XltError

_PIECE = 8192  # rows of the output matrix that are held in float32 at a time


class _Given(BaseModelOutputWithPast):
    """What the base of a model returns; fields that some architectures add are empty."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("_"):
            raise AttributeError(name)


class Output:
    """The last steps of one model: :meth:`logits` of hidden states."""

    def __init__(self, model: PreTrainedModel):
        self.model, self.base, self.head = model, model.base_model, model.get_output_embeddings()
        weight = self.head.weight
        self.widened = (
            type(self.head) is nn.Linear
            and "forward" not in vars(self.head)  # exchanged by somebody, as offloading does
            and weight.dtype in (torch.float16, torch.bfloat16)
        )

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 logits [n, vocabulary] of final hidden states [n, hidden]."""
        with self._exchanged(hidden[None]):
            ids = torch.zeros(1, len(hidden), dtype=torch.long, device=hidden.device)
            logits = self.model(input_ids=ids, use_cache=False, return_dict=True).logits
        return logits[0].float()

    @contextlib.contextmanager
    def _exchanged(self, hidden: Tensor) -> Iterator[None]:
        modules = [(self.base, lambda *args, **kwargs: _Given(last_hidden_state=hidden))]
        if self.widened:
            modules.append((self.head, partial(_wide, self.head)))
        before = [vars(module).get("forward") for module, _ in modules]
        try:
            for module, forward in modules:
                module.forward = forward
            yield
        finally:
            for (module, _), forward in zip(modules, before, strict=True):
                vars(module).pop("forward", None)
                if forward is not None:
                    module.forward = forward


def _wide(head: nn.Linear, rows: Tensor) -> Tensor:
    """Products of half-precision weights and rows with float32 sums and results."""
    flat, weight, bias = rows.flatten(0, -2), head.weight, head.bias
    if weight.is_cuda:
        made = torch.mm(flat.to(weight.dtype), weight.T, out_dtype=torch.float32)
    else:
        flat = flat.float()
        made = torch.cat([functional.linear(flat, w.float()) for w in weight.split(_PIECE)], -1)
    if bias is not None:
        made += bias.float()
    return made.view(*rows.shape[:-1], len(weight))


def log_likelihoods(logits: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
    """Natural logs [n] of the probabilities of ``tokens`` [n] in ``rows`` [n] of the logits.

    The logits are float32. By ``logsumexp``: float32 ``log_softmax`` over 262,144 columns is off by
    some 1e-4.
    """
    return logits[rows, tokens] - torch.logsumexp(logits, -1)[rows]


def not_finite(what: str, dtype: torch.dtype) -> XltError:
    """The error for scores that are no numbers: which dtype made them, and what to use."""
    name = str(dtype).removeprefix("torch.")
    if dtype == torch.float16:
        advice = "its range ends at 65,504, which some models exceed: use float32 or bfloat16"
    else:
        advice = (
            "check the model's weights, which may hold values that are not finite (a training that "
            "diverged, a damaged file)"
        )
    return XltError(f"{what} with `dtype` {name}: {advice}")
