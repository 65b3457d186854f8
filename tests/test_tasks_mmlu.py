"""Exam questions: three ways to put the answers, reading them back, and AfriMMLU's files."""

import json
import shutil

import numpy as np
import pytest
from conftest import FIXTURES
from sklearn.metrics import accuracy_score

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.study.study import Study
from xltlib.tasks import INVALID, get
from xltlib.tasks.readings import OptionScores, choose

MMLU = get("mmlu")
ENG = load_language("eng")
ITEM = Example("1", "eng", {"question": "2 + 2?"}, "B", ("3", "4", "it is 5", "A dog"))
SHOWN = Example("2", "eng", {"question": "1 + 1?"}, "D", ("3", "4", "5", "2"))
TEXTS = {"A": " 3", "B": " 4", "C": " it is 5", "D": " A dog"}
LISTED = "Question: 2 + 2?\nA: 3\nB: 4\nC: it is 5\nD: A dog\nAnswer:"


@pytest.mark.parametrize(
    ("wording", "prompt", "shown", "offered"),
    [
        (0, LISTED, "D", {"A": " A", "B": " B", "C": " C", "D": " D"}),
        (1, LISTED, "2", TEXTS),
        (2, "Question: 2 + 2?\nAnswer:", "2", TEXTS),
    ],
)  # fmt: skip
def test_answers_are_asked_for_by_letter_by_text_or_unlisted(wording, prompt, shown, offered):
    made = MMLU.render(ITEM, [SHOWN], ENG, wording, ())
    assert made.text().endswith(prompt) and made.turns[0].answer == shown
    assert MMLU.options(ITEM, ENG, (), wording) == offered


@pytest.mark.parametrize("code", ["eng", "hau", "kin", "lug"])
def test_every_language_has_the_three_ways(code):
    wordings = load_language(code).prompts["mmlu"]
    assert [one.choices for one in wordings] == ["letter", "text", "cloze"]


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (" B", "B"),
        ("B.", "B"),
        ("(C) it is 5", "C"),
        ("\n**D**\nA", "D"),
        ("D: A dog", "D"),
        ("4", "B"),
        ("It is 5.", "C"),
        ("A dog", "D"),  # an article is no letter
        ("A cat", INVALID),
        ("E", INVALID),
        ("B or C", INVALID),
        ("", INVALID),
    ],
)
def test_an_answer_is_a_letter_or_the_text_of_an_option(output, answer):
    assert MMLU.parse(output, ITEM, ENG, ()) == answer


def test_the_letter_means_the_same_answer_in_another_language():
    hau = load_language("hau")

    def translate(texts, source, target):
        return [f"<{text}>" for text in texts]

    (there,) = MMLU.carry([ITEM], ENG, hau, translate)
    assert there.options == ("<3>", "<4>", "<it is 5>", "<A dog>") and there.gold == "B"


def test_accuracy_is_that_of_scikit_learn_and_of_the_likeliest_continuation():
    """lm-evaluation-harness's acc is the argmax of sums; `per_byte` divides them by bytes."""
    dice = np.random.default_rng(0)
    letters = np.array(list("ABCD"))
    sums, sizes = dice.normal(-9, 3, (200, 4)), dice.integers(1, 40, (200, 4))
    gold = letters[dice.integers(0, 4, 200)]
    items = [
        OptionScores(tuple("ABCD"), tuple(s), (1,) * 4, tuple(map(int, b)), ((0.0,) * 4,) * 3, s)
        for s, b in zip(sums, sizes, strict=True)
    ]
    for reading, scores in (("sum", sums), ("per_byte", sums / sizes)):
        said = [a for a, _ in choose(items, [str(i) for i in range(200)], 0, reading)]
        ours = [
            MMLU.score(a, Example(str(i), "eng", {"question": "?"}, g))["correct"]
            for i, (a, g) in enumerate(zip(said, gold, strict=True))
        ]
        expected = accuracy_score(gold, letters[scores.argmax(axis=1)])
        assert np.mean(ours) == pytest.approx(expected, abs=1e-6)


