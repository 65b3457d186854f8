"""SIB-200 (Adelani et al. 2024): topics of FLORES-200 sentences, parallel in all languages.

Files: ``sib200/<language>/{train,test}.tsv`` and ``labels.txt``. An example's id is the sentence's
``index_id``, which it has in common with its translations.
"""

from pathlib import Path

from ...errors import XltError
from ..formats.delimited import flat, folders, read_lines, read_table
from ..items import Example
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/dadelani/sib-200 (data/annotated/<language>_Latn)"


def _labels(task: str, language: str, root: Path | None) -> tuple[str, ...]:
    return tuple(read_lines(Path(root or ".") / "sib200" / language / "labels.txt", PUBLISHER))


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    file = {"demos": "train.tsv", "test": "test.tsv"}[split]
    path = Path(root or ".") / "sib200" / language / file
    labels = _labels(task, language, root)
    examples = []
    for number, row in enumerate(read_table(path, ("index_id", "category", "text"), PUBLISHER), 1):
        if row["category"] not in labels:
            raise XltError(
                f"{path}, row {number}: found the category {row['category']!r}, expected one of "
                f"{', '.join(labels)} (labels.txt beside it)"
            )
        examples.append(Example(row["index_id"], language, flat(row["text"]), row["category"]))
    return examples


SOURCE = Source(
    name="sib200",
    tasks=("topics",),
    published=("eng", "hau", "kin", "lug"),
    licence="CC BY-SA 4.0 (text, FLORES-200), Apache-2.0 (labels)",
    url=PUBLISHER,
    read=_read,
    labels=_labels,
    languages=lambda root: folders(root, "sib200", PUBLISHER),
    revision=revision_of_folder("sib200", "*.t*"),
)
