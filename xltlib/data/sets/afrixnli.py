"""AfriXNLI (Adelani et al. 2024, IrokoBench): premise and claim, parallel in all languages.

Files: ``irokobench/<language>/africanli_{dev,test}.csv``; demonstrations come from dev. Every
premise stands there three times in a row, once with each label; an example's id is its place in the
file, which it has in common with its translations.
"""

from pathlib import Path

from ...errors import XltError
from ..formats.delimited import flat, folders, read_table
from ..items import Example, Split
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/masakhane-io/masakhane-nlu (IrokoBench/africanli/<language>)"
LABELS = ("contradiction", "entailment", "neutral")
COLUMNS = ("premise", "hypothesis", "label")


def _read(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    part = {"demos": "dev", "test": "test"}[split]
    path = Path(root or ".") / "irokobench" / language / f"africanli_{part}.csv"
    examples = []
    for number, row in enumerate(read_table(path, COLUMNS, PUBLISHER, delimiter=","), 1):
        if row["label"] not in LABELS:
            raise XltError(
                f"{path}, row {number}: found the label {row['label']!r}, expected one of "
                f"{', '.join(LABELS)}"
            )
        texts = {name: flat(row[name]) for name in ("premise", "hypothesis")}
        examples.append(Example(f"{part}-{number}", language, texts, row["label"]))
    return examples


SOURCE = Source(
    name="afrixnli",
    tasks=("nli",),
    published=("eng", "hau", "kin", "lug"),
    licence="Apache-2.0 (repository)",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: LABELS,
    languages=lambda root: folders(root, "irokobench", PUBLISHER),
    revision=revision_of_folder("irokobench", "africanli_*.csv"),
)
