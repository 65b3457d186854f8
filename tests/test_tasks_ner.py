"""Entity answers survive writing and reading; spans and scores agree with IOB2 and seqeval."""

import json
import warnings
from types import SimpleNamespace

import pytest
from bio import from_bio, to_bio
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from xltlib.config import ProjectionSpec, load_language
from xltlib.data import Example, Span
from xltlib.errors import XltError
from xltlib.methods import projection
from xltlib.tasks import INVALID
from xltlib.tasks.entities import Mention, locate, mention, write
from xltlib.tasks.ner import TASK as ner
from xltlib.tasks.ner import type_tags
from xltlib.text.spans import occurrences
from xltlib.text.words import one_line

ENG, HAU, KIN = load_language("eng"), load_language("hau"), load_language("kin")
TYPES = ("DATE", "LOC", "ORG", "PER")
TAGS = {t: t for t in TYPES}
WORDS = ["Kano", "Musa", "Bello", "a", "ta", "n’Abarundi", "Kano.", ";", "PER:", "none", "\\2"]


def parse(output, text, language=ENG):
    return ner.parse(output, Example("a", language.code, text, ()), language, TYPES)


@st.composite
def spanned(draw, text=None):
    """A text and spans that do not overlap."""
    alphabet = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(";:\\ aA\n2"))
    text = draw(st.text(alphabet, min_size=1, max_size=40)) if text is None else text
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        spans.append(Span(start, end, draw(st.sampled_from(TYPES))))
    return text, tuple(spans)


@settings(max_examples=400)
@given(spanned())
def test_trap_3_answers_survive_the_round_trip(item):
    text, spans = item
    example = Example("a", "eng", text, spans)
    output = write(one_line(text), spans, TAGS, "none")
    assert "\n" not in output
    answer = ner.parse(" " + output + "\nText: more", example, ENG, TYPES)
    assert ner.score(answer, example) == {"tp": float(len(spans)), "fp": 0.0, "fn": 0.0}
    assert ner.answer_json(answer) == ner.gold_json(example)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=10), st.data())
def test_trap_3_repeated_surfaces_and_separators_survive(tokens, data):
    text, spans = data.draw(spanned(" ".join(tokens)))
    example = Example("a", "eng", text, spans)
    answer = ner.parse(write(text, spans, TAGS, "none"), example, ENG, TYPES)
    assert set(answer) == {mention(text, s) for s in spans}


@pytest.mark.parametrize("surface", ["A; B", "LOC: Kano", "PER: x; LOC: y", "a\\b", "none", "a\nb"])
def test_trap_3_hostile_surfaces(surface):
    example = Example("a", "eng", f"see {surface} here", (Span(4, 4 + len(surface), "ORG"),))
    prompt = ner.render(example, [example], ENG, 0, TYPES)
    assert ner.parse(prompt.turns[0].answer, example, ENG, TYPES) == (
        Mention("ORG", one_line(surface), 0),
    )


def test_trap_3_nothing_of_a_language_is_cleaned_away():
    text = "Super a Kano ta PER"
    spans = (Span(0, 5, "ORG"), Span(6, 7, "PER"), Span(8, 12, "LOC"), Span(16, 19, "ORG"))
    assert write(text, spans, TAGS, "none") == "ORG: Super; PER: a; LOC: Kano; ORG: PER"
    example = Example("a", "hau", text, spans)
    said = ner.parse("ORG: Super; LOC: Kano; ORG: PER", example, HAU, TYPES)
    assert ner.score(said, example) == {"tp": 3.0, "fp": 0.0, "fn": 1.0}
    other_case = ner.parse("ORG: super", example, HAU, TYPES)
    assert ner.score(other_case, example) == {"tp": 0.0, "fp": 1.0, "fn": 4.0}


def test_an_unmarked_surface_is_the_next_one():
    text = "Kano, Musa, Kano"
    assert parse("LOC: Kano; PER: Musa; ORG: Kano", text) == (
        Mention("LOC", "Kano", 0), Mention("PER", "Musa", 0), Mention("ORG", "Kano", 1),
    )  # fmt: skip
    assert parse("PER: Musa; LOC: Kano", text)[1] == Mention("LOC", "Kano", 1)
    assert parse("PER: Musa; LOC: Kano; LOC: Kano", text)[2] == Mention("LOC", "Kano", 0)
    assert parse("LOC: Kano\\2", text) == (Mention("LOC", "Kano", 1),)
    assert write(text, [Span(12, 16, "LOC")], TAGS, "none") == "LOC: Kano\\2"


