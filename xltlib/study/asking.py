"""How a model is asked, and what it said: text, or the scores of an item's options.

The items without content that a fair reading of options needs (:mod:`xltlib.tasks.readings`) ride
in the same call as the items themselves, so that what their prompts have in common is read once.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..config import Language
from ..data import Example
from ..errors import XltError
from ..prompts.chat import answer as chat_answer
from ..prompts.fit import Fitted
from ..prompts.prompt import Prompt
from ..tasks import Task, readings

#: Each possible answer of an item -> the text that stands for it.
Options = dict[str, str]


@dataclass(frozen=True)
class Said:
    """What became of one prompt; ``scores`` and ``tied`` where options were scored."""

    output: str
    tokens: int
    answer: Any
    scores: str | None = None
    tied: bool | None = None


@dataclass(frozen=True)
class Blanks:
    """The prompts of one item with nothing said in it: without content, and without a domain."""

    content_free: tuple[Fitted, ...]
    domain: Fitted


def write(
    task: Task,
    lm: Any,
    fitted: Sequence[Fitted],
    items: Sequence[Example],
    language: Language,
    labels: Sequence[str],
    longest: int,
) -> list[Said]:
    """Texts that the model writes, read by the task, which may allow copies with tags alone."""
    copies = [c for item in items if (c := task.copies(item, language, labels))]
    more = {"copies": copies} if copies else {}  # a served model takes none
    made = lm.generate(_prompts(lm, fitted), longest, task.stop, **more)
    return [
        Said(g.text, g.tokens, task.parse(g.text, item, language, labels))
        for g, item in zip(made, items, strict=True)
    ]


def pick(
    task: Task,
    lm: Any,
    fitted: Sequence[Fitted],
    items: Sequence[Example],
    options: Sequence[Options],
    language: Language,
    labels: Sequence[str],
    longest: int,
) -> list[Said]:
    """What a model without log-probabilities says, one of the options where it can be made to."""
    prompts, said = _prompts(lm, fitted), {}
    offered = [tuple(one.values()) for one in options]
    for words in dict.fromkeys(offered):
        mine = [i for i, one in enumerate(offered) if one == words]
        made = lm.choose([prompts[i] for i in mine], list(words), longest)
        said |= dict(zip(mine, made, strict=True))
    return [
        Said(said[i].text, said[i].tokens, task.parse(said[i].text, item, language, labels))
        for i, item in enumerate(items)
    ]


def blanks(
    items: Sequence[Example],
    shown: Sequence[Sequence[Example]],
    render: Callable[[Example, Sequence[Example]], Prompt],
    fit: Callable[[Prompt], Fitted],
) -> list[Blanks]:
    """The empty prompts of every item: those with the same demonstrations and options share them.

    ``shown`` are each item's demonstrations, which the empty item follows, too.
    """
    made: dict[Any, Blanks] = {}
    found = []
    for item, turns in zip(items, shown, strict=True):
        key = (tuple(turn.id for turn in turns), tuple(item.fields), item.options)
        if key not in made:
            empty = [
                replace(item, fields=dict.fromkeys(item.fields, text))
                for text in readings.CONTENT_FREE
            ]
            made[key] = Blanks(
                tuple(fit(render(one, turns)) for one in empty),
                fit(render(item, turns).premise()),
            )
        found.append(made[key])
    return found


def score(
    lm: Any,
    fitted: Sequence[Fitted],
    empty: Sequence[Blanks],
    options: Sequence[Options],
    chat: str | None,
) -> list[readings.OptionScores]:
    """The scores of every item's options, after its prompt and after its empty ones.

    Raises :class:`XltError` when one of them is not finite.
    """
    ends = [
        tuple(chat_answer(lm.tokenizer, word) if chat else word for word in one.values())
        for one in options
    ]
    asked: dict[tuple[str, tuple[str, ...]], int] = {}

    def ask(prompt: Fitted, words: tuple[str, ...]) -> int:
        return asked.setdefault((prompt.text, words), len(asked))

    own = [ask(f, words) for f, words in zip(fitted, ends, strict=True)]
    free = [
        [ask(f, words) for f in one.content_free] for one, words in zip(empty, ends, strict=True)
    ]
    bare = [ask(one.domain, words) for one, words in zip(empty, ends, strict=True)]
    found = lm.score([text for text, _ in asked], [list(words) for _, words in asked])
    for (text, words), scores in zip(asked, found, strict=True):
        _check_finite(lm, text, words, scores)
    tokens = {
        word: len(lm.tokenizer(word, add_special_tokens=False)["input_ids"])
        for word in {word for words in ends for word in words}
    }
    return [
        readings.OptionScores(
            options=tuple(one),
            sum=tuple(found[own[i]]),
            tokens=tuple(max(1, tokens[word]) for word in ends[i]),
            bytes=tuple(len(word.encode()) for word in ends[i]),
            content_free=tuple(tuple(found[at]) for at in free[i]),
            domain=tuple(found[bare[i]]),
        )
        for i, one in enumerate(options)
    ]


def _check_finite(lm: Any, text: str, words: Sequence[str], scores: Sequence[float]) -> None:
    for word, value in zip(words, scores, strict=True):
        if not math.isfinite(value):
            raise XltError(
                f"the model's score of {word!r} after {text[-60:]!r} is {value}, which is no "
                f"answer: its weights do not work in `dtype` {lm.dtype}. Use float32, or bfloat16 "
                "where the hardware has it"
            )


def answered(
    lm: Any,
    scores: Sequence[readings.OptionScores],
    items: Sequence[Example],
    options: Sequence[Options],
    seed: int,
    reading: str,
) -> list[Said]:
    """The answers that a reading makes of the scores."""
    chosen = readings.choose(scores, [item.id for item in items], seed, reading)
    return [
        Said(words[answer], len(lm.tokenizer(words[answer])["input_ids"]), answer, one.json(), tied)
        for (answer, tied), one, words in zip(chosen, scores, options, strict=True)
    ]


def _prompts(lm: Any, fitted: Sequence[Fitted]) -> list[Any]:
    return [f.messages if lm.takes_messages else f.text for f in fitted]
