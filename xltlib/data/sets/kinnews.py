"""KINNEWS (Niyongabo et al. 2020): Kinyarwanda news, fourteen topics, with headlines.

Files: ``kinnews/kin/{train,test}.csv``, the raw version: comma-separated, quoted, with the columns
``label`` (1 to 14), ``en_label``, ``kin_label``, ``url``, ``title`` and ``content``. The cleaned
version has lost its stop words and is not read. Rows without a title or content are left out;
``notes`` counts them. The labels' names in the order of their numbers are from the card of
andreniyongabo/kinnews_kirnews. The format is from the publishers' READMEs; no file was at hand.
"""

import csv
import io
from pathlib import Path

from ...errors import XltError
from ..formats.delimited import LONGEST_CELL, flat, folders, read_text
from ..items import Example
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/Andrews2017/KINNEWS-and-KIRNEWS-Corpus (KINNEWS, raw)"
LABELS = (
    "politics", "sport", "economy", "health", "entertainment", "history", "technology", "tourism",
    "culture", "fashion", "religion", "environment", "education", "relationship",
)  # fmt: skip
_FILES = {"demos": "train", "test": "test"}


def _rows(language: str, split: str, root: Path | None) -> list[tuple[str, str, str]]:
    """(label, title, content) of all rows, white space flattened; either text may be empty."""
    path = Path(root or ".") / "kinnews" / language / f"{_FILES[split]}.csv"
    text = io.StringIO(read_text(path, PUBLISHER), newline="")
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        reader = csv.DictReader(text, skipinitialspace=True, strict=True)
        header = reader.fieldnames or []
        if missing := [c for c in ("label", "title", "content") if c not in header]:
            raise XltError(
                f"{path}: no column {', '.join(map(repr, missing))}: found {list(header)}, "
                f"expected the raw version of KINNEWS: get the file from {PUBLISHER}"
            )
        found = []
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                raise XltError(f"{where}: the row is cut off or its quotes are broken")
            number = row["label"].strip()
            if not number.isdecimal() or not 1 <= int(number) <= len(LABELS):
                raise XltError(f"{where}: found the label {number!r}, expected 1 to {len(LABELS)}")
            found.append((LABELS[int(number) - 1], flat(row["title"]), flat(row["content"])))
        return found
    except csv.Error as error:
        raise XltError(
            f"{path}: broken quoting ({error}): get the file from {PUBLISHER}"
        ) from error
    finally:
        csv.field_size_limit(limit)


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    return [
        Example(
            f"{_FILES[split]}-{number}",
            language,
            {"text": content},
            label if task == "topics" else title,
        )
        for number, (label, title, content) in enumerate(_rows(language, split, root), 1)
        if content and (task == "topics" or title)
    ]


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    left_out = {
        f"{split} rows left out: no text or no answer": len(_rows(language, split, root))
        - len(_read(task, language, split, root))
        for split in _FILES
    }
    return {k: n for k, n in left_out.items() if n}


SOURCE = Source(
    name="kinnews",
    tasks=("topics", "summarization"),
    published=("kin",),
    licence="MIT (repository); the articles are their publishers'",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: LABELS if task == "topics" else (),
    languages=lambda root: folders(root, "kinnews", PUBLISHER),
    revision=revision_of_folder("kinnews", "t*.csv"),
    notes=_notes,
)
