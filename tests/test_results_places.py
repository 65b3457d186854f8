"""Records read one place after another are the records, and need no more memory than one place."""

import weakref

import factories
import numpy as np
import pandas as pd
import pytest

from xltlib import stats
from xltlib.claims import verdicts
from xltlib.errors import XltError
from xltlib.records import places, results, schema
from xltlib.report import artifacts
from xltlib.runs import manifest
from xltlib.stats import agreement, cost, labels, ways
from xltlib.validity import sensitivity

TABLES = {
    "score": lambda rows: stats.score_table(rows, resamples=200),
    "valid": lambda rows: stats.valid_table(rows, resamples=200),
    "paired": lambda rows: stats.paired_table(rows, "all", resamples=200),
    "pooled": lambda rows: stats.pooled_table(rows, resamples=200),
    "interaction": lambda rows: stats.interaction_table(_own(rows), resamples=200),
    "labels": lambda rows: labels.label_table(rows, "most"),
    "confusions": lambda rows: labels.confusion_table(rows, "most"),
    "agreement": agreement.agreement_table,
    "cost": lambda rows: stats.cost_table(rows, factories.training()),
    "comparable": lambda rows: stats.cost_table(stats.comparable(rows, ["prompt", "laft"])),
    "engine": stats.engine_table,
    "thousand": cost.of_a_thousand,
    "ways": lambda rows: ways.ways_table(rows, resamples=200),
    "claims": lambda rows: verdicts.verdicts(rows, factories.training(), resamples=200),
    "lengths": lambda rows: stats.length_table(
        rows, pd.DataFrame(columns=["dataset", "language", "tokens_per_word"])
    ),
    "readings": lambda rows: sensitivity.sensitivity_table(
        sensitivity.variants(places.select(rows, lambda rows: rows["task"] == "summarization")),
        resamples=200,
    ),
}


def _own(rows):
    return places.select(rows, lambda rows: rows["flops"].notna())


@pytest.fixture
def cells(home):
    """Cells in an order in which arms and places first appear otherwise than tables sort them, some
    arms not everywhere, and in one place answers of two models made elsewhere."""
    rows = factories.records(items=12, shots=[0, 2], seeds=[0, 1])
    lacks = (rows["method"] == "laft") & (rows["language"] == "lug") & (rows["task"] == "topics")
    rows = rows[~lacks | (rows["shots"] == 0)]
    rows = rows[(rows["method"] != "translate") | (rows["task"] != "ner")]
    # numbers that are whole in one place have gaps in another
    rows.loc[(rows["task"] == "ner") & (rows["seed"] == 1), "prompt_tokens"] = None
    rows.loc[(rows["task"] == "ner") & (rows["language"] == "kin"), "tied"] = True
    guest = rows[(rows["task"] == "topics") & (rows["language"] == "hau")]
    guest = guest[(guest["method"] == "prompt") & (guest["seed"] == 0)]
    costs = dict.fromkeys(["flops", "seconds", "model_tokens", "distinct_tokens"], np.nan)
    guests = [guest.assign(method="prompt", model=name, **costs) for name in ("m1", "m2")]
    every = [
        *(some for _, some in rows.groupby(["language", "task", "method"], sort=False)),
        *guests,
    ]
    ids = []
    for number, some in enumerate(reversed(every)):
        folder = home / "runs" / "toy" / f"{number:016x}"
        some = some.assign(cell_id=folder.name, profile="toy")
        schema.write(some, folder / "records.parquet")
        first = some.iloc[0]
        known = {name: first[name] for name in places.PLACE} | {"arm": first["method"]}
        (folder / manifest.NAME).write_text(
            pd.Series({"label": f"{number:02} {first['method']}", "kind": "method", "facts": {},
                       "parameters": known}).to_json()
        )  # fmt: skip
        ids.append(folder.name)
    return ids


