"""Strict reading of publishers' files: nothing is skipped, guessed or replaced.

Each function names the file, the line, what it found and what it expects when something is wrong,
and checks that as many records come out as the file's structure holds.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...errors import XltError
from ...files import LFS

#: Characters; the longest MasakhaNEWS article has far fewer. The csv module's own limit is 131,072.
LONGEST_CELL = 10_000_000
#: What other files begin with, and what to do about them.
_OTHERS = {
    b"PK\x03\x04": "a spreadsheet or a zip archive: save the sheet as CSV (UTF-8), or unpack it",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of old Excel: save the sheet as CSV (UTF-8)",
    b"\x1f\x8b": "packed with gzip: unpack it first",
    b"\xff\xfe": "UTF-16: convert it to UTF-8",
    b"\xfe\xff": "UTF-16: convert it to UTF-8",
}


def nul(path: Path, line: int) -> XltError:
    """The error for a NUL, which no text holds and which many programs end a text at."""
    return XltError(
        f"{path}, line {line}: holds a NUL character: it is damaged, no text, or UTF-16 without "
        "saying so: convert it to UTF-8"
    )


def read_text(path: Path, publisher: str, encoding: str = "utf-8") -> str:
    """The text of a file with its line ends as they are.

    Raises :class:`XltError` when it is missing (naming the publisher), empty, not ``encoding``, the
    pointer that a clone without Git LFS has in its place, or where it holds a NUL.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise XltError(
            f"cannot read {path}: {error.strerror}: get the file from {publisher} and put it there"
        ) from error
    if not raw.strip():
        raise XltError(f"{path} is empty: get the file again from {publisher}")
    if raw.startswith(LFS):
        raise XltError(
            f"{path} is a Git LFS pointer and not the file that it stands for: run `git lfs pull` "
            f"in the clone it was copied from ({publisher}), and copy it again"
        )
    for begins, what in _OTHERS.items():
        if raw.startswith(begins):
            raise XltError(f"{path} is {what}")
    if b"\r" in (inside := raw.strip()) and b"\n" not in inside:
        raise old_mac(path, 1)
    if (at := raw.find(b"\0")) >= 0:
        raise nul(path, raw.count(b"\n", 0, at) + 1)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = raw[error.start : error.end].hex(" ")
        raise XltError(
            f"{path}, line {line}: not {encoding} (bytes {found} at offset {error.start}): "
            f"get the file again from {publisher}, or convert it to {encoding}"
        ) from error
    return text.lstrip("\ufeff")


def read_table(
    path: Path,
    columns: Sequence[str],
    publisher: str,
    delimiter: str = "\t",
    filled: bool = True,
) -> list[dict[str, str]]:
    """Rows of a delimited file with a header, quoted as CSV is (``"``, ``""``, quoted line breaks).

    ``columns`` must be there, and ``filled`` in every row; others may be. The rows are counted a
    second time from the quotes and line breaks alone and must agree. Raises :class:`XltError`.
    """
    return [row for _, row in numbered_rows(path, columns, publisher, delimiter, filled)]


