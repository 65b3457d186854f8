"""Figures draw what their tables say, for one data set and for several."""

import factories
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from xltlib import figures, stats
from xltlib.errors import XltError
from xltlib.figures.look import amount


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


def _texts(figure):
    figure.canvas.draw()
    found = {t.get_text() for t in figure.findobj(plt.Text) if t.get_visible()}
    return found | {t.get_text() for a in figure.axes for t in a.get_xticklabels()}


def test_scores_shows_each_cell_with_its_interval(scores, several):
    majority = stats.majority_table(several)
    figure = figures.scores(scores, shots=2, references=majority, about="What this profile is.")
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


def test_methods_keep_their_colours_and_unknown_ones_get_others(scores):
    imported = scores.assign(method=scores["method"].replace("laft", "prompt (other)"))
    figure = figures.score_by_shots(imported)
    colours = {line.get_label(): line.get_color() for line in figure.axes[0].lines}
    assert colours["prompt"] == figures.COLOURS["prompt"]
    assert colours["prompt (other)"] not in figures.COLOURS.values()


def test_the_other_figures_draw(several):
    pooled = stats.pooled_table(several, resamples=200)
    texts = _texts(figures.pooled_forest(pooled))
    assert {"0 shots", "1 shot", "4 shots"} <= texts
    assert any(f"{pooled['difference'].iloc[0]:+.3f}".replace("-", "−") in t for t in texts)
    assert {"Hausa", "Kinyarwanda"} <= _texts(figures.laft_loss(factories.training(["hau", "kin"])))
    assert "Valid outputs" in _texts(
        figures.valid_outputs(stats.valid_table(several, resamples=100))
    )
    cost = figures.cost_quality(stats.cost_table(several, factories.training()))
    assert {"FLOPs per answer", "Seconds per answer"} <= _texts(cost)
    texts = pd.DataFrame(
        {"language": ["hau", "eng", "hau"], "tokens": [20, 10, 22], "words": [10, 9, 10]}
    )
    assert {"Hausa", "English", "2.10"} <= _texts(
        figures.tokens_per_word(stats.fertility_table(texts, resamples=50))
    )
    with pytest.raises(XltError, match="empty"):
        figures.pooled_forest(pooled[:0])


def test_nothing_is_cut_off_at_the_edges(scores, several):
    pooled = stats.pooled_table(several, resamples=100)
    for figure in (
        figures.scores(scores),
        figures.score_by_shots(scores),
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
