"""Prompts made to fit a context.

What does not fit is cut from the end of documents (of several texts the longest), by tokens, never
from the instruction, an answer or a field's name. Every demonstration has the same limit, which
does not depend on the item, so that all items of a set share the same text up to their own
document; the item gets what is left.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import regex

from ..errors import XltError
from . import chat as chats
from .prompt import Prompt, Shown

_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits: its text, its tokens (special ones included) and what was cut away."""

    text: str
    tokens: int
    truncated_tokens: int  # of all documents, the demonstrations' and the item's
    document: str  # what is left of the item's document
    tail: str  # the text after it
    messages: tuple[chats.Message, ...] = ()  # the same for a chat model that is served


def fit(prompt: Prompt, tokenizer: Any, budget_tokens: int, chat: str | None = None) -> Fitted:
    """Cut documents from their ends until the whole prompt has at most ``budget_tokens`` tokens.

    ``chat`` (``turns`` or ``text``) puts the prompt through the tokenizer's chat template.

    ``tokenizer`` is a fast tokenizer of transformers; the prompt is always encoded whole, special
    tokens included, since tokens merge across joins. A cut falls on the end of a token and never
    inside a grapheme. Raises :class:`XltError` when no token of the item's document fits.
    """
    turns, truncated = _fit_turns(
        tokenizer, budget_tokens, prompt.instruction, prompt.frame, prompt.turns, chat
    )
    (head, tail), document = _around(prompt, turns, tokenizer, chat), prompt.document
    offsets = _encode(tokenizer, head + document + tail, not chat)
    whole = len(offsets)
    while len(offsets) > budget_tokens and document:
        end = len(head) + len(document)
        inside = [stop for start, stop in offsets if stop > len(head) and start < end]
        keep = len(inside) - (len(offsets) - budget_tokens)
        at = inside[keep - 1] - len(head) if keep > 0 else 0
        document = _cut(document, min(at, len(document) - 1))
        offsets = _encode(tokenizer, head + document + tail, not chat)
    if len(offsets) > budget_tokens or (prompt.document.strip() and not document.strip()):
        head, tail = _around(prompt, prompt.turns, tokenizer, chat)
        whole = len(_encode(tokenizer, head + prompt.document + tail, not chat))
        raise XltError(
            f"example {prompt.example_id!r}: its prompt has {whole} tokens, {budget_tokens} fit "
            f"(the model's context less the answer) and {len(offsets)} are left with the documents "
            "cut away: use fewer shots, a shorter wording or a model with a larger context"
        )
    return Fitted(
        text=head + document + tail,
        tokens=len(offsets),
        truncated_tokens=truncated + whole - len(offsets),
        document=document,
        tail=tail,
        messages=tuple(chats.messages(prompt, turns, document, chat)) if chat else (),
    )


def _around(
    prompt: Prompt, turns: tuple[Shown, ...], tokenizer: Any, chat: str | None
) -> tuple[str, str]:
    """The text before and after the item's document, with these turns."""
    if chat is None:
        return prompt.head(turns), prompt.tail
    bare = replace(prompt, example_id="", item=replace(prompt.item, document=""), turns=())
    return chats.around(bare, turns, tokenizer, chat)


@lru_cache(maxsize=64)
def _fit_turns(
    tokenizer: Any,
    budget_tokens: int,
    instruction: str,
    frame: Shown,
    turns: tuple[Shown, ...],
    chat: str | None,
) -> tuple[tuple[Shown, ...], int]:
    """The turns with their documents cut to an equal share of the budget, and the tokens cut."""
    bare = Prompt("", instruction, turns, frame, frame)
    blank = tuple(replace(turn, document="") for turn in turns)
    empty = "".join(_around(bare, blank, tokenizer, chat))
    used = len(_encode(tokenizer, empty, not chat))
    share = max(budget_tokens - used, 0) // (len(turns) + 1)
    cut, truncated = [], 0
    for turn in turns:
        document, offsets = turn.document, _encode(tokenizer, turn.document, special=False)
        if len(offsets) > share:
            document = _cut(document, offsets[share - 1][1] if share else 0)
            truncated += len(offsets) - len(_encode(tokenizer, document, special=False))
        cut.append(replace(turn, document=document))
    return tuple(cut), truncated


def _encode(tokenizer: Any, text: str, special: bool = True) -> list[tuple[int, int]]:
    """The (start, end) of every token in characters."""
    return tokenizer(text, add_special_tokens=special, return_offsets_mapping=True, verbose=False)[
        "offset_mapping"
    ]


def _cut(document: str, at: int) -> str:
    """The longest prefix of whole graphemes, of at most ``at`` characters, less ending spaces."""
    begin = max(document.rfind(" ", 0, at), 0)  # graphemes are counted from the last word on
    boundary = begin
    for grapheme in _GRAPHEME.finditer(document, begin):
        if grapheme.end() > at:
            break
        boundary = grapheme.end()
    return document[:boundary].rstrip()
