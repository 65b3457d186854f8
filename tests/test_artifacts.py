"""Artifacts: the same bytes for the same numbers, hashes that hold, refusals that help."""

import hashlib
import json
import re

import factories
import numpy as np
import pandas as pd
import pytest

from xltlib import figures
from xltlib.errors import XltError
from xltlib.report import artifacts


@pytest.fixture
def table():
    return pd.DataFrame(
        {"method": ["prompt", "laft & co"], "score": [0.123456789, np.nan],
         "p_holm": [0.00004, 0.5],
         "flops": [2.5e9, 0.0], "n": [600, 600], "valid": [True, False]}
    )  # fmt: skip


def test_a_table_is_csv_markdown_and_booktabs(table, tmp_path):
    path = artifacts.save_table(table, "scores", "Scores, 50 %", out=tmp_path)
    back = pd.read_csv(path)
    assert back["score"].iloc[0] == 0.123457 and list(back["method"]) == list(table["method"])
    markdown = (tmp_path / "scores.md").read_text(encoding="utf-8")
    (row,) = [line for line in markdown.splitlines() if "prompt" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["prompt", "0.123", "<0.001", "2.50e+09", "600", "yes"]
    tex = (tmp_path / "scores.tex").read_text(encoding="utf-8")
    assert r"\toprule" in tex and r"laft \& co" in tex and "p holm" in tex and r"50 \%" in tex
    assert r"\begin{tabular}{lrrrrl}" in tex and r"\textless{}0.001" in tex


def test_meta_holds_the_origin_and_the_hash_of_each_file(table, tmp_path):
    records = factories.records(items=5, shots=[0])
    source = artifacts.made_by(
        "60_significance", {"profile": "mini", "data_dir": "/somewhere/data"}, records
    )
    artifacts.save_table(table, "scores", "Scores", out=tmp_path, source=source)
    meta = json.loads((tmp_path / "scores.meta.json").read_text(encoding="utf-8"))
    assert meta["notebook"] == "60_significance" and meta["parameters"] == {
        "profile": "mini",
        "data_dir": "data",
    }
    assert meta["cells"] == sorted(records["cell_id"].unique()) and meta["rows"] == 2
    for name, sha in meta["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == sha
    assert set(meta["files"]) == {"scores.csv", "scores.md", "scores.tex"}
    assert not list(tmp_path.glob(".*"))


def test_measured_seconds_and_the_order_of_rows_do_not_change_the_records_hash():
    records = factories.records(items=5, shots=[0])
    again = records.assign(seconds=records["seconds"] * 2).sample(frac=1, random_state=0)
    assert artifacts.records_hash(records) == artifacts.records_hash(again)
    grown = records.assign(something_new=None, arm=records["method"])
    assert artifacts.records_hash(records) == artifacts.records_hash(grown)
    assert artifacts.records_hash(records) != artifacts.records_hash(records.assign(arm="x"))
    other = records.assign(output="y")
    assert artifacts.records_hash(records) != artifacts.records_hash(other)


def test_figures_are_the_same_bytes_each_time_and_hold_no_dates(tmp_path):
    for folder in ("a", "b"):
        figure = figures.laft_loss(factories.training())
        artifacts.save_figure(figure, "loss", "Loss", out=tmp_path / folder)
    for suffix in ("png", "svg", "pdf", "meta.json"):
        one, two = ((tmp_path / folder / f"loss.{suffix}").read_bytes() for folder in "ab")
        assert one == two, suffix
    text = (tmp_path / "a" / "loss.svg").read_bytes() + (tmp_path / "a" / "loss.pdf").read_bytes()
    assert not re.search(rb"dc:date|CreationDate|ModDate|\b20[2-9]\d-\d\d-\d\d", text)


def test_what_the_profile_is_goes_with_the_files_and_not_into_the_picture(tmp_path):
    figure = figures.laft_loss(factories.training(), "What this profile is.")
    assert not any("profile" in text.get_text() for text in figure.texts)
    artifacts.save_figure(figure, "loss", "Loss", out=tmp_path)
    for suffix in ("png", "svg", "pdf"):
        assert b"What this profile is." in (tmp_path / f"loss.{suffix}").read_bytes(), suffix


def test_refusals(table, tmp_path, monkeypatch):
    with pytest.raises(XltError, match="lower-case"):
        artifacts.save_table(table, "../scores", "", out=tmp_path)
    with pytest.raises(XltError, match="exactly one"):
        artifacts.save_table(table, "scores", "")
    with pytest.raises(XltError, match="'method' holds lists"):
        artifacts.save_table(table.assign(method=[["a"], ["b"]]), "scores", "", out=tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(XltError, match="cannot write .*scores.csv"):
        artifacts.save_table(table, "scores", "", out=blocked)
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    assert (
        artifacts.save_table(table, "s", "", profile="mini")
        == tmp_path / "figures" / "mini" / "tables" / "s.csv"
    )
