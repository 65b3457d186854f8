"""Prediction files of other programs, read strictly: every row is a prediction or an error.

CSV, TSV, JSON Lines and Parquet with one row per prediction, and the JSON Lines that
lm-evaluation-harness writes with ``--log_samples``. Errors name file, line (Parquet: row) and
column; no row is skipped, repaired or guessed.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..data.formats.delimited import read_table, read_text
from ..errors import XltError, not_one_of
from ..text.printed import whole

FORMATS = ("csv", "tsv", "jsonl", "parquet", "lm-eval")
MAKER = "the program that wrote it"
#: lm-evaluation-harness counts a test set's documents under this name, from 0.
POSITION = "doc_id"


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; an empty name is a column that is not used.

    ``answer`` is by default ``output``, and ``resps`` in files of lm-evaluation-harness.
    """

    answer: str = ""
    id: str = ""
    text: str = ""


@dataclass(frozen=True)
class Prediction:
    """One row: where it stands, which item it answers, and the answer as it was written."""

    where: str  # "line 7" or "row 7"
    id: str | None
    text: str | None
    output: str


def read(
    path: Path, columns: Columns, format: str | None = None, filter: str | None = None
) -> list[Prediction]:
    """All predictions of a file, in its order.

    Parameters
    ----------
    format
        One of FORMATS; by default judged by the file's name, and lm-eval by the first line's keys.
    filter
        Of lm-evaluation-harness: which of its answer filters, where a file holds several.

    Raises :class:`XltError` that names file, line and column.
    """
    if format is None:
        format = _judged(path)
    if format not in FORMATS:
        raise not_one_of("format", format, FORMATS)
    if not columns.id and not columns.text and format != "lm-eval":
        raise XltError(
            f"{path}: name the column by which rows are matched to test items: --id-column, or "
            "--text-column, or both"
        )
    if format == "lm-eval":
        found = list(_harness(path, columns, filter))
    else:
        columns = replace(columns, answer=columns.answer or "output")
        if format in ("csv", "tsv"):
            rows = _delimited(path, columns, _mark(path, format))
        else:
            rows = _objects(path) if format == "jsonl" else _parquet(path, columns)
        found = [_prediction(path, where, row, columns) for where, row in rows]
    if not found:
        raise XltError(f"{path} holds no predictions: check that it is the right file")
    return found


def peek(path: Path, format: str | None = None) -> list[dict[str, Any]]:
    """The rows of a file with all their columns, whichever those are; of the harness also those of
    its documents."""
    format = format or _judged(path)
    if format in ("csv", "tsv"):
        return list(read_table(path, (), MAKER, _mark(path, format)))
    rows = _parquet(path, None) if format == "parquet" else _objects(path)
    return [row | (row["doc"] if isinstance(row.get("doc"), dict) else {}) for _, row in rows]


def _mark(path: Path, format: str) -> str:
    """What stands between cells: in a CSV the semicolon, where no comma is in its header."""
    header = read_text(path, MAKER).partition("\n")[0]
    semicolons = ";" in header and "," not in header
    return "\t" if format == "tsv" else ";" if semicolons else ","


_ARRAY = "; of one array, `jq -c .[]` makes such lines"
#: What to do about other kinds of file.
_OTHERS = {
    **dict.fromkeys(("xlsx", "xls", "ods"), "a spreadsheet: save it as CSV (UTF-8)"),
    **dict.fromkeys(("gz", "zip", "bz2", "xz", "zst"), "packed: unpack it first"),
    "json": f"expected JSON Lines, one object a line{_ARRAY}; of lines, say --format jsonl",
}


def _judged(path: Path) -> str:
    suffix = path.suffix.lower().lstrip(".")
    if todo := _OTHERS.get(suffix):
        raise XltError(f"{path}: {todo}")
    if suffix not in FORMATS:
        raise XltError(
            f"{path}: its name does not say what format it has: give --format "
            f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        )
    if suffix == "jsonl":
        _, first = next(_objects(path))
        return "lm-eval" if {"resps", "filtered_resps"} & set(first) else "jsonl"
    return suffix


def _prediction(path: Path, where: str, row: Mapping[str, Any], columns: Columns) -> Prediction:
    return Prediction(
        where,
        _text(path, where, row, columns.id, number=True) if columns.id else None,
        _text(path, where, row, columns.text) if columns.text else None,
        _text(path, where, row, columns.answer),
    )


def _text(path: Path, where: str, row: Mapping[str, Any], column: str, number: bool = False) -> str:
    """A cell as text; whole numbers too where ``number`` (ids)."""
    if column not in row:
        raise XltError(
            f"{path}, {where}: no column {column!r}: found {sorted(map(str, row))}; name the right "
            "one with --id-column, --text-column or --answer-column"
        )
    value = row[column]
    if number and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise XltError(
            f"{path}, {where}, column {column!r}: found {value!r:.60} ({type(value).__name__}), "
            "expected text; an answer that is missing is written as an empty text"
        )
    return whole(value)


