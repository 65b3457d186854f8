"""Prompts for base language models: their layout, and how they are made to fit a context.

An instruction (if the wording has one) and an empty line; per demonstration its document and its
answer, each after the name of its field, and an empty line; then the item, up to the colon after
the answer's field. A continuation begins with a space, as the demonstrations' answers do.

What does not fit is cut from the end of documents, by tokens, never from the instruction, an answer
or a field's name. Every demonstration has the same limit, which does not depend on the item, so
that all items of a set share the same text up to their own document; the item gets what is left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from string import Formatter
from typing import Any

import regex

from ..config.specs import Language, Wording
from ..data import Example
from ..errors import XltError
from . import chat as chats

# One character for one character, so that entity offsets stay valid.
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in parts. ``turns`` are the demonstrations' (document, answer)."""

    example_id: str
    instruction: str
    document_field: str
    answer_field: str
    turns: tuple[tuple[str, str], ...]
    document: str

    def head(self, turns: Sequence[tuple[str, str]]) -> str:
        """The text before the item's document, with these turns."""
        parts = [self.instruction + "\n\n"] if self.instruction else []
        parts += [
            f"{self.document_field}: {document}\n{self.answer_field}: {answer}\n\n"
            for document, answer in turns
        ]
        return "".join(parts) + f"{self.document_field}: "

    @property
    def tail(self) -> str:
        """The text after the item's document."""
        return f"\n{self.answer_field}:"

    def text(self) -> str:
        """The whole prompt, nothing cut."""
        return self.head(self.turns) + self.document + self.tail


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits: its text, its tokens (special ones included) and what was cut away."""

    text: str
    tokens: int
    truncated_tokens: int  # of all documents, the demonstrations' and the item's
    document: str  # what is left of the item's document
    tail: str  # the text after it
    messages: tuple[chats.Message, ...] = ()  # the same for a chat model that is served


def shown(text: str) -> str:
    """``text`` on one line, as prompts show it; every offset stays valid."""
    return text.translate(_LINE_BREAKS)


def compose(
    task: str,
    example: Example,
    demonstrations: Sequence[Example],
    answer: Callable[[Example], str],
    language: Language,
    wording: int,
    names: Mapping[str, str],
) -> Prompt:
    """The prompt of an example; ``answer`` writes a demonstration's gold, ``names`` fill braces.

    Raises :class:`XltError` for a wording that the language does not have, and for an instruction
    with other names in braces than ``names`` has.
    """
    offered = language.prompts.get(task, ())
    if not 0 <= wording < len(offered):
        raise XltError(
            f"`wording` is {wording}, but language {language.code!r} has {len(offered)} for the "
            f"task {task!r}, counted from 0: choose another, or add one under prompts.{task} in "
            "the language's file"
        )
    chosen = offered[wording]
    return Prompt(
        example_id=example.id,
        instruction=_instruction(chosen, f"{language.code}.yaml: prompts.{task}[{wording}]", names),
        document_field=chosen.document,
        answer_field=chosen.answer,
        turns=tuple((shown(d.text), answer(d)) for d in demonstrations),
        document=shown(example.text),
    )


def _instruction(wording: Wording, where: str, names: Mapping[str, str]) -> str:
    where = f"language file {where}.instruction"
    try:
        parts = list(Formatter().parse(wording.instruction))
    except ValueError as error:
        raise XltError(
            f"{where} {wording.instruction!r}: {error}; a brace is written {{{{"
        ) from error
    text = []
    for literal, name, specification, conversion in parts:
        text.append(literal)
        if name is None:
            continue
        if name not in names or specification or conversion:
            allowed = ", ".join(f"{{{n}}}" for n in names) or "no name in braces"
            raise XltError(f"{where} uses the undefined name {{{name}}}: this task knows {allowed}")
        text.append(names[name])
    return "".join(text)


def fit(prompt: Prompt, tokenizer: Any, budget_tokens: int, chat: str | None = None) -> Fitted:
    """Cut documents from their ends until the whole prompt has at most ``budget_tokens`` tokens.

    ``chat`` (``turns`` or ``text``) puts the prompt through the tokenizer's chat template.

    ``tokenizer`` is a fast tokenizer of transformers; the prompt is always encoded whole, special
    tokens included, since tokens merge across joins. A cut falls on the end of a token and never
    inside a grapheme. Raises :class:`XltError` when no token of the item's document fits.
    """
    turns, truncated = _fit_turns(
        tokenizer, budget_tokens, prompt.instruction, prompt.document_field, prompt.answer_field,
        prompt.turns, chat,
    )  # fmt: skip
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
    prompt: Prompt, turns: tuple[tuple[str, str], ...], tokenizer: Any, chat: str | None
) -> tuple[str, str]:
    """The text before and after the item's document, with these turns."""
    if chat is None:
        return prompt.head(turns), prompt.tail
    return chats.around(
        replace(prompt, example_id="", document="", turns=()), turns, tokenizer, chat
    )


@lru_cache(maxsize=64)
def _fit_turns(
    tokenizer: Any,
    budget_tokens: int,
    instruction: str,
    document_field: str,
    answer_field: str,
    turns: tuple[tuple[str, str], ...],
    chat: str | None,
) -> tuple[tuple[tuple[str, str], ...], int]:
    """The turns with their documents cut to an equal share of the budget, and the tokens cut."""
    bare = Prompt("", instruction, document_field, answer_field, turns, "")
    empty = "".join(_around(bare, tuple(("", answer) for _, answer in turns), tokenizer, chat))
    used = len(_encode(tokenizer, empty, not chat))
    share = max(budget_tokens - used, 0) // (len(turns) + 1)
    cut, truncated = [], 0
    for document, answer in turns:
        offsets = _encode(tokenizer, document, special=False)
        if len(offsets) > share:
            document = _cut(document, offsets[share - 1][1] if share else 0)
            truncated += len(offsets) - len(_encode(tokenizer, document, special=False))
        cut.append((document, answer))
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


def check_prompts(prompts: Sequence[Fitted], examples: Sequence[Example]) -> None:
    """Raise :class:`XltError` unless every document really reaches the model.

    Each prompt must show its example's document, from its beginning, where the item stands; and
    there must be as many distinct prompts as distinct documents, but for those that were cut (two
    articles may begin alike, and how much was cut stands in the records).
    """
    by_document: dict[str, str] = {}
    by_prompt: dict[str, str] = {}
    for prompt, example in zip(prompts, examples, strict=True):
        document = shown(example.text)
        placed = prompt.text.endswith(": " + prompt.document + prompt.tail)
        if not (placed and document.startswith(prompt.document) and prompt.document.strip()):
            raise XltError(
                f"the document of example {example.id!r} is not in its prompt, which ends with "
                f"{prompt.text[-200:]!r}: mend the task's template or the example's text"
            )
        first = by_document.setdefault(document, example.id)
        other = by_prompt.setdefault(prompt.text, first)
        if other != first and not prompt.truncated_tokens:
            raise XltError(
                f"the examples {other!r} and {example.id!r} have different documents but the same "
                "prompt: mend the task's template"
            )
