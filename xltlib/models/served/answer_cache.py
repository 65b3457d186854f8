"""A served model's answers on disk, keyed by all that was asked; SQLite, for several processes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..sqlite_cache import SqliteCache, checksum

_COLUMNS = """request TEXT PRIMARY KEY, answer TEXT NOT NULL, seconds REAL NOT NULL,
    checksum TEXT NOT NULL"""
_ROWS = "SELECT request, answer, seconds, checksum FROM answers"


class Answer(NamedTuple):
    """What was made of a server's answer (anything JSON can hold), and the seconds it cost."""

    content: Any
    seconds: float


class AnswerCache(SqliteCache):
    """Hash of a request -> its answer. Each answer is kept at once."""

    def __init__(self, path: Path):
        super().__init__(
            path,
            table="answers",
            columns=_COLUMNS,
            label=f"answers of served models, {path}",
            remedy="it can be deleted, its answers are then asked for again",
        )

    def get(self, requests: Sequence[str]) -> dict[str, Answer]:
        """The answers to those of ``requests`` that were asked before."""
        found, damaged = {}, []
        for *said, proof in self._select(f"{_ROWS} WHERE request IN ({{}})", (), requests):
            if checksum(*said) == proof:
                found[said[0]] = Answer(json.loads(said[1]), said[2])
            else:
                damaged.append((said[0],))
        self._drop("DELETE FROM answers WHERE request=?", damaged)
        return found

    def put(self, request: str, answer: Answer) -> None:
        """Keep one answer, at once; what another process kept first stays."""
        said = (request, json.dumps(answer.content, ensure_ascii=False), float(answer.seconds))
        with self._explained():
            self._connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (*said, checksum(*said)),
            )
