"""What a run is asked for of a profile: the arms, data sets and languages that are left of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import data, methods, paths
from ..config import ArmSpec, DatasetSpec, Profile, load_profile
from ..errors import XltError, not_one_of

ALL = "all"  # arms: those that are optional, too
#: Protocols that others publish numbers of: the arms that ask so, in profiles that have them.
PRESETS = {"afrobench": ("afrobench",), "afriquellm": ("afriquellm", "afriquellm_eight")}


@dataclass(frozen=True)
class Options:
    """What a command line may narrow or replace; empty means: as the profile has it."""

    languages: Sequence[str] = ()
    tasks: Sequence[str] = ()
    methods: Sequence[str] = ()  # of arms, or arms by their own names; `all`: optional ones, too
    shots: Sequence[int] = ()
    seeds: Sequence[int] = ()
    limit: int | None = None  # test items per data set and language
    data_dir: str | None = None


@dataclass(frozen=True)
class Place:
    """Where an arm has a cell: one data set's task in one language."""

    dataset: DatasetSpec
    code: str


def narrowed(profile: str, options: Options) -> Profile:
    """The profile with nothing but the arms, data sets and languages that were asked for.

    Of a data folder, those that it holds. Raises :class:`XltError` for an unknown profile,
    language, task, method or arm.
    """
    return narrow(_loaded(profile, options), options)


def _loaded(profile: str, options: Options) -> Profile:
    spec = load_profile(
        profile,
        shots=list(options.shots),
        seeds=list(options.seeds),
        limit=options.limit,
        data_dir=_data_dir(options.data_dir),
    )
    if spec.data_dir and not options.data_dir:
        spec = spec.model_copy(update={"data_dir": _data_dir(spec.data_dir)})
    return spec


def of_preset(name: str, profile: str, options: Options) -> Options:
    """The options with a preset's arms, and with all of their tasks where none are named.

    No name leaves them as they are. Raises :class:`XltError` for a preset that there is none of,
    beside named arms, and where the profile lacks its arms.
    """
    if not name:
        return options
    if name not in PRESETS:
        raise not_one_of("preset", name, list(PRESETS))
    if options.methods:
        raise XltError(
            f"`preset` {name!r} says which arms run, and so does `methods` "
            f"{','.join(options.methods)!r}: give one of the two"
        )
    spec = _loaded(profile, options)
    arms = [arm for arm in spec.arms if arm.name in PRESETS[name]]
    if not arms:
        raise XltError(
            f"`preset` {name!r} needs the arms {', '.join(PRESETS[name])}, which profile "
            f"{spec.name!r} does not have: take profile gemma, or copy them from there"
        )
    offered = dict.fromkeys(d.task for d in spec.datasets)
    kinds = [task for task in offered if any(not arm.tasks or task in arm.tasks for arm in arms)]
    return replace(options, methods=[arm.name for arm in arms], tasks=list(options.tasks) or kinds)


def narrow(spec: Profile, options: Options) -> Profile:
    """The same of a profile that is loaded already, whose other fields stay as they are."""
    return _at_hand(_asked(spec, options))


def _asked(spec: Profile, options: Options) -> Profile:
    """The same, with the data sets that its data folder does not hold."""
    arms = [arm for arm in spec.arms if methods.of(arm)]
    if list(options.methods) != [ALL]:
        offered = [*(arm.method for arm in arms), *(arm.name for arm in arms)]
        asked = _choose("methods", options.methods, offered)
        arms = [
            arm
            for arm in arms
            if arm.name in options.methods or (arm.method in asked and not arm.optional)
        ]
    kinds = _choose("tasks", options.tasks, [d.task for d in spec.datasets])
    sets = [d for d in spec.datasets if d.task in (options.tasks if d.optional else kinds)]
    languages = _choose("languages", options.languages, [c for d in sets for c in d.languages])
    spec = spec.model_copy(update={"arms": tuple(arms), "datasets": tuple(sets)})
    return _with_sets(spec, lambda d, code: code in languages)


