"""What the caches of answers and of translations share: one SQLite file that explains itself.

Each row holds a checksum of all that it says, since SQLite has none: a bit that flipped on a disk
would otherwise be another answer. A row that does not fit its checksum is as good as none.
"""

import contextlib
import hashlib
import json
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import XltError

_WAIT = 60.0  # seconds to wait for another process's commit
_MANY = 500  # values per query: SQLite limits the variables of one


def checksum(*values: object) -> str:
    """16 hexadecimal digits of a hash of the values (text, whole numbers, floats)."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).hexdigest()[:16]


class SqliteCache:
    """One SQLite file in write-ahead mode, safe for several processes.

    ``columns`` defines the table ``table``; its last column is ``checksum``. ``label`` begins every
    error: what the file is, and its path; ``remedy`` says what becomes of a broken file's content.
    Raises :class:`XltError`.
    """

    def __init__(self, path: Path, table: str, columns: str, label: str, remedy: str):
        self.path = path
        self._label, self._remedy = label, remedy
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._make(table, columns)

    def _make(self, table: str, columns: str) -> None:
        run = self._connection.execute
        # a flipped bit may leave no UTF-8: what is read then fits no checksum
        self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        run("BEGIN IMMEDIATE")
        try:
            names = [row[1] for row in run(f"PRAGMA table_info({table})")]
            if names and "checksum" not in names:
                run(f"CREATE TEMP TABLE like_it ({columns})")
                ours = [row[1] for row in run("PRAGMA temp.table_info(like_it)")]
                run("DROP TABLE temp.like_it")
                if names == ours[:-1]:  # of a version without checksums
                    run(f"DROP TABLE {table}")
            run(f"CREATE TABLE IF NOT EXISTS {table} ({columns}) WITHOUT ROWID")
            run(f"SELECT checksum FROM {table} LIMIT 1")
            run("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                run("ROLLBACK")
            raise

    def _drop(self, statement: str, rows: Sequence[tuple]) -> None:
        """Delete damaged rows, each by its key, and say how many they are."""
        if not rows:
            return
        warnings.warn(
            f"{self._label}: {len(rows)} entries do not fit their checksums and are made anew: the "
            "disk or its memory may be failing",
            stacklevel=3,
        )
        with self._explained():
            self._connection.executemany(statement, rows)

    def close(self) -> None:
        self._connection.close()

    def _select(self, query: str, key: Sequence[str], wanted: Sequence[str]) -> list[tuple]:
        """The rows of ``query``, whose ``{}`` takes as many question marks as ``wanted`` needs."""
        found: list[tuple] = []
        with self._explained():
            for at in range(0, len(wanted), _MANY):
                some = wanted[at : at + _MANY]
                marks = ",".join("?" * len(some))
                found += self._connection.execute(query.format(marks), (*key, *some))
        return found

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a defect of this program, nothing about the file
        except sqlite3.OperationalError as error:
            raise XltError(
                f"{self._label}: {error}: check that its folder exists, can be written and has "
                "free space, and that no other program holds the file"
            ) from error
        except sqlite3.DatabaseError as error:
            raise XltError(
                f"{self._label} is not a usable SQLite file ({error}): {self._remedy}"
            ) from error
        except OSError as error:
            raise XltError(
                f"{self._label}: {error.strerror or error}: name a writable folder"
            ) from error
