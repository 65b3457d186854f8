"""A profile's file: what can be said of it, and which of its methods are able to run."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from .. import methods as registry
from .. import paths
from ..config import Language, Profile, yaml_file
from ..config.read import complaints, is_file, own_languages, settings_of, use
from ..config.yaml_file import Place, Settings
from ..errors import XltError
from . import words
from .findings import Finding, Findings, Stops

Files = dict[str, tuple[Language | None, Settings | None]]


def read(name: str, data_dir: str | None, found: Findings) -> tuple[Profile | None, Files]:
    """A profile, as far as it can be read, and its own language files by code.

    What is refused is put aside, one thing after the other, so that the rest can be checked, too.
    """
    try:
        settings = settings_of("profile", name)
    except XltError as error:
        found.add(name, None, str(error), stops="all")
        return None, {}
    for line, message in settings.problems:
        found.add(settings.path, line, message, stops="all")
    files = _own_files(settings, found)
    try:
        own = own_languages(settings)
    except XltError as error:
        found.add(settings.path, None, str(error), stops="all")
        return None, files
    profile = _without_what_is_refused(settings, found)
    if profile is not None:
        if data_dir is not None:
            profile = profile.model_copy(update={"data_dir": data_dir})
        use(profile, own)
        _unused(profile, settings, found)
    return profile, files


def _own_files(settings: Settings, found: Findings) -> Files:
    """Check the language files that a profile names; those that are none are taken out of it."""
    files: Files = {}
    checked: dict[str, tuple[Language | None, Settings | None]] = {}
    content = settings.content if isinstance(settings.content, dict) else {}
    datasets = content.get("datasets")
    lists = [d.get("languages") for d in datasets or () if isinstance(d, dict)]
    lists.append(content.get("languages"))
    for languages in lists:
        if not isinstance(languages, list):
            continue
        for given in [one for one in languages if isinstance(one, str) and is_file(one)]:
            path = str(paths.whole(settings.path.parent / given))
            # of a file that no data set is in, such as English, only what asks in it has need
            stops: Stops = "english" if languages is lists[-1] else "all"
            if path not in checked:
                checked[path] = words.language_file(path, found, stops)
            language, own = checked[path]
            if language is None:
                languages.remove(given)
            else:
                files[language.code] = (language, own)
    return files


def _without_what_is_refused(settings: Settings, found: Findings) -> Profile | None:
    """The profile, with what it refuses said and replaced by what the mini profile has."""
    stand_in = yaml_file.read(paths.PROFILES / "mini.yaml").content
    content = settings.content
    if not isinstance(content, dict):
        found.add(settings.path, 1, "is no mapping of settings", "begin with name: ...", "all")
        return None
    for _ in range(20):
        try:
            return Profile.model_validate(content)
        except ValidationError as error:
            for line, message in complaints(error, settings):
                found.add(settings.path, line, message, stops="all")
            for one in error.errors():
                _put_aside(content, one["loc"], one["type"], stand_in, settings)
    return None


def _put_aside(
    content: dict[str, Any], place: Place, kind: str, stand_in: dict[str, Any], settings: Settings
) -> None:
    """Take a refused value out, or put the mini profile's in its place."""
    if len(place) > 1 and place[0] == "datasets" and isinstance(place[1], int):
        if place[1] < len(content["datasets"]):
            del content["datasets"][place[1]]
            settings.lines = {k: n for k, n in settings.lines.items() if k[0:1] != ("datasets",)}
        return
    inside: Any = content
    other: Any = stand_in
    for key in place[:-1]:
        if not (isinstance(inside, dict) and isinstance(inside.get(key), dict)):
            break
        inside, other = inside[key], other.get(key, {}) if isinstance(other, dict) else {}
    else:
        key = place[-1] if place else ""
        if kind != "extra_forbidden" and isinstance(other, dict) and key in other:
            inside[key] = other[key]
            return
        if key in inside:
            del inside[key]
            return
    if place and place[0] in stand_in:
        content[str(place[0])] = stand_in[str(place[0])]
    elif place:
        content.pop(str(place[0]), None)


def _unused(profile: Profile, settings: Settings, found: Findings) -> None:
    """Settings that name what the profile does not have."""
    languages = {code for d in profile.datasets for code in d.languages}
    for part in ("corpus", "adapted"):
        for code in getattr(profile.laft, part):
            if code not in languages:
                found.add(
                    settings.path,
                    settings.line(("laft", part, code)),
                    f"laft.{part} has {code!r}, which no data set is in",
                    "remove it, or correct the code",
                    "all" if part == "adapted" else "",
                )
    asked = {d.task for d in profile.datasets}
    for task in profile.max_new_tokens:
        if task not in asked:
            found.add(
                settings.path,
                settings.line(("max_new_tokens", task)),
                f"max_new_tokens has {task!r}, which no data set is for",
            )
    seen: set[tuple[str, str, str]] = set()
    for number, d in enumerate(profile.datasets):
        for name in d.arms:
            if name not in {arm.name for arm in profile.arms}:
                found.add(
                    settings.path,
                    settings.line(("datasets", number)),
                    f"{d.name} {d.task} is for the arm {name!r}, which the profile does not have",
                    "remove it from `arms`, or correct the name",
                    "all",
                )
        for code in d.languages:
            if (d.name, d.task, code) in seen:
                found.add(
                    settings.path,
                    settings.line(("datasets", number)),
                    f"{d.name} {d.task} {code} stands there twice",
                    "keep one",
                    "all",
                )
            seen.add((d.name, d.task, code))


def ready(
    profile: Profile, methods: Sequence[str], found: Sequence[Finding]
) -> dict[str, list[Finding]]:
    """Arm -> what stops it: what stops everything, or a part that its method needs."""
    stopping: dict[str, list[Finding]] = {}
    for arm in profile.arms:
        if methods and not {arm.name, arm.method} & set(methods):
            continue
        method = registry.of(arm)
        parts = {"all", "training" if method.trains else "all"}
        parts |= {"translator"} if method.uses_translator else set()
        if method.uses_translator or method.shows_pivot or method.asks_in == "pivot":
            parts.add("english")
        stopping[arm.name] = [one for one in found if one.stops in parts]
    return stopping
