"""Figures draw what their tables say, for one data set and for several."""

from types import SimpleNamespace

import factories
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from xltlib import figures, stats
from xltlib.config import PROJECTORS, load_profile
from xltlib.errors import XltError
from xltlib.figures.finish import finish
from xltlib.figures.look import BEST, amount, look, panels, style


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
    figure = figures.scores(scores, shots=2, references=baselines)
    texts = _texts(figure)
    assert {
        "Accuracy",
        "ROUGE-L",
        "Entity F1 (micro)",
        BEST,
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
    expected = scores.query(
        "metric == 'rougeL' and dataset == 'masakhanews' and method == 'prompt'"
    )["score"]
    drawn = [line.get_ydata() for line in figure.axes[0].lines if len(line.get_ydata()) == 4]
    assert any(y == pytest.approx(expected.to_numpy()) for y in drawn)
    places = {
        tuple(line.get_xdata()) for line in figure.axes[0].lines if len(line.get_xdata()) == 4
    }
    assert len(places) == 3, "methods stand beside each other"


def test_the_best_baseline_of_each_place_is_a_line(scores, baselines):
    for draw in (figures.scores, figures.score_by_shots):
        figure = draw(scores, references=baselines)
        lines = [x for ax in figure.axes for x in ax.lines if x.get_label() == BEST]
        assert len(lines) == len(baselines[["task", "dataset", "language"]].drop_duplicates())
        topics = [x for x in lines if x.get_ydata()[0] == pytest.approx(0.3)]
        assert len(topics) == 4, "the better of two"
        names = [[t.get_text() for t in legend.get_texts()] for legend in figure.legends]
        assert names == [["prompt", "laft", "translate"], [BEST]]


def many(scores: pd.DataFrame, count: int) -> pd.DataFrame:
    """The scores with ``count`` arms: copies of those of prompt."""
    one = scores[scores["method"] == "prompt"]
    more = [one.assign(method=f"arm_{i}", score=one["score"] * 0.9) for i in range(count - 3)]
    return pd.concat([scores, *more], ignore_index=True)


def test_of_many_arms_a_figure_shows_those_that_come_first(scores):
    table = many(scores, 25)
    declared = ["prompt", "laft", "translate", *(f"arm_{i}" for i in range(4, 20))]
    first = stats.first_arms(table, declared)
    assert list(dict.fromkeys(first["method"])) == [*declared[:3], *declared[3:10]]
    for figure in (figures.scores(first), figures.score_by_shots(first)):
        assert figure.get_size_inches().max() < 12
        assert len([t for x in figure.legends for t in x.get_texts()]) == 10
    named = table.replace({"method": {"prompt": "prompt (mine)", "arm_21": "prompt (other)"}})
    first = stats.first_arms(named, declared[:3], "mine")
    assert set(first["method"]) == {*declared[:3], "prompt (other)"}
    assert stats.first_arms(table, [])["method"].nunique() == 10
    pairs = pd.DataFrame({"method_a": ["prompt (mine)", "laft"], "method_b": ["laft", "x"]})
    assert stats.first_arms(pairs, ["prompt", "laft"], "mine").to_numpy().tolist() == [
        ["prompt", "laft"]
    ]


def test_means_are_compared_where_all_arms_answered(several):
    rows = several[(several["method"] == "prompt") | (several["task"] != "ner")]
    rows = rows[(rows["method"] != "translate") | (rows["language"] != "kin")]
    kept = stats.comparable(rows, ["prompt", "laft", "translate"])
    assert set(kept["task"]) == {"topics", "summarization"} and set(kept["language"]) == {"hau"}
    assert set(kept["arm"]) == {"prompt", "laft", "translate"}
    theirs = several.assign(flops=np.nan)
    assert stats.comparable(theirs, ["prompt"]).empty


def test_more_than_three_arms_are_set_against_the_first(several):
    more = several[several["method"] == "laft"].assign(method="other", arm="other")
    pooled = stats.pooled_table(pd.concat([several, more]), resamples=50)
    figure = figures.pooled_forest(pooled)
    assert [ax.get_title() for ax in figure.axes] == ["0 shots", "1 shot", "2 shots", "4 shots"]
    names = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert names == ["laft", "translate", "other"]
    drawn = {float(x.get_xdata()[0]) for x in figure.axes[0].lines if x.get_marker() == "o"}
    at = (pooled["shots"] == 0) & (pooled["method_a"] == "prompt")
    assert drawn == {-d for d in pooled[at]["difference"]}


def test_arms_of_shipped_profiles_look_different_and_keep_it():
    for name in ("gemma", "modern", "mini"):
        arms = list(load_profile(name).first)
        looks = {look(arms, arm) for arm in arms}
        assert len(looks) == len(arms)
        assert looks == {look([], arm) for arm in arms}, "whatever stands beside them"


def test_pairs_have_no_methods_colour_and_projectors_keep_their_order(several):
    forest = figures.pooled_forest(stats.pooled_table(several, resamples=100))
    assert {line.get_color() for line in forest.axes[0].lines}.isdisjoint(figures.COLOURS.values())
    rows = [{"language": "hau", "projector": p, "f1": 0.5} for p in PROJECTORS]
    table = pd.DataFrame(rows).assign(f1_low=0.4, f1_high=0.6)
    (legend,) = figures.projector_scores(table).legends
    assert [t.get_text() for t in legend.get_texts()] == list(PROJECTORS)
    arms = [a.name for name in ("gemma", "mini") for a in load_profile(name).arms]
    assert not {look([], p) for p in PROJECTORS} & {look([], arm) for arm in arms}


def test_cost_says_from_when_on_training_pays(several):
    cost = stats.cost_table(several, factories.training())
    figure = figures.cost_quality(cost)
    grows, buys = figure.axes
    assert sorted(t.get_text() for t in buys.texts) == ["0"] * 3 + ["4"] * 3
    assert buys.get_ylim()[0] == 0
    laft, translate = (cost[cost["method"] == m] for m in ("laft", "translate"))
    training = (laft["flops_training"] * laft["items"]).sum()
    each = [np.average(t["flops_inference"], weights=t["items"]) for t in (laft, translate)]
    at = training / (each[1] - each[0])
    (text,) = {t.get_text() for t in grows.texts}
    assert text == f"about {float(f'{at:.2g}'):,.0f}"


def test_costs_that_coincide_can_be_told_apart():
    one = {"items": 10, "flops": 1.0, "seconds": 1.0, "flops_training": 0.0}
    at = {"shots": [0, 4], "flops_inference": [2e10, 2.1e10], "score": [0.5, 0.5]}
    both = [pd.DataFrame(at).assign(method=name, **one) for name in ("prompt", "translate")]
    grows, buys = figures.cost_quality(pd.concat(both)).axes
    first, second = grows.lines
    assert first.get_linestyle() == "-" and second.get_linestyle() == "--"
    assert first.get_markevery() != second.get_markevery()
    places = {(*text.xy, *text.get_position()) for text in buys.texts}
    assert len(places) == 4, "no number stands on another"


def test_no_two_ticks_are_alike(several):
    cost = stats.cost_table(several, factories.training())
    for factor in (1.0, 0.01):  # methods that cost much the same, and methods that do not
        moved = cost["flops_inference"] * np.where(cost["method"] == "translate", 1, factor)
        figure = figures.cost_quality(cost.assign(flops_inference=moved))
        figure.canvas.draw()
        for ax in figure.axes:
            for axis in (ax.xaxis, ax.yaxis):
                low, high = axis.get_view_interval()
                ticks = [
                    tick.label1.get_text()
                    for tick in axis.get_major_ticks()
                    if low <= tick.get_loc() <= high and tick.label1.get_text()
                ]
                assert len(ticks) == len(set(ticks)) >= 2, ticks


def test_valid_outputs_are_one_number_a_condition(several):
    table = stats.valid_table(several, resamples=50)
    figure = figures.valid_outputs(table)
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.get_xticklabels()] == ["prompt", "laft", "translate"]
    shown = [t.get_text() for t in ax.texts]
    assert len(shown) == len(table) // table["shots"].nunique()
    where = ["task", "dataset", "language", "method"]
    mine = table[(table[where] == table[where].iloc[0]).all(axis=1)]
    assert shown[0] == f"{100 * mine['score'].min():.0f}", "that of the shots with the fewest"
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert "Topic classification · Hausa · sib200" in names


