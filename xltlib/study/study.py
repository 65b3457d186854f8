"""A study: one arm on one data set's task in one language, from test items to records.

The notebooks open a study, look at its demonstrations and prompts, run it, and look at what came
out. The records of each (shots, seed) are kept as soon as they are there, so that a study that is
killed goes on where it was.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from .. import bars, data, demonstrations, methods, paths, tasks
from ..config import Cell, Profile, load_language, load_profile
from ..data import Example
from ..data.card import checksum
from ..models import Usage
from ..prompts.check import check_prompts
from ..prompts.fit import Fitted, fit
from ..prompts.prompt import Prompt
from ..records import results
from ..records import schema as records
from . import asking, learning, whole_tokens
from .cards import Cards, extremes
from .carried import Carried
from .fingerprint import made_of
from .in_pivot import InPivot
from .vetting import Vetted


class Study:
    """One cell of the grid, opened.

    Parameters
    ----------
    arm, task, dataset, language
        Which cell: ``arm`` is one of the profile's arms (unless it names its own, the paper's
        methods), ``language`` an ISO 639-3 code or the path of a language's YAML file.
    profile
        A profile's name, or the path of its YAML file.
    shots, seeds, limit, data_dir
        Replace the profile's own values where they are given.

    Raises :class:`xltlib.errors.XltError` for whatever is unknown or missing, at once where that
    can be seen without loading a model.
    """

    def __init__(
        self,
        arm: str = "prompt",
        task: str = "topics",
        *,
        profile: str = "mini",
        dataset: str = "mini",
        language: str = "hau",
        shots: Sequence[int] | None = None,
        seeds: Sequence[int] | None = None,
        limit: int | None = None,
        data_dir: str | None = None,
    ):
        whole = load_profile(profile, shots=shots, seeds=seeds, limit=limit, data_dir=data_dir)
        self.profile: Profile = whole.within(dataset, task).of_arm(arm)
        method = self.profile.arms[0].method
        self.cell = Cell(arm=arm, method=method, task=task, dataset=dataset, language=language)
        self.language = load_language(language)
        self._kind = methods.of(self.profile.arms[0])
        self.task = self._kind.asks(tasks.get(task))
        tasks.check_words(self.language)
        self._kind.check(self.profile, self.language.code, [dataset])
        self._picks = demonstrations.get(self.profile.demonstrations.by)

    def __repr__(self) -> str:
        p = self.profile
        return (
            f"{self.cell.arm} · {self.cell.task} · {self.cell.dataset} · {self.language.name}: "
            f"{len(self.test)} test items, shots {list(p.shots)}, seeds {list(p.seeds)}"
        )

    # What the study is made of; each part is loaded when it is first looked at.

    def _load(
        self, split: data.Split, limit: int | None = None, language: str = ""
    ) -> list[Example]:
        cell, folder = self.cell, self.profile.data_dir
        words = self.profile.document_words.get(cell.task)
        where = (cell.dataset, cell.task, language or self.language.code)
        return data.load(*where, split, folder, limit, words)

    @cached_property
    def test(self) -> list[Example]:
        """The test items, the same for every method, shot count and seed."""
        return self._load("test", self.profile.limit)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The data set's own labels in this language, or its entity types; empty for summaries."""
        cell, folder = self.cell, self.profile.data_dir
        return data.labels(cell.dataset, cell.task, self.language.code, folder)

    @cached_property
    def _checksums(self) -> dict[str, str]:
        parts = {"demos": self.picker.pool, "test": self._load("test")}
        return {name: checksum(items) for name, items in parts.items()}

    @cached_property
    def picker(self) -> demonstrations.Picker:
        """What picks the demonstrations, by the profile's ``demonstrations``."""
        there = self._kind.picks_in_pivot and self._picks.per_item
        code = self.profile.pivot if there else self.language.code
        # Drawn against all test items, whatever the limit: it must not move the demonstrations.
        pool = self._load("demos", language=code), self._load("test", language=code)
        picker = self._picks(self.profile.demonstrations, self.task, *pool)
        if there:
            picker = InPivot(picker, lambda: self.carried.examples)
        return Vetted(picker, lambda: self.opened) if self._kind.vets else picker

    def demonstrations(
        self, shots: int, seed: int, item: Example | None = None
    ) -> tuple[Example, ...]:
        """The demonstrations that a test item is asked after; by default the first one."""
        return self.picker.pick(item or self.test[0], shots, seed)

    @cached_property
    def opened(self) -> methods.Method:
        """The method, which can carry examples; the model that is asked is not loaded."""
        scope = f"{self.cell.task}-{self.cell.dataset}-{self.language.code}"
        clock = time.perf_counter()
        opened = self._kind(self.profile, self.language, scope)
        self._loading = time.perf_counter() - clock
        return opened

    @cached_property
    def method(self) -> methods.Method:
        """The method with the model that is asked."""
        method, clock = self.opened, time.perf_counter()
        method.load()
        self._loading += time.perf_counter() - clock
        return method

    @cached_property
    def folder(self) -> Path:
        """Where this study's records go: the runner's folder for the cell, else one to play in."""
        given = os.environ.get("XLTLIB_CELL")
        return Path(given) if given else paths.runs(self.profile.name) / "play" / self.cell.slug

    # Carrying into the prompt's language. Its cost belongs to every (shots, seed) that uses it.

    def _carry(self, examples: Iterable[Example], gold: bool) -> Carried:
        used = self.opened.translator.usage if self.opened.translator else Usage()
        before, distinct = used.copy(), {one.id: one for one in examples}
        carried = tuple(self.opened.carry(self.task, list(distinct.values()), gold))
        cost = used.since(before)
        return Carried(carried, cost.seconds, cost.flops, cost.truncated)

    def _translations_cut(self) -> int:
        return self.method.translator.usage.truncated if self.method.translator else 0

    def _spent(self) -> tuple[float, float]:
        """Seconds and FLOPs that this study's models have used so far."""
        meters = [model.usage for model in (self.method.lm, self.method.translator) if model]
        return sum(m.seconds for m in meters), sum(m.flops for m in meters)

    def _phases(self) -> dict[str, float]:
        """Seconds by what they went into, in this process."""
        answering = "scoring" if self.task.kind == "choose" else "generation"
        used = self.method.lm.usage
        phases = {"loading": self._loading, answering: used.seconds - used.learning}
        if self._kind.learns:
            phases["training"] = used.learning
        if self.method.translator:
            phases["translation"] = self.method.translator.usage.seconds
        return {phase: round(seconds, 3) for phase, seconds in phases.items()}

    @cached_property
    def carried(self) -> Carried:
        """The test items in the language of the prompt."""
        return self._carry(self.test, gold=False)

    @cached_property
    def _shown(self) -> dict[tuple[int, int], Carried]:
        # Kept by the study itself: a cache of the class would keep its models in memory, too.
        return {}

    def shown(self, shots: int, seed: int) -> Carried:
        """The demonstrations that any test item is asked after, in the language of the prompt."""
        if (shots, seed) not in self._shown:
            items = self.test if self.picker.per_item else self.test[:1]
            picked = (one for item in items for one in self.demonstrations(shots, seed, item))
            self._shown[shots, seed] = self._carry(picked, gold=True)  # picking may take the models
        return self._shown[shots, seed]

    def _shown_to(self, shots: int, seed: int) -> list[tuple[Example, ...]]:
        """The same for each test item, in the order in which its prompt has them."""
        if self._kind.learns:
            return [()] * len(self.test)
        shown = self.shown(shots, seed).examples
        if not self.picker.per_item:
            return [shown] * len(self.test)
        carried = {one.id: one for one in shown}
        picked = (self.demonstrations(shots, seed, item) for item in self.test)
        return [tuple(carried[one.id] for one in each) for each in picked]

    def prompts(self, shots: int, seed: int) -> list[Fitted]:
        """The prompts as they reach the model, one per test item, documents cut to fit."""
        return self.prompts_of(self.carried.examples, self._shown_to(shots, seed))

    def prompts_of(
        self, items: Sequence[Example], shown_to: Sequence[tuple[Example, ...]]
    ) -> list[Fitted]:
        """The same for any carried items, each after the demonstrations that are shown to it."""
        language = self.method.language
        fitted = [
            self._fit(self.task.render(item, shown, language, self.profile.wording, self.labels))
            for item, shown in zip(items, shown_to, strict=True)
        ]
        check_prompts(fitted, items)
        texts = [one.text for one in fitted]
        whole_tokens.check(self.profile.model, self.method.lm.tokenizer, texts)
        return fitted

    def _fit(self, prompt: Prompt) -> Fitted:
        lm = self.method.lm
        return fit(prompt, lm.tokenizer, lm.context - self._longest, self.profile.model.chat)

    @property
    def _longest(self) -> int:
        """The most tokens that an answer may have."""
        return self.profile.max_new_tokens.get(self.cell.task, self.task.max_new_tokens)

    # Running, and looking at what came out.

    def run(self, progress: Callable[[str], None] = print) -> pd.DataFrame:
        """The records of all shots and seeds, written to the study's folder.

        Where the seed draws nothing (0 shots, and some pickers), the first one runs alone.
        """
        whole = self.folder / "records.parquet"
        name = made_of(self.cell, self.profile, self.language, self.method)
        kept, parts = self.folder / "parts" / name, []
        wanted = [
            (shots, seed)
            for shots in self.profile.shots
            for seed in self.profile.seeds[: None if shots and self.picker.uses_seed else 1]
        ]
        for shots, seed in bars.each(wanted, self.cell.slug):
            part = kept / f"{shots}-shots-seed-{seed}.parquet"
            if not part.exists():
                records.write(self._part(shots, seed), part)
                progress(f"{self.cell.slug}: {shots} shots, seed {seed}")
            parts.append(part)
        rows = records.read(parts)
        if self.method.history is not None:
            self.method.history.to_parquet(self.folder / results.HISTORY)
        (self.folder / results.PHASES).write_text(json.dumps(self._phases()), encoding="utf-8")
        records.write(rows, whole)
        shutil.rmtree(self.folder / "parts")
        return rows

    def _part(self, shots: int, seed: int) -> pd.DataFrame:
        """The records of one (shots, seed)."""
        carried, shown, lm = self.carried, self.shown(shots, seed), self.method.lm
        before, read_before, clock = self._spent(), lm.usage.copy(), time.perf_counter()
        cut_before = self._translations_cut()
        fitted = self.prompts(shots, seed)
        said = self._ask(fitted, shots, seed)
        answers = [one.answer for one in said]
        back = self.method.carry_back(self.task, answers, self.test, carried.examples)
        seconds = time.perf_counter() - clock + carried.seconds + shown.seconds
        flops = self._spent()[1] - before[1] + carried.flops + shown.flops
        read = lm.usage.since(read_before)
        seconds += read.recalled
        cut = carried.cut + shown.cut + self._translations_cut() - cut_before
        cell, n, translator = self.cell, len(self.test), self.method.translator
        rows = []
        for item, prompt, one, (answer, dropped) in zip(self.test, fitted, said, back, strict=True):
            rows.append(
                dict.fromkeys(records.SCHEMA.names)
                | {
                    "cell_id": self.folder.name,
                    "profile": self.profile.name,
                    "model": self.profile.model.path,
                    "model_revision": self.method.revision,
                    "translator": self.profile.translator.path if translator else "",
                    "translator_revision": translator.revision if translator else "",
                    "arm": cell.arm,
                    "method": cell.method,
                    "given": self._kind.given_json(),
                    "task": cell.task,
                    "dataset": cell.dataset,
                    "language": self.language.code,
                    "test_sha256": self._checksums["test"],
                    "demos_sha256": self._checksums["demos"] if shots else None,
                    "prompt_language": self.method.language.code,
                    "shots": shots,
                    "seed": seed,
                    "example_id": item.id,
                    "prompt_sha256": hashlib.sha256(prompt.text.encode()).hexdigest(),
                    "prompt_tokens": prompt.tokens,
                    "truncated_tokens": prompt.truncated_tokens,
                    "output_tokens": one.tokens,
                    "output": one.output,
                    "scoring": lm.scoring if self.task.kind == "choose" else None,
                    "option_scores": one.scores,
                    "reading": self.profile.reading if one.scores else None,
                    "tied": one.tied,
                    "answer": self.task.answer_json(answer),
                    "valid": answer is not tasks.INVALID,
                    "gold": self.task.gold_json(item),
                    "dropped": dropped,
                    "seconds": seconds / n,
                    "flops": flops / n,
                    # What a served model reads is not known.
                    "model_tokens": read.model_tokens / n or None,
                    "distinct_tokens": read.distinct_tokens / n or None,
                    "answers_cut": read.truncated / n,
                    "translations_cut": cut / n if translator else None,
                }
                | self.task.score(answer, item)
            )
        return pd.DataFrame(rows)

    def look(self, rows: pd.DataFrame, shots: int, seed: int, n: int = 3) -> Cards:
        """The ``n`` items of highest and of lowest score: text, gold, output, answer, scores."""
        one = rows[(rows["shots"] == shots) & (rows["seed"] == seed)].reset_index(drop=True)
        return extremes(one, [" / ".join(item.texts) for item in self.test], n)

    def _ask(self, fitted: Sequence[Fitted], shots: int, seed: int) -> list[asking.Said]:
        """What the model answers to each prompt."""
        task, lm, language = self.task, self.method.lm, self.method.language
        items = self.carried.examples
        if self._kind.learns:
            shown = self.shown(shots, seed).examples
            how = self.picker, shown, self.prompts_of, language, self.labels
            known = learning.labelled(task, *how)
            asked = {f.text: learning.own_text(e) for f, e in zip(fitted, items, strict=True)}
            lm = self.method.taught(known, asked, seed)
        if task.kind != "choose":
            return asking.write(task, lm, fitted, items, language, self.labels, self._longest)
        wording = self.profile.wording
        options = [task.options(item, language, self.labels, wording) for item in items]
        if lm.scoring != "likelihood":
            return asking.pick(
                task, lm, fitted, items, options, language, self.labels, self._longest
            )
        empty = asking.blanks(
            items,
            self._shown_to(shots, seed),
            lambda item, turns: task.render(
                item, turns, language, self.profile.wording, self.labels
            ),
            self._fit,
        )
        scores = asking.score(lm, fitted, empty, options, self.profile.model.chat)
        return asking.answered(lm, scores, items, options, seed, self.profile.reading)
