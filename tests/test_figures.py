"""Figures draw what their tables say, for one data set and for several."""

import factories
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from xltlib import figures, stats
from xltlib.config import PROJECTORS
from xltlib.errors import XltError
from xltlib.figures.look import REFERENCES, amount, look


@pytest.fixture(scope="module")
def several():
    """As the local profile: news in two data sets by language, and a second topics data set."""
    parts = [
        factories.records(
            items=20, tasks=["topics", "summarization"], languages=["hau"], dataset="masakhanews"
        ),
        factories.records(
            items=20, tasks=["topics", "summarization"], languages=["kin"], dataset="rw_news"
        ),
        factories.records(items=20, tasks=["topics"], languages=["hau", "kin"], dataset="sib200"),
        factories.records(items=20, tasks=["ner"], languages=["hau", "kin"], dataset="masakhaner1"),
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def scores(several):
    return stats.score_table(several, resamples=100)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def baselines(scores):
    """A line for every baseline in every place that the scores have."""
    names = {
        "topics": ["majority class", "TF-IDF and logistic regression"],
        "ner": ["capitalised words"],
        "summarization": ["first words"],
    }
    places = scores[["task", "dataset", "language"]].drop_duplicates().itertuples(index=False)
    rows = [(*p, name, 0.1 + 0.2 * i) for p in places for i, name in enumerate(names[p.task])]
    return pd.DataFrame(rows, columns=["task", "dataset", "language", "reference", "score"])


def _texts(figure):
    figure.canvas.draw()
    found = {t.get_text() for t in figure.findobj(plt.Text) if t.get_visible()}
    return found | {t.get_text() for a in figure.axes for t in a.get_xticklabels()}


def test_scores_shows_each_cell_with_its_interval(scores, baselines):
    figure = figures.scores(scores, shots=2, references=baselines, about="What this profile is.")
    texts = _texts(figure)
    assert {
        "Accuracy",
        "ROUGE-L",
        "Entity F1 (micro)",
        "majority class",
        "What this profile is.",
    } <= texts
    assert (
        "Hausa\nsib200" in texts and "Hausa" in texts
    )  # the data set is named where there are several
    topics = next(a for a in figure.axes if a.get_title() == "Topic classification")
    drawn = {round(float(y), 6) for c in topics.containers for y in c.lines[0].get_ydata()}
    expected = scores.query("metric == 'accuracy' and shots == 2")["score"].round(6)
    assert drawn == set(expected)
    with pytest.raises(XltError, match="shots"):
        figures.scores(scores, shots=7)
    with pytest.raises(XltError, match="headline"):
        figures.scores(scores.query("metric == 'chrf'"))


def test_score_by_shots_gives_a_second_data_set_its_own_row(scores):
    figure = figures.score_by_shots(scores)
    titles = [a.get_title() for a in figure.axes if a.get_visible()]
    assert "Hausa · masakhanews" in titles and "Kinyarwanda · sib200" in titles
    assert len([a for a in figure.axes if a.get_visible()]) == 8
    lowest = [a.get_xlabel() for a in figure.axes if a.get_visible()]
    assert lowest.count("Demonstrations (shots)") == 2  # once a column
    line = figure.axes[0].lines[0]
    expected = scores.query(
        "metric == 'rougeL' and dataset == 'masakhanews' and method == 'prompt'"
    )["score"]
    assert line.get_ydata() == pytest.approx(expected.to_numpy())


def test_every_baseline_has_a_line_of_its_own_kind_and_a_name(scores, baselines):
    for draw in (figures.scores, figures.score_by_shots):
        figure = draw(scores, references=baselines)
        kinds = {}
        for line in (line for ax in figure.axes for line in ax.lines):
            if line.get_label() in set(baselines["reference"]):
                kinds[line.get_label()] = (line.get_color(), str(line._dash_pattern))
        assert set(kinds) == set(baselines["reference"])
        assert len(set(kinds.values())) == 4, "two baselines look the same"
        lines = [[t.get_text() for t in legend.get_texts()] for legend in figure.legends]
        assert lines[0] == ["prompt", "laft", "translate"]
        assert [n for line in lines[1:] for n in line] == list(REFERENCES)


def test_pairs_have_no_methods_colour_and_projectors_keep_their_order(several):
    forest = figures.pooled_forest(stats.pooled_table(several, resamples=100))
    assert {line.get_color() for line in forest.axes[0].lines}.isdisjoint(figures.COLOURS.values())
    rows = [{"language": "hau", "projector": p, "f1": 0.5} for p in PROJECTORS]
    table = pd.DataFrame(rows).assign(f1_low=0.4, f1_high=0.6)
    (legend,) = figures.projector_scores(table).legends
    assert [t.get_text() for t in legend.get_texts()] == list(PROJECTORS)


def test_cost_names_the_least_and_the_most_shots_from_a_score_of_0(several):
    figure = figures.cost_quality(stats.cost_table(several, factories.training()))
    assert {"FLOPs per answer (log scale)", "Seconds per answer (log scale)"} <= _texts(figure)
    for ax in figure.axes:
        assert sorted(t.get_text() for t in ax.texts) == ["0"] * 3 + ["4"] * 3
        assert ax.get_ylim()[0] == 0


def test_an_axis_that_does_not_start_at_0_says_so(several):
    low = stats.valid_table(several, resamples=50).assign(low=0.3)
    assert "Valid outputs" in _texts(figures.valid_outputs(low))
    high = figures.valid_outputs(low.assign(low=0.9))
    assert "Valid outputs\n(axis does not start at 0)" in _texts(high)


def test_methods_keep_their_colours_and_unknown_ones_get_others(scores):
    imported = scores.assign(method=scores["method"].replace("laft", "prompt (other)"))
    figure = figures.score_by_shots(imported)
    colours = {line.get_label(): line.get_color() for line in figure.axes[0].lines}
    assert colours["prompt"] == figures.COLOURS["prompt"]
    assert colours["prompt (other)"] not in figures.COLOURS.values()
    names = ["prompt", "laft_avg", "translate_lm"]
    for some in (names, names[1:], names[::-1]):
        assert {look(some, a) for a in some} <= {look(names, a) for a in names}


def test_the_other_figures_draw(several):
    pooled = stats.pooled_table(several, resamples=200)
    texts = _texts(figures.pooled_forest(pooled))
    assert {"0 shots", "1 shot", "4 shots"} <= texts
    assert any(f"{pooled['difference'].iloc[0]:+.3f}".replace("-", "−") in t for t in texts)
    assert {"Hausa", "Kinyarwanda"} <= _texts(figures.laft_loss(factories.training(["hau", "kin"])))
    texts = pd.DataFrame(
        {"language": ["hau", "eng", "hau"], "tokens": [20, 10, 22], "words": [10, 9, 10]}
    )
    assert {"Hausa", "English", "2.10"} <= _texts(
        figures.tokens_per_word(stats.fertility_table(texts, resamples=50))
    )
    assert "There are no two methods to compare." in _texts(figures.pooled_forest(pooled[:0]))


def test_nothing_is_cut_off_at_the_edges(scores, several, baselines):
    pooled = stats.pooled_table(several, resamples=100)
    for figure in (
        figures.scores(scores, references=baselines),
        figures.score_by_shots(scores, baselines),
        figures.score_by_shots(scores.query("language == 'hau'"), baselines),
        figures.valid_outputs(stats.valid_table(several, resamples=50).query("task == 'ner'")),
        figures.pooled_forest(pooled),
    ):
        figure.canvas.draw()
        width, height = figure.canvas.get_width_height()
        for text in figure.findobj(plt.Text):
            if text.get_visible() and text.get_text().strip():
                box = text.get_window_extent()
                inside = box.x0 > -2 and box.y0 > -2 and box.x1 < width + 2 and box.y1 < height + 2
                hidden = (
                    not any(a.get_visible() for a in figure.axes if a is text.axes)
                    and text.axes is not None
                )
                assert inside or hidden, (text.get_text(), box)


def test_the_page_is_readable_when_a_language_has_no_file():
    assert figures.language_name("hau") == "Hausa" and figures.language_name("xyz") == "xyz"
    assert np.isclose(float(amount(0.05)), 0.05) and amount(5e9) == r"$5\!\times\!10^{9}$"
