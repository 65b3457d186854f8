import errno

import factories
import pandas as pd
import pytest

from xltlib import files
from xltlib.errors import XltError
from xltlib.records import schema as records


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return factories.records()[records.SCHEMA.names].head(40)


def test_what_is_written_is_read_back(rows, tmp_path):
    path = tmp_path / "new" / "records.parquet"
    records.write(rows, path)
    again = records.read([path])
    pd.testing.assert_frame_equal(again, rows.reset_index(drop=True), check_dtype=False)
    assert [p.name for p in path.parent.iterdir()] == ["records.parquet"]


def test_columns_types_and_repeated_rows_are_checked(rows, tmp_path):
    path = tmp_path / "records.parquet"
    with pytest.raises(XltError, match=r"lack the columns \['gold'\]"):
        records.write(rows.drop(columns="gold"), path)
    with pytest.raises(XltError, match=r"unknown columns \['note'\]"):
        records.write(rows.assign(note=1), path)
    with pytest.raises(XltError, match="hold a row twice"):
        records.write(pd.concat([rows, rows.head(1)]), path)
    with pytest.raises(XltError, match="do not fit the schema"):
        records.write(rows.assign(shots="four"), path)
    assert not path.exists()


def test_a_truncated_file_is_named_with_what_to_do(rows, tmp_path):
    path = tmp_path / "records.parquet"
    records.write(rows, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(XltError, match="records.parquet is not a readable.*delete its folder"):
        records.read([path])
    with pytest.raises(XltError, match="none.parquet"):
        records.read([tmp_path / "none.parquet"])


def test_another_schema_is_refused(rows, tmp_path):
    path = tmp_path / "records.parquet"
    rows.drop(columns="chrf").to_parquet(path)
    with pytest.raises(XltError, match="other columns than records have.*chrf"):
        records.read([path])


def test_a_full_disk_is_said_and_leaves_nothing(rows, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(XltError, match="No space left on device: free some disk space"):
        records.write(rows, tmp_path / "records.parquet")
    assert list(tmp_path.iterdir()) == []
