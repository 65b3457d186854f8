"""AfriQA (Ogundepo et al. 2023): questions in Hausa and Kinyarwanda about English passages.

Files: ``afriqa/<language>/gold_span_passages.afriqa.<language>.en.{train,test}.json``, an object a
line; demonstrations come from train. The answer is its text alone: the offsets beside it are wrong
for some (another number of spaces or a line break in the passage) and -1 for yes-or-no questions.
Rows that the publisher left without a passage or without an answer (a null, an empty text or list)
cannot be answered from it and are left out; ``notes`` counts all of these.

``eng`` has the same questions as people put them into English, of all languages whose files are
there, under the same ids: what a perfect translator would ask.
"""

import json
from pathlib import Path
from typing import Any

from ...errors import XltError
from ..formats.delimited import digest, flat, folders, read_text
from ..items import Example, Split
from ..source import Source

PUBLISHER = "github.com/masakhane-io/afriqa (data/gold_passages/<language>)"
ENGLISH = "eng"
_PARTS = {"demos": "train", "test": "test"}
_QUESTION = {True: "question_translated", False: "question_lang"}  # in English, as it was asked


def _path(language: str, split: str, root: Path | None) -> Path:
    part = _PARTS[split]
    name = f"gold_span_passages.afriqa.{language}.en.{part}.json"
    return Path(root or ".") / "afriqa" / language / name


def _own(root: Path | None) -> tuple[str, ...]:
    """The languages that questions were asked in."""
    return tuple(code for code in folders(root, "afriqa", PUBLISHER) if code != ENGLISH)


def _rows(language: str, split: str, root: Path | None) -> list[dict[str, Any]]:
    """The rows of a file: question, passage, answer, offset; context None: not to be answered."""
    path, found = _path(language, split, root), []
    for number, line in enumerate(read_text(path, PUBLISHER).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
            answer = row["answer_pivot"]
            told = {name: row[name] for name in (*_QUESTION.values(), "context")}
            told |= {"id": str(row["id"])}
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise XltError(
                f"{where}: found {line[:40]!r} ({type(error).__name__}: {error}), expected an "
                f"object with id, {', '.join(_QUESTION.values())}, context and answer_pivot: get "
                f"the file again from {PUBLISHER}"
            ) from error
        if told["context"] in (None, "") or answer == {"answer_start": [], "text": []}:
            found.append(told | {"context": None})
            continue
        try:
            (text,), (start,) = answer["text"], answer["answer_start"]
            told |= {"answer": flat(text), "raw": text, "start": int(start)}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise XltError(
                f"{where}: found answer_pivot {str(answer)[:60]!r}, expected one text and one "
                "answer_start, each in a list"
            ) from error
        for name in (*_QUESTION.values(), "context", "answer"):
            if not isinstance(told[name], str) or not told[name].strip():
                raise XltError(f"{where}: found {name} {told[name]!r:.40}, expected text")
        found.append(told)
    return found


def _read(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    english = language == ENGLISH
    return [
        Example(
            f"{code}-{_PARTS[split]}-{row['id']}",
            language,
            {"passage": flat(row["context"]), "question": flat(row[_QUESTION[english]])},
            row["answer"],
            kept=("passage",),
        )
        for code in (_own(root) if english else (language,))
        for row in _rows(code, split, root)
        if row["context"] is not None
    ]


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for split, part in _PARTS.items():
        codes = _own(root) if language == ENGLISH else (language,)
        rows = [row for code in codes for row in _rows(code, split, root)]
        there = [row for row in rows if row["context"] is not None]
        said = [row for row in there if row["start"] >= 0]
        counts |= {
            f"{part} questions left out: no passage or no answer": len(rows) - len(there),
            f"{part} questions answered by yes or no": len(there) - len(said),
            f"{part} answers that do not stand in their passage": sum(
                row["answer"] not in flat(row["context"]) for row in said
            ),
            f"{part} offsets that are wrong, and not used": sum(
                not row["context"].startswith(row["raw"], row["start"]) for row in said
            ),
        }
    return {k: n for k, n in counts.items() if n}


def _revision(language: str, root: Path | None) -> str:
    codes = _own(root) if language == ENGLISH else (language,)
    return digest(_path(code, split, root) for code in codes for split in _PARTS)


SOURCE = Source(
    name="afriqa",
    tasks=("qa",),
    published=("eng", "hau", "kin"),
    licence="CC BY 4.0 (questions), CC BY-SA (passages, Wikipedia)",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: (),
    languages=lambda root: (*_own(root), ENGLISH),
    revision=_revision,
    notes=_notes,
)