def test_questions_are_set_aside_where_there_is_no_file_of_demonstrations(tmp_path):
    pool, test = (data.load("afrimmlu", "mmlu", "hau", s, FIXTURES) for s in ("demos", "test"))
    assert (len(pool), len(test)) == (10, 18)
    notes = data.notes("afrimmlu", "mmlu", "hau", FIXTURES)
    assert notes["test items set aside as demonstrations: there is no afrimmlu_dev.tsv"] == 10
    folder = tmp_path / "irokobench" / "hau"
    shutil.copytree(FIXTURES / "irokobench" / "hau", folder)
    shutil.copy(folder / "afrimmlu_test.tsv", folder / "afrimmlu_dev.tsv")
    both = [data.load("afrimmlu", "mmlu", "hau", s, tmp_path) for s in ("demos", "test")]
    assert [len(some) for some in both] == [28, 28]
    assert not data.notes("afrimmlu", "mmlu", "hau", tmp_path)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("Q?\t['1', '2', '3']\tA\ts", "line 2: found 3 choices, expected 4"),
        ("Q?\t['1', '2', '3', '4', '5']\tA\ts", "found 5 choices, expected 4"),
        ("Q?\t['1', '2', '3', ' ']\tA\ts", "expected a list of texts"),
        ("Q?\t['1', '2', '3', '4'\tA\ts", "expected a list of texts"),
        ("Q?\t__import__('os')\tA\ts", "expected a list of texts"),
        ("Q?\t['1', '2', '3', '4']\tE\ts", "found the answer 'E', expected one of A, B, C, D"),
        ("Q?\t['1', '2', '3', '4']\tA", "found 3 cells, expected 4"),
    ],
)
def test_a_row_that_is_not_as_it_should_be_is_named(tmp_path, row, says):
    folder = tmp_path / "irokobench" / "hau"
    folder.mkdir(parents=True)
    head = "question\tchoices\tanswer\tsubject\n"
    (folder / "afrimmlu_test.tsv").write_text(f"{head}{row}\n", encoding="utf-8")
    with pytest.raises(XltError, match="afrimmlu_test.tsv") as error:
        data.load("afrimmlu", "mmlu", "hau", "test", tmp_path)
    assert says in str(error.value)


def test_a_missing_file_says_where_it_is_published(tmp_path):
    (tmp_path / "irokobench" / "kin").mkdir(parents=True)
    with pytest.raises(XltError, match=r"kin/afrimmlu_test.tsv.*masakhane-nlu"):
        data.load("afrimmlu", "mmlu", "kin", "test", tmp_path)


def test_no_id_of_one_language_is_one_of_another():
    ids = [
        {e.id for e in data.load("afrimmlu", "mmlu", c, "test", FIXTURES)} for c in ("eng", "hau")
    ]
    assert not ids[0] & ids[1]


def test_a_cloze_is_answered_and_read_again(home):
    one = Study(
        "prompt", "mmlu", profile="local", dataset="afrimmlu", language="hau", shots=[0], seeds=[0],
        limit=3, data_dir=str(FIXTURES),
    )  # fmt: skip
    one.profile = one.profile.model_copy(update={"wording": 2})
    rows = one.run(progress=lambda line: None)
    for row, item in zip(rows.itertuples(), one.test, strict=True):
        assert row.output.strip() == item.options["ABCD".index(json.loads(row.answer))]
    for again in MMLU.rereadings:
        made = again.remake(rows, {"hau": load_language("hau")})
        assert made["correct"].isin([0.0, 1.0]).all() and len(made) == 3


def test_the_sets_run_where_they_are_named():
    for name, sets in {
        "local": ["afrimmlu"], "gemma": ["afrimmlu", "afrimmlu_parallel"],
    }.items():  # fmt: skip
        mine = [d for d in load_profile(name).datasets if d.task == "mmlu"]
        assert [d.name for d in mine] == sets
        assert all(d.optional and d.every_token == (name == "gemma") for d in mine)
