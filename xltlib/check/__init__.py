"""``python -m xltlib check``: all that is wrong with a profile or a language, at once.

Nothing is loaded that takes long: no model, no torch, nothing from a network. Each finding has its
file and line where it has one, and what to do; what stops a method stops ``run``, too.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .. import data, paths
from ..config import DatasetSpec, Language, Profile
from ..config.read import settings_of
from ..config.yaml_file import Settings
from ..errors import XltError
from . import items, models, profiles, training, words
from .findings import Finding, Findings, Report

__all__ = ["Finding", "Report", "check", "refuse"]


def check(
    name: str,
    languages: Sequence[str] = (),
    tasks: Sequence[str] = (),
    methods: Sequence[str] = (),
    data_dir: str | None = None,
    deep: bool = True,
) -> Report:
    """Everything about a profile, or about one language, by name or by the path of its file.

    ``languages``, ``tasks`` and ``methods`` narrow what is looked at, as they do for a run. Not
    ``deep``: only what may stop a run, without a look into the texts.
    """
    start = time.perf_counter()
    found = Findings()
    if _is_language(name):
        words.language_file(name, found)
        return Report(name, found.found, None, time.perf_counter() - start)
    profile, files = profiles.read(name, data_dir, found)
    if profile is not None:
        with _nothing_collected():
            _Checked(profile, files, languages, tasks, found, deep).all()
    ready = profiles.ready(profile, methods, found.found) if profile else {}
    return Report(name, found.found, ready or None, time.perf_counter() - start)


def refuse(
    name: str,
    languages: Sequence[str] = (),
    tasks: Sequence[str] = (),
    methods: Sequence[str] = (),
    data_dir: str | None = None,
) -> None:
    """Raise :class:`XltError` with all that would stop a run of these methods."""
    report = check(name, languages, tasks, methods, data_dir, deep=False)
    stopped = {m: found for m, found in (report.ready or {}).items() if found}
    reasons = dict.fromkeys(f for found in stopped.values() for f in found)
    if report.ready is None:
        reasons = dict.fromkeys(report.refused)
    if not reasons:
        return
    able = [method for method, found in (report.ready or {}).items() if not found]
    other = f"; or leave it out: --methods {','.join(able)}" if able else ""
    of = f" {', '.join(stopped)}" if able else ""
    lines = [f"profile {name!r} cannot run{of}:"]
    lines += [f"  {one}" for one in reasons]
    lines.append(f"put this right{other}; python -m xltlib check {name} says more")
    raise XltError("\n".join(lines))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No garbage is looked for among many thousands of items that all stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _is_language(name: str) -> bool:
    """Whether a name, or a file, is that of a language and not of a profile."""
    for parameter, is_one in (("profile", False), ("language", True)):
        try:
            content = settings_of(parameter, name).content
        except XltError:
            continue
        return is_one or (isinstance(content, dict) and "flores" in content)
    return False


class _Checked:
    """One profile in the making of its report."""

    def __init__(
        self,
        profile: Profile,
        files: dict[str, tuple[Language | None, Settings | None]],
        languages: Sequence[str],
        tasks: Sequence[str],
        found: Findings,
        deep: bool,
    ):
        self.profile, self.files, self.found, self.deep = profile, files, found, deep
        self.sets = [
            (d, code)
            for d in profile.datasets
            if (d.task in tasks if tasks or d.optional else True)
            for code in d.languages
            if not languages or code in languages
        ]

    def all(self) -> None:
        found, profile = self.found, self.profile
        items.folder(profile, found)
        tokenizer = models.model(profile, found)
        english, settings = self._language(profile.pivot)
        tests: dict[str, list[str]] = {}
        seen: set[int] = set()
        self._leave_out()
        for spec, code in self.sets:
            language, own = self._language(code)
            if language is None or not items.serves(spec, language, profile, found):
                continue
            where = own.path if own else code
            wordings = language.prompts.get(spec.task, ())
            if len(wordings) <= profile.wording:
                said = f"prompts has {len(wordings)} wordings for {spec.task!r}"
                todo = f"write prompts.{spec.task}, or lower the profile's `wording`"
                line = own.line(("prompts", spec.task)) if own else None
                found.add(where, line, said, todo, "all")
            both = items.dataset(spec, language, profile, found, seen if self.deep else None)
            if not spec.every_token:
                tests.setdefault(code, []).extend(t for e in both[1] for t in e.texts)
            labels = items.offered(spec, language, profile, [*both[0], *both[1]])
            words.labels(language, own, spec.task, labels, found, "all")
            if english is not None and code != profile.pivot:
                words.labels(english, settings, spec.task, labels, found, "english")
            if both[1]:
                read = tokenizer if self.deep else None
                models.prompts(spec, language, profile, both, labels, read, found)
                models.length(profile, spec, both[1], labels, read, found)
        used = [self._language(code)[0] for code in dict.fromkeys(c for _, c in self.sets)]
        others = [one for one in used if one is not None and one.code != profile.pivot]
        for language in others:
            # what is asked with every token is asked of no arm that trains
            sets = [d.name for d, c in self.sets if c == language.code and not d.every_token]
            if sets:
                known = tests.get(language.code, [])
                training.text(language, profile, sets, known, found, self.deep)
        if english is not None and others:
            models.translator(profile, [*others, english], found)

    def _leave_out(self) -> None:
        """Say which data sets the data folder lacks: they stop a run where it holds none at all."""
        if not (folder := self.profile.data_dir) or not paths.expanded(folder).is_dir():
            return
        reasons = [self._lacking(*place) for place in self.sets]
        for (spec, code), why in zip(self.sets, reasons, strict=True):
            if why:
                where, todo = f"{spec.name} {spec.task} {code}", "it is left out of a run"
                self.found.add(where, None, why, todo, "all" if all(reasons) else "")
        self.sets = [p for p, why in zip(self.sets, reasons, strict=True) if not why]

    def _lacking(self, spec: DatasetSpec, code: str) -> str:
        try:
            return data.lacking(spec.name, code, self.profile.data_dir)
        except XltError:  # no data set of that name, which is said with all else of it
            return ""

    def _language(self, code: str) -> tuple[Language | None, Settings | None]:
        if code not in self.files:
            self.files[code] = words.language_file(code, self.found)
        return self.files[code]
