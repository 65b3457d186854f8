"""A data set in one language: what can be read, its labels, its splits, and its texts."""

from collections import Counter
from collections.abc import Callable, Sequence

from .. import data, paths
from ..config import DatasetSpec, Language, Profile, tables
from ..data import Example, table
from ..data.leaks.audit import overlaps_of_keys
from ..errors import XltError, not_one_of
from ..text.key import key
from .characters import script_share, signs
from .findings import Findings

FEW = 50  # test items, below which an interval is wider than most differences
RARE = 5  # test items of one label
LONG = 2_000  # words of one text
READ = 600  # texts whose characters are looked at
START = 1_500  # characters of a text by which near duplicates are looked for


def dataset(
    spec: DatasetSpec,
    language: Language,
    profile: Profile,
    found: Findings,
    seen: set[int] | None,
) -> tuple[list[Example], list[Example]]:
    """Everything about one data set in one language; its items, as far as they can be read.

    ``seen``: texts that another task has, too, are looked at once; None: none are.
    """
    name, task, code = spec.name, spec.task, language.code
    profile, where = profile.within(name, task), f"{name} {task} {code}"
    if data.source_of(name, code, profile.data_dir).generated:
        return [], []
    if spec.table and (spec.table.kind == "conll") != (task == "ner"):
        found.add(
            where,
            None,
            f"{task} cannot be read from {spec.table.file}",
            "entities stand in CoNLL files, what other tasks ask about in tables with columns",
            "all",
        )
        return [], []
    parts: dict[str, list[Example]] = {}
    own = spec.table
    for split in data.SPLITS:
        if own is not None:
            parts[split], wrong = table.readable(own, code, split)
            for error in wrong:
                found.add(where, None, str(error), stops="all")
            continue
        try:
            parts[split] = data.load(name, task, code, split, profile.data_dir)
        except XltError as error:
            found.add(where, None, str(error), stops="all")
    demos, test = parts.get("demos", []), parts.get("test", [])
    if not test:
        return demos, test
    places = _places(spec, code)
    _sizes(where, demos, test, profile, found)
    _labels(where, demos, test, found)
    same = hash(tuple(e.text for e in demos + test))
    if seen is not None and same not in seen:
        seen.add(same)
        _overlaps(where, demos, test, places, found)
        _texts(where, demos + test, language, places, found)
    return demos, test


def _places(spec: DatasetSpec, code: str) -> Callable[[Example], str]:
    """Where an item stands: file and line of one's own table, else its id."""
    own = tables(spec.name).get(spec.task)
    if own is None or own.kind == "conll":
        return lambda item: f"item {item.id!r}"
    lines = {i: at for split in data.SPLITS for i, at in table.lines(own, code, split).items()}
    return lambda item: lines.get(item.id, f"item {item.id!r}")


def _sizes(
    where: str, demos: list[Example], test: list[Example], profile: Profile, found: Findings
) -> None:
    if len(test) < FEW:
        found.add(
            where,
            None,
            f"{len(test)} test items: an interval will be wider than most "
            "differences between methods",
            f"label {FEW} or more",
        )
    if profile.limit and profile.limit > len(test):
        found.add(
            where,
            None,
            f"limit is {profile.limit}, but there are {len(test)} test items",
            "all will be asked",
        )
    most = max(profile.shots)
    distinct = len({e.key for e in demos} - {e.key for e in test})
    if demos and distinct < most:
        found.add(
            where,
            None,
            f"{distinct} demonstrations that are no test items, but {most} shots are asked for",
            "label more, or lower `shots`",
            "all",
        )


def _labels(where: str, demos: list[Example], test: list[Example], found: Findings) -> None:
    """How the labels are spread over the two splits (of tasks that have labels)."""
    golds = [e.gold for e in test if isinstance(e.gold, str)]
    counts = Counter(golds)
    if not counts or test[0].options or len(counts) > max(2, len(golds) / 2):
        return  # entities, options of each item, or free texts
    label, most = counts.most_common(1)[0]
    if len(counts) == 1:
        found.add(
            where,
            None,
            f"all test items have the label {label!r}",
            "nothing can be told apart",
            "all",
        )
    elif most / len(golds) > 0.7:
        found.add(
            where,
            None,
            f"{most / len(golds):.0%} of the test items are {label!r}: who "
            "always says so has that accuracy",
            "look at macro-F1",
        )
    if rare := sorted(name for name, n in counts.items() if n < RARE):
        found.add(
            where,
            None,
            f"fewer than {RARE} test items of {', '.join(map(repr, rare))}",
            "its own score means little",
        )
    shown = {e.gold for e in demos if isinstance(e.gold, str)}
    if missing := sorted(set(counts) - shown) if demos else []:
        found.add(
            where,
            None,
            f"no demonstration has the label {', '.join(map(repr, missing))}",
            "label one, or leave it out of the test items",
        )
    if unused := sorted(shown - set(counts)):
        found.add(
            where,
            None,
            f"no test item has the label {', '.join(map(repr, unused))}",
            "it will be offered and never be right",
        )
    for name in sorted({*counts, *shown}):
        alike = [o for o in sorted({*counts, *shown}) if o != name and key(o) == key(name)]
        if alike and name < alike[0]:
            found.add(
                where,
                None,
                f"the labels {name!r} and {alike[0]!r} differ in spelling alone",
                "write one of them everywhere",
                "all",
            )


