"""Demonstrations by likeness: nearest last, never the item itself, carried through translation."""

import pytest
from conftest import mini_without_arms

from xltlib import demonstrations, tasks
from xltlib.config import DemonstrationsSpec
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.study.study import Study

POOL = {
    "a": "rain fell on the village",
    "b": "the village market was full",
    "c": "zzz qqq",
    "d": "rain fell on the village today",
    "e": "rain fell on the hills",
}


def picker(pool: dict[str, str], test: dict[str, str]):
    pools = ([Example(i, "hau", t, "x") for i, t in some.items()] for some in (pool, test))
    spec = DemonstrationsSpec(by="nearest")
    return demonstrations.get("nearest")(spec, tasks.get("topics"), *pools)


def test_the_nearest_stand_last_and_nest():
    found = picker(POOL, {"t": "rain fell on the village yesterday"})
    chosen = [e.id for e in found.pick(found.test[0], 4, 0)]
    assert chosen[-1] in "ad" and chosen[-2] in "ad" and "c" not in chosen
    assert [e.id for e in found.pick(found.test[0], 2, 7)] == chosen[-2:]
    assert found.pick(found.test[0], 0, 0) == ()


def test_ties_go_by_id():
    found = picker({"b": "same text one", "a": "one same text", "c": "other"}, {"t": "zzz"})
    assert [e.id for e in found.pick(found.test[0], 3, 0)] == ["c", "b", "a"]


def test_no_test_item_is_shown_to_anybody():
    same = {"t": POOL["a"].upper(), "d": "something else"}
    found = picker(POOL, same)
    for item in found.test:
        assert {e.id for e in found.pick(item, 3, 0)} == {"b", "c", "e"}
    with pytest.raises(XltError, match="only 3 examples"):
        found.pick(found.test[0], 4, 0)


def test_each_item_has_its_own_also_where_they_are_translated(home, tmp_path):
    path = tmp_path / "own.yaml"
    arms = "".join(
        f"\n  - {{name: {name}, method: {name.split('_')[0]}, demonstrations: {{by: nearest}}}}"
        for name in ("prompt_nearest", "translate_nearest")
    )
    path.write_text(f"{mini_without_arms()}arms:{arms}\n", encoding="utf-8")
    given = {"profile": str(path), "shots": [0, 2], "seeds": [3, 4], "limit": 4}
    for arm in ("prompt_nearest", "translate_nearest"):
        study = Study(arm, "topics", **given)
        own = [study.demonstrations(2, 3, item) for item in study.test]
        assert len({tuple(e.id for e in one) for one in own}) > 1
        for item, shown, prompt in zip(study.test, own, study.prompts(2, 3), strict=True):
            known = {e.id: e for e in study.shown(2, 3).examples}
            places = [prompt.text.index(known[e.id].text) for e in shown]
            assert places == sorted(places) and item.id not in known
        rows = study.run(progress=lambda line: None)
        assert set(zip(rows["shots"], rows["seed"], strict=True)) == {(0, 3), (2, 3)}
        assert set(rows["arm"]) == {arm}
