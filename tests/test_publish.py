"""What the repository shows: computed from the records beside it, and changed by nothing else."""

import json
import shutil

import factories
import pandas as pd
import pytest

from xltlib import paths, stats
from xltlib.data.licences import may_be_shown
from xltlib.errors import XltError
from xltlib.records import results, schema
from xltlib.report import artifacts, executed, publish, unpack

SHOWN = sorted(p.parent.name for p in paths.published("x").parent.glob(f"*/{publish.FACTS}"))


@pytest.mark.parametrize("profile", SHOWN)
def test_what_is_published_is_computed_from_the_records_beside_it(profile):
    assert publish.check(paths.published(profile)) == []


@pytest.mark.parametrize("profile", SHOWN)
def test_published_notebooks_have_the_code_of_the_project_s_own(profile):
    folder = paths.published(profile)
    facts = json.loads((folder / publish.FACTS).read_text(encoding="utf-8"))
    assert executed.stale(folder, facts.get("notebooks", {})) == []


def test_something_is_published():
    assert "mini" in SHOWN


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """A finished run of two cells whose second data set may not be passed on."""
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "CHECKOUT", tmp_path / "checkout")
    open_ = factories.records(items=8, tasks=["summarization"], languages=["hau"], shots=[0])
    kept = factories.records(items=8, languages=["kin"], shots=[0], dataset="masakhanews")
    records = pd.concat([open_, kept], ignore_index=True)
    for cell, rows in records.groupby("cell_id"):
        folder = paths.runs("mini") / cell
        schema.write(rows, folder / "records.parquet")
        manifest = {
            "cell": cell,
            "label": cell,
            "kind": "method",
            "facts": {},
            "seconds": 1.0,
            "notebook": "x",
        }
        manifest |= {"parameters": {}, "startup_seconds": 0.1}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    _save(records)
    return records


def _save(records):
    made = artifacts.made_by("60_significance", {}, records)
    table = stats.score_table(records, resamples=20)
    artifacts.save_table(table, "scores", "Scores", profile="mini", source=made)


def test_publishing_copies_tables_records_and_pages(ran):
    folder = publish.publish("mini", "what it is")
    assert folder == paths.CHECKOUT / "figures" / "published" / "mini"
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {"index.html", "records.parquet", "publication.json", "tables/scores.csv"} <= names
    assert not list(folder.parent.glob(".*"))
    assert publish.publish("mini", "again") == folder, "a second time replaces the first"


def test_texts_that_may_not_be_passed_on_are_left_out(ran):
    folder = publish.publish("mini", "x")
    shown = pd.read_parquet(folder / publish.RECORDS)
    assert len(shown) == len(ran)
    news = shown[shown["dataset"] == "masakhanews"]
    assert news["output"].isna().all()
    assert news.loc[news["task"] == "summarization", "gold"].isna().all()
    assert news.loc[news["task"] == "topics", "gold"].notna().all(), "a label is no text"
    assert shown.loc[shown["dataset"] == "mini", "gold"].notna().all()
    facts = json.loads((folder / publish.FACTS).read_text(encoding="utf-8"))
    assert facts["withheld"] == [f"{t} masakhanews kin" for t in ("ner", "summarization", "topics")]
    assert publish.check(folder) == []


def test_what_does_not_fit_its_records_is_found_and_not_published(ran):
    folder = publish.publish("mini", "x")
    table = folder / "tables" / "scores.csv"
    rows = pd.read_csv(table)
    rows.assign(score=rows["score"] + 0.01).to_csv(table, index=False)
    faults = publish.check(folder)
    assert "scores.csv is missing or was changed" in faults
    assert "the table of scores has other scores than the records" in faults
    _save(ran.iloc[:-8])
    with pytest.raises(XltError, match="other records than runs/mini holds"):
        publish.publish("mini", "x")
    with pytest.raises(XltError, match="must not be called"):
        publish.publish("published")
    shutil.rmtree(paths.figures("mini"))
    with pytest.raises(XltError, match="cannot be published: there is no table"):
        publish.publish("mini", "x")
    assert (folder / "index.html").is_file(), "what was published before is still there"


@pytest.mark.parametrize(
    ("dataset", "shown"),
    [("mini", True), ("sib200", True), ("hub:sib200", True), ("masakhaner1", True),
     ("masakhanews", False), ("rw_news", False), ("hub:masakhanews", False),
     ("of another program", False)],
)  # fmt: skip
def test_texts_are_shown_where_their_licence_lets_them(dataset, shown):
    assert may_be_shown(dataset, "hau") is shown


def test_a_publication_is_unpacked_into_the_cells_it_was_made_from(ran, tmp_path, monkeypatch):
    baselines = ran[ran["dataset"] == "mini"].head(4).assign(method="first words")
    asked = artifacts.made_by("validity/translator", {}, ran)
    quality = pd.DataFrame({"chrf": [41.0]})
    artifacts.save_table(quality, "translation_quality", "Q", profile="mini", source=asked)
    publish.publish("mini", "x", baselines=baselines)
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "elsewhere"))
    cells = unpack.unpack("mini")
    assert {cell["cell"] for cell in cells} == set(ran["cell_id"])
    again = results.read("mini")
    key = ["cell_id", "shots", "seed", "example_id"]
    scores = [*key, "correct", "rougeL"]
    pd.testing.assert_frame_equal(
        again.sort_values(key)[scores].reset_index(drop=True),
        pd.read_parquet(paths.published("mini") / publish.RECORDS)
        .sort_values(key)[scores]
        .reset_index(drop=True),
    )
    assert len(results.baselines("mini")) == 4
    there = {p.name for p in (paths.figures("mini") / "tables").glob("*.csv")}
    assert there == {"translation_quality.csv"}, "what is made of records alone is made again"
    assert unpack.unpack("mini") == cells, "a second time changes nothing"
    _save(again)
    folder = publish.publish("mini", "from what was published", baselines=baselines)
    assert publish.check(folder) == [] and (folder / "tables" / "translation_quality.csv").exists()


def test_a_publication_of_an_earlier_version_is_unpacked(ran, tmp_path, monkeypatch):
    folder = publish.publish("mini", "x")
    old = pd.read_parquet(folder / publish.RECORDS).drop(columns="token_f1")
    old.to_parquet(folder / publish.RECORDS)
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(unpack.publish, "check", lambda _: [])
    unpack.unpack("mini")
    assert len(results.read("mini")) == len(ran)


def test_what_was_never_published_cannot_be_unpacked(ran):
    with pytest.raises(XltError, match="`profile` is 'paper', but published"):
        unpack.unpack("paper")
    folder = publish.publish("mini", "x")
    changed = pd.read_parquet(folder / publish.RECORDS).iloc[1:]
    changed.to_parquet(folder / publish.RECORDS)
    with pytest.raises(XltError, match="not what was published"):
        unpack.unpack("mini")
