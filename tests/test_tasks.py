"""The registry, INVALID, the scores of text, and what the three tasks have in common."""

import copy
import json
import pickle
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltlib import tasks
from xltlib.config import load_language
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.tasks import INVALID, Invalid, get, names
from xltlib.text.words import UnicodeTokenizer, at_boundary, text_scores, words

summarization, topics = get("summarization"), get("topics")
ENG, HAU = load_language("eng"), load_language("hau")
LABELS = ("business", "health", "politics", "sports")


def shout(texts, source, target):
    """A translator that shows what it was asked."""
    return [f"{target.code}<{text}>" for text in texts]


class Counted:
    def __init__(self, result=shout):
        self.calls, self.result = [], result

    def __call__(self, texts, source, target):
        self.calls.append((list(texts), source.code, target.code))
        return self.result(texts, source, target)


@pytest.mark.parametrize("name", names())
def test_every_task_is_found_and_whole(name):
    task = tasks.get(name)
    assert task.name == name
    assert task.title and task.metrics and task.kind in ("choose", "write", "own")
    assert hasattr(task, "options") == (task.kind == "choose")
    for verb in ("render", "parse", "score", "carry", "carry_back", "gold_json", "answer_json"):
        assert callable(getattr(task, verb))


def test_an_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(
        XltError, match="`task` must be one of 'summarization', 'topics', 'ner'.* but got 'poetry'"
    ):
        tasks.get("poetry")


def test_trap_4_invalid_is_one_thing_and_null_in_the_records():
    assert Invalid() is INVALID is copy.deepcopy(INVALID) is pickle.loads(pickle.dumps(INVALID))
    assert repr(INVALID) == "INVALID"
    for name in names():
        assert tasks.get(name).answer_json(INVALID) is None


def test_trap_4_an_output_without_an_answer_is_invalid_and_wrong():
    example = Example("a", "hau", "Labari", "health")
    for output in ("", "  \n", "kwallo", "lafiyayye", "healthy"):
        answer = topics.parse(output, example, HAU, LABELS)
        assert answer is INVALID
        assert topics.score(answer, example) == {"correct": 0.0}
    summary = Example("a", "hau", "Labari", "Kanu")
    assert summarization.parse("\n \n", summary, HAU) is INVALID
    zeros = {"rouge1": 0.0, "rouge2": 0.0, "rougeL": 0.0, "chrf": 0.0}
    assert summarization.score(INVALID, summary) == zeros


