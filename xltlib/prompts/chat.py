"""Chat models: a prompt as messages, and as the text that a chat template makes of them.

``turns``: the demonstrations are turns of user and assistant, the instruction stands at the head
of the first message. ``text``: one message of the user holds the whole prompt. There is no system
message, since many templates refuse one. The template is the tokenizer's own
(``apply_chat_template`` of transformers); where it closes, the answer begins.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..errors import XltError
from .prompt import Prompt, Shown

Turns = tuple[Shown, ...]
Message = dict[str, str]  # role and content
_MARK = "\ue000"  # a character for private use: it stands for a text that is filled in later


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
    document once and as it is.
    """
    text = _written(tokenizer, messages(prompt, turns, _MARK, style), ask=True)
    head, mark, tail = text.partition(_MARK)
    if not mark or _MARK in tail:
        raise XltError(
            "the tokenizer's chat template does not show the user's last message once and as it "
            "is: leave `model.chat` out, or use a model with another template"
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


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _written(tokenizer: Any, said: Sequence[Message], ask: bool) -> str:
    if not tokenizer.chat_template:
        raise XltError(
            "`model.chat` is set, but the model's tokenizer has no chat template: leave it out for "
            "a base model, or name an instruction-tuned model whose tokenizer has a template"
        )
    try:
        return tokenizer.apply_chat_template(list(said), tokenize=False, add_generation_prompt=ask)
    except Exception as error:  # a template is a program of its own and may raise anything
        raise XltError(
            f"the tokenizer's chat template refuses the prompt ({type(error).__name__}: "
            f"{error!s:.200}): try the other of `model.chat: turns` and `text`, or leave it out"
        ) from error
