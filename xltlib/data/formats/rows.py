"""Tables of one's own, read strictly: rows as texts by column, each with where it stands."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import XltError
from .delimited import numbered_rows, read_text

OWNER = "where you have it from"
#: Where a row stands (``line 7``; of Parquet ``row 7``) and its cells by column.
Row = tuple[str, dict[str, str]]
#: What happens to the error of one row: raised, or kept while the next ones are read.
Wrong = Callable[[XltError], None]


def raised(error: XltError) -> None:
    """The first row that is wrong ends the reading."""
    raise error


def no_text(value: str) -> str:
    """What a text holds that no text can (JSON and Parquet let it through); nothing in others."""
    if "\0" in value:
        return "a NUL character"
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"half a character (U+{ord(value[error.start]):04X})"
    return ""


def rows(
    path: Path,
    kind: str,
    columns: Sequence[str],
    delimiter: str | None = None,
    quoted: bool = True,
    wrong: Wrong = raised,
) -> list[Row]:
    """All rows of a CSV, TSV, JSON Lines or Parquet file, with ``columns`` filled in each.

    Raises :class:`XltError` that names file, line and column for one that is missing, empty, not
    text, or there twice. ``wrong`` is what it does about a row of which the file's shape says
    nothing: that one is left out where the error is not raised.
    """
    made: list[Row] = []
    read: Iterator[tuple[str, dict[str, Any]]]
    if kind in ("csv", "tsv"):
        mark = delimiter or {"csv": ",", "tsv": "\t"}[kind]
        keep = None if wrong is raised else wrong
        found = numbered_rows(path, columns, OWNER, mark, False, quoted, keep)
        if quoted and mark == "\t":
            _no_stray_quotes(path, found)
        read = ((f"line {number}", row) for number, row in found)
    else:
        read = iter({"jsonl": _objects, "parquet": _parquet}[kind](path))
    for where, row in read:
        try:
            made.append((where, _filled(path, where, row, columns)))
        except XltError as error:
            wrong(error)
    if not made and wrong is raised:
        raise XltError(f"{path} has no rows: get the file again from {OWNER}")
    return made


def columns_of(path: Path, kind: str, delimiter: str | None = None) -> list[str]:
    """The names of a table's columns. Raises :class:`XltError` as :func:`rows` does."""
    if kind == "parquet":
        found = _parquet(path)
        return list(found[0][1]) if found else []
    if kind == "jsonl":
        return list(next(iter(_objects(path)), ("", {}))[1])
    mark = delimiter or {"csv": ",", "tsv": "\t"}[kind]
    found_rows = numbered_rows(path, (), OWNER, mark, False)
    return list(found_rows[0][1])


def _no_stray_quotes(path: Path, found: Sequence[tuple[int, dict[str, str]]]) -> None:
    """Refuse cells of a TSV that swallowed other cells, which two unpaired quotation marks do."""
    for number, row in found:
        for column, cell in row.items():
            if "\t" in cell:
                raise XltError(
                    f"{path}, line {number}: {column!r} holds a tab between quotation marks "
                    f"({cell!r:.60}): where they are characters like any other, say "
                    "`quoted: false` in the table"
                )


def _filled(path: Path, where: str, row: dict[str, Any], columns: Sequence[str]) -> dict[str, str]:
    for column in columns:
        if column not in row:
            raise XltError(
                f"{path}, {where}: no column {column!r}: found {', '.join(map(repr, row))}"
            )
        value = row[column]
        # A label may be a number; true, a list or nothing is no text.
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise XltError(f"{path}, {where}: {column!r} holds {value!r:.60}, expected text")
        if not str(value).strip():
            raise XltError(f"{path}, {where}: the cell {column!r} is empty, expected text")
        if wrong := no_text(str(value)):
            raise XltError(f"{path}, {where}: {column!r} holds {wrong}: take it out")
    return {name: str(row[name]) for name in columns}


def _objects(path: Path) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for number, line in enumerate(read_text(path, OWNER).split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            row = json.loads(line, object_pairs_hook=_distinct(path, where))
        except ValueError as error:
            array = ", as `jq -c '.[]'` makes of an array" if line.lstrip()[:1] == "[" else ""
            raise XltError(
                f"{path}, {where}: not JSON ({error}): one object a line{array}"
            ) from error
        except RecursionError as error:
            raise XltError(f"{path}, {where}: nested too deep to be a row") from error
        if not isinstance(row, dict):
            raise XltError(
                f"{path}, {where}: found {line!r:.60}, expected a JSON object; `jq -c '.[]'` makes "
                "lines of an array"
            )
        found.append((where, row))
    return found


def _distinct(path: Path, where: str) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def built(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise XltError(f"{path}, {where}: {twice!r} stands there twice: keep one")
        return made

    return built


def _parquet(path: Path) -> list[tuple[str, dict[str, Any]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.ParquetFile(path).read()
    except (OSError, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        raise XltError(f"cannot read {path} as Parquet: {reason}") from error
    names = table.column_names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise XltError(
            f"{path}: the column {', '.join(map(repr, twice))} stands there twice: give each "
            "column a name of its own"
        )
    try:
        found = table.to_pylist()
    except UnicodeDecodeError as error:
        raise XltError(
            f"{path}: holds {error.object[:20]!r}, which is not UTF-8 ({error.reason}), as text in "
            "Parquet is: write the file again"
        ) from error
    return [(f"row {number}", row) for number, row in enumerate(found, 1)]