def test_methods_keep_their_colours_and_unknown_ones_get_others(scores):
    imported = scores.assign(method=scores["method"].replace("laft", "prompt (other)"))
    figure = figures.score_by_shots(imported)
    handles = zip(*figure.axes[0].get_legend_handles_labels()[::-1], strict=True)
    colours = {label: handle.lines[0].get_color() for label, handle in handles}
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
    panels = [ax for ax in figures.pooled_forest(pooled).axes if ax.get_visible()]
    assert len({ax.get_xlim() for ax in panels}) == len(panels) == 3, "an axis for each pair"
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
    assert amount(1.5e9) != amount(2e9) and amount(1e9) == "$10^{9}$" and amount(20000) == "20,000"


def test_a_name_that_no_font_shows_is_not_drawn_as_boxes(monkeypatch):
    monkeypatch.setattr(
        "xltlib.config.language_name", lambda code: "\U000e0123" if code == "x" else "ɗan"
    )
    with pytest.warns(UserWarning, match="no font here has all letters .* figures show 'x'"):
        assert figures.language_name("x") == "x"
    assert figures.language_name("hau") == "ɗan"


def test_a_text_that_no_font_shows_is_said_to_be_one():
    item = SimpleNamespace(text="\U000e0123\U000e0124", gold="a", shares={"a": 0.7, "b": 0.3})
    other = SimpleNamespace(text="Ruwa ya sauka", gold="b", shares={"a": 0.2, "b": 0.8})
    titles = [ax.get_title(loc="left") for ax in figures.option_bars([item, other]).axes]
    assert titles == ["(no font here has the letters of this text)", "Ruwa ya sauka"]