def test_whole_words_come_before_parts_of_words():
    assert occurrences("Kanon Kano Kano", "Kano") == [6, 11, 0]
    assert parse("LOC: Kano", "Kanon Kano") == (Mention("LOC", "Kano", 0),)
    assert locate("Kanon Kano", Mention("LOC", "Kano", 0)) == Span(6, 10, "LOC")
    assert locate("Kanon", Mention("LOC", "Kano", 1)) is None
    assert locate("Kanon", Mention("LOC", "Kano", -1)) is None


def test_every_item_is_one_prediction():
    text = "Musa went to Kano"
    example = Example("a", "eng", text, (Span(0, 4, "PER"), Span(13, 17, "LOC")))
    answer = parse(" per: Musa ;LOC:Kano; MISC: Musa; went; ; LOC: Lagos; LOC: Lagos", text)
    assert answer == (
        Mention("PER", "Musa", 0),
        Mention("LOC", "Kano", 0),
        Mention("?MISC", "Musa", -1),
        Mention("?", "went", 0),
        Mention("LOC", "Lagos", -1),
    )
    assert ner.score(answer, example) == {"tp": 2.0, "fp": 3.0, "fn": 0.0}


def test_trap_4_what_is_no_answer_is_invalid_and_finds_nothing():
    example = Example("a", "hau", "Musa ya tafi Kano", (Span(0, 4, "PER"),))
    for output in ("", "\n\n", "Musa", "MISC: Musa", ": Musa", "Musa; Kano", "none"):
        answer = ner.parse(output, example, HAU, TYPES)
        assert answer is INVALID, output
        assert ner.score(answer, example) == {"tp": 0.0, "fp": 0.0, "fn": 1.0}
    for output in (" babu", "Babu.", "\nbabu\nRubutu: x"):
        assert ner.parse(output, example, HAU, TYPES) == ()
    assert ner.score((), example) == {"tp": 0.0, "fp": 0.0, "fn": 1.0}


@given(st.text(max_size=80), st.text(max_size=40))
def test_any_output_is_read_without_failing(output, text):
    answer = parse(output, text)
    if answer is not INVALID:
        assert len(set(answer)) == len(answer)
        for entity in answer:
            assert entity.occurrence == -1 or locate(one_line(text), entity)


def test_bad_tags_types_and_spans_are_refused():
    def language(tags):
        return ENG.model_copy(update={"entity_types": tags})

    with pytest.raises(XltError, match="tag '' for the entity type 'LOC'"):
        type_tags(language({"PER": "PER"}), ("PER", "LOC"))
    with pytest.raises(XltError, match="for two entity types"):
        type_tags(language({"PER": "N", "LOC": "n"}), ("PER", "LOC"))
    with pytest.raises(XltError, match="without colons"):
        type_tags(language({"PER": "P:"}), ("PER",))
    item = Example("a", "eng", "Kano", (Span(0, 9, "LOC"),))
    with pytest.raises(XltError, match="no span of its text of 4 characters"):
        ner.gold_json(item)
    item = Example("a", "eng", "Kano", (Span(0, 4, "MISC"),))
    with pytest.raises(XltError, match=r"entities of the types \['MISC'\]"):
        ner.render(item, [item], ENG, 0, TYPES)


# IOB2


@st.composite
def tagged(draw, n_tags=1):
    tokens = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
    tag = st.sampled_from(["O", "O", *(f"{p}-{t}" for p in "BI" for t in ("PER", "LOC"))])
    same = st.lists(tag, min_size=len(tokens), max_size=len(tokens))
    return tokens, *(draw(same) for _ in range(n_tags))


@given(tagged())
def test_bio_round_trip(item):
    tokens, tags = item
    text, spans = from_bio(tokens, tags)
    again, repaired = to_bio(text, spans)
    assert again == tokens
    assert from_bio(again, repaired) == (text, spans)
    valid = all(
        not t.startswith("I-") or (i and tags[i - 1][1:] == t[1:]) for i, t in enumerate(tags)
    )
    assert (repaired == tags) if valid else repaired != tags


