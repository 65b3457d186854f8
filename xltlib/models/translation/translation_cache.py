"""Translations on disk, keyed by all that determines them; SQLite, safe for several processes."""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..sqlite_cache import SqliteCache, checksum

_COLUMNS = """revision TEXT, source TEXT, target TEXT, scope TEXT, decoding TEXT, text TEXT,
    translation TEXT NOT NULL, tokens INTEGER NOT NULL, truncated INTEGER NOT NULL,
    flops REAL NOT NULL, seconds REAL NOT NULL, checksum TEXT NOT NULL,
    PRIMARY KEY (revision, source, target, scope, decoding, text)"""
_ROWS = "SELECT text, translation, tokens, truncated, flops, seconds, checksum FROM translations"
_KEY = "revision=? AND source=? AND target=? AND scope=? AND decoding=?"


class Entry(NamedTuple):
    """A translation and what it cost when it was made."""

    translation: str
    tokens: int
    truncated: bool
    flops: float
    seconds: float


#: Model revision, source language, target language, scope, decoding settings.
Key = tuple[str, str, str, str, str]


class TranslationCache(SqliteCache):
    """Text under a key -> its translation. Batches are stored whole or not at all."""

    def __init__(self, path: Path):
        super().__init__(
            path,
            table="translations",
            columns=_COLUMNS,
            label=f"translation cache {path}",
            remedy="delete it and run the same command again, the translations are made anew",
        )

    def get(self, key: Key, texts: Sequence[str]) -> dict[str, Entry]:
        """Those of ``texts`` that are known under ``key``."""
        found, damaged = {}, []
        for *said, proof in self._select(f"{_ROWS} WHERE {_KEY} AND text IN ({{}})", key, texts):
            if checksum(*key, *said) == proof:
                text, translation, tokens, truncated, flops, seconds = said
                found[text] = Entry(translation, tokens, bool(truncated), flops, seconds)
            else:
                damaged.append((*key, said[0]))
        self._drop(f"DELETE FROM translations WHERE {_KEY} AND text=?", damaged)
        return found

    def put(self, key: Key, entries: dict[str, Entry]) -> None:
        """Store a batch in one transaction; what another process stored first is kept."""
        rows = [
            (text, e.translation, e.tokens, int(e.truncated), float(e.flops), float(e.seconds))
            for text, e in entries.items()
        ]
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO translations VALUES (?,?,?,?,?,?,?,?,?,?,?,?) "
                    "ON CONFLICT DO NOTHING",
                    [(*key, *row, checksum(*key, *row)) for row in rows],
                )
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
