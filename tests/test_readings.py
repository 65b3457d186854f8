"""Readings of options' scores: by hand, by their papers' formulas, and from records."""

import json
import math

import factories
import numpy as np
import pytest

from xltlib import tasks
from xltlib.config import READINGS, Profile, load_profile
from xltlib.errors import XltError
from xltlib.study.study import Study
from xltlib.tasks import readings, rescoring
from xltlib.tasks.readings import OptionScores

SMALL = {"shots": [0, 2], "seeds": [0], "limit": 8}


def scores(sums, free=((-1.0, -1.0, -1.0),), domain=(-1.0, -1.0, -1.0), options="abc"):
    return OptionScores(tuple(options), tuple(sums), (1, 2, 4), (3, 3, 12), tuple(free), domain)


ONE = scores((-2.0, -3.0, -4.0), free=((-1.0, -3.0, -5.0), (-1.0, -2.0, -5.0)),
             domain=(-0.5, -2.0, -4.0))  # fmt: skip


def answer(reading, items=(ONE,)):
    return readings.choose(items, [str(i) for i in range(len(items))], 0, reading)[0][0]


def test_each_reading_by_hand():
    assert answer("sum") == "a"
    assert answer("per_token") == "c"  # -2, -1.5, -1
    assert answer("per_byte") == "c"  # -0.67, -1, -0.33
    assert answer("domain_pmi") == "c"  # -1.5, -1, 0
    assert answer("content_free") == "c"


def test_content_free_is_contextual_calibration():
    """Zhao et al. 2021: W = diag(p_cf)^-1, p_cf the mean of the normalised empty items."""

    def softmax(x):
        return np.exp(x) / np.exp(x).sum()

    p_cf = np.mean([softmax(np.array(row)) for row in ONE.content_free], axis=0)
    calibrated = np.diag(1 / p_cf) @ softmax(np.array(ONE.sum))
    (found,) = readings.read([ONE], "content_free")
    np.testing.assert_allclose(softmax(found), calibrated / calibrated.sum(), atol=1e-5)


def test_batch_divides_by_the_mean_over_the_items():
    """Zhou et al. 2024: p(y|x) over the mean of p(y|x) over the batch."""
    rng = np.random.default_rng(0)
    items = [scores(rng.normal(-4, 2, 3)) for _ in range(20)]
    p = np.array([np.exp(i.sum) / np.exp(i.sum).sum() for i in items])
    expected = (p / p.mean(axis=0)).argmax(axis=1)
    chosen = readings.choose(items, [str(i) for i in range(20)], 0, "batch")
    assert [a for a, _ in chosen] == ["abc"[i] for i in expected]
    with pytest.raises(XltError, match="'batch' needs the same options for all items"):
        answer("batch", [ONE, scores((-1, -2, -3), options="xyz")])


def test_ties_favour_no_label_and_are_told():
    tied = scores((-1.0, -1.0, -9.0))
    ids = [f"item-{i}" for i in range(400)]
    chosen = readings.choose([tied] * 400, ids, 0, "sum")
    assert all(tie for _, tie in chosen)
    share = np.mean([option == "a" for option, _ in chosen])
    assert 0.4 < share < 0.6
    assert chosen == readings.choose([tied] * 400, ids, 0, "sum")
    assert chosen != readings.choose([tied] * 400, ids, 1, "sum")
    turned = OptionScores(tied.options[::-1], tied.sum[::-1], *[(1, 1, 1)] * 2, ((0.0,) * 3,), ())
    assert [a for a, _ in readings.choose([turned] * 400, ids, 0, "sum")] == [a for a, _ in chosen]
    assert readings.choose([ONE], ["x"], 0, "sum") == [("a", False)]


def test_a_reading_that_there_is_not_is_refused():
    with pytest.raises(XltError, match="`reading` must be one of 'content_free', 'sum'"):
        answer("best")


def test_scores_survive_the_records():
    assert OptionScores.read(ONE.json()) == ONE
    assert json.loads(ONE.json())["options"] == ["a", "b", "c"]


def test_the_default_is_declared_with_its_reason():
    assert Profile.model_fields["reading"].default == READINGS[0] == "content_free"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLTLIB_HOME", str(tmp_path_factory.mktemp("home")))
        return Study("prompt", "topics", **SMALL).run(progress=lambda line: None)


def test_records_hold_the_scores_of_every_option(rows):
    assert (rows["reading"] == load_profile("mini").reading).all() and not rows["tied"].any()
    for text in rows["option_scores"]:
        found = OptionScores.read(text)
        assert len(found.options) == len(set(found.options)) == 7
        assert len(found.content_free) == len(readings.CONTENT_FREE)
        assert all(map(math.isfinite, [*found.sum, *found.domain, *sum(found.content_free, ())]))
    for _, some in rows.groupby("shots"):  # the empty items follow the same demonstrations
        assert len({json.dumps(json.loads(t)["content_free"]) for t in some["option_scores"]}) == 1
    assert len({json.dumps(json.loads(t)["content_free"]) for t in rows["option_scores"]}) == 2


def test_every_reading_is_made_again_from_records(rows):
    again = {reading: rescoring.read_again(reading, rows, {}) for reading in READINGS}
    own = again[load_profile("mini").reading]
    assert own["answer"].tolist() == rows["answer"].tolist()
    assert own["correct"].tolist() == rows["correct"].tolist()
    for reading, found in again.items():
        assert (found["reading"] == reading).all()
        best = [OptionScores.read(t) for t in rows["option_scores"]]
        if reading == "sum":
            plain = [o.options[int(np.argmax(o.sum))] for o in best]
            assert found["answer"].map(json.loads).tolist() == plain
    names = {again.name for again in tasks.get("topics").rereadings}
    assert set(READINGS) <= names
    bare = factories.records(items=3, tasks=["topics"])
    assert rescoring.read_again("sum", bare, {}).empty


def test_scores_that_are_no_numbers_stop_the_cell(home, monkeypatch):
    one = Study("prompt", "topics", **SMALL)
    real = one.method.lm.score
    broken = lambda *given: [[math.nan, *found[1:]] for found in real(*given)]  # noqa: E731
    monkeypatch.setattr(one.method.lm, "score", broken)
    with pytest.raises(XltError, match="is nan, which is no answer.*`dtype` .*float32"):
        one.run(progress=lambda line: None)
