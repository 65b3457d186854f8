"""Demonstrations whose translation is sound: entities as placeholders, and others passed over."""

import pytest

from xltlib import demonstrations, tasks
from xltlib.config import DemonstrationsSpec, load_language
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.methods.checked import Checked, Soundness, unveil, veil
from xltlib.study.vetting import Vetted
from xltlib.text.spans import Span

HAUSA, ENGLISH = load_language("hau"), load_language("eng")
WORDS = {"ya": "he", "je": "went", "jiya": "yesterday", "Kano": "Kano", "gari": "town"}


def example(name: str, text: str, *entities: tuple[str, str]) -> Example:
    spans = [Span(text.index(s), text.index(s) + len(s), kind) for s, kind in entities]
    return Example(name, "hau", text, tuple(spans))


class Glosses:
    """A translator that knows five words, drops the word ``bata`` and its neighbour, and back."""

    def translate(self, texts, source, target):
        if source.code == "eng":
            back = {there: here for here, there in WORDS.items()}
            return [" ".join(back.get(w, w) for w in t.split()) for t in texts]
        return [self._one(t) for t in texts]

    def _one(self, text: str) -> str:
        words = text.split()
        lost = {i for n, w in enumerate(words) if w == "bata" for i in (n, n + 1)}
        return " ".join(WORDS.get(w, w) for i, w in enumerate(words) if i not in lost)


def checked(round_trip: float = 0.0) -> Checked:
    method = Checked.__new__(Checked)
    method.target, method.language, method.translator = HAUSA, ENGLISH, Glosses()
    method.project = None
    method.given = Soundness(round_trip=round_trip)  # type: ignore[misc]
    return method


SOUND = example("1", "Musa ya je Kano jiya", ("Musa", "PER"), ("Kano", "LOC"), ("jiya", "DATE"))
LOST = example("2", "Musa ya je bata Kano", ("Musa", "PER"), ("Kano", "LOC"))
NONE = example("3", "ya je gari")


def test_entities_are_translated_by_themselves_and_their_places_are_known():
    (one,) = checked().carry(tasks.get("ner"), [SOUND], gold=True)
    assert one.text == "Musa he went Kano yesterday" and one.language == "eng"
    assert [(one.text[a:b], kind) for a, b, kind in one.gold] == [
        ("Musa", "PER"), ("Kano", "LOC"), ("yesterday", "DATE")
    ]  # fmt: skip


def test_a_demonstration_that_loses_an_entity_is_not_sound():
    ner = tasks.get("ner")
    assert checked().sound(ner, [SOUND, LOST, NONE]) == [True, False, True]
    assert [one.id for one in checked().carry(ner, [SOUND, LOST, NONE], gold=True)] == ["1", "3"]


def test_the_round_trip_counts_where_it_is_asked_for():
    strange = Example("4", "hau", "ya je gari bata sannu", "sports")
    plain = Example("5", "hau", "ya je gari", "sports")
    topics = tasks.get("topics")
    assert checked().sound(topics, [strange, plain]) == [True, True]
    assert checked(100).sound(topics, [strange, plain]) == [False, True]


def test_placeholders_are_none_of_the_texts_own_words_and_follow_the_translations_order():
    text = "E1 da e2 sun fi Musa a Kano"
    veiled, signs = veil(text, [Span(16, 20, "PER"), Span(23, 27, "LOC")])
    assert (veiled, signs) == ("E1 da e2 sun fi E3 a E4", ["E3", "E4"])
    found = unveil("in E4, e3 wins", signs, ["Musa", "Kano"], ["PER", "LOC"])
    assert found == ("in Kano, Musa wins", (Span(3, 7, "LOC"), Span(9, 13, "PER")))


@pytest.mark.parametrize("text", ["E1", "E1 E2 E2", "E1 E22", "E1 xE2"])
def test_a_placeholder_stands_once_and_by_itself(text):
    assert unveil(text, ["E1", "E2"], ["a", "b"], ["PER", "PER"]) is None


def test_a_name_without_translation_is_a_lost_one():
    assert unveil("E1", ["E1"], [""], ["PER"]) is None


@pytest.mark.parametrize("by", ["fixed", "nearest"])
def test_the_next_of_the_same_picker_stand_in(by):
    ner = tasks.get("ner")
    pool = [example(f"{i:02}", f"Ali{i} ya je Kano", (f"Ali{i}", "PER")) for i in range(12)]
    pool += [example(f"{i}", f"bata Ali{i} ya je", (f"Ali{i}", "PER")) for i in range(12, 24)]
    test = [example("t", "Audu ya je Kano", ("Audu", "PER"))]
    picker = demonstrations.get(by)(DemonstrationsSpec(by=by), ner, pool, test)
    vetted = Vetted(picker, checked)
    picked = [one.id for one in vetted.pick(test[0], 4, 0)]
    more = ([one.id for one in picker.pick(test[0], n, 0)] for n in range(4, 13))
    whole = next(ids for ids in more if sum(i < "12" for i in ids) == 4)
    assert picked == [i for i in whole if i < "12"] and len(picked) == 4
    assert vetted.per_item == picker.per_item and vetted.pick(test[0], 0, 0) == ()
    with pytest.raises(XltError):
        vetted.pick(test[0], 13, 0)
