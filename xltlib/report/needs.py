"""What a way needs, in words, and which ways are left to those who lack some of it."""

from collections.abc import Callable, Iterator

import pandas as pd

from ..config import name_of

#: What a reader may lack -> whether a way does without it.
WITHOUT: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "labelled items of its own": lambda t: (
        (t["shots"] == 0) | t["labelled"].str.contains(" in ", na=False)
    ),
    "a collection of labelled items to choose from": lambda t: (
        ~t["labelled"].str.contains("pool", na=False)
    ),
    "text to train on": lambda t: ~_true(t["plain_text"]),
    "parallel text": lambda t: ~_true(t["parallel_text"]),
    "a translator": lambda t: t["translator"].fillna("") == "",
}


def is_true(value: object) -> bool:
    """Whether a cell says yes, in memory or as a table was saved and read back."""
    return str(value) == "True"


def _true(column: pd.Series) -> pd.Series:
    return column.map(is_true).astype(bool)


def lacking(above: pd.DataFrame, take: pd.Series) -> Iterator[tuple[str, pd.DataFrame]]:
    """For each thing that the way ``take`` needs: what it is, and the ways that do without it."""
    stated = above[above["asks_in"].fillna("") != ""]
    for what, lacks in WITHOUT.items():
        if take.name in stated.index and not lacks(stated)[take.name]:
            yield what, stated[lacks(stated)]


def needed(way: pd.Series, items: bool = True) -> list[str]:
    """What a way needs, in words.

    Without ``items`` neither its own language's labelled items nor a translator that is learned
    from the parallel text is named.
    """
    if pd.isna(way["asks_in"]) or not way["asks_in"]:
        return []
    parts = []
    if way["shots"]:
        few = f"{way['shots']} labelled items"
        kind = {"shown": few, "learned": few, "pool": "a collection of labelled items"}
        for one in str(way["labelled"]).split("; "):
            how, _, code = one.partition(" in ")
            if items or code:
                parts.append(kind.get(how, how) + (f" in {name_of(code)}" if code else ""))
    parts += ["text to train on"] if is_true(way["plain_text"]) else []
    parallel = is_true(way["parallel_text"])
    parts += ["parallel text"] if parallel else []
    translator = "" if pd.isna(way["translator"]) or (parallel and not items) else way["translator"]
    return parts + ([f"a translator ({translator})"] if translator else [])


def listed(parts: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
