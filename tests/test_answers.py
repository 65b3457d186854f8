"""The answers page: which demonstrations it says that a prompt showed, and whose they were."""

import json

import browser
import factories
import pandas as pd
import pytest

from xltlib import data
from xltlib.config import load_profile
from xltlib.data.card import checksum
from xltlib.data.demonstrations import draw
from xltlib.report import answers
from xltlib.report.gather import Arms
from xltlib.study.requirements import requirements_table
from xltlib.tasks import get


@pytest.fixture(scope="module")
def asked():
    """Topics by two arms with the same demonstrations, one with its own, one that learns."""
    test = data.load("mini", "topics", "hau", "test")[:6]
    frames = []
    for arm, shots in (
        ("prompt", [0, 4]),
        ("prompt_more", [7]),
        ("prompt_nearest", [4]),
        ("vectors", [4, 701]),
    ):
        rows = factories.records(6, ["prompt"], ["topics"], ["hau"], shots=shots, seeds=[0, 1])
        frames.append(rows.assign(arm=arm))
    rows = pd.concat(frames, ignore_index=True)
    rows["example_id"] = rows["example_id"].map({f"{i:04d}": e.id for i, e in enumerate(test)})
    rows["test_sha256"] = checksum(data.load("mini", "topics", "hau", "test"))
    demos = checksum(data.load("mini", "topics", "hau", "demos"))
    return rows.assign(demos_sha256=rows["shots"].map(lambda k: demos if k else None))


SAME = ("prompt", "prompt_more", "laft")


def written(folder, rows, same):
    notes = []
    assert answers.write(folder, "mini", rows, answers.Origin(), notes, Arms(same=same))
    text = (folder / "answers.html").read_text(encoding="utf-8")
    (place,) = json.loads(text.split('id="data">')[1].split("</script>")[0])["places"]
    return place, notes


def test_demonstrations_are_those_that_every_prompt_of_an_arm_shows(asked, tmp_path):
    place, notes = written(tmp_path, asked, SAME)
    pool, test = (data.load("mini", "topics", "hau", split) for split in ("demos", "test"))
    for seed in (0, 1):
        drawn = draw(pool, "topics", 7, seed, test, get("topics").groups)
        assert [one["t"] for one in place["demos"][str(seed)]] == [[d.text] for d in drawn]
    assert not notes


def test_arms_that_choose_or_learn_have_none_that_every_prompt_shows(asked, tmp_path):
    place, notes = written(tmp_path, asked, ())
    assert place["shown"] and place["demos"] == {} and not notes


@pytest.mark.parametrize(
    ("same", "demos", "why"),
    [(None, None, "without a table of requirements"), (SAME, "f" * 64, "are not those")],
)
def test_why_demonstrations_are_not_shown_is_said(asked, tmp_path, same, demos, why):
    rows = asked if demos is None else asked.assign(demos_sha256=demos)
    place, (note,) = written(tmp_path, rows, same)
    assert place["demos"] == {}
    assert note.startswith("The demonstrations of mini in Hausa (Topic classification) ")
    assert why in note


def test_a_set_that_is_too_small_for_what_was_shown_is_an_error(asked, tmp_path):
    with pytest.raises(answers.XltError, match="demonstrations to draw"):
        written(tmp_path, asked, (*SAME, "vectors"))


def test_which_arms_show_every_item_the_same():
    table = requirements_table(load_profile("gemma")).set_index("arm")
    same = set(table.index[table["same"]])
    assert {"prompt", "laft", "translate", "prompt_more"} <= same
    own = {"prompt_nearest", "prompt_bm25", "prompt_words", "laft_nearest", "translate_nearest"}
    other = {"vectors", "fine_tuned", "english_shots", "borrowed_hau", "translate_checked"}
    assert not same & (own | other)


@browser.needed
def test_the_page_names_the_arms_that_were_shown_them(asked, tmp_path):
    written(tmp_path, asked, SAME)
    code = """var told = function (shots) {
        var s = document.getElementById("shots"), box = document.getElementById("demos");
        s.value = shots; s.dispatchEvent(new window.Event("change"));
        return [box.hidden, box.querySelectorAll("li").length, box.children[0].textContent,
                box.children[1].textContent]; };
      return ["0", "4", "7", "701"].map(told);"""
    none, four, seven, whole = browser.ask(tmp_path / "answers.html", code, tmp_path)
    assert none[0] and whole[0], "nothing was shown to every item"
    assert four[:2] == [False, 4] and four[3].startswith("prompt. They")
    assert four[2] == "The 4 demonstrations in every prompt of 1 of 3 arms"
    assert seven[:2] == [False, 7] and seven[2].endswith("all arms here")
