"""Word problems: numbers read from reasoning, our own demonstrations, and AfriMGSM's files."""

import re
import subprocess
from collections import Counter

import pytest
from conftest import FIXTURES
from sklearn.metrics import accuracy_score

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.data.demonstrations import draw
from xltlib.data.sets.afrimgsm import WORKED
from xltlib.errors import XltError
from xltlib.methods.parallel_text import ProfileText
from xltlib.tasks import INVALID, get
from xltlib.tasks.math import numbers
from xltlib.text.stops import cut

MATH = get("math")
CODES = ("eng", "hau", "kin", "lug")


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (" 18", "18"),
        ("16 - 3 - 4 = 9. 9 * 2 = 18. The answer is 18.", "18"),
        ("16 - 3 = 13.\nSo 13 - 4 = 9 are left.\nAmsa ita ce 9", "9"),
        ("\n\n $2,125.00", "2125"),
        ("1,234,567 francs", "1234567"),
        ("0.50", "0.5"),
        ("-3", "-3"),
        ("5-3", "3"),
        ("It is 7.\n\nQuestion: 8 + 8", "7"),
        ("in 1,2 and 3", "3"),
        ("babu", INVALID),
        ("", INVALID),
    ],
)
def test_the_last_number_before_an_empty_line_is_the_answer(output, answer):
    said = MATH.parse(output, None, load_language("eng"), ())
    assert said == answer
    assert MATH.parse(cut(output, MATH.stop), None, load_language("eng"), ()) == answer


def flexible(text):
    """`flexible-extract` of lm-evaluation-harness for MGSM, with its clean-up of the match."""
    found = re.findall(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", text)
    last = next(filter(None, found[-1]), "") if found else ""
    return re.sub(r",|\$|\.$", "", last)


def test_scores_are_those_of_the_harness_filter_and_of_scikit_learn():
    outputs = [
        f"{a} * 12 = {a * 12:,}. The answer is {b:,}" for a in (3, 70, 400) for b in (36, 840)
    ]
    outputs += ["$4,800.", "The answer is -5", "36 eggs", "8.5 litres"]
    golds = ["36", "36", "840", "840", "4800", "4800", "4800", "-5", "36", "8.5"]
    items = [data.Example(str(i), "eng", "x", g) for i, g in enumerate(golds)]
    said = [MATH.parse(o, None, load_language("eng"), ()) for o in outputs]
    mine = [MATH.score(a, item)["correct"] for a, item in zip(said, items, strict=True)]
    theirs = accuracy_score(golds, [flexible(o) for o in outputs])
    assert sum(mine) / len(mine) == pytest.approx(theirs, abs=1e-6) and 0 < theirs < 1


def test_ways_of_writing_a_number_are_one_number():
    item = data.Example("1", "eng", "x", "2,125")
    assert [MATH.score(s, item)["correct"] for s in ("2125", "2125.0", "2126")] == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("code", CODES)
def test_our_demonstrations_are_worked_right_and_alike_in_all_languages(code):
    pool = data.load("afrimgsm", "math", code, "demos", FIXTURES)
    english = data.load("afrimgsm", "math", "eng", "demos", FIXTURES)
    assert len(pool) == 8 and [e.id for e in pool] == [e.id for e in english]
    for mine, theirs in zip(pool, english, strict=True):
        assert numbers(mine.gold) == numbers(theirs.gold)
        assert Counter(numbers(mine.text)) <= Counter(numbers(theirs.text)) + Counter("14")
        for a, sign, b, made in re.findall(r"(\d+) ([*/+-]) (\d+) = (\d+)\.", mine.gold):
            sides = int(a), int(b)
            done = {"*": sides[0] * sides[1], "+": sum(sides), "-": sides[0] - sides[1]}
            assert int(made) == (done | {"/": sides[0] // sides[1]})[sign]
        *_, last, said = numbers(mine.gold)
        assert last == said


def test_all_eight_can_be_shown():
    pool, test = (data.load("afrimgsm", "math", "hau", s, FIXTURES) for s in ("demos", "test"))
    shown = draw(pool, "math", 8, 0, test, MATH.groups)
    assert {e.id for e in shown} == {e.id for e in pool}
    prompt = MATH.render(test[0], shown, load_language("hau"), 0, ()).text()
    assert prompt.count("Amsa ita ce") == 8 and prompt.endswith("\nAmsa:")


def test_a_number_is_carried_back_as_it_is():
    hau, eng = load_language("hau"), load_language("eng")
    item = data.Example("1", "hau", "3 + 4?", "7")
    (there,) = MATH.carry([item], hau, eng, lambda texts, a, b: texts, gold=False)
    assert MATH.carry_back(["7"], [item], [there], eng, hau, lambda *_: 1 / 0) == [("7", 0)]


def test_baselines_read_the_problem():
    item = data.Example("1", "eng", "Ann has 3 bags of 1,200 nuts.", "3600")
    said = [answer([], [item]) for answer in MATH.baselines.values()]
    assert said == [["3600"], ["1200"], ["1203"]]


def test_outputs_are_read_otherwise():
    import pandas as pd

    rows = pd.DataFrame({"output": ["3 * 4 = 12.\nSo 13", "none"], "gold": ['"12"', '"12"']})
    first, line = (again.remake(rows, {}) for again in MATH.rereadings)
    assert first["answer"].tolist()[0] == '"3"' and line["correct"].tolist() == [1.0, 0.0]
    assert line["valid"].tolist() == [True, False]


@pytest.mark.parametrize("cell", ["eighteen", "1 or 2", "-"])
def test_an_answer_that_is_no_number_is_named(tmp_path, cell):
    folder = tmp_path / "irokobench" / "hau"
    folder.mkdir(parents=True)
    text = f"question\tanswer\n3 + 4?\t2,007\n3 + 5?\t{cell}\n"
    (folder / "afrimgsm_test.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(XltError, match=r"afrimgsm_test.tsv, line 3: found the answer"):
        data.load("afrimgsm", "math", "hau", "test", tmp_path)


def test_the_worked_problems_come_with_the_package():
    assert sorted(path.stem for path in WORKED.glob("*.tsv")) == list(CODES)
    tracked = subprocess.run(["git", "ls-files", str(WORKED)], capture_output=True, cwd=WORKED)
    assert tracked.returncode or tracked.stdout.count(b".tsv") == 4


def test_worked_problems_have_their_human_english():
    """A translator that looks translations up has to know the reasoning that prompts show."""
    profile = load_profile("gemma", data_dir=str(FIXTURES))
    math = [one for one in profile.datasets if one.task == "math"]
    text = ProfileText(profile.model_copy(update={"datasets": tuple(math)}))
    worked = data.load("afrimgsm", "math", "hau", "demos", FIXTURES)
    known = text.references(load_language("hau"), load_language("eng"))
    english = {one.id: one for one in data.load("afrimgsm", "math", "eng", "demos", FIXTURES)}
    assert len(worked) == 8
    for one in worked:
        assert known[one.gold] == english[one.id].gold
        assert known[one.text] == english[one.id].text