@pytest.fixture
def one_by_one(monkeypatch):
    """How many frames were in memory at once, each of one place, and read whenever needed."""
    monkeypatch.setattr(places, "KEPT", 0)
    monkeypatch.setattr(places, "TOGETHER", 0)
    read, frames, most = places.read, [], [0]

    def watched(*args):
        frame = read(*args)
        frames.append(weakref.ref(frame))
        most[0] = max(most[0], sum(one() is not None for one in frames))
        return frame

    monkeypatch.setattr(places, "read", watched)
    return most


def test_a_frame_is_one_place_where_places_are_large(cells, one_by_one):
    records = results.records("toy")
    assert [len(part[places.PLACE].drop_duplicates()) for part in records] == [1] * 9
    assert one_by_one[0] <= 2


@pytest.mark.parametrize("named", [True, False])
def test_places_are_the_same_records(cells, named):
    given = cells if named else None
    whole, records = results.read("toy", given), results.records("toy", given)
    assert [list(part["task"].unique()) for part in records] == [
        [t] for t in whole["task"].unique()
    ]
    assert len(whole[places.PLACE].drop_duplicates()) == 9
    pd.testing.assert_frame_equal(records.together(), whole)
    assert repr(records) == f"{len(whole):,} answers in {len(cells)} cells"


def test_no_cells_are_named_as_before(home):
    for read in (results.read, results.records):
        with pytest.raises(XltError, match="has no finished cells"):
            read("toy")
        with pytest.raises(XltError, match="has no finished cells"):
            read("toy", [])


def test_columns_that_are_not_wanted_are_not_read(cells, one_by_one):
    records = results.records("toy")
    few, every = (next(records.frames(columns)) for columns in (stats.SCORED, None))
    assert "output" not in few and "prompt_sha256" not in few
    pd.testing.assert_frame_equal(few, every[few.columns])


@pytest.mark.parametrize("table", TABLES)
def test_tables_of_one_place_after_another_are_those_of_all_at_once(cells, one_by_one, table):
    """So a grid of any size is analysed with the records of one place in memory."""
    whole = TABLES[table](results.read("toy", cells))
    parts = TABLES[table](results.records("toy", cells))
    assert len(whole)
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-12, atol=1e-15)
    assert one_by_one[0] <= 3  # of nine


@pytest.mark.parametrize("table", ["score", "paired", "labels", "agreement", "ways"])
def test_tables_of_several_places_together_are_the_same(cells, table):
    whole = TABLES[table](results.read("toy", cells))
    parts = TABLES[table](results.records("toy", cells))
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-12, atol=1e-15)


def test_the_hash_of_records_is_that_of_one_frame(cells, one_by_one):
    whole, records = results.read("toy", cells), results.records("toy", cells)
    assert whole["prompt_tokens"].isna().any() and not whole["prompt_tokens"].isna().all()
    assert artifacts.made_by("x", {}, records) == artifacts.made_by("x", {}, whole)
    assert artifacts.records_hash(_own(records)) == artifacts.records_hash(_own(whole))
    assert one_by_one[0] <= 3


def test_few_records_are_read_once(cells, monkeypatch):
    read, count = places.read, []
    monkeypatch.setattr(places, "read", lambda *args: count.append(args) or read(*args))
    records = results.records("toy")
    for table in ("score", "labels", "cost"):
        TABLES[table](records)
        TABLES[table](records.select(lambda rows: rows["arm"] == "laft"))
    assert len(count) == 3


def test_one_method_leaves_nothing_to_compare_in_any_place(cells):
    one = results.records("toy").select(lambda rows: rows["method"] == "laft")
    assert "one method only (laft)" in stats.paired_table(one).attrs["why"]
    nothing = one.select(lambda rows: rows["method"] == "prompt")
    assert nothing.together().empty
    with pytest.raises(XltError, match="no records"):
        stats.score_table(nothing)


def test_the_records_of_a_task_are_read_alone(cells):
    whole = results.read("toy", cells)
    topics = whole[whole["task"] == "topics"].reset_index(drop=True)
    read = results.read("toy", cells, "topics")
    pd.testing.assert_frame_equal(read, topics, check_dtype=False)
    assert results.read("toy", cells, "qa").empty
