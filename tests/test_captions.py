"""Captions: the models, items and seeds of what a figure shows, not those of the whole run."""

import json

import factories
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from xltlib import figures, paths, stats
from xltlib.records import schema
from xltlib.report import build
from xltlib.report.output import Output


@pytest.fixture(scope="module")
def records():
    """Topics in three languages with three seeds, entities in one with one, and another's model."""
    topics = factories.records(20, tasks=["topics"], shots=[0, 4])
    ner = factories.records(12, ["prompt", "laft"], ["ner"], ["hau"], shots=[4], seeds=[0])
    other = factories.records(20, ["prompt"], ["topics"], ["hau"], shots=[0], seeds=[0])
    other = other.assign(model="GPT-4", flops=None, seconds=None)
    return pd.concat([topics, ner, other], ignore_index=True)


@pytest.fixture
def told(records, tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))

    def told(figure):
        Output("results/scores", "mini", records).figure(figure, "one", "One")
        meta = (paths.figures("mini") / "one.meta.json").read_text(encoding="utf-8")
        return json.loads(meta).get("facts", "")

    yield told
    plt.close("all")


def test_scores_at_one_number_of_shots(records, told):
    table = stats.first_arms(stats.score_table(records, resamples=20), ["prompt", "laft"], "mini")
    assert told(figures.scores(table, 4)) == (
        "model mini · n = 12 to 20 items in each of 4 tasks and languages · seeds 0, 1, 2"
    )
    alone = table[table["task"] == "ner"]
    assert told(figures.scores(alone, 4)) == "model mini · n = 12 items · seed 0"
    assert told(figures.scores(table, 0)) == (
        "model GPT-4, mini · n = 20 items in each of 3 tasks and languages · seed 0"
    )


def test_means_have_their_models_and_the_items_of_their_table(records, told):
    table = stats.pooled_table(records[records["model"] == "mini"], resamples=20)
    items = sorted(set(table["n"]))
    said = told(figures.pooled_forest(table))
    assert said.startswith("model ") and "seed" not in said
    assert said.endswith(f"n = {items[0]} to {items[-1]} items in all" if items[1:] else "in all")


def test_a_caption_has_the_facts_of_its_figure_and_the_head_those_of_the_run(records, told):
    table = stats.score_table(records, resamples=20)
    scores = told(figures.scores(table[table["task"] == "ner"], 4))
    folder = paths.runs("mini") / "cell"
    schema.write(records, folder / "records.parquet")
    manifest = {"label": "x", "kind": "method", "seconds": 1.0, "notebook": "x", "facts": {}}
    manifest |= {"parameters": {}, "startup_seconds": 0.1}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    page = build.build("mini", about="What it is.").read_text(encoding="utf-8")
    assert f"<figcaption>One. {scores}.<p" in page
    whole = "model GPT-4, mini · n = 12 to 20 items in each of 4 tasks and languages"
    assert page.count(whole) == 1 and whole in page.split("<h1>")[0]


def test_a_figure_that_shows_no_scores_has_none(told):
    table = pd.DataFrame(
        [{"language": "hau", "tokens_per_word": 2.0, "low": 1.9, "high": 2.1, "dataset": "mini"}]
    )
    assert told(figures.tokens_per_word(table)) == ""