def _with_sets(spec: Profile, kept: Callable[[DatasetSpec, str], bool]) -> Profile:
    """The profile with the languages of its data sets that are ``kept``, and no set without any."""
    sets = [
        d.model_copy(update={"languages": tuple(c for c in d.languages if kept(d, c))})
        for d in spec.datasets
    ]
    return spec.model_copy(update={"datasets": tuple(d for d in sets if d.languages)})


def _at_hand(spec: Profile) -> Profile:
    """The profile with the data sets that its data folder holds."""
    return _with_sets(spec, lambda d, code: not _absent(spec, d, code))


def _absent(spec: Profile, dataset: DatasetSpec, code: str) -> str:
    """Why a data set cannot be read from the data folder; nothing where it can, or none is given.

    Without a folder nothing is passed over: reading says that one is needed.
    """
    return data.lacking(dataset.name, code, spec.data_dir) if spec.data_dir else ""


def _data_dir(given: str | None) -> str | None:
    if given is None:
        return None
    path = paths.whole(paths.expanded(given))
    if not path.is_dir():
        raise XltError(
            f"`data_dir` must be a folder that exists, but got {given!r}: check the path given to "
            "--data-dir"
        )
    return str(path)


def _choose(parameter: str, asked: Sequence[str], offered: Sequence[str]) -> list[str]:
    """What was asked for, or all on offer, each once and in the order of the offer."""
    allowed = list(dict.fromkeys(offered))
    for value in asked:
        if value not in allowed:
            raise not_one_of(parameter, value, allowed)
    return [x for x in allowed if x in asked or not asked]


def places(spec: Profile, arm: ArmSpec) -> Iterator[Place]:
    """Where an arm of a profile has cells, in the order of the profile."""
    method = methods.of(arm)
    for dataset in spec.datasets:
        for code in dataset.languages:
            if (
                method.serves(code, spec.pivot)
                and not (method.trains and dataset.every_token)
                and dataset.is_for(arm)
                and (not arm.languages or code in arm.languages)
                and not method.lacks(spec.of_arm(arm.name), code)
            ):
                yield Place(dataset, code)


def cell_parameters(spec: Profile, arm: ArmSpec, place: Place) -> dict[str, Any]:
    """What a cell is asked: which it is, and the shots, seeds and limit that it has there."""
    own = spec.within(place.dataset.name, place.dataset.task).of_arm(arm.name)
    return {
        "arm": arm.name,
        "task": place.dataset.task,
        "dataset": place.dataset.name,
        "language": place.code,
        "shots": list(own.shots),
        "seeds": list(own.seeds),
        "limit": own.limit,
    }


def left_out(spec: Profile) -> list[str]:
    """A sentence for each arm and language of a narrowed profile that lacks something here."""
    codes = dict.fromkeys(code for dataset in spec.datasets for code in dataset.languages)
    found = {
        (arm.name, code): methods.of(arm).lacks(spec.of_arm(arm.name), code)
        for arm in spec.arms
        for code in codes
    }
    lines = [f"{arm} {code} is left out: {why}" for (arm, code), why in found.items() if why]
    for arm in spec.arms:
        whole = dict.fromkeys(d.name for d in spec.datasets if d.every_token)
        if whole and methods.get(arm.method).trains:
            lines.append(
                f"{arm.name} is left out of {', '.join(whole)}, asked with all tokens of the model "
                "(`every_token`), of which it trains a part"
            )
    return lines


def say_left_out(profile: str, options: Options, planned: Sequence[object]) -> list[str]:
    """Print what is left out, and give it back, a sentence each.

    Raises :class:`XltError` where nothing is ``planned`` without it.
    """
    asked = _asked(_loaded(profile, options), options)
    lines = [
        f"{d.name} {d.task} {code} is left out: {why}"
        for d in asked.datasets
        for code in d.languages
        if (why := _absent(asked, d, code))
    ]
    if lines and any(methods.get(arm.method).trains for arm in asked.arms):
        lines.append("text to train on is not cleaned of the test sets that are left out")
    lines += left_out(_at_hand(asked))
    for line in lines:
        print(line)
    if not planned:
        why = "; ".join(lines) or "no arm has shots, languages and tasks in common with them"
        raise XltError(f"nothing is left of profile {profile!r} with these options: {why}")
    return lines
