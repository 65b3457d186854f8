"""Records read one place after another are the records, and need no more memory than one place."""

import factories
import pandas as pd
import pytest

from xltlib import stats
from xltlib.errors import XltError
from xltlib.records import results, schema
from xltlib.runs import manifest


@pytest.fixture
def cells(home):
    """Two data sets' cells of two methods, each with a manifest."""
    rows = factories.records(items=6, tasks=["topics"], methods=["prompt", "laft"], shots=[0],
                             languages=["hau", "kin"])  # fmt: skip
    ids = []
    for number, ((method, code), some) in enumerate(rows.groupby(["method", "language"])):
        folder = home / "runs" / "toy" / f"{number:016x}"
        schema.write(some.assign(cell_id=folder.name, profile="toy"), folder / "records.parquet")
        parameters = {"task": "topics", "dataset": "mini", "language": code, "arm": method}
        (folder / manifest.NAME).write_text(
            pd.Series({"label": f"{method} {code}", "kind": "method", "facts": {},
                       "parameters": parameters}).to_json()
        )  # fmt: skip
        ids.append(folder.name)
    return ids


@pytest.mark.parametrize("named", [True, False])
def test_places_are_the_same_records(cells, named):
    given = cells if named else None
    whole, parts = results.read("toy", given), list(results.places("toy", given))
    assert [set(part["language"]) for part in parts] == [{"hau"}, {"kin"}]
    assert all(set(part["method"]) == {"prompt", "laft"} for part in parts)
    by = ["cell_id", "example_id"]
    pd.testing.assert_frame_equal(
        pd.concat(parts).sort_values(by, ignore_index=True),
        whole.sort_values(by, ignore_index=True),
    )


def test_no_cells_are_named_as_before(home):
    with pytest.raises(XltError, match="has no finished cells"):
        next(results.places("toy"))
    with pytest.raises(XltError, match="has no finished cells"):
        results.read("toy", [])


def test_columns_that_are_not_wanted_are_not_read(cells):
    (hau, _), (whole, _) = (list(results.places("toy", None, c)) for c in (stats.SCORED, None))
    assert "output" not in hau and "prompt_sha256" not in hau
    pd.testing.assert_frame_equal(hau, whole[hau.columns])


def test_tables_of_one_place_after_another_are_those_of_all_at_once(cells):
    """So a grid of any size is scored and tested with the records of one place in memory."""
    whole = results.read("toy")
    for table in (stats.score_table, stats.paired_table):
        parts = table(results.places("toy", None, stats.SCORED), resamples=200)
        pd.testing.assert_frame_equal(parts, table(whole, resamples=200))


def test_one_method_leaves_nothing_to_compare_in_any_place(cells):
    one = [some[some["method"] == "laft"] for some in results.places("toy")]
    assert "one method only (laft)" in stats.paired_table(one).attrs["why"]
    with pytest.raises(XltError, match="no records to score"):
        stats.score_table([])