def test_scores_stand_at_the_quality_of_their_translations():
    arms, chrf = ["copied", "translate", "people"], [18.0, 45.0, 100.0]
    rows = [
        {
            "task": "topics",
            "dataset": "sib200",
            "language": code,
            "method": arm,
            "score": 0.2 + x / 200,
        }
        | {"low": 0.15 + x / 200, "high": 0.25 + x / 200, "chrf": x}
        for code in ("hau", "kin")
        for arm, x in zip(arms, chrf, strict=True)
    ]
    figure = figures.score_by_translation(pd.DataFrame(rows))
    assert len([ax for ax in figure.axes if ax.get_visible()]) == 2
    ax = figure.axes[0]
    dots = np.concatenate([np.asarray(c.get_offsets()) for c in ax.collections
                           if type(c).__name__ == "PathCollection"])  # fmt: skip
    assert sorted(dots[:, 0]) == chrf and sorted(dots[:, 1]) == pytest.approx([0.29, 0.425, 0.7])
    alone = rows[0] | {"task": "ner"}
    more = figures.score_by_translation(pd.DataFrame([*rows, alone]))
    assert len([ax for ax in more.axes if ax.get_visible()]) == 2, "of one quality there is no line"
    assert figures.score_by_translation(pd.DataFrame([alone])).axes[0].get_visible()
    names = {t.get_text() for t in figure.legends[0].get_texts()}
    assert names == set(arms) and {"chrF of the translation that is read"} <= _texts(figure)


def test_an_axis_that_panels_share_is_named_in_their_middle():
    with style():
        figure, axes = panels(4, (2.0, 1.5), (1.0, 1.0))
        finish(figure, "Four", "", across="Accuracy")
    assert axes.shape == (2, 2), "four panels make a square"
    label = next(t for t in figure.texts if t.get_text() == "Accuracy")
    ends = [ax.get_position() for ax in axes.flat]
    assert label.get_position()[0] == pytest.approx((ends[0].x0 + ends[-1].x1) / 2)
    drawn = label.get_window_extent(figure.canvas.get_renderer())
    assert drawn.y0 >= 0 and all(drawn.y1 <= ax.get_tightbbox().y0 + 1 for ax in axes[-1])
