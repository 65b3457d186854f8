"""TICO-19 (health, 2020) and NTREX-128 (news, its first half): parallel text, by documents.

Files: ``tico19/<language>/all.tsv`` and ``ntrex/<language>/first_half.tsv`` with the columns ``id``
(``document:line``), ``en`` and the language's code, nothing quoted. Neither has a part of its own
to show demonstrations from, so whole documents are set aside for them, chosen by a hash of their
names until they hold :data:`SET_ASIDE` pairs: the same in every language, and none of a document
that is asked about. Scores are therefore of fewer sentences than the published sets have.

The English of a line is the same in all languages, and so is its id. Both are also text to train a
translator on (:mod:`xltlib.data.parallel_training`), which drops what a profile evaluates on.
"""

from collections import Counter
from functools import partial
from pathlib import Path

from ...errors import XltError
from ..formats import pairs
from ..formats.delimited import flat, folders, numbered_rows
from ..items import Example, Split
from ..sample import order
from ..source import Source, revision_of_folder

#: Data set -> its file in a language's folder, its publisher, its languages and its licence.
SETS = {
    "tico19": (
        "all.tsv",
        "github.com/tico-19/tico-19.github.io (data/TM, as a table of id, en and the language)",
        ("hau", "kin", "lug"),
        "CC0 1.0",
    ),
    "ntrex": (
        "first_half.tsv",
        "github.com/MicrosoftTranslator/NTREX (NTREX-128, as a table of id, en and the language)",
        ("hau", "kin"),
        "CC BY-SA 4.0",
    ),
}
SET_ASIDE = 50  # pairs at least


def _pairs(name: str, language: str, root: Path | None) -> list[tuple[str, str, str]]:
    """(id, English, other) of a file, in its order."""
    file, publisher, *_ = SETS[name]
    path = Path(root or ".") / name / language / file
    found = []
    for line, row in numbered_rows(path, ("id", "en", language), publisher, quoted=False):
        if ":" not in row["id"]:
            raise XltError(
                f"{path}, line {line}: found the id {row['id'][:40]!r}, expected the document's "
                "name, a colon and a number"
            )
        found.append((row["id"], flat(row["en"]), flat(row[language])))
    return found


def _document(pair_id: str) -> str:
    return pair_id.rpartition(":")[0]


def _set_aside(read: list[tuple[str, str, str]], name: str) -> set[str]:
    """The documents that demonstrations come from; never the last one that is left."""
    sizes = Counter(_document(number) for number, *_ in read)
    chosen: set[str] = set()
    for document in sorted(sizes, key=lambda d: order(d, name))[:-1]:
        if sum(sizes[one] for one in chosen) >= SET_ASIDE:
            break
        chosen.add(document)
    return chosen


def _read(name: str, task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    read = _pairs(name, language, root)
    aside = _set_aside(read, name)
    mine = (pair for pair in read if (_document(pair[0]) in aside) == (split == "demos"))
    return pairs.items(task, language, mine)


def _notes(name: str, task: str, language: str, root: Path | None) -> dict[str, int]:
    return {
        "pairs set aside as demonstrations, by whole documents": len(
            _read(name, task, language, "demos", root)
        )
    }


SOURCES = tuple(
    Source(
        name=name,
        tasks=pairs.TASKS,
        published=languages,
        licence=licence,
        url=publisher,
        read=partial(_read, name),
        labels=pairs.labels,
        languages=partial(
            lambda name, publisher, root: folders(root, name, publisher), name, publisher
        ),
        revision=revision_of_folder(name, file),
        notes=partial(_notes, name),
    )
    for name, (file, publisher, languages, licence) in SETS.items()
)
