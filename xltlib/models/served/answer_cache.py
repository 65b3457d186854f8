"""A served model's answers on disk, keyed by all that was asked; SQLite, for several processes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..sqlite_cache import SqliteCache

_TABLE = """CREATE TABLE IF NOT EXISTS answers (
    request TEXT PRIMARY KEY, answer TEXT NOT NULL, seconds REAL NOT NULL) WITHOUT ROWID"""
_ROWS = "SELECT request, answer, seconds FROM answers"


class Answer(NamedTuple):
    """What was made of a server's answer (anything JSON can hold), and the seconds it cost."""

    content: Any
    seconds: float


class AnswerCache(SqliteCache):
    """Hash of a request -> its answer. Each answer is kept at once."""

    def __init__(self, path: Path):
        super().__init__(
            path,
            table=_TABLE,
            check=f"{_ROWS} LIMIT 1",
            label=f"answers of served models, {path}",
            remedy="it can be deleted, its answers are then asked for again",
        )

    def get(self, requests: Sequence[str]) -> dict[str, Answer]:
        """The answers to those of ``requests`` that were asked before."""
        rows = self._select(f"{_ROWS} WHERE request IN ({{}})", (), requests)
        return {request: Answer(json.loads(answer), seconds) for request, answer, seconds in rows}

    def put(self, request: str, answer: Answer) -> None:
        """Keep one answer, at once; what another process kept first stays."""
        with self._explained():
            self._connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (request, json.dumps(answer.content, ensure_ascii=False), answer.seconds),
            )
