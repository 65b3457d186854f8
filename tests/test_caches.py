"""Caches on disk: a flipped bit is noticed, and tables of an earlier version are made anew."""

import random
import sqlite3
import warnings

import pytest

from xltlib.errors import XltError
from xltlib.models.served.answer_cache import Answer, AnswerCache
from xltlib.models.sqlite_cache import checksum
from xltlib.models.translation.translation_cache import Entry, TranslationCache

KEY = ("rev", "hau", "eng", "", "greedy")
ENTRIES = {
    f"Labari na {i} ƙwarai": Entry(f"The story number {i} " * 3, 7 + i, False, 1e9 + i, 0.25 * i)
    for i in range(40)
}


def filled(path):
    cache = TranslationCache(path)
    cache.put(KEY, ENTRIES)
    cache._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    cache.close()
    return path.read_bytes()


def test_a_flipped_bit_never_serves_another_translation(tmp_path):
    path = tmp_path / "t.sqlite"
    whole = filled(path)
    draw = random.Random(0)
    noticed = 0
    for _ in range(80):
        at = draw.randrange(100, len(whole))
        changed = bytearray(whole)
        changed[at] ^= 1 << draw.randrange(8)
        for left in tmp_path.glob("t.sqlite*"):
            left.unlink()
        path.write_bytes(changed)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                cache = TranslationCache(path)
                found = cache.get(KEY, list(ENTRIES))
                cache.put(KEY, {t: e for t, e in ENTRIES.items() if t not in found})
                again = cache.get(KEY, list(ENTRIES))
                cache.close()
            except XltError as error:
                assert "delete it" in str(error) or "check that" in str(error)
                noticed += 1
                continue
        assert all(ENTRIES[text] == entry for text, entry in found.items())
        assert all(ENTRIES[text] == entry for text, entry in again.items())
        noticed += len(found) < len(ENTRIES)
        assert not said or "do not fit their checksums" in str(said[0].message)
    assert noticed > 20


def test_damaged_rows_are_said_deleted_and_made_anew(tmp_path):
    path = tmp_path / "t.sqlite"
    filled(path)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE translations SET translation='Another' WHERE tokens=9")
    cache = TranslationCache(path)
    with pytest.warns(UserWarning, match="1 entries do not fit their checksums"):
        found = cache.get(KEY, list(ENTRIES))
    assert len(found) == 39
    cache.put(KEY, ENTRIES)
    assert cache.get(KEY, list(ENTRIES)) == ENTRIES


def test_a_damaged_answer_is_asked_for_again(tmp_path):
    path = tmp_path / "a.sqlite"
    cache = AnswerCache(path)
    cache.put("a" * 64, Answer([[1.5, float("-inf")], "ƙ"], 0.5))
    assert cache.get(["a" * 64])["a" * 64] == Answer([[1.5, float("-inf")], "ƙ"], 0.5)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE answers SET seconds=0.75")
    with pytest.warns(UserWarning, match="checksums"):
        assert cache.get(["a" * 64]) == {}
    cache.put("a" * 64, Answer("now", 1))
    assert cache.get(["a" * 64]) == {"a" * 64: Answer("now", 1.0)}


def test_a_table_without_checksums_is_made_anew(tmp_path):
    path = tmp_path / "a.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE answers (request TEXT PRIMARY KEY, answer TEXT, seconds REAL)")
        file.execute("INSERT INTO answers VALUES ('x', '1', 0.5)")
    cache = AnswerCache(path)
    assert cache.get(["x"]) == {}
    cache.put("x", Answer("ya", 0.5))
    assert AnswerCache(path).get(["x"]) == {"x": Answer("ya", 0.5)}


def test_a_checksum_covers_types_and_order():
    assert (
        len({checksum("1", 2), checksum(1, 2), checksum(2, "1"), checksum("12"), checksum()}) == 5
    )
