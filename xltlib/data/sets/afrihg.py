"""AfriHG (Ogunremi et al. 2024, arXiv 2412.20223): news articles with their headlines.

Files: ``afrihg/<language>/{train,test}.csv`` with the columns ``text`` (the article) and ``title``
(its headline, the gold answer), comma-separated and quoted. The publisher has Hausa and 15 other
languages, among them Kirundi, but neither Kinyarwanda nor Luganda. It joins two sets that are read
here too (its README): the articles of the test split are XL-Sum's, and *all* of MasakhaNEWS is in
the train split, which here gives demonstrations only. Rows without an article or a headline are
left out; ``notes`` counts them.

No repository of the hub is known to us. Columns and quoting were seen in the publisher's Zulu test
file; the Hausa files stand there in Git LFS and were not at hand. No licence is stated.
"""

from pathlib import Path

from ..formats.delimited import flat, folders, read_table
from ..items import Example
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/dadelani/AfriHG (data/<language>; `git lfs pull` in the clone)"
_FILES = {"demos": "train", "test": "test"}


def _rows(language: str, split: str, root: Path | None) -> list[tuple[str, str]]:
    """(article, headline) of all rows, white space flattened; either may be empty."""
    path = Path(root or ".") / "afrihg" / language / f"{_FILES[split]}.csv"
    rows = read_table(path, ("text", "title"), PUBLISHER, ",", filled=False)
    return [(flat(row["text"]), flat(row["title"])) for row in rows]


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    return [
        Example(f"{_FILES[split]}-{number}", language, {"text": text}, title)
        for number, (text, title) in enumerate(_rows(language, split, root), 1)
        if text and title
    ]


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    left_out = {
        f"{split} rows left out: no text or no answer": sum(
            not (text and title) for text, title in _rows(language, split, root)
        )
        for split in _FILES
    }
    return {k: n for k, n in left_out.items() if n}


SOURCE = Source(
    name="afrihg",
    tasks=("summarization",),
    published=("eng", "hau"),
    licence="no statement in the repository; XL-Sum, its larger part, is CC BY-NC-SA 4.0",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: (),
    languages=lambda root: folders(root, "afrihg", PUBLISHER),
    revision=revision_of_folder("afrihg", "t*.csv"),
    notes=_notes,
)
