"""Parallel text: English and another language, test splits, to measure translation on.

``mini`` pairs the sentences of the generated test articles, ``sib200`` the sentences with the same
``index_id``; MAFAND-MT (``mafand``) is published as pairs.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import load_language
from ..errors import XltError, not_one_of
from .formats.delimited import flat
from .load import load
from .sample import order
from .sets.mafand import parallel as mafand

if TYPE_CHECKING:
    from ..config import Profile

Pairs = list[tuple[str, str]]
PIVOT = "eng"


def _mini(language: str, root: Path | None) -> Pairs:
    from .generated import world
    from .sets.mini import SIZES

    sides = (world.articles(code, "test", SIZES["test"]) for code in (PIVOT, language))
    return [
        pair
        for english, other in zip(*sides, strict=True)
        for pair in zip(english.sentences, other.sentences, strict=True)
    ]


def _mafand(language: str, root: Path | None) -> Pairs:
    if root is None:
        raise XltError("mafand is read from its publisher's files: give --data-dir (`data_dir`)")
    return mafand(language, "test", root)


def _by_id(dataset: str, language: str, root: Path | None) -> Pairs:
    english, other = (
        {item.id: item.text for item in load(dataset, "topics", code, "test", root)}
        for code in (PIVOT, language)
    )
    if set(english) != set(other):
        raise XltError(
            f"{dataset}: the test splits of {PIVOT} and {language} hold different sentences, so "
            "they are not parallel: get them from one release"
        )
    return [(text, other[name]) for name, text in english.items()]


def _hub_mafand(language: str, root: Path | None) -> Pairs:
    from .sets import hub

    rows = hub.fetch("hub:mafand", language, "test")
    hub.required(rows, ["translation"], "hub:mafand")
    found = []
    for number, row in enumerate(rows, 1):
        pair = row["translation"] or {}
        # The conversion of a script's `translation` keys English by two letters.
        sides = [next((pair[c] for c in codes if pair.get(c)), "") for codes in
                 (("en", PIVOT), (language,))]  # fmt: skip
        if not all(sides):
            raise XltError(
                f"hub:mafand {language}, test row {number}: found the languages {sorted(pair)}, "
                f"expected text in 'en' and {language!r}"
            )
        found.append((sides[0], sides[1]))
    return found


SETS: dict[str, Callable[[str, Path | None], Pairs]] = {
    "mini": _mini,
    "mafand": _mafand,
    "sib200": partial(_by_id, "sib200"),
    "hub:mafand": _hub_mafand,
    "hub:sib200": partial(_by_id, "hub:sib200"),
}


def pairs(
    name: str, language: str, data_dir: Path | str | None = None, limit: int | None = None
) -> Pairs:
    """(English, ``language``) pairs of a set's test split, white space flattened.

    ``limit`` keeps that many, chosen by a hash of their places, in the order of the set. Raises
    :class:`XltError` for an unknown set and for one that cannot be read.
    """
    if name not in SETS:
        raise not_one_of("parallel set", name, SETS)
    root = Path(data_dir).expanduser() if data_dir is not None else None
    found = [(flat(a), flat(b)) for a, b in SETS[name](language, root)]
    ranks = sorted(range(len(found)), key=lambda i: order(str(i), "parallel"))[:limit]
    return [found[i] for i in sorted(ranks)]


def sets_for(profile: "Profile", language: str) -> list[str]:
    """The parallel sets that a profile's kind of data has for a language.

    Those that it evaluates on, MAFAND-MT of the hub when it evaluates on the hub's sets, and those
    that stand in its data folder.
    """
    from .sets import hub, sib200

    used = {
        d.name
        for d in profile.datasets
        if language in (load_language(name).code for name in d.languages)
    }
    chosen = used & SETS.keys()
    if any(name.startswith("hub:") for name in used) and language in hub.languages("hub:mafand"):
        chosen.add("hub:mafand")
    if profile.data_dir is not None:
        root = Path(profile.data_dir)
        needed = {"mafand": [language], "sib200": [PIVOT, language]}
        for name, codes in needed.items():
            if all((root / name / code).is_dir() for code in codes):
                chosen.add(name)
                chosen.discard(f"hub:{name}")  # the same, from the hub
            elif not (name == "sib200" and {*codes} <= {*sib200.SHIPPED}):
                chosen.discard(name)  # a part of it: another language's file
    return [name for name in SETS if name in chosen]
