"""The word lists of the generated corpus, read from ``lexicon/``.

Tables are TSV with a header line; a cell joins forms with ``/``. Synthetic text made from them is
not reviewed by native speakers.
"""

import functools
from pathlib import Path
from typing import NamedTuple

import yaml

from ...errors import XltError

FOLDER = Path(__file__).parent / "lexicon"
LANGUAGES = ("eng", "hau", "kin", "lug")


class Noun(NamedTuple):
    """A noun: ``forms[language]`` is what stands in the table's cell, split at ``/``."""

    id: str
    topic: str
    sem: str
    forms: dict[str, tuple[str, ...]]


class Verb(NamedTuple):
    """A verb and its synonym: ``forms[language]`` is (the usual word's forms, the synonym's)."""

    id: str
    topic: str
    objects: tuple[str, ...]
    forms: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


@functools.cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``lexicon/<name>.tsv`` as dicts; an error names the line that does not fit."""
    path = FOLDER / f"{name}.tsv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    names = head.split("\t")
    rows = []
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != len(names):
            raise XltError(
                f"{path}, line {number}: {len(cells)} cells, but the header has {len(names)}: "
                "restore the file"
            )
        rows.append(dict(zip(names, cells, strict=True)))
    return tuple(rows)


@functools.cache
def settings(name: str) -> dict:
    """``lexicon/<name>.yaml`` as a dict."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@functools.cache
def nouns() -> dict[str, Noun]:
    """All nouns by id, in the table's order."""
    return {
        r["id"]: Noun(r["id"], r["topic"], r["sem"], {c: tuple(r[c].split("/")) for c in LANGUAGES})
        for r in table("nouns")
    }


@functools.cache
def verbs() -> dict[str, Verb]:
    """All verbs by id, in the table's order."""

    def forms(row: dict[str, str], code: str):
        both = (row[code], row[f"{code}_alt"])
        return tuple(tuple(cell.replace(":", "/").split("/")) for cell in both)

    return {
        r["id"]: Verb(
            r["id"], r["topic"], tuple(r["objects"].split()), {c: forms(r, c) for c in LANGUAGES}
        )
        for r in table("verbs")
    }
