"""MAFAND-MT (Adelani et al. 2022): parallel news text with English.

Files: ``mafand/<language>/{train,dev,test}.tsv`` with the columns ``en`` and the language's code
(kin has no train). Known leaks: 21 Hausa test pairs have a side that stands in train.

As a data set it is translated in both directions, with demonstrations from dev, which every
language has. Out of English the texts are English and the answers the language's; an item's
language is the other one than English in both.
"""

from pathlib import Path

from ...errors import XltError, not_one_of
from ..formats import pairs
from ..formats.delimited import flat, folders, read_table
from ..items import Example, Split
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/masakhane-io/lafand-mt (data/tsv_files/en-<language>)"
LICENCE = "CC BY-NC 4.0"
SPLITS = ("train", "dev", "test")


def parallel(language: str, split: str, data_dir: Path | str) -> list[tuple[str, str]]:
    """The (English, target) pairs of a split, as published, in file order."""
    root = Path(data_dir)
    if language not in (known := folders(root, "mafand", PUBLISHER)):
        raise not_one_of("language", language, known, f"these are the languages in {root}")
    folder = root / "mafand" / language
    there = tuple(s for s in SPLITS if (folder / f"{s}.tsv").exists())
    if split not in SPLITS or (split not in there and there):
        raise not_one_of("split", split, there, f"these are the files in {folder}")
    rows = read_table(folder / f"{split}.tsv", ("en", language), PUBLISHER)
    return [(row["en"], row[language]) for row in rows]


def _pairs(language: str, root: Path | None) -> list[tuple[str, str]]:
    if root is None:
        raise XltError("mafand is read from its publisher's files: give --data-dir (`data_dir`)")
    return parallel(language, "test", root)


def _read(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    part = {"demos": "dev", "test": "test"}[split]
    rows = enumerate(parallel(language, part, root or "."), 1)
    return pairs.items(task, language, ((f"{part}-{n}", flat(a), flat(b)) for n, (a, b) in rows))


SOURCE = Source(
    name="mafand",
    tasks=pairs.TASKS,
    published=("hau", "kin", "lug"),
    licence=LICENCE,
    url=PUBLISHER,
    read=_read,
    labels=pairs.labels,
    languages=lambda root: folders(root, "mafand", PUBLISHER),
    revision=revision_of_folder("mafand", "[dt]e*.tsv"),
)
PARALLEL = {"mafand": _pairs}