def test_an_orphan_inside_tag_begins_an_entity():
    tokens, tags = ["Musa", "Bello", "Kano"], ["I-PER", "I-PER", "I-LOC"]
    text, spans = from_bio(tokens, tags)
    assert [(text[s.start : s.end], s.type) for s in spans] == [
        ("Musa Bello", "PER"),
        ("Kano", "LOC"),
    ]


def test_bio_refuses_what_it_cannot_write():
    with pytest.raises(XltError, match="must be O, B-<type> or I-<type>"):
        from_bio(["a"], ["PER"])
    with pytest.raises(XltError, match="2 tokens but 1 tags"):
        from_bio(["a", "b"], ["O"])
    with pytest.raises(XltError, match="does not begin and end with a token"):
        to_bio("Kano.", [Span(0, 4, "LOC")])
    with pytest.raises(XltError, match="overlaps"):
        to_bio("Kano State", [Span(0, 10, "LOC"), Span(5, 10, "LOC")])


@settings(max_examples=200, deadline=None)
@given(st.lists(tagged(n_tags=2), min_size=1, max_size=4))
def test_micro_f1_agrees_with_seqeval(items):
    """Through the whole of it: predicted spans written out, read back, scored, summed."""
    total = {"tp": 0.0, "fp": 0.0, "fn": 0.0}
    golds, predictions = [], []
    for tokens, gold, predicted in items:
        text, spans = from_bio(tokens, gold)
        example = Example("a", "eng", text, spans)
        output = write(text, from_bio(tokens, predicted)[1], TAGS, "none")
        counts = ner.score(ner.parse(output, example, ENG, TYPES), example)
        total = {k: total[k] + counts[k] for k in total}
        golds.append(gold)
        predictions.append(predicted)
    found = 2 * total["tp"] / max(2 * total["tp"] + total["fp"] + total["fn"], 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found == pytest.approx(f1_score(golds, predictions))
        strict = [
            [
                to_bio(*from_bio(tokens, tags))[1]
                for (tokens, *_), tags in zip(items, side, strict=True)
            ]
            for side in (golds, predictions)
        ]
        assert found == pytest.approx(f1_score(*strict, mode="strict", scheme=IOB2))


# Translation


def matching(translate):
    """The default projector over a plain translating function."""
    return projection.load(ProjectionSpec(), SimpleNamespace(translate=translate))


def test_ner_carries_texts_and_projects_spans():
    table = {
        "Musa Bello ya tafi Kano ranar Litinin": "Musa Bello went to Kano on Monday",
        "Litinin": "Monday.",
        "Babu kowa": "Nobody",
    }
    calls = []

    def translate(texts, source, target):
        calls.append((list(texts), source.code, target.code))
        return [table[t] for t in texts]

    text = "Musa Bello ya tafi Kano ranar Litinin"
    spans = (Span(0, 10, "PER"), Span(19, 23, "LOC"), Span(30, 37, "DATE"))
    examples = [Example("a", "hau", text, spans), Example("b", "hau", "Babu kowa", ())]
    carried = ner.carry(examples, HAU, ENG, translate, project=matching(translate))
    assert [c[0] for c in calls] == [[text, "Babu kowa"], ["Litinin"]]
    assert json.loads(ner.gold_json(carried[0])) == [
        ["PER", "Musa Bello", 0], ["LOC", "Kano", 0], ["DATE", "Monday", 0],
    ]  # fmt: skip
    assert (carried[1].language, carried[1].gold) == ("eng", ())
    items = ner.carry(examples, HAU, ENG, translate, gold=False)
    assert [e.gold for e in items] == [(), ()] and len(calls) == 3


def test_ner_carries_answers_back_counting_what_it_drops():
    original = Example("a", "hau", "Musa ya tafi Kano", ())
    carried = Example("a", "eng", "Musa the teacher went to Kano", ())
    calls = []

    def translate(texts, source, target):
        calls.append((list(texts), source.code, target.code))
        return ["malami" for _ in texts]

    answer = ner.parse("PER: Musa; ORG: teacher; LOC: Kano; LOC: Lagos", carried, ENG, TYPES)
    answers = [answer, INVALID, ()]
    project = matching(translate)
    back = ner.carry_back(answers, [original] * 3, [carried] * 3, ENG, HAU, translate, project)
    assert back == [
        ((Mention("PER", "Musa", 0), Mention("LOC", "Kano", 0), Mention("LOC", "Lagos", -1)), 1),
        (INVALID, 0),
        ((), 0),
    ]
    assert calls == [(["teacher"], "eng", "hau")]


def test_gold_json_keeps_letters():
    example = Example("a", "kin", "y’u Rwanda ƙ", (Span(0, 10, "LOC"),))
    assert ner.gold_json(example) == '[["LOC", "y’u Rwanda", 0]]'


@pytest.mark.parametrize("code", ["hau", "kin", "lug"])
def test_published_entities_survive_without_marks(published, code):
    """As in MasakhaNER, every entity is the next occurrence of its surface: none needs a number."""
    language = load_language(code)
    path = published / "masakhaner1" / code / "test.txt"
    entities = 0
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.rsplit(" ", 1) for line in block.splitlines() if line.strip()]
        if not rows:
            continue
        text, spans = from_bio([r[0] for r in rows], [r[1] for r in rows])
        example = Example("a", code, text, spans)
        output = ner.render(example, [example], language, 0, TYPES).turns[0].answer
        assert "\\" not in output
        answer = ner.parse(output, example, language, TYPES)
        assert ner.score(answer, example) == {"tp": float(len(spans)), "fp": 0.0, "fn": 0.0}
        entities += len(spans)
    assert entities > 40


