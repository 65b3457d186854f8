import errno
import json

import factories
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xltlib import files, stats
from xltlib.claims import verdicts
from xltlib.errors import XltError
from xltlib.records import results
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


def first_version(arm: str, right: list[bool]) -> pa.Table:
    """Records of topics with all columns, and no others, that the first version of them had."""
    texts = {
        "cell_id": f"{arm}-hau", "profile": "toy", "model": "mini", "model_revision": "1",
        "translator": "", "translator_revision": "", "method": arm, "task": "topics",
        "dataset": "mini", "language": "hau", "test_sha256": "a1", "demos_sha256": None,
        "prompt_language": "hau", "prompt_sha256": "b2", "output": "siyasa",
        "scoring": "likelihood", "answer": '"politics"',
    }  # fmt: skip
    numbers = {"shots": 0, "seed": 0, "prompt_tokens": 40, "truncated_tokens": 0,
               "output_tokens": 2, "dropped": 0}  # fmt: skip
    shares = {"tp": None, "fp": None, "fn": None, "rouge1": None, "rouge2": None, "chrf": None,
              "seconds": 0.5, "flops": 1e9, "model_tokens": 40.0, "distinct_tokens": 9}  # fmt: skip
    n = len(right)
    columns = {name: pa.array([value] * n, pa.string()) for name, value in texts.items()}
    columns |= {name: pa.array([value] * n, pa.int64()) for name, value in numbers.items()}
    columns |= {name: pa.array([value] * n, pa.float64()) for name, value in shares.items()}
    columns["example_id"] = pa.array([f"{i}" for i in range(n)])
    columns["gold"] = pa.array(['"politics"' if one else '"health"' for one in right])
    columns["valid"] = pa.array([True] * n)
    columns["correct"] = pa.array([float(one) for one in right])
    return pa.table(columns)


def test_records_of_the_first_version_are_analysed(home):
    """Two finished cells that were made before there were arms, option scores or other tasks."""
    for arm, right in {"prompt": 14, "laft": 8}.items():
        folder = home / "runs" / "toy" / arm
        folder.mkdir(parents=True)
        answers = [i < right for i in range(20)]
        pq.write_table(first_version(arm, answers), folder / "records.parquet")
        place = {"task": "topics", "dataset": "mini", "language": "hau"}
        made = {"label": f"{arm} topics hau", "kind": "method", "facts": {}, "parameters": place}
        (folder / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    rows = results.read("toy")
    assert rows["arm"].value_counts().to_dict() == {"prompt": 20, "laft": 20}
    scores = stats.score_table(rows, resamples=50).set_index(["metric", "method"])["score"]
    assert scores["accuracy", "prompt"] == 0.7 and scores["accuracy", "laft"] == 0.4
    paired = stats.paired_table(rows, resamples=50)
    assert paired["difference"].abs().round(6).tolist() == [0.3]
    judged = verdicts.verdicts(rows, resamples=50)
    assert len(judged) == 6 and judged["verdict"].notna().all()
    assert stats.cost_table(rows).set_index("method")["flops_inference"]["prompt"] == 1e9
    folder.joinpath("records.parquet").unlink()
    records.write(rows, folder / "records.parquet")  # today's columns, by today's version
    assert pq.read_schema(folder / "records.parquet").metadata[b"schema_version"] == b"4"


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