def _delimited(
    path: Path, columns: Columns, delimiter: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a CSV or TSV file with the lines that they begin in."""
    needed = [c for c in (columns.id, columns.text) if c]
    line = 0
    for row in read_table(path, needed, MAKER, delimiter):
        if not line:
            line = 2 + sum(name.count("\n") for name in row)
        yield f"line {line}", row
        line += 1 + sum(cell.count("\n") for cell in row.values())


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON Lines file; blank lines are none."""
    for number, line in enumerate(read_text(path, MAKER).split("\n"), 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line, object_pairs_hook=_once)
        except _Twice as error:
            raise XltError(
                f"{path}, line {number}: the key {str(error)!r} stands in one object twice: which "
                "is meant cannot be known, remove one"
            ) from error
        except RecursionError as error:
            raise XltError(
                f"{path}, line {number}: nested too deeply to be a prediction"
            ) from error
        except json.JSONDecodeError as error:
            raise XltError(
                f"{path}, line {number}, column {error.colno}: not JSON ({error.msg}): the file is "
                "cut off or was edited"
            ) from error
        if not isinstance(content, dict):
            raise XltError(
                f"{path}, line {number}: found {type(content).__name__}, expected an object such "
                'as {"id": "12", "output": "..."}' + _ARRAY * isinstance(content, list)
            )
        yield f"line {number}", content


class _Twice(Exception):
    """A key that an object has twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _parquet(path: Path, columns: Columns | None) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowInvalid) as error:
        raise XltError(f"{path} is not a readable Parquet file: {error}") from error
    if twice := sorted({c for c in table.column_names if table.column_names.count(c) > 1}):
        raise XltError(
            f"{path}: the column {', '.join(map(repr, twice))} stands there twice: give each "
            "column a name of its own"
        )
    wanted = table.column_names
    if columns is not None:
        wanted = [c for c in (columns.id, columns.text, columns.answer) if c in wanted]
    for number, row in enumerate(table.select(wanted).to_pylist(), 1):
        yield f"row {number}", row


# lm-evaluation-harness: one object per document and answer filter.


def _harness(path: Path, columns: Columns, filter: str | None) -> Iterator[Prediction]:
    rows = list(_objects(path))
    filters = list(dict.fromkeys(str(row.get("filter", "none")) for _, row in rows))
    if filter is not None and filter not in filters:
        raise not_one_of("filter", filter, filters)
    if filter is None and len(filters) > 1:
        raise XltError(
            f"{path} holds each document once for each of the filters {', '.join(filters)}: choose "
            "one with --filter"
        )
    for where, row in rows:
        if filter is not None and str(row.get("filter", "none")) != filter:
            continue
        doc = row.get("doc")
        if not isinstance(doc, dict):
            raise XltError(
                f"{path}, {where}, column 'doc': found {doc!r:.60}, expected the document as an "
                "object: is this a file of --log_samples?"
            )
        # Where nothing is said a document is known by its text, which is what the set itself is.
        text = columns.text or ("" if columns.id else "text")
        known = doc | {POSITION: row.get(POSITION)}
        yield Prediction(
            where,
            _text(path, where, known, columns.id, number=True) if columns.id else None,
            _text(path, where, doc, text) if text else None,
            _said(path, where, row, columns.answer),
        )


def _said(path: Path, where: str, row: Mapping[str, Any], column: str) -> str:
    """What the model wrote, or the continuation it finds likeliest.

    The harness keeps ``[[text]]`` for a generated answer and one ``[[log-likelihood, greedy]]`` for
    each continuation of a choice, whose texts stand among the arguments.
    """
    column = column or "resps"
    answers = row.get(column)
    if column not in ("resps", "filtered_resps"):
        return _text(path, where, row, column)
    try:
        if not isinstance(answers, list):
            raise TypeError("no list")
        one = answers[0]
        while isinstance(one, list) and len(one) == 1:
            one = one[0]
        if isinstance(one, str):
            several = len(answers)
        elif isinstance(one, list) and all(isinstance(x, str) for x in one) and not _is_greedy(one):
            several = len(one)
        else:
            several = 0
        if several > 1:
            raise ValueError(
                f"{several} generations of one document, as `repeats` in a task's settings makes "
                "them: run it with `repeats: 1`, or take another column with --answer-column"
            )
        if several:
            return whole(one)
        values = [a if isinstance(a[0], str | float | int) else a[0] for a in answers]
        if not all(map(_is_greedy, values)):
            raise ValueError("no pairs of a log-likelihood and whether it is greedy")
        likelihoods = [float(value) for value, _ in values]
        if not all(map(math.isfinite, likelihoods)):
            raise ValueError("a log-likelihood that is not finite is no score")
        arguments = row["arguments"]
        if isinstance(arguments, dict):
            texts = [arguments[f"gen_args_{i}"]["arg_1"] for i in range(len(likelihoods))]
        else:
            texts = [a[1] for a in arguments]
        return whole(texts[max(range(len(likelihoods)), key=likelihoods.__getitem__)])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise XltError(
            f"{path}, {where}, column {column!r}: found {answers!r:.80} ({error}), expected one "
            "generated text or a log-likelihood for each continuation in 'arguments', as "
            "--log_samples has it"
        ) from error


def _is_greedy(pair: Any) -> bool:
    """Whether it is ``[log-likelihood, greedy]``; newer versions write both as text."""
    return len(pair) == 2 and str(pair[1]) in ("True", "False")
