"""Parallel text: English and another language, test splits, to measure translation on.

A set is found by its module in ``data/sets``, which states it as ``PARALLEL``: ``mini`` pairs the
sentences of the generated test articles, ``sib200`` the sentences with the same ``index_id``;
MAFAND-MT (``mafand``) is published as pairs.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from .. import paths
from ..config import load_language
from ..errors import not_one_of
from .formats.delimited import flat
from .load import is_at_hand
from .registry import PARALLEL
from .sample import order

if TYPE_CHECKING:
    from ..config import Profile

ENGLISH = "eng"  # every published parallel set for these languages is with English


def pairs(
    name: str, language: str, data_dir: Path | str | None = None, limit: int | None = None
) -> list[tuple[str, str]]:
    """(English, ``language``) pairs of a set's test split, white space flattened.

    ``limit`` keeps that many, chosen by a hash of their places, in the order of the set. Raises
    :class:`XltError` for an unknown set and for one that cannot be read.
    """
    if name not in PARALLEL:
        raise not_one_of("parallel set", name, PARALLEL)
    root = paths.expanded(data_dir) if data_dir is not None else None
    found = [(flat(a), flat(b)) for a, b in PARALLEL[name](language, root)]
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
        and is_at_hand(d.name, language, profile.data_dir)
    }
    chosen = used & PARALLEL.keys()
    if any(name.startswith("hub:") for name in used) and language in hub.languages("hub:mafand"):
        chosen.add("hub:mafand")
    if profile.data_dir is not None:
        root = Path(profile.data_dir)
        needed = {"mafand": [language], "sib200": [ENGLISH, language]}
        for name, codes in needed.items():
            if all((root / name / code).is_dir() for code in codes):
                chosen.add(name)
                chosen.discard(f"hub:{name}")  # the same, from the hub
            elif not (name == "sib200" and {*codes} <= {*sib200.SHIPPED}):
                chosen.discard(name)  # a part of it: another language's file
    return [name for name in PARALLEL if name in chosen]
