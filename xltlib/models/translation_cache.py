"""Translations on disk, keyed by all that determines them; SQLite, safe for several processes."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import XltError

_TABLE = """CREATE TABLE IF NOT EXISTS translations (
    revision TEXT, source TEXT, target TEXT, scope TEXT, decoding TEXT, text TEXT,
    translation TEXT NOT NULL, tokens INTEGER NOT NULL, truncated INTEGER NOT NULL,
    flops REAL NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (revision, source, target, scope, decoding, text)) WITHOUT ROWID"""
_WAIT = 60.0  # seconds to wait for another process's commit
_MANY = 500  # texts per query: SQLite limits the variables of one


class Entry(NamedTuple):
    """A translation and what it cost when it was made."""

    translation: str
    tokens: int
    truncated: bool
    flops: float
    seconds: float


#: Model revision, source language, target language, scope, decoding settings.
Key = tuple[str, str, str, str, str]


class TranslationCache:
    """One SQLite file in write-ahead mode. Batches are stored whole or not at all."""

    def __init__(self, path: Path):
        self.path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(_TABLE)
            self._connection.execute(
                "SELECT translation, tokens, truncated, flops, seconds FROM translations LIMIT 1"
            )

    def get(self, key: Key, texts: Sequence[str]) -> dict[str, Entry]:
        """Those of ``texts`` that are known under ``key``."""
        found: dict[str, Entry] = {}
        with self._explained():
            for at in range(0, len(texts), _MANY):
                some = texts[at : at + _MANY]
                rows = self._connection.execute(
                    "SELECT text, translation, tokens, truncated, flops, seconds FROM translations "
                    "WHERE revision=? AND source=? AND target=? AND scope=? AND decoding=? "
                    f"AND text IN ({','.join('?' * len(some))})",
                    (*key, *some),
                )
                found.update((text, Entry(t, n, bool(cut), f, s)) for text, t, n, cut, f, s in rows)
        return found

    def put(self, key: Key, entries: dict[str, Entry]) -> None:
        """Store a batch in one transaction; what another process stored first is kept."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO translations VALUES (?,?,?,?,?,?,?,?,?,?,?) "
                    "ON CONFLICT DO NOTHING",
                    [(*key, text, e.translation, e.tokens, int(e.truncated), e.flops, e.seconds)
                     for text, e in entries.items()],
                )  # fmt: skip
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a defect of this program, nothing about the file
        except sqlite3.OperationalError as error:
            raise XltError(
                f"translation cache {self.path}: {error}: check that its folder exists, can be "
                "written and has free space, and that no other program holds the file"
            ) from error
        except sqlite3.DatabaseError as error:
            raise XltError(
                f"translation cache {self.path} is not a usable SQLite file ({error}): delete it "
                "and run the same command again, the translations are made anew"
            ) from error
        except OSError as error:
            raise XltError(
                f"translation cache {self.path}: {error.strerror or error}: name a writable folder"
            ) from error
