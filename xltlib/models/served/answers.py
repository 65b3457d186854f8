"""A server's answers, read: text without what was thought aloud, and log-probabilities.

Nothing is believed that can be checked: how many choices there are and which, whether counts can be
true, whether log-probabilities are finite and belong to the tokens that were sent.
"""

import math
import os
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import XltError
from ...text.printed import whole
from .connection import NoAnswer

# What servers write as `finish_reason` where they broke off: nothing that the model meant.
_BROKEN = re.compile(
    r"error|abort|cancel|fail|time.?out|interrupt|overload|unavailable|preempt|insufficient", re.I
)
# How models mark thought: <think>, [THINK], ◁think▷, <|begin_of_thought|>, <|START_THINKING|>, and
# channels, whose marks are left out where a server shows no special tokens.
_NAME = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|scratchpad|reflection)"
_OPEN = re.compile(
    rf"\s*(?:[<\[◁]\|?(?:begin_of_|start_)?{_NAME}(?:\s[^<>]*)?\|?[>\]▷]"
    r"|<\|channel\|>\s*(?:analysis|commentary)|analysis(?=.*assistantfinal))",
    re.I | re.S,
)
_CLOSE = re.compile(
    rf"[<\[◁]\|?(?:/|end_of_|end_){_NAME}\|?[>\]▷]|<\|channel\|>\s*final\s*<\|message\|>", re.I
)
_FINAL = re.compile("assistantfinal")  # behind such an `analysis` alone
# Marks around an answer, as some of these models put them.
_AROUND = r"(?:begin_of_|start_|end_of_|end_)?(?:answer|response|solution|output)"
_WRAPPED = re.compile(rf"\s*<\|?{_AROUND}\|?>(.*?)(?:<\|?/?{_AROUND}\|?>\s*)?", re.I | re.S)
_RETURN = re.compile(r"\s*<\|(?:end|return)\|>\s*$")  # the end of a channel


class Unusable(XltError):
    """An answer that does not hold the log-probabilities that were asked for."""


class Written(NamedTuple):
    """One answer in words.

    ``whole``: the model came to its end; ``thought``: it thought, in the answer or beside it;
    ``reason``: why the server says that it ended.
    """

    text: str
    tokens: int
    whole: bool
    thought: bool
    reason: str = ""


def written(
    content: Any, messages: bool, limit: int, count: Callable[[str], int], where: str
) -> Written:
    """The one choice of an answer that may have ``limit`` tokens.

    ``count`` counts a text's tokens where the server's own count is none, or cannot be true.
    Raises :class:`NoAnswer` where the server broke off, :class:`XltError` for an answer that is not
    as the protocol has it.
    """
    try:
        choice = _one(content["choices"])
        reason = choice.get("finish_reason")
        said = choice["message"] if messages else choice
        if choice.get("error") or _BROKEN.search(str(reason or "")):
            error = choice.get("error")
            told = error.get("message", error) if isinstance(error, dict) else error
            raise NoAnswer(f"it broke off an answer (finish_reason {reason!r}; {told or 'no why'})")
        raw = _plain(said["content"] if messages else said["text"])
        raw = raw or _plain(said.get("refusal"))
        beside = said.get("reasoning_content") or said.get("reasoning")
        used = (content.get("usage") or {}).get("completion_tokens")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise XltError(
            f"{where}: its answer is not as the OpenAI protocol has it ({type(error).__name__}: "
            f"{error!s:.200}): check the base URL"
        ) from error
    text, aloud = without_thought(raw)
    true = isinstance(used, int) and not isinstance(used, bool) and 0 <= used <= limit
    tokens = used if true else count(raw)
    return Written(text, tokens, reason != "length", aloud or bool(beside), str(reason or ""))


def _one(choices: Any) -> dict[str, Any]:
    if not isinstance(choices, list) or len(choices) != 1:
        found = f"{len(choices)} choices" if isinstance(choices, list) else f"{choices!r:.40}"
        raise ValueError(f"one choice was asked for, and {found} came")
    if choices[0].get("index", 0) != 0:
        raise ValueError(f"the one choice has the index {choices[0]['index']!r:.20}")
    return choices[0]


def _plain(content: Any) -> str:
    """Content as text: null is an empty answer, and of parts those count that are text."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(_plain(p["text"]) for p in content if p.get("type", "text") == "text")
    if not isinstance(content, str):
        raise TypeError(f"its text is {content!r:.60}")
    return whole(content)


def without_thought(text: str) -> tuple[str, bool]:
    """The answer without the block of thought in front of it, and whether there was one.

    A template may open the block, so that the answer holds its end alone. A block that does not end
    is no answer. Marks around the whole answer go, too.
    """
    begun = _OPEN.match(text)
    ends = list(_CLOSE.finditer(text))
    if not ends and begun and begun[0].strip() == "analysis":
        ends = list(_FINAL.finditer(text))
    thought = bool(begun or ends)
    if ends:
        text = _RETURN.sub("", text[ends[-1].end() :]).lstrip()
    elif begun:
        text = ""
    wrapped = _WRAPPED.fullmatch(text)
    return (wrapped[1].strip() if wrapped else text), thought


def likelihoods(content: Any, texts: int) -> list[float]:
    """Scores of the continuations, from the echo of the prompt alone and with each of them.

    ``texts`` is how many were sent, the prompt itself first. Servers that know no echo return
    log-probabilities of new tokens only: the counts tell. Raises :class:`Unusable`.
    """
    try:
        choices = sorted(content["choices"], key=lambda c: c["index"])
        broken = [c for c in choices if c.get("error") or _BROKEN.search(_reason(c))]
        # The last token of each is the one that was generated.
        tokens = [c["logprobs"]["tokens"][:-1] for c in choices if not broken]
        values = [c["logprobs"]["token_logprobs"][:-1] for c in choices if not broken]
        asked = content["usage"]["prompt_tokens"] if not broken else 0
    except (LookupError, TypeError, AttributeError) as error:
        raise Unusable("the server's answer has no log-probabilities of the prompt") from error
    if broken:
        raise NoAnswer(f"it broke off an answer (finish_reason {_reason(broken[0])!r})")
    if [c["index"] for c in choices] != list(range(texts)):
        raise Unusable(
            f"the server was sent {texts} texts and answered with the choices "
            f"{[c['index'] for c in choices][:20]}: scores cannot be told apart; serve the model "
            "with another server, or set `model.chat` for one that only chats"
        )
    own, *longer = tokens
    if len(longer) == 0 or sum(map(len, tokens)) != asked:
        raise Unusable("the server's log-probabilities are not those of the prompt's tokens")
    scores = []
    for names, logs in zip(longer, values[1:], strict=True):
        start = min(len(os.path.commonprefix([own, names])), len(names) - 1)
        tail = logs[start:]
        if start < 1 or len(logs) != len(names) or not all(_is_log(value) for value in tail):
            raise Unusable("the server's log-probabilities have gaps or are not finite")
        scores.append(math.fsum(tail))
    return scores


def _reason(choice: dict[str, Any]) -> str:
    return str(choice.get("finish_reason") or "")


def _is_log(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value <= 1e-4
