"""A served model's answers on disk, keyed by all that was asked; SQLite, for several processes."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import XltError

_TABLE = """CREATE TABLE IF NOT EXISTS answers (
    request TEXT PRIMARY KEY, answer TEXT NOT NULL, seconds REAL NOT NULL) WITHOUT ROWID"""
_WAIT = 60.0  # seconds to wait for another process's commit
_MANY = 500  # requests per query: SQLite limits the variables of one


class Answer(NamedTuple):
    """What was made of a server's answer (anything JSON can hold), and the seconds it cost."""

    content: Any
    seconds: float


class AnswerCache:
    """One SQLite file in write-ahead mode: hash of a request -> its answer."""

    def __init__(self, path: Path):
        self.path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(_TABLE)

    def get(self, requests: Sequence[str]) -> dict[str, Answer]:
        """The answers to those of ``requests`` that were asked before."""
        found: dict[str, Answer] = {}
        with self._explained():
            for at in range(0, len(requests), _MANY):
                some = requests[at : at + _MANY]
                rows = self._connection.execute(
                    "SELECT request, answer, seconds FROM answers "
                    f"WHERE request IN ({','.join('?' * len(some))})",
                    some,
                )
                found.update((request, Answer(json.loads(a), s)) for request, a, s in rows)
        return found

    def put(self, request: str, answer: Answer) -> None:
        """Keep one answer, at once; what another process kept first stays."""
        with self._explained():
            self._connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (request, json.dumps(answer.content, ensure_ascii=False), answer.seconds),
            )

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise XltError(
                f"answers of served models, {self.path}: {error}: check that its folder can be "
                "written and has free space; a file that is no SQLite file any more can be "
                "deleted, its answers are then asked for again"
            ) from error
