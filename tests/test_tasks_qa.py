"""Question answering: SQuAD's scores, questions translated beside passages that stay, AfriQA."""

import collections
import json
import re
import string

import numpy as np
import pytest
from conftest import FIXTURES

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.methods.parallel_text import ProfileText
from xltlib.models.translation import reference
from xltlib.stats import metric
from xltlib.tasks import INVALID, get

QA = get("qa")
NAME = "gold_span_passages.afriqa.hau.en.{}.json"
ROW = {
    "id": "0",
    "context": "Kano is a city.  It is old.",
    "question_lang": "Wane gari ne tsoho?",
    "question_translated": "Which city is old?",
    "answer_pivot": {"answer_start": [0], "text": ["Kano"]},
}


def squad(prediction, truth):
    """Exact match and F1 as the evaluation script of SQuAD 1.1 defines them."""

    def normalize(s):
        s = "".join(ch for ch in s.lower() if ch not in set(string.punctuation))
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", s).split())

    exact = float(normalize(prediction) == normalize(truth))
    said, gold = normalize(prediction).split(), normalize(truth).split()
    same = sum((collections.Counter(said) & collections.Counter(gold)).values())
    if same == 0:
        return exact, 0.0
    precision, recall = same / len(said), same / len(gold)
    return exact, (2 * precision * recall) / (precision + recall)


PAIRS = [
    ("the Kano", "Kano"),
    ("Kano, Nigeria", "Kano"),
    ("Kano Kano city", "Kano city of Kano"),
    ("1,947", "1947"),
    ("a bird and an egg", "bird, egg"),
    ("Lagos", "Kano"),
    ("U.S.A.", "USA"),
]


@pytest.mark.parametrize(("said", "gold"), PAIRS)
def test_scores_are_squads(said, gold):
    mine = QA.score(said, Example("1", "hau", {"passage": "p", "question": "q"}, gold))
    assert (mine["exact_match"], mine["token_f1"]) == pytest.approx(squad(said, gold), abs=1e-6)


def test_scores_of_many_answers_are_squads_and_their_means():
    dice = np.random.default_rng(1)
    some = ["the", "Kano", "Zaria,", "a", "1947", "old", "city.", "of", "Nigeria"]
    rows, expected = [], []
    for _ in range(300):
        said, gold = (" ".join(dice.choice(some, dice.integers(1, 6))) for _ in range(2))
        if not squad(gold, gold)[1]:  # articles alone: no word is left of it
            continue
        item = Example("1", "hau", {"passage": "p", "question": "q"}, gold)
        rows.append(QA.score(said, item))
        expected.append(squad(said, gold))
    for name, at in (("exact_match", 0), ("token_f1", 1)):
        column = [[row[name], 1.0] for row in rows]
        value = float(metric(name).value(np.sum(column, axis=0)))
        assert value == pytest.approx(np.mean([e[at] for e in expected]), abs=1e-6)


def test_no_answer_scores_nothing():
    item = Example("1", "hau", {"passage": "p", "question": "q"}, "the")
    assert QA.score(INVALID, item) == {"token_f1": 0.0, "exact_match": 0.0}
    assert QA.score("a", item) == {"token_f1": 1.0, "exact_match": 1.0}


def test_a_question_is_translated_and_its_passage_and_answer_stay():
    item = Example("1", "hau", {"passage": "Kano is old.", "question": "Wane?"}, "Kano")
    item = Example(item.id, item.language, item.fields, item.gold, kept=("passage",))
    hau, eng = load_language("hau"), load_language("eng")
    asked = []

    def translate(texts, source, target):
        asked.extend(texts)
        return [text.upper() for text in texts]

    (there,) = QA.carry([item], hau, eng, translate)
    assert asked == ["Wane?"] and there.gold == "Kano" and there.language == "eng"
    assert dict(there.fields) == {"passage": "Kano is old.", "question": "WANE?"}
    assert QA.carry_back(["Kano"], [item], [there], eng, hau, translate) == [("Kano", 0)]
    assert asked == ["Wane?"]


