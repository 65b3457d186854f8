"""Baselines by labelled items, and what an arm counts as having seen."""

import matplotlib.pyplot as plt
import pandas as pd

from xltlib import data, figures, load_profile, stats, tasks
from xltlib.config import Profile
from xltlib.validity.baselines import baseline_records
from xltlib.validity.learning_curve import SIZES, arms_of, labelled, learning_curve, sizes_of


def narrowed() -> Profile:
    profile = load_profile("mini")
    sets = [
        d.model_copy(update={"languages": ("hau",)}) for d in profile.datasets if d.task != "ner"
    ]
    nearest = {"name": "near", "method": "prompt", "demonstrations": {"by": "nearest"}}
    content = profile.model_dump(mode="json") | {"arms": [{"name": "prompt"}, nearest]}
    return Profile.model_validate(content).model_copy(update={"datasets": tuple(sets), "limit": 60})


def test_the_curve_ends_at_the_baseline_that_learned_from_all():
    profile = narrowed()
    answered = baseline_records(profile)
    curve = learning_curve(profile, answered, sizes=(4, 64), seeds=(0, 1), resamples=50)
    assert set(curve["task"]) == {"topics"}, "a text is not chosen among labels"
    pool = len(data.load("mini", "topics", "hau", "demos"))
    learned = curve[curve["method"] == "TF-IDF and logistic regression"]
    learned = learned.set_index("labelled")["score"]
    assert list(learned.index) == [4, 64, pool]
    whole = stats.score_table(answered, "headline", resamples=50).set_index(["task", "method"])
    assert learned[pool] == whole.loc[("topics", "TF-IDF and logistic regression"), "score"]
    assert learned[4] < learned[64] < learned[pool]


def test_the_sizes_are_those_that_arms_learn_from():
    assert sizes_of(narrowed()) == SIZES and arms_of(narrowed()) == narrowed().first
    content = narrowed().model_dump(mode="json")
    content["arms"] += [
        {"name": "vectors", "shots": [7, 35]},
        {"name": "fine_tuned", "shots": [7]},
    ]
    content["arms"] += [{"name": "few", "method": "prompt", "shots": [4]}]
    profile = Profile.model_validate(content)
    assert sizes_of(profile) == (7, 35)
    assert arms_of(profile) == ("vectors", "fine_tuned", "prompt", "near")


def test_an_arm_that_picks_for_each_item_has_seen_the_whole_pool():
    profile = narrowed()
    place = {"dataset": "mini", "language": "hau", "metric": "accuracy", "score": 0.5}
    place |= {"low": 0.4, "high": 0.6, "task": "topics"}
    scores = pd.DataFrame(
        [
            place | {"method": "prompt", "shots": 4},
            place | {"method": "near", "shots": 4},
            place | {"method": "near", "shots": 0},
        ]
    )
    pool = len(data.load("mini", "topics", "hau", "demos"))
    arms = labelled(profile, scores)
    assert list(arms["labelled"]) == [4, pool, 0]
    lines = scores.assign(method="majority class", labelled=[4, 64, pool])
    near = lines.assign(labelled=[28, 35, 701])
    figure = figures.labelled_items(arms, near)
    written = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert written == ["none", "35", "701"]
    plt.close(figure)
    figure = figures.labelled_items(arms, lines)
    shown = figure.axes[0].get_legend_handles_labels()[1]
    assert {"prompt", "near", "majority class"} <= set(shown)
    assert figure.axes[0].get_ylabel() == tasks.get("topics").metrics[0].label
    plt.close(figure)


def test_panels_share_an_axis_that_holds_the_scores_of_all():
    row = {"dataset": "mini", "metric": "accuracy", "task": "topics", "shots": 0, "labelled": 0}
    low = row | {"language": "hau", "score": 0.2, "low": 0.1, "high": 0.3}
    high = row | {"language": "kin", "score": 0.8, "low": 0.7, "high": 0.9}
    arms = pd.DataFrame([one | {"method": "prompt"} for one in (low, high)])
    lines = pd.DataFrame([one | {"method": "majority class", "labelled": 7} for one in (low, high)])
    figure = figures.labelled_items(arms, lines)
    assert {ax.get_ylim()[0] for ax in figure.axes} == {0}
    assert all(ax.get_ylim()[1] >= 0.9 for ax in figure.axes)
    plt.close(figure)


def test_a_place_where_no_arm_has_learned_has_no_panel_beside_others():
    row = {"dataset": "mini", "metric": "accuracy", "task": "topics", "language": "hau"}
    row |= {"score": 0.2, "low": 0.1, "high": 0.3}
    other = row | {"language": "kin"}
    arms = [row | {"method": "vectors", "labelled": 7}, other | {"method": "prompt", "labelled": 4}]
    lines = [one | {"method": "majority class", "labelled": 7} for one in (row, other)]
    figure = figures.labelled_items(pd.DataFrame(arms), pd.DataFrame(lines))
    assert [ax.get_title() for ax in figure.axes if ax.get_visible()] == ["Hausa · mini"]
    plt.close(figure)
