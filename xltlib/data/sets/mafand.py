"""MAFAND-MT (Adelani et al. 2022): parallel news text with English.

Files: ``mafand/<language>/{train,dev,test}.tsv`` with the columns ``en`` and the language's code
(kin has no train). Known leaks: 21 Hausa test pairs have a side that stands in train.

As a data set it is translated in both directions, with demonstrations from dev, which every
language has. Out of English the texts are English and the answers the language's; an item's
language is the other one than English in both.
"""

from pathlib import Path

from ...errors import XltError, not_one_of
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
    rows = ((flat(a), flat(b)) for a, b in parallel(language, part, root or "."))
    if task == "from_english":
        return [
            Example(f"{part}-{number}", language, {"text": english}, own, kept=("text",))
            for number, (english, own) in enumerate(rows, 1)
        ]
    return [
        Example(f"{part}-{number}", language, {"text": own}, english)
        for number, (english, own) in enumerate(rows, 1)
    ]


SOURCE = Source(
    name="mafand",
    tasks=("from_english", "into_english"),
    published=("hau", "kin", "lug"),
    licence=LICENCE,
    url=PUBLISHER,
    read=_read,
    # the language to translate into, where a prompt has to name it
    labels=lambda task, language, root: (language,) if task == "from_english" else (),
    languages=lambda root: folders(root, "mafand", PUBLISHER),
    revision=revision_of_folder("mafand", "[dt]e*.tsv"),
)
PARALLEL = {"mafand": _pairs}
