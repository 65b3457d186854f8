import errno

import factories
import pandas as pd
import pyarrow.parquet as pq
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
    new = ["option_scores", "reading", "tied"]
    assert again[new].isna().all().all()
    left, right = (table.drop(columns=new).reset_index(drop=True) for table in (again, rows))
    pd.testing.assert_frame_equal(left, right, check_dtype=False)
    assert [p.name for p in path.parent.iterdir()] == ["records.parquet"]


def test_any_number_of_files_is_read_in_the_order_given(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "_TOGETHER", 3)
    files_ = []
    for number in range(8):
        files_.append(tmp_path / f"{number}.parquet")
        records.write(rows.head(2).assign(cell_id=str(number)), files_[-1])
    for count in (1, 3, 4, 6, 8):
        read = records.read(files_[:count][::-1])
        assert list(read["cell_id"].unique()) == [str(n) for n in range(count)][::-1]
        assert len(read) == 2 * count and list(read.columns) == records.SCHEMA.names
    assert records.read([]).empty


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


def stored(rows, tmp_path, change):
    """Records as another version might have written them."""
    path = tmp_path / "records.parquet"
    records.write(rows, path)
    pq.write_table(change(pq.read_table(path)), path)
    return path


def test_older_records_are_read_with_nulls(rows, tmp_path):
    def first_version(table):
        new = ["arm", "option_scores", "reading", "tied", "chrf"]
        return table.drop_columns(new).replace_schema_metadata(None)

    again = records.read([stored(rows, tmp_path, first_version)])
    assert list(again.columns) == records.SCHEMA.names
    assert again["arm"].equals(again["method"]) and again["chrf"].isna().all()
    assert again["gold"].tolist() == rows["gold"].tolist()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.append_column("note", t["gold"]), r"note \(string\)"),
        (lambda t: t.drop_columns(["gold"]), "no gold"),
        (lambda t: t.set_column(1, "profile", t["shots"]), r"profile \(int64, not string\)"),
        (lambda t: t.replace_schema_metadata({"schema_version": "99"}), "a later version"),
    ],
)
def test_another_schema_is_refused(rows, tmp_path, change, says):
    with pytest.raises(XltError, match=f"other columns than records have.*{says}.*delete its"):
        records.read([stored(rows, tmp_path, change)])


def test_an_arm_without_a_name_is_the_method(rows, tmp_path):
    path = tmp_path / "records.parquet"
    records.write(rows.drop(columns="arm"), path)
    assert records.read([path])["arm"].equals(rows["method"].reset_index(drop=True))


def test_a_full_disk_is_said_and_leaves_nothing(rows, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(XltError, match="No space left on device: free some disk space"):
        records.write(rows, tmp_path / "records.parquet")
    assert list(tmp_path.iterdir()) == []
