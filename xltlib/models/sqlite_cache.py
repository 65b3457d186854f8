"""What the caches of answers and of translations share: one SQLite file that explains itself."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import XltError

_WAIT = 60.0  # seconds to wait for another process's commit
_MANY = 500  # values per query: SQLite limits the variables of one


class SqliteCache:
    """One SQLite file in write-ahead mode, safe for several processes.

    ``table`` makes its table where there is none, and the query ``check`` fails where there is
    another one. ``label`` begins every error: what the file is, and its path; ``remedy`` says what
    becomes of a broken file's content. Raises :class:`XltError`.
    """

    def __init__(self, path: Path, table: str, check: str, label: str, remedy: str):
        self.path = path
        self._label, self._remedy = label, remedy
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(table)
            self._connection.execute(check)

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