def _overlaps(
    where: str,
    demos: list[Example],
    test: list[Example],
    places: Callable[[Example], str],
    found: Findings,
) -> None:
    """Test items that stand among the demonstrations, that repeat, or that contradict others."""
    by_text: dict[str, list[Example]] = {}
    for item in test:
        by_text.setdefault(item.key, []).append(item)
    again = [items for items in by_text.values() if len(items) > 1]
    if again:
        found.add(
            where,
            None,
            f"{sum(len(i) - 1 for i in again)} test items repeat another ({places(again[0][1])})",
            "keep each once",
        )
    for items in by_text.values():
        for other in items[1:]:
            if other.gold != items[0].gold:
                found.add(
                    where,
                    None,
                    f"one text has two answers: {places(items[0])} and {places(other)}",
                    "correct one of them",
                )
                break
    if empty := [e for e in test + demos if not any(map(str.isalnum, e.text)) and not key(e.text)]:
        found.add(
            where,
            None,
            f"{len(empty)} texts have no letter in them ({places(empty[0])})",
            "leave them out",
        )
    pool = {e.key for e in demos}
    same = [e for e in test if e.key in pool]
    if same:
        found.add(
            where,
            None,
            f"{len(same)} test items stand among the demonstrations ({places(same[0])})",
            "take them out of one of the two: they are never shown, "
            "but baselines may have learnt them",
        )
    near = overlaps_of_keys(list(map(_start, test)), list(map(_start, demos)))
    others = [i for i in near.near if test[i].key not in pool]
    if others:
        found.add(
            where,
            None,
            f"{len(others)} test items are nearly the same as a demonstration "
            f"({places(test[others[0]])})",
            "look whether they are one item",
        )


def _start(item: Example) -> str:
    """The words by which near duplicates are looked for: of most items, those of its key."""
    whole = len(item.texts) == 1 and len(item.text) <= START
    return item.key if whole else key(item.text[:START])


def _texts(
    where: str,
    items: Sequence[Example],
    language: Language,
    places: Callable[[Example], str],
    found: Findings,
) -> None:
    texts = [" ".join(e.texts) for e in items]
    sizes = [len(text.split()) for text in texts]
    longest, shortest = max(range(len(sizes)), key=sizes.__getitem__), sizes.index(min(sizes))
    if sizes[longest] > LONG:
        found.add(
            where,
            None,
            f"the longest text has {sizes[longest]:,} words ({places(items[longest])})",
            "prompts cut it; look whether it is one",
        )
    if (few := sum(n < 3 for n in sizes)) and " " in "".join(texts):
        found.add(
            where,
            None,
            f"{few} of {len(texts)} texts have fewer than 3 words ({places(items[shortest])})",
            "look whether they were cut off",
        )
    step = max(1, len(texts) // READ)
    some = texts[::step]
    for what, n, first, todo in signs(some):
        said = f"{n} of {len(some)} texts have {what} ({places(items[first * step])})"
        found.add(where, None, said, todo)
    share = script_share(some, language.flores)
    if share is not None and share < 0.5:
        found.add(
            where,
            None,
            f"{1 - share:.0%} of the letters are not in the script of {language.flores!r}",
            "check the column and the language",
            "all",
        )
    elif share is not None and share < 0.9:
        found.add(
            where,
            None,
            f"{1 - share:.0%} of the letters are in another script than that "
            f"of {language.flores!r}",
            "look at them",
        )
    texted = [(e, e.gold) for e in items if isinstance(e.gold, str) and len(e.gold) > 20]
    keyed = ((e, key(gold)) for e, gold in texted)
    whole = [e for e, gold in keyed if gold and gold in key(e.text)]
    if len(whole) > len(items) / 5:
        found.add(
            where,
            None,
            f"{len(whole)} answers stand in their own text word for word ({places(whole[0])})",
            "leave them out of the texts",
        )


def offered(
    spec: DatasetSpec, language: Language, profile: Profile, items: Sequence[Example]
) -> tuple[str, ...]:
    """The data's own labels: of one's own table those of the rows that can be read."""
    own = spec.table
    if own is not None and own.kind != "conll":
        if own.answers == "texts" or own.options:
            return ()
        return tuple(sorted({e.gold for e in items if isinstance(e.gold, str)}))
    try:
        return data.labels(spec.name, spec.task, language.code, profile.data_dir)
    except XltError:
        return ()  # said of the items


def serves(spec: DatasetSpec, language: Language, profile: Profile, found: Findings) -> bool:
    """Whether the data set is known, has the task and the language."""
    try:
        source = data.source_of(spec.name, language.code, profile.data_dir)
    except XltError as error:
        found.add(f"{spec.name} {spec.task}", None, str(error), stops="all")
        return False
    if spec.task not in source.tasks:
        said = not_one_of("task", spec.task, source.tasks, f"{spec.name} serves no other task")
        found.add(f"{spec.name} {spec.task}", None, str(said), stops="all")
        return False
    if not source.local and source.copy:
        found.add(
            f"{spec.name} {spec.task} {language.code}",
            None,
            "comes from the hub, which a check does not ask",
        )
        return False
    return True


def folder(profile: Profile, found: Findings) -> None:
    """The data folder, where one is named."""
    if profile.data_dir and not paths.expanded(profile.data_dir).is_dir():
        said = f"`data_dir` must be a folder that exists, but got {profile.data_dir!r}"
        found.add("--data-dir", None, said, "correct it, or leave it out", "all")
