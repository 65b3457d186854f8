"""MasakhaNEWS (Adelani et al. 2023): news articles with a topic and a headline.

Files: ``masakhanews/<language>/{test,train}.tsv`` and ``labels.txt``. Where train is missing (hau)
the pool of demonstrations is the largest of the publisher's few-shot files, saved as
``fewshot<n>_train.tsv``; these have no ``url`` column. The document is the article without its
headline, which is the gold answer of summarization.
"""

import re
from pathlib import Path

from ...errors import XltError
from ..formats.delimited import flat, folders, read_lines, read_table
from ..items import Example
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/masakhane-io/masakhane-news (data/<language>, few_shot_data)"


def _pool(folder: Path) -> Path:
    """train.tsv, or else the largest few-shot file."""
    shots = {
        int(m[1]): p
        for p in folder.glob("fewshot*_train.tsv")
        if (m := re.fullmatch(r"fewshot(\d+)_train\.tsv", p.name))
    }
    if (folder / "train.tsv").exists() or not shots:
        return folder / "train.tsv"
    return shots[max(shots)]


def _rows(path: Path, labels: tuple[str, ...]) -> list[dict[str, str]]:
    rows = read_table(path, ("category", "headline", "text"), PUBLISHER)
    for number, row in enumerate(rows, 1):
        if row["category"] not in labels:
            raise XltError(
                f"{path}, row {number}: found the category {row['category']!r}, expected one of "
                f"{', '.join(labels)} (labels.txt beside it)"
            )
    return rows


def _labels(task: str, language: str, root: Path | None) -> tuple[str, ...]:
    if task != "topics":
        return ()
    path = Path(root or ".") / "masakhanews" / language / "labels.txt"
    return tuple(read_lines(path, PUBLISHER))


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    folder = Path(root or ".") / "masakhanews" / language
    path = folder / "test.tsv" if split == "test" else _pool(folder)
    gold = "category" if task == "topics" else "headline"
    return [
        Example(f"{path.stem}-{number}", language, {"text": flat(row["text"])}, flat(row[gold]))
        for number, row in enumerate(_rows(path, _labels("topics", language, root)), 1)
    ]


SOURCE = Source(
    name="masakhanews",
    tasks=("topics", "summarization"),
    published=("eng", "hau", "lug"),
    licence="no statement in the repository; text of BBC, VOA and Gambuuze",
    url=PUBLISHER,
    read=_read,
    labels=_labels,
    languages=lambda root: folders(root, "masakhanews", PUBLISHER),
    revision=revision_of_folder("masakhanews", "*.t*"),
)