def test_tasks_load_neither_torch_nor_transformers():
    code = (
        "import sys, xltlib.tasks as t\n"
        "for n in ('summarization', 'topics', 'ner'): t.get(n)\n"
        "print(sorted({'torch', 'transformers', 'nltk', 'sacrebleu'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# Topics


def test_topics_parse_takes_the_one_label_named():
    def parse(output, *how):
        return topics.parse(output, Example("a", "hau", "x", "health"), HAU, LABELS, *how)

    assert parse(" lafiya") == "health"
    assert parse("Ina ganin SIYASA ce.") == "politics"
    assert parse("Ina ganin\nwasanni ne, wasanni!\nMaudu'i: siyasa") == "sports"
    assert parse("\n lafiya \nsiyasa", "strict") == "health"
    assert parse("Lafiya", "strict") is INVALID
    assert parse("lafiya.", "strict") is INVALID


@pytest.mark.parametrize(
    "output",
    ["Ba wasanni ba, siyasa ce.", "Babu ko daya (kasuwanci, lafiya, siyasa)", "lafiya/wasanni"],
)
def test_an_answer_that_names_several_labels_is_none(output):
    example = Example("a", "hau", "x", "health")
    assert topics.parse(output, example, HAU, LABELS) is INVALID
    assert topics.parse(output, example, HAU, LABELS, "first") is not INVALID


@pytest.mark.parametrize(
    "output", ["- lafiya", "1. **Lafiya**.", "Maudu'i： lafiya", "\ufefflafiya።", "\u200elafiya؛"]
)
def test_topics_parse_reads_through_marks(output):
    assert topics.parse(output, Example("a", "hau", "x", "health"), HAU, LABELS) == "health"


def test_topics_parse_prefers_the_longer_of_two_words_in_one_place():
    language = ENG.model_copy(update={"labels": {"s": "science", "t": "science of travel"}})
    example = Example("a", "eng", "x", "t")
    assert topics.parse("science of travel", example, language, ("s", "t")) == "t"
    assert topics.parse("a science, of travel", example, language, ("s", "t")) == "t"
    assert topics.parse("science travel", example, language, ("s", "t")) == "s"
    both = "travel: science, science of travel"
    assert topics.parse(both, example, language, ("s", "t")) is INVALID


@given(st.sampled_from(LABELS), st.sampled_from([ENG, HAU]))
def test_topics_parse_reads_its_own_continuations_back(label, language):
    text = topics.options(None, language, LABELS)[label]
    example = Example("a", language.code, "x", label)
    for by in ("one", "first", "strict"):
        answer = topics.parse(text, example, language, LABELS, by)
        assert topics.score(answer, example) == {"correct": 1.0}


def test_topics_refuse_labels_without_a_word_of_their_own():
    with pytest.raises(XltError, match="'hau' has no word for the data's label 'weather': add"):
        topics.options(None, HAU, ("health", "weather"))
    twice = HAU.model_copy(update={"labels": {"a": "Lafiya", "b": "lafiya"}})
    with pytest.raises(XltError, match="for both 'a' and 'b'"):
        topics.options(None, twice, ("a", "b"))
    demonstration = Example("d", "hau", "x", "religion")
    with pytest.raises(XltError, match="demonstration 'd' has the label 'religion'"):
        topics.render(Example("a", "hau", "y", "health"), [demonstration], HAU, 0, LABELS)


def test_trap_2_the_labels_on_offer_are_exactly_the_datas():
    example = Example("a", "hau", "Labari", "health")
    for labels in (LABELS, ("health", "religion", "technology")):
        assert list(topics.options(None, HAU, labels)) == list(labels)
        prompt = topics.render(example, [], HAU, 0, labels)
        offered = prompt.instruction.removeprefix("Maudu'ai: ").removesuffix(".").split(", ")
        assert offered == [HAU.labels[label] for label in labels]


def test_topics_carry_translates_the_text_alone():
    translate = Counted()
    examples = [Example("a", "hau", "Labari", "health"), Example("b", "hau", "Wani", "sports")]
    carried = topics.carry(examples, HAU, ENG, translate)
    assert [(e.id, e.language, e.text, e.gold) for e in carried] == [
        ("a", "eng", "eng<Labari>", "health"),
        ("b", "eng", "eng<Wani>", "sports"),
    ]
    back = topics.carry_back(["health", INVALID], examples, carried, ENG, HAU, translate)
    assert back == [("health", 0), (INVALID, 0)]
    assert len(translate.calls) == 1


# Summarization


def test_summarization_parses_the_first_line_with_text():
    example = Example("a", "hau", "Labari", "Kanu")
    assert summarization.parse(" \n  Kano ta ci \nRubutu: x", example, HAU) == "Kano ta ci"


def test_summarization_carries_texts_and_headlines_in_one_call():
    translate = Counted()
    examples = [Example("a", "hau", "Labari", "Kanu"), Example("b", "hau", "Wani", "Wani kanu")]
    carried = summarization.carry(examples, HAU, ENG, translate)
    assert [(e.text, e.gold) for e in carried] == [
        ("eng<Labari>", "eng<Kanu>"),
        ("eng<Wani>", "eng<Wani kanu>"),
    ]
    assert len(translate.calls) == 1
    unpaid = summarization.carry(examples, HAU, ENG, translate, gold=False)
    assert [(e.text, e.gold) for e in unpaid] == [("eng<Labari>", ""), ("eng<Wani>", "")]
    assert translate.calls[1] == (["Labari", "Wani"], "hau", "eng")


def test_summarization_carries_answers_back_and_keeps_invalid_ones():
    translate = Counted(lambda texts, *_: [t if t != "gone" else " " for t in texts])
    examples = [Example(i, "hau", i, i) for i in "abc"]
    carried = [Example(i, "eng", i, i) for i in "abc"]
    answers = ["Kano wins", INVALID, "gone"]
    back = summarization.carry_back(answers, examples, carried, ENG, HAU, translate)
    assert back == [("Kano wins", 0), (INVALID, 0), (INVALID, 0)]
    assert translate.calls == [(["Kano wins", "gone"], "eng", "hau")]


def test_a_wrong_direction_or_a_lossy_translator_is_refused():
    example = Example("a", "hau", "x", "health")
    with pytest.raises(XltError, match="`source` is 'eng', but example 'a' is in 'hau'"):
        topics.carry([example], ENG, HAU, shout)
    carried = topics.carry([example], HAU, ENG, shout)
    with pytest.raises(XltError, match="carry_back from the carried"):
        topics.carry_back(["health"], [example], carried, HAU, ENG, shout)
    with pytest.raises(XltError, match="gave 0 texts for 1"):
        topics.carry([example], HAU, ENG, lambda *_: [])
    assert topics.carry([], HAU, ENG, lambda *_: 1 / 0) == []


def test_json_keeps_letters_readable():
    example = Example("a", "hau", "x", "Ƙasar ’yan ŋ")
    assert summarization.gold_json(example) == '"Ƙasar ’yan ŋ"'
    assert json.loads(summarization.answer_json("ɗaya\n")) == "ɗaya\n"
    assert topics.gold_json(example) == topics.answer_json(example.gold)


# Scores of text


def test_trap_5_words_keep_every_letter_and_apostrophe():
    assert UnicodeTokenizer().tokenize("Ƙasar ’yan ɓera; ɗaya, ƴa") == [
        "ƙasar", "yan", "ɓera", "ɗaya", "ƴa",
    ]  # fmt: skip
    assert words("n’Abarundi n'Abarundi ŋŋamba 2,000") == [
        "n'abarundi", "n'abarundi", "ŋŋamba", "2", "000",
    ]  # fmt: skip
    assert words("à ɓ̀") == [unicodedata.normalize("NFC", "à"), "ɓ̀"]


def test_trap_5_rouge_tells_hooked_letters_apart():
    assert text_scores("ƙasar Hausa", "ƙasar Hausa")["rouge2"] == 1.0
    assert text_scores("asar", "ƙasar")["rouge1"] == 0.0
    assert text_scores("kasar", "ƙasar")["rouge1"] == 0.0


def test_text_scores_by_hand():
    found = text_scores("Kano ta ci", "Kano ta doke Katsina")
    assert found["rouge1"] == pytest.approx(2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4))
    assert found["rouge2"] == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    assert found["rougeL"] == pytest.approx(found["rouge1"])
    assert text_scores("Kano", "Kano")["chrf"] == pytest.approx(100.0)


@given(st.text(max_size=30), st.text(max_size=30))
def test_text_scores_stay_in_their_ranges(a, b):
    found = text_scores(a, b)
    assert all(0 <= found[k] <= 1 + 1e-9 for k in ("rouge1", "rouge2", "rougeL"))
    assert 0 <= found["chrf"] <= 100 + 1e-9


@given(st.text(max_size=40))
def test_words_are_the_same_in_nfc_and_nfd(text):
    nfd, nfc = (unicodedata.normalize(form, text) for form in ("NFD", "NFC"))
    assert words(nfd) == words(nfc)


@given(st.text(max_size=40))
def test_a_text_may_be_cut_at_both_ends_and_beside_spaces(text):
    assert at_boundary(text, 0) and at_boundary(text, len(text))
    for i, character in enumerate(text):
        if character.isspace():
            assert at_boundary(text, i) and at_boundary(text, i + 1)
