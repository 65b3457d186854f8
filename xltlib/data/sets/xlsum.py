"""XL-Sum (Hasan et al. 2021): BBC articles with one-sentence summaries.

Files: ``xlsum/<language>/<name>_{train,test}.jsonl`` as in the publisher's archives (Hausa:
``hausa_test.jsonl``), one JSON object a line with ``id``, ``url``, ``title``, ``summary`` and
``text``. The format is from the publisher's README; no file was at hand.
"""

import json
from pathlib import Path

from ...errors import XltError
from ..formats.delimited import flat, folders, read_text
from ..items import Example
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/csebuetnlp/xl-sum (the language's archive, linked in its README)"


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    part = {"demos": "train", "test": "test"}[split]
    folder = Path(root or ".") / "xlsum" / language
    paths = sorted(folder.glob(f"*_{part}.jsonl"))
    if len(paths) != 1:
        raise XltError(
            f"{folder} must have one file *_{part}.jsonl, but has {len(paths)}: get it from "
            f"{PUBLISHER}"
        )
    found = []
    for number, line in enumerate(read_text(paths[0], PUBLISHER).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{paths[0]}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise XltError(f"{where}: not JSON ({error}): get the file from {PUBLISHER}") from error
        for field in ("id", "text", "summary"):
            if not isinstance(row, dict) or not str(row.get(field) or "").strip():
                raise XltError(f"{where}: the field {field!r} is missing or empty, expected text")
        found.append(
            Example(str(row["id"]), language, {"text": flat(row["text"])}, flat(row["summary"]))
        )
    return found


SOURCE = Source(
    name="xlsum",
    tasks=("summarization",),
    published=("eng", "hau"),
    licence="CC BY-NC-SA 4.0",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: (),
    languages=lambda root: folders(root, "xlsum", PUBLISHER),
    revision=revision_of_folder("xlsum", "*_t*.jsonl"),
)
