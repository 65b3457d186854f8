"""The picture of one text with every answer: which text it is, and that it can be read."""

import warnings
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

from xltlib import data, figures
from xltlib.config import load_profile
from xltlib.records import results
from xltlib.study import one_item
from xltlib.study.one_item import Answer, OneItem, first_disagreement

ITEM = OneItem(
    "hau", "Ɓauna ta ƙi, ɗan $5 ya ƴanta $6.", "", "health", 4, 0, ("prompt", "laft"),
    (Answer("prompt", "is asked", "health"), Answer("laft", "reads", "sports"),
     Answer("vectors", "learns", None)),
)  # fmt: skip


@pytest.fixture(scope="module")
def mini():
    records = results.published("mini")
    return load_profile("mini"), records[records["task"] == "topics"]


def test_it_is_the_first_item_on_which_the_methods_disagree(mini):
    profile, records = mini
    found = first_disagreement(profile, records)
    asked = records[(records["language"] == "hau") & (records["shots"] == 4)]
    asked = asked[(asked["seed"] == 0) & asked["arm"].isin(["prompt", "laft", "translate"])]
    right = asked.groupby("example_id")["correct"].sum()
    items = data.load("mini", "topics", "hau", "test")
    first = next(item for item in items if 0 < right.get(item.id, 0) < 3)
    assert (found.language, found.text, found.gold) == ("hau", first.text, first.gold)
    assert (found.shots, found.seed) == (4, 0)
    said = asked[asked["example_id"] == first.id].set_index("arm")["answer"]
    assert {one.arm: f'"{one.said}"' for one in found.answers} == said.to_dict()
    english = {item.id: item.text for item in data.load("mini", "topics", "eng", "test")}
    assert found.pivot == english[first.id]


def test_an_answer_that_could_not_be_read_is_none(mini):
    profile, records = mini
    found = first_disagreement(profile, records.assign(answer=None))
    assert {one.said for one in found.answers} == {None}
    assert found.told.endswith("translate nothing that can be read")


@pytest.mark.parametrize(
    "but", ["one method", "agreed", "other items", "licence", "English alone", "no topics"]
)
def test_without_such_an_item_there_is_no_picture(mini, monkeypatch, but):
    profile, records = mini
    if but == "one method":
        records = records[records["arm"] == "prompt"]
    if but == "agreed":
        records = records.assign(correct=1.0)
    if but == "other items":
        records = records.assign(test_sha256="0" * 64)
    if but == "licence":
        monkeypatch.setattr(one_item, "may_be_shown", lambda dataset, language: False)
    if but == "English alone":
        records = records.assign(language="eng")
    if but == "no topics":
        records = records.assign(task="ner")
    assert first_disagreement(profile, records) is None


def test_a_language_without_such_an_item_leaves_it_to_the_next(mini):
    profile, records = mini
    agreed = records["correct"].where(records["language"] != "hau", 1.0)
    assert first_disagreement(profile, records.assign(correct=agreed)).language == "kin"


@pytest.mark.parametrize("text", [ITEM.text, "Ɗ" * 400, "ma'aikatan ƙasa " * 60])
def test_everything_stands_inside_the_picture(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter that no font has would be said here
        figure = figures.one_item(replace(ITEM, text=text, pivot=text), "a profile")
        figure.set_dpi(160)
        figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    boxes = [one.get_window_extent() for one in figure.texts]
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= width and b.y1 <= height for b in boxes)
    drawn = "".join(one.get_text() for one in figure.texts).replace(" ", "")
    assert text.replace(" ", "") in drawn, "nothing of a long text is cut away"
    assert figure.get_label() == "a profile"
    plt.close(figure)


def test_right_and_wrong_are_told_by_words():
    drawn = [one.get_text() for one in figures.one_item(ITEM).texts]
    assert drawn.count("✓ right") == drawn.count("✗ wrong") == drawn.count("∅ no answer") == 1
    assert drawn.index("✓ right") < drawn.index("✗ wrong") < drawn.index("∅ no answer")
    assert "In italics" not in " ".join(drawn)