DRESSED = [
    "```\nPER: Musa Bello\n```",
    "- PER: Musa Bello",
    "1. PER: Musa Bello",
    "(2) **PER**: Musa Bello",
    "**PER:** Musa Bello",
    "PER\uff1aMusa Bello",
    "\ufeffPER: Musa Bello",
    "\u200ePER: Musa Bello",
    "PER: Musa Bello.",
    "PER: Musa Bello\u1362",
    'PER: "Musa Bello"',
    "PER: \u201cMusa Bello\u201d.",
    "\n\nPER: **Musa Bello**",
]


@pytest.mark.parametrize("output", DRESSED)
def test_what_models_put_around_an_entity_is_read_through(output):
    example = Example("a", "eng", "Alhaji Musa Bello ya zo", (Span(7, 17, "PER"),))
    assert ner.parse(output, example, ENG, TYPES) == (Mention("PER", "Musa Bello", 0),)


def test_a_list_goes_on_over_lines():
    text = "Musa went to Kano"
    example = Example("a", "eng", text, (Span(0, 4, "PER"), Span(13, 17, "LOC")))
    for output in ("- PER: Musa\n- LOC: Kano\nSo these are", "1. PER: Musa\n2. LOC: Kano"):
        assert ner.score(ner.parse(output, example, ENG, TYPES), example)["tp"] == 2
    plain = ner.parse("PER: Musa\nLOC: Kano", example, ENG, TYPES)
    assert plain == (Mention("PER", "Musa", 0),), "only the first line of what is no list"


@pytest.mark.parametrize("separator", [";", "\uff1b", "\u061b", "\u1364", "\uff0c"])
def test_separators_of_other_scripts(separator):
    example = Example("a", "eng", "Musa went to Kano", (Span(0, 4, "PER"), Span(13, 17, "LOC")))
    answer = ner.parse(f"PER\u1366 Musa{separator} LOC: Kano", example, ENG, TYPES)
    assert ner.score(answer, example) == {"tp": 2.0, "fp": 0.0, "fn": 0.0}
    surface = f"A{separator} B"
    hostile = Example("a", "eng", f"see {surface} here", (Span(4, 4 + len(surface), "ORG"),))
    output = ner.render(hostile, [hostile], ENG, 0, TYPES).turns[0].answer
    assert ner.score(ner.parse(output, hostile, ENG, TYPES), hostile)["tp"] == 1


@pytest.mark.parametrize(
    "output", ["none", "None.", "- none", "**none**", "\ufeffnone\u1362", "none\u3002"]
)
def test_the_word_for_no_entity_is_read_through(output):
    assert ner.parse(output, Example("a", "eng", "He ran", ()), ENG, TYPES) == ()


def test_quotes_and_stops_of_the_text_itself_stay():
    text = 'the "Star" Inc. rose'
    example = Example("a", "eng", text, (Span(4, 10, "ORG"), Span(11, 15, "ORG")))
    output = write(text, example.gold, TAGS, "none")
    assert ner.score(ner.parse(output, example, ENG, TYPES), example)["tp"] == 2
