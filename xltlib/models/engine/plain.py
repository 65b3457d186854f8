"""The readable twin of the engine: no batches, no sharing, no tricks; what the tests compare with.

``score`` runs one forward pass per (prompt, continuation); ``generate`` one per new token, over the
whole text so far.
"""

from collections.abc import Sequence

import torch
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...text.stops import cut, ended
from ..usage import Generated


def encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Token ids with what the tokenizer puts in front of a text, and nothing behind it."""
    body = tokenizer(text, add_special_tokens=False)["input_ids"]
    mark = tokenizer("a", add_special_tokens=False)["input_ids"]
    marked = tokenizer("a")["input_ids"]
    front = next(marked[:i] for i in range(len(marked)) if marked[i : i + len(mark)] == mark)
    return front + body


def split(
    tokenizer: PreTrainedTokenizerBase, prompt: str, continuation: str
) -> tuple[list[int], int]:
    """Token ids of prompt and continuation as one text, and where the continuation starts.

    Whitespace at the prompt's end counts to the continuation, as does a token that spans the join.
    """
    ids, before = encode(tokenizer, prompt + continuation), encode(tokenizer, prompt.rstrip())
    start = 0
    while start < min(len(before), len(ids) - 1) and before[start] == ids[start]:
        start += 1
    return ids, start


def beginning(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """What stands in front of a text that has nothing in front of it."""
    return [
        tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    ]


@torch.no_grad()
def score(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    continuations: Sequence[Sequence[str]],
) -> list[list[float]]:
    """Log-likelihood of every continuation after its prompt, summed over its tokens."""
    table = []
    for prompt, ends in zip(prompts, continuations, strict=True):
        row = []
        pairs = [split(tokenizer, prompt, end) for end in ends]
        if any(start == 0 for _, start in pairs):  # nothing to condition on
            pairs = [(beginning(tokenizer) + ids, start + 1) for ids, start in pairs]
        for ids, start in pairs:
            logits = model(torch.tensor([ids], device=model.device), use_cache=False).logits[0]
            total = 0.0
            for i in range(start, len(ids)):
                predicts = logits[i - 1].float()
                total += (predicts[ids[i]] - predicts.logsumexp(-1)).item()
            row.append(total)
        table.append(row)
    return table


@torch.no_grad()
def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    max_new_tokens: int,
    stop: Sequence[str] = (),
    eos: frozenset[int] = frozenset(),
) -> list[Generated]:
    """Greedy continuation of every prompt, ended by ``eos``, a stop string or the length."""
    results = []
    for prompt in prompts:
        ids = encode(tokenizer, prompt) or beginning(tokenizer)
        made: list[int] = []
        text = ""
        while len(made) < max_new_tokens:
            logits = model(torch.tensor([ids + made], device=model.device), use_cache=False).logits[
                0, -1
            ]
            made.append(int(logits.float().argmax()))
            if made[-1] in eos:
                break
            text = tokenizer.decode(
                made, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
            if ended(text, stop):
                break
        results.append(Generated(cut(text, stop), len(made), tuple(made)))
    return results