def numbered_rows(
    path: Path,
    columns: Sequence[str],
    publisher: str,
    delimiter: str = "\t",
    filled: bool = True,
    quoted: bool = True,
    wrong: Callable[[XltError], None] | None = None,
) -> list[tuple[int, dict[str, str]]]:
    """The rows of :func:`read_table`, each with the number of its first line.

    ``quoted`` False: a quotation mark is a character like any other, and a line is a row. ``wrong``
    is given the error of a row with too few or too many cells, which is then left out.
    """
    text = read_text(path, publisher).rstrip("\r\n") + "\n"  # blank lines at the end are none
    if re.match(r"sep=.\r?\n", text):
        raise XltError(
            f"{path}, line 1: holds {text.splitlines()[0]!r}, which is for Excel: delete the line"
        )
    header: list[str] | None = None
    rows: list[tuple[int, dict[str, str]]] = []
    left_out = 0
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        reader = csv.reader(
            re.findall(r".*\n", text),
            delimiter=delimiter,
            strict=True,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        )
        first = 1
        for cells in reader:
            number, first = first, reader.line_num + 1
            where = f"{path}, line {number}"
            if header is None:
                header = cells
                # columns without a name stand behind the table in what spreadsheets write
                if twice := sorted({c for c in header if header.count(c) > 1 and c}):
                    raise XltError(
                        f"{where}: the column {', '.join(map(repr, twice))} stands there twice: "
                        "give each column a name of its own"
                    )
                if missing := [c for c in columns if c not in header]:
                    raise XltError(
                        f"{where}: no column {', '.join(map(repr, missing))}: found the columns "
                        f"{header}, expected {list(columns)} separated by {delimiter!r}"
                    )
                continue
            if len(cells) != len(header):
                error = XltError(
                    f"{where}: found {len(cells)} cells, expected {len(header)} ({header}): "
                    f"the row is cut off or its quotes are broken; get the file from {publisher}"
                )
                if wrong is None:
                    raise error
                wrong(error)
                left_out += 1
                continue
            row = dict(zip(header, cells, strict=True))
            if filled and (blank := [c for c in columns if not row[c].strip()]):
                raise XltError(f"{where}: the cell {blank[0]!r} is empty, expected text")
            rows.append((number, row))
    except csv.Error as broken:
        raise XltError(
            f"{path}, record that begins in line {first}: broken quoting ({broken}): the file is "
            f"cut off or was edited; get it again from {publisher}"
        ) from broken
    finally:
        csv.field_size_limit(limit)
    if not rows and not left_out:
        raise XltError(f"{path} has a header and no rows: get the file again from {publisher}")
    # An even number of quotes precedes every line break that ends a record.
    outside = "".join(text.split('"')[::2]) if quoted else text
    expected = outside.count("\n") - 1  # but for the header
    if expected != len(rows) + left_out:
        raise XltError(f"{path}: read {len(rows)} rows, but its line breaks make {expected}")
    return rows


def read_lines(path: Path, publisher: str, encoding: str = "utf-8") -> list[str]:
    """The lines that are not blank, without outer white space.

    Raises :class:`XltError` for old Mac line ends, which would make one line of many.
    """
    lines = read_text(path, publisher, encoding).split("\n")
    for number, line in enumerate(lines, 1):
        if "\r" in line.strip():
            raise old_mac(path, number)
    return [s for line in lines if (s := line.strip())]


def old_mac(path: Path, line: int) -> XltError:
    """The error for lines that end in CR alone."""
    return XltError(
        f"{path}, line {line}: holds a carriage return that ends no line: these are line ends of "
        "old Macs; convert them, as with `tr '\\r' '\\n'`"
    )


def flat(text: str) -> str:
    """White space of any kind as single spaces: a line break would end a field of a prompt."""
    return " ".join(text.split())


def digest(files: Iterable[Path]) -> str:
    """SHA-256 over names and contents of files, independent of the folder they stand in."""
    total = hashlib.sha256()
    if not (files := sorted(files)):
        raise XltError("there are no data files to identify: the data set's folder is empty")
    for path in files:
        try:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise XltError(f"cannot read {path}: {error.strerror}") from error
        total.update(f"{path.parent.name}/{path.name} {content}\n".encode())
    return total.hexdigest()


def folders(root: Path | None, name: str, publisher: str) -> tuple[str, ...]:
    """The language folders of ``<data_dir>/<name>``, sorted."""
    folder = Path(root or ".") / name
    if not folder.is_dir():
        raise XltError(
            f"there is no folder {folder}: get the files from {publisher} and put them there, "
            "one folder per language"
        )
    return tuple(sorted(p.name for p in folder.iterdir() if p.is_dir()))
