"""How much a grid asks of its models: answers, and tokens to read, to write and to translate.

Counted from the data and the profile's tokenizer before anything runs. ``--plan`` makes hours of
them at measured speeds.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from ... import data, demonstrations, methods, tasks
from ...config import Profile, SpeedSpec, load_language
from ...data import Example
from ...models import is_served, load_tokenizer
from ...models.engine.plan import tree_of
from ...prompts.fit import Fitted, fit
from ...prompts.prompt import Prompt
from ...study import asking
from ..narrowing import Place, places

_SAMPLE = 20  # prompts of each data set, shots and language that are looked at


@dataclass(frozen=True)
class Workload:
    """``read``: tokens of prompts, what all prompts of a cell begin with once, and of the labels
    that are compared. A server is taken to read each prompt in full and to write its answer, as one
    without the prompts' log-probabilities does. ``written``: tokens of answers at most.
    ``translated``: tokens of the test items, which their translations are taken to have as many of;
    demonstrations and what is carried back are few beside them and are left out, as is what a
    method does that learns from demonstrations.
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


def workload(profile: Profile) -> Workload:
    """Of all cells of the profile's arms.

    Prompts that are asked in the pivot are taken to be as long as the language's own.
    Raises :class:`XltError` where the data or a tokenizer cannot be had, and where one of the
    prompts that are looked at does not fit the model's context.
    """
    asked: dict[tuple, Workload] = {}  # arms that ask the same way are counted alike
    total = Workload()
    for arm in profile.arms:
        spec, method = profile.of_arm(arm.name), methods.of(arm)
        tokenizer = load_tokenizer(spec.model)
        way = spec.model_dump_json(include={"model", "max_new_tokens", "wording", "demonstrations"})
        for place in places(profile, arm):
            where = place.dataset.name, place.dataset.task
            here = profile.within(*where).of_arm(arm.name)
            task = method.asks(tasks.get(place.dataset.task))
            key = (way, method.learns, type(task), here.shots, *where, place.code)
            if key not in asked:
                asked[key] = _asked(here, place, task, tokenizer, shows=not method.learns)
            total += asked[key]
            if method.uses_translator:
                total += _translated(here, place)
    return total


def _translated(profile: Profile, place: Place) -> Workload:
    """The test items of one cell, as its translator cuts them."""
    tokenizer, where = load_tokenizer(profile.translator), _where(place)
    cut = profile.document_words.get(place.dataset.task)
    test = data.load(*where, "test", profile.data_dir, profile.limit, cut)
    tokens = mean(len(tokenizer(item.text)["input_ids"]) for item in test[:_SAMPLE])
    return Workload(translated=tokens * len(test))


def _where(place: Place) -> tuple[str, str, str]:
    return place.dataset.name, place.dataset.task, place.code


def _asked(
    profile: Profile, place: Place, task: tasks.Task, tokenizer: Any, shows: bool
) -> Workload:
    """One data set's task in one language by one arm, whose profile it is.

    ``shows``: its prompts have demonstrations in them.
    """
    spec = place.dataset
    language = load_language(place.code)
    where, folder = _where(place), profile.data_dir
    cut = profile.document_words.get(spec.task)
    every, pool = (data.load(*where, split, folder, None, cut) for split in ("test", "demos"))
    picker = demonstrations.get(profile.demonstrations.by)(
        profile.demonstrations, task, pool, every
    )
    test = data.load(*where, "test", folder, profile.limit, cut)
    labels, chat = data.labels(*where, folder), profile.model.chat
    longest = profile.max_new_tokens.get(spec.task, task.max_new_tokens)
    choose = task.kind == "choose"
    words = task.options(test[0], language, labels, profile.wording).values() if choose else ()
    writes = not choose or is_served(profile.model)
    ends = 0 if writes else _label_tokens(tokenizer, words)
    total = Workload()
    for shots in profile.shots:
        fitted = []
        for item in test[:_SAMPLE]:
            shown = picker.pick(item, shots, profile.seeds[0]) if shows else ()
            prompt = task.render(item, shown, language, profile.wording, labels)
            fitted.append(fit(prompt, tokenizer, profile.model.context - longest, chat))
        texts = [] if is_served(profile.model) else [one.text for one in fitted]
        ids = [tokenizer(text)["input_ids"] for text in texts]
        common = len(os.path.commonprefix(ids)) if len(ids) > 1 else 0
        read = common + len(test) * (mean(one.tokens for one in fitted) - common + ends)
        if ends:
            read += _empty_tokens(
                test[0],
                picker.pick(test[0], shots, profile.seeds[0]) if shows else (),
                lambda item, turns: task.render(item, turns, language, profile.wording, labels),
                lambda prompt: fit(prompt, tokenizer, profile.model.context - longest, chat),
                common,
                ends,
            )
        times = len(profile.seeds) if shots and picker.uses_seed else 1
        written = longest * len(test) if writes else 0
        total += Workload(times * len(test), times * read, times * written)
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
