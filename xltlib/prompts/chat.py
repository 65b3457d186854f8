"""Chat models: a prompt as messages, and as the text that a chat template makes of them.

``turns``: the demonstrations are turns of user and assistant, the instruction stands at the head
of the first message. ``text``: one message of the user holds the whole prompt. There is no system
message, since many templates refuse one. The template is the tokenizer's own
(``apply_chat_template`` of transformers); where it closes, the answer begins. A template that
writes today's date writes a fixed one, so that a prompt is the same tomorrow; one that opens a
block of thought has it closed, empty, before the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from ..errors import XltError
from .prompt import Prompt, Shown

Turns = tuple[Shown, ...]
Message = dict[str, str]  # role and content
_MARK = "\ue000"  # a character for private use: it stands for a text that is filled in later
#: What templates take for today: the date that those of Llama 3.2 have where they know none.
DATE = datetime(2024, 7, 26)
_TODAY = re.compile(r"""strftime_now\s*\(\s*(?:format\s*=\s*)?(['"])(.*?)\1\s*\)""")
_THINKS = re.compile(r"(?P<open>[<\[])(?P<name>think|thinking|thought|reasoning)[>\]](\s*)$", re.I)


def messages(prompt: Prompt, turns: Turns, document: str, style: str) -> list[Message]:
    """The prompt as messages, the last of them the user's."""
    if style == "text":
        return [_said("user", prompt.head(turns) + document + prompt.tail)]
    said = []
    for i, turn in enumerate([*turns, replace(prompt.item, document=document)]):
        asks = replace(prompt, instruction="" if i else prompt.instruction, item=turn)
        said.append(_said("user", asks.head(()) + turn.document + asks.tail))
        said.append(_said("assistant", turn.answer))
    return said[:-1]


@lru_cache(maxsize=64)
def around(prompt: Prompt, turns: Turns, tokenizer: Any, style: str) -> tuple[str, str]:
    """The text before and after the item's document, as the template writes it.

    Raises :class:`XltError` when the tokenizer has no template, or one that does not show the
    document once and every message as it is.
    """
    plain = "".join(m["content"] for m in messages(prompt, turns, "", style))
    mark = next(c for c in map(chr, range(0xE000, 0xF900)) if c not in plain)
    said = messages(prompt, turns, mark, style)
    text = _written(tokenizer, said, ask=True)
    head, found, tail = text.partition(mark)
    if not found or mark in tail:
        raise XltError(
            "the tokenizer's chat template does not show the user's last message once and as it "
            "is: leave `model.chat` out, or use a model with another template"
        )
    for message in said:
        if (whole := message["content"].strip()) not in text:
            raise XltError(
                f"the tokenizer's chat template does not show a message as it is ({whole!r:.60}): "
                "leave `model.chat` out, or use a model with another template"
            )
    return head, tail + _opening(tokenizer)[0]


def answer(tokenizer: Any, word: str) -> str:
    """The text that follows the prompt when the assistant says ``word``."""
    return _opening(tokenizer)[1] + word.strip()


@lru_cache(maxsize=8)
def _opening(tokenizer: Any) -> tuple[str, str]:
    """What stands between the assistant's header and its words: the prompt's part, the answer's.

    Whole lines (an empty block of thought, say) belong to the prompt; a space belongs to the first
    token of the answer.
    """
    asked = [_said("user", "?")]
    header = _written(tokenizer, asked, ask=True)
    if thinks := _THINKS.search(header):
        close = ">" if thinks["open"] == "<" else "]"
        return f"\n{thinks['open']}/{thinks['name']}{close}\n\n", ""
    whole = _written(tokenizer, [*asked, _said("assistant", _MARK)], ask=False)
    between, mark, _ = whole[len(header) :].partition(_MARK)
    if not (whole.startswith(header) and mark):
        raise XltError(
            "the tokenizer's chat template writes another header before an answer that is given "
            "than before one that is asked for, so that labels cannot be scored: leave "
            "`model.chat` out, or use a model with another template"
        )
    cut = between.rfind("\n") + 1
    return between[:cut], between[cut:]


def dated(revision: str, tokenizer: Any, style: str | None) -> str:
    """``revision`` as records name it, with the date that a template writes into prompts."""
    writes = style and "strftime_now" in str(getattr(tokenizer, "chat_template", ""))
    return f"{revision} dated {DATE:%Y-%m-%d}" if writes else revision


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _with_a_fixed_date(template: str) -> str:
    """A template that writes :data:`DATE` where it would write today's.

    Its calls are written out, since transformers lets nobody else give templates a function.
    """
    fixed = _TODAY.sub(lambda found: repr(DATE.strftime(found[2])), template)
    if re.search(r"strftime_now\s*\(", fixed):
        raise XltError(
            "the tokenizer's chat template writes today's date in a form that is not written out, "
            "so that its prompts would be others tomorrow: leave `model.chat` out, or give the "
            "tokenizer a template with a fixed date"
        )
    return fixed


def _written(tokenizer: Any, said: Sequence[Message], ask: bool) -> str:
    if not tokenizer.chat_template:
        raise XltError(
            "`model.chat` is set, but the model's tokenizer has no chat template: leave it out for "
            "a base model, or name an instruction-tuned model whose tokenizer has a template"
        )
    own = tokenizer.get_chat_template() if "strftime_now" in str(tokenizer.chat_template) else ""
    fixed = {"chat_template": _with_a_fixed_date(own)} if own else {}
    try:
        return tokenizer.apply_chat_template(
            list(said), tokenize=False, add_generation_prompt=ask, **fixed
        )
    except Exception as error:  # a template is a program of its own and may raise anything
        raise XltError(
            f"the tokenizer's chat template refuses the prompt ({type(error).__name__}: "
            f"{error!s:.200}): try the other of `model.chat: turns` and `text`, or leave it out"
        ) from error
