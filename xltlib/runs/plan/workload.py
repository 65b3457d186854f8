"""How much a grid asks of its models: answers, and tokens to read, to write and to translate.

Counted from the data and the profile's tokenizer before anything runs. ``--plan`` makes hours of
them at measured speeds.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from ... import data, tasks
from ...config import DatasetSpec, Profile, SpeedSpec, load_language
from ...data import Example, demonstrations
from ...models import is_served, load_tokenizer
from ...models.engine.plan import tree_of
from ...prompts.fit import Fitted, fit
from ...prompts.prompt import Prompt
from ...study import asking
from ..grid import PIVOT

_SAMPLE = 20  # prompts of each data set, shots and language that are looked at


@dataclass(frozen=True)
class Workload:
    """``read``: tokens of prompts, what all prompts of a cell begin with once, and of the labels
    that are compared. A server is taken to read each prompt in full and to write its answer, as one
    without the prompts' log-probabilities does. ``written``: tokens of answers at most.
    ``translated``: tokens of the test items, which their translations are taken to have as many of;
    demonstrations and what is carried back are few beside them and are left out.
    """

    answers: int = 0
    read: float = 0
    written: int = 0
    translated: float = 0

    def __add__(self, other: "Workload") -> "Workload":
        return Workload(
            self.answers + other.answers,
            self.read + other.read,
            self.written + other.written,
            self.translated + other.translated,
        )

    def hours(self, speed: SpeedSpec) -> float:
        """About as many, where ``speed`` was measured: fewer where answers end before their
        longest length. The training of LAFT is apart.
        """
        seconds = self.read / speed.scoring + self.written / speed.generation
        return (seconds + self.translated / speed.translation) / 3600


def workload(profile: Profile, languages: Sequence[str], methods: Sequence[str]) -> Workload:
    """Of the profile's cells in ``languages`` by ``methods``; English is prompted alone.

    Prompts that ``translate`` writes in English are taken to be as long as the language's own.
    Raises :class:`XltError` where the data or a tokenizer cannot be had, and where one of the
    prompts that are looked at does not fit the model's context.
    """
    tokenizer = load_tokenizer(profile.model)
    others = load_tokenizer(profile.translator) if "translate" in methods else None
    total = Workload()
    for spec in profile.datasets:
        for code in (c for c in spec.languages if c in languages):
            mine = [m for m in methods if m == "prompt" or code != PIVOT]
            total += _cells(profile, spec, code, mine, tokenizer, others)
    return total


def _cells(
    profile: Profile,
    spec: DatasetSpec,
    code: str,
    methods: Sequence[str],
    tokenizer: Any,
    translators: Any,
) -> Workload:
    """One data set's task in one language, by all methods."""
    task, language = tasks.get(spec.task), load_language(code)
    where, folder = (spec.name, spec.task, language.code), profile.data_dir
    every, pool = (data.load(*where, split, folder) for split in ("test", "demos"))
    test = data.load(*where, "test", folder, profile.limit)
    labels, chat = data.labels(*where, folder), profile.model.chat
    longest = profile.max_new_tokens.get(spec.task, task.max_new_tokens)
    choose = task.kind == "choose"
    words = task.options(test[0], language, labels).values() if choose else ()
    writes = not choose or is_served(profile.model)
    ends = 0 if writes else _label_tokens(tokenizer, words)
    total = Workload()
    for shots in profile.shots:
        shown = demonstrations.draw(pool, spec.task, shots, profile.seeds[0], every, task.groups)
        fitted = [
            fit(
                task.render(item, shown, language, profile.wording, labels),
                tokenizer,
                profile.model.context - longest,
                chat,
            )
            for item in test[:_SAMPLE]
        ]
        texts = [] if is_served(profile.model) else [one.text for one in fitted]
        ids = [tokenizer(text)["input_ids"] for text in texts]
        common = len(os.path.commonprefix(ids)) if len(ids) > 1 else 0
        read = common + len(test) * (mean(one.tokens for one in fitted) - common + ends)
        if ends:
            read += _empty_tokens(
                test[0],
                shown,
                lambda item, turns: task.render(item, turns, language, profile.wording, labels),
                lambda prompt: fit(prompt, tokenizer, profile.model.context - longest, chat),
                common,
                ends,
            )
        times = len(methods) * (len(profile.seeds) if shots else 1)
        written = longest * len(test) if writes else 0
        total += Workload(times * len(test), times * read, times * written)
    if "translate" in methods:
        tokens = mean(len(translators(item.text)["input_ids"]) for item in test[:_SAMPLE])
        total += Workload(translated=tokens * len(test))
    return total


def _empty_tokens(
    item: Example,
    shown: Sequence[Example],
    render: Callable[[Example, Sequence[Example]], Prompt],
    fits: Callable[[Prompt], Fitted],
    common: int,
    ends: int,
) -> int:
    """Tokens of the prompts without content that a reading of options needs, with the options."""
    (empty,) = asking.blanks([item], [shown], render, fits)
    read = sum(max(0, one.tokens - common) + ends for one in empty.content_free)
    return read + empty.domain.tokens + ends


def _label_tokens(tokenizer: Any, words: Iterable[str]) -> int:
    """Tokens of a prompt's labels that pass through the model: those that are shared once."""
    ids = [tuple(tokenizer(word, add_special_tokens=False)["input_ids"]) for word in words]
    return len(tree_of(tuple(ids), (0,) * len(ids)).tokens)