def test_baselines_take_names_and_shared_words():
    item = Example(
        "1",
        "hau",
        {"passage": "In 1947 Kano State met Lagos Town Council.", "question": "Kano State?"},
        "Lagos Town Council",
    )
    said = {name: answer([item], [item]) for name, answer in QA.baselines.items()}
    assert said["longest name"] == ["Lagos Town Council."]
    assert said["longest common phrase"] == ["Kano State"]
    assert said["commonest answer"] == ["Lagos Town Council"]


@pytest.mark.parametrize(
    ("language", "items"), [("hau", (11, 13)), ("kin", (11, 13)), ("eng", (22, 26))]
)
def test_rows_without_a_passage_are_left_out_and_counted(language, items):
    pool, test = (data.load("afriqa", "qa", language, s, FIXTURES) for s in ("demos", "test"))
    assert (len(pool), len(test)) == items
    n = 2 if language == "eng" else 1
    assert data.notes("afriqa", "qa", language, FIXTURES) == {
        f"{part} {what}": n
        for part in ("train", "test")
        for what in (
            "questions left out: no passage or no answer",
            "questions answered by yes or no",
            "offsets that are wrong, and not used",
        )
    }


def test_an_english_question_is_its_twins_translation():
    hau, eng = load_language("hau"), load_language("eng")
    profile = load_profile("gemma", data_dir=str(FIXTURES))
    sets = tuple(d for d in profile.datasets if d.task == "qa")
    text = ProfileText(profile.model_copy(update={"datasets": sets}))
    known = text.references(hau, eng)
    here, there = (data.load("afriqa", "qa", c, "test", FIXTURES) for c in ("hau", "eng"))
    english = {item.id: item.fields["question"] for item in there}
    assert all(known[item.fields["question"]] == english[item.id] for item in here)
    assert not any(item.fields["passage"] in known for item in here)
    one = reference.load(text)
    assert one.translate([here[0].fields["question"]], hau, eng) == [english[here[0].id]]
    with pytest.raises(XltError, match="no human translation from Hausa into English of 'Wane"):
        one.translate(["Wane gari?"], hau, eng)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer_pivot": {"answer_start": [0], "text": []}}, "expected one text"),
        ({"answer_pivot": {"answer_start": [0], "text": ["a", "b"]}}, "expected one text"),
        ({"answer_pivot": None}, "expected one text"),
        ({"question_lang": " "}, "found question_lang ' '"),
        ({"context": 3}, "found context 3"),
    ],
)
def test_a_row_that_is_not_as_it_should_be_is_named(tmp_path, change, says):
    path = written(tmp_path, json.dumps(ROW), json.dumps(ROW | {"id": "1"} | change))
    with pytest.raises(XltError) as error:
        data.load("afriqa", "qa", "hau", "test", tmp_path)
    assert f"{path}, line 2" in str(error.value) and says in str(error.value)


@pytest.mark.parametrize(
    "change",
    [{"context": None}, {"context": ""}, {"answer_pivot": {"answer_start": [], "text": []}}],
)
def test_a_question_that_cannot_be_answered_is_left_out(tmp_path, change):
    written(tmp_path, json.dumps(ROW), json.dumps(ROW | {"id": "1"} | change))
    (item,) = data.load("afriqa", "qa", "hau", "test", tmp_path)
    assert (item.id, item.gold) == ("hau-test-0", "Kano")


@pytest.mark.parametrize("line", ["[]", "{", '{"id": "1"}'])
def test_a_line_that_is_no_row_is_named(tmp_path, line):
    path = written(tmp_path, json.dumps(ROW), line)
    with pytest.raises(XltError, match="expected an object with id") as error:
        data.load("afriqa", "qa", "hau", "test", tmp_path)
    assert f"{path}, line 2" in str(error.value)


def test_a_missing_file_says_where_it_is_published(tmp_path):
    written(tmp_path, json.dumps(ROW))
    with pytest.raises(XltError, match=r"hau.en.train.json.*masakhane-io/afriqa"):
        data.load("afriqa", "qa", "hau", "demos", tmp_path)


def written(root, *lines):
    path = root / "afriqa" / "hau" / NAME.format("test")
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
