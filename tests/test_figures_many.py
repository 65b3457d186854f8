"""Figures of many arms, tasks and data sets fit a page, and say what they leave out."""

import factories
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from seaborn.utils import relative_luminance

from xltlib import figures, stats

TASKS = ["summarization", "topics", "ner", "nli", "sentiment", "mmlu", "qa", "math"]


@pytest.fixture(scope="module")
def scores():
    """Eight tasks in two languages, of which English has topics alone, at two numbers of shots."""
    one = stats.score_table(
        factories.records(items=10, tasks=["topics"], languages=["hau"], shots=[0, 4]),
        metrics="headline",
        resamples=20,
    )
    headline = {task: stats.metrics.HEADLINE[task] for task in TASKS}
    made = [one.assign(task=task, metric=headline[task]) for task in TASKS]
    lone = [made[1].assign(language="eng")]
    return pd.concat(made + lone, ignore_index=True)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def _shown(figure):
    return [ax for ax in figure.axes if ax.get_visible()]


def _inside(figure):
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for ax in _shown(figure):
        box = ax.get_tightbbox()
        assert box.x0 > -2 and box.y0 > -2 and box.x1 < width + 2 and box.y1 < height + 2


def _contrast(one, other):
    lighter, darker = sorted(map(relative_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_each_number_of_a_grid_stands_out_from_its_cell():
    codes = [f"x{i:02}" for i in range(21)]
    rows = [{"task": "topics", "dataset": "mini", "lender": "hau", "language": code,
             "score": i / 20, "metric": "valid", "method": "prompt", "shots": 4}
            for i, code in enumerate(codes) if i != 3]  # fmt: skip
    table = pd.DataFrame([*rows, {**rows[0], "lender": "kin", "language": "x03"}])
    for figure in (figures.matrix(table, "lender"), figures.valid_outputs(table)):
        (ax,) = figure.axes
        (mesh,) = ax.collections
        cells = mesh.get_facecolors()[~np.ma.getmaskarray(mesh.get_array()).ravel()]
        assert len(cells) == len(ax.texts) > 18
        for text, cell in zip(ax.texts, cells, strict=True):
            assert _contrast(to_rgb(text.get_color()), cell) > 4.5, text.get_text()


def test_many_tasks_stand_in_two_columns_as_long_as_a_page(scores):
    figure = figures.scores(scores, shots=4)
    _inside(figure)
    assert len(_shown(figure)) == len(TASKS)
    width, height = figure.get_size_inches()
    assert height / width < 1.5 and width < 10


def test_of_many_tasks_those_with_most_methods_have_a_line_by_shots(scores):
    most = scores[~((scores["task"] == "nli") & (scores["method"] == "laft"))]
    figure = figures.score_by_shots(most)
    _inside(figure)
    (note,) = [t.get_text() for t in figure.texts if "table alone" in t.get_text()]
    assert "Natural language inference" in note and "Topic" not in note
    titles = {ax.get_title() for ax in _shown(figure)}
    assert {"English", "Hausa"} <= titles, "also where a language is not in the first line"


def test_places_in_which_all_outputs_are_answers_are_left_out_of_many():
    place = {"task": "topics", "language": "hau", "shots": 0, "method": "prompt"}
    rows = [place | {"dataset": f"set{i}", "score": 1.0 if i else 0.5} for i in range(20)]
    for count, left in ((20, 1), (16, 16)):
        figure = figures.valid_outputs(pd.DataFrame(rows[:count]))
        assert len(figure.axes[0].get_yticklabels()) == left
        said = any("In 19 further places" in t.get_text() for t in figure.texts)
        assert said == (count == 20)


def test_a_language_has_a_line_of_tokens_with_a_point_for_each_data_set():
    rows = [
        {"dataset": d, "language": v, "tokens_per_word": x, "low": x - 0.1, "high": x + 0.1}
        for d, v, x in (("a", "hau", 1.5), ("b", "hau", 2.0), ("a", "eng", 1.2))
    ]
    figure = figures.tokens_per_word(pd.DataFrame(rows))
    ax = figure.axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["English", "Hausa"]
    assert {t.get_text() for t in ax.texts} == {"1.20", "1.50 to 2.00"}
    points = [x for line in ax.lines for x in line.get_xdata()]
    assert {1.5, 2.0, 1.2} <= set(points)


def test_numbers_on_an_axis_stand_apart():
    arms = pd.DataFrame({"task": "topics", "dataset": "mini", "language": "hau", "shots": 0,
                         "metric": "accuracy", "method": "prompt", "score": 0.5, "low": 0.4,
                         "high": 0.6, "labelled": [0, 700]})  # fmt: skip
    lines = pd.DataFrame({"labelled": [7, 14, 35, 70, 140, 350, 701, 14000]})
    lines = lines.assign(task="topics", dataset="mini", language="hau", method="majority class")
    figure = figures.labelled_items(arms, lines.assign(score=0.3, low=0.2, high=0.4))
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.axes[0].get_xticklabels() if t.get_text()]
    assert len(boxes) > 3
    assert all(one.x1 < other.x0 for one, other in zip(boxes, boxes[1:], strict=False))


def test_of_arms_that_read_one_translation_there_is_the_first():
    rows = [
        {"task": "topics", "dataset": "sib200", "language": "hau", "method": arm, "chrf": chrf}
        for arm, chrf in (("translate", 36.0), ("translate_nearest", 36.0), ("people", 100.0))
    ]
    figure = figures.score_by_translation(pd.DataFrame(rows).assign(score=0.4, low=0.3, high=0.5))
    assert {t.get_text() for t in figure.legends[0].get_texts()} == {"translate", "people"}


def test_the_best_way_of_each_place_is_among_many():
    rows = [
        {"task": "topics", "dataset": "sib200", "language": v, "shots": s, "arm": f"way_{i}"}
        | {"score": 0.9 if (v, i) == ("eng", 29) else 0.8 - i / 100, "low": 0.1, "high": 0.95}
        for v in ("eng", "hau")
        for i, s in enumerate([0, 4] * 15)
    ]
    elsewhere = [r | {"arm": "other", "score": 1.0, "elsewhere": True} for r in rows[:1]]
    table = pd.DataFrame([*rows, *elsewhere]).fillna({"elsewhere": False})
    table = table.assign(bound=False, above=False, baseline=0.5)
    figure = figures.ways(table)
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert "way_29 [4]" in labels and "way_0 [0]" in labels and len(labels) == 16
    (note,) = [
        " ".join(t.get_text().split()) for t in figure.texts if "In brackets" in t.get_text()
    ]
    assert "15 more ways stand in the table alone" in note
    assert "Square" in note and "Diamond" not in note, "which does not stand in it"
