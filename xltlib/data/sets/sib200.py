"""SIB-200 (Adelani et al. 2024): topics of FLORES-200 sentences, parallel in all languages.

Files: ``sib200/<language>/{train,test}.tsv`` and ``labels.txt`` in the data folder, or else, in the
four languages that come with this project, in ``data/shipped``. An example's id is the sentence's
``index_id``, which it has in common with its translations.
"""

from functools import partial
from pathlib import Path

from ... import paths
from ...errors import XltError
from ..formats.delimited import digest, flat, folders, read_lines, read_table
from ..items import Example
from ..source import Source, pairs_by_id

PUBLISHER = "github.com/dadelani/sib-200 (data/annotated/<language>_Latn)"
SHIPPED = ("eng", "hau", "kin", "lug")


def _folder(language: str, root: Path | None) -> Path:
    """The publisher's files of a language: the user's own copy comes before the shipped one."""
    own = Path(root or ".") / "sib200" / language
    if language in SHIPPED and (root is None or not own.is_dir()):
        return paths.SHIPPED_DATA / "sib200" / language
    return own


def _labels(task: str, language: str, root: Path | None) -> tuple[str, ...]:
    return tuple(read_lines(_folder(language, root) / "labels.txt", PUBLISHER))


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    file = {"demos": "train.tsv", "test": "test.tsv"}[split]
    path = _folder(language, root) / file
    labels = _labels(task, language, root)
    examples = []
    for number, row in enumerate(read_table(path, ("index_id", "category", "text"), PUBLISHER), 1):
        if row["category"] not in labels:
            raise XltError(
                f"{path}, row {number}: found the category {row['category']!r}, expected one of "
                f"{', '.join(labels)} (labels.txt beside it)"
            )
        examples.append(
            Example(row["index_id"], language, {"text": flat(row["text"])}, row["category"])
        )
    return examples


def _languages(root: Path | None) -> tuple[str, ...]:
    own = folders(root, "sib200", PUBLISHER) if root and (root / "sib200").is_dir() else ()
    return tuple(sorted({*SHIPPED, *own}))


SOURCE = Source(
    name="sib200",
    tasks=("topics",),
    published=("eng", "hau", "kin", "lug"),
    licence="CC BY-SA 4.0 (text, FLORES-200), Apache-2.0 (labels)",
    url=PUBLISHER,
    read=_read,
    labels=_labels,
    languages=_languages,
    revision=lambda language, root: digest(_folder(language, root).glob("*.t*")),
    shipped=SHIPPED,
)
PARALLEL = {"sib200": partial(pairs_by_id, SOURCE, "topics")}
