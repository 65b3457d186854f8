"""Spans on translations: exact, near and translated matches, and which occurrence is taken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xltlib.data import Span
from xltlib.projection import NEAR, _key, _similarity, project, project_all
from xltlib.tasks.entities import whole_words


def nothing(texts):
    return ["" for _ in texts]


def mark(text, *surfaces, type="LOC"):
    """Spans of surfaces in a text, each looked for after the one before it."""
    spans, at = [], 0
    for surface in surfaces:
        start = text.index(surface, at)
        at = start + len(surface)
        spans.append(Span(start, at, type))
    return spans


def onto(source, surfaces, target, translate=nothing):
    """What the spans of ``surfaces`` cover in the target."""
    found = project(mark(source, *surfaces), source, target, translate)
    return [target[s.start : s.end] if s else None for s in found]


@pytest.mark.parametrize(
    ("source", "surface", "target", "expected"),
    [
        ("She left Kampala today", "Kampala", "Yavudde e Kampala leero", "Kampala"),
        ("The Barundi: Abarundi left", "Abarundi", "abanyarwanda n'Abarundi", "Abarundi"),
        ("The Abarundi left", "Abarundi", "abanyarwanda n’Abarundi bagiye", "Abarundi"),
        ("He is in Kampala", "Kampala", "Ali mu Kamfala.", "Kamfala"),
        ("He is in Kampala", "Kampala", "Ali eKampala, naye", "eKampala"),
        ("Kasar Ɗanja", "Ɗanja", "The land of Danja", "Danja"),
        ("Isra’ila ta ce", "Isra’ila", "Isra'ila said", "Isra'ila"),
        ("in Côte d'Ivoire now", "Côte d'Ivoire", "muri Cote d’Ivoire ubu", "Cote d’Ivoire"),
        ("of Rwanda", "Rwanda", "y'u Rwanda", "Rwanda"),
        ("and Kampala", "Kampala", "n'Kamfala", "Kamfala"),
        ("Nyamwasani left", "Nyamwasani", "Nyemwasano met Nyamwasano", "Nyamwasano"),
        ("by Muhammadu Buhari", "Muhammadu Buhari", "da Muhammad Buhari", "Muhammad Buhari"),
    ],
)
def test_matches_without_a_translator(source, surface, target, expected):
    assert onto(source, [surface], target) == [expected]


@pytest.mark.parametrize(
    ("source", "surface", "target"),
    [
        ("in Kano now", "Kano", "kan hanya a Kanosa yanzu"),
        ("Mali won", "Mali", "mai nasara"),
        ("in 12005 days", "12005", "kwanaki 12006"),
        ("on 21 May", "21 May", "ranar 27 May"),
        ("Paris won", "Paris", "paris"),
        ("Kano", "Kano", ""),
    ],
)
def test_what_only_looks_alike_is_no_match(source, surface, target):
    assert onto(source, [surface], target) == [None]


def test_a_translated_surface_is_the_last_resort():
    asked = []

    def translate(texts):
        asked.append(texts)
        return {"Ministry of Health": "ma'aikatar lafiya.", "Monday": "Litinin"}[
            texts[0]
        ], "Litinin"

    source = "Kano and the Ministry of Health on Monday"
    target = "Kano da Ma'aikatar Lafiya ranar Litinin"
    surfaces = ["Kano", "Ministry of Health", "Monday"]
    assert onto(source, surfaces, target, translate) == ["Kano", "Ma'aikatar Lafiya", "Litinin"]
    assert asked == [["Ministry of Health", "Monday"]]


def test_many_texts_need_one_call():
    asked = []

    def translate(texts):
        asked.append(texts)
        return [{"Monday": "Litinin", "Friday": "Juma'a"}[t] for t in texts]

    items = [
        (mark("on Monday", "Monday"), "on Monday", "ranar Litinin"),
        (mark("in Kano", "Kano"), "in Kano", "a Kano"),
        (mark("Friday or Monday", "Friday", "Monday"), "Friday or Monday", "Juma'a ko Litinin"),
    ]
    found = project_all(items, translate)
    assert asked == [["Monday", "Friday"]]
    assert all(span for spans in found for span in spans)
    project_all(items[1:2], lambda texts: pytest.fail("no call is needed"))
    assert project_all([], nothing) == [] and project([], "a", "b", nothing) == []


def places(source, spans, target):
    return [s and s.start for s in project(spans, source, target, nothing)]


def test_the_kth_of_equal_surfaces_goes_to_the_kth():
    source, target = "Kano beat Kano", "Kano ta doke Kano"
    assert places(source, mark(source, "Kano", "Kano"), target) == [0, 13]
    assert places(source, [Span(10, 14, "LOC")], target) == [13]
    assert places(source, [Span(0, 4, "LOC")], target) == [0]
    found = project([Span(10, 14, "ORG"), Span(0, 4, "LOC")], source, target, nothing)
    assert found == [Span(13, 17, "ORG"), Span(0, 4, "LOC")]
    source, target = "Kano Kano a b c d e f g h", "a b c d e f g Kano h Kano"
    assert places(source, [Span(5, 9, "LOC")], target) == [21]


def test_more_spans_than_places_leaves_the_last_out():
    source, target = "Kano beat Kano", "An doke Kano"
    assert places(source, mark(source, "Kano", "Kano"), target) == [8, None]


def test_an_ambiguous_place_keeps_the_order():
    source = "Musa met Kano in Lagos"
    target = "Kano shi ne Musa ya gani, Kano a Lagos"
    assert places(source, mark(source, "Musa", "Kano", "Lagos"), target) == [12, 26, 33]
    source = "Musa met Kano and then many other people from far away"
    target = "Kano ta ga Musa a b c d e f g h i j k l m n o Kano"
    assert places(source, mark(source, "Musa", "Kano"), target) == [11, 46]


def test_a_part_of_a_longer_name_is_not_taken():
    source, target = "Kano State and Kano", "Kano da Kano State"
    found = project(mark(source, "Kano State", "Kano"), source, target, nothing)
    assert found == [Span(8, 18, "LOC"), Span(0, 4, "LOC")]
    source, target = "Kano and Kano State", "Kano State da Kano"
    assert places(source, mark(source, "Kano", "Kano State"), target) == [14, 0]


def test_places_that_overlap_serve_one_span():
    source = "A a x A a"
    assert places(source, mark(source, "A a", "A a"), "y A a A") == [2, None]
    source = "a a x a a"
    assert places(source, mark(source, "a a", "a a"), "y a a a") == [2, None]


@pytest.mark.parametrize("empty", ["", " ", ".", " . "])
def test_a_translation_without_words_matches_nothing(empty):
    source, target = "on Monday . ", "ranar Litinin . "
    assert onto(source, ["Monday"], target, lambda texts: [empty for _ in texts]) == [None]


def test_similarity_is_one_less_distance_in_proportion():
    assert _similarity(_key("Kampala"), _key("Kamfala")) == pytest.approx(6 / 7)
    assert _similarity(_key("Ƙasar ’Yan"), _key("kasar yan")) == 1.0
    assert _similarity("kano", "kona") == 0.0 and _similarity("", "a") == 0.0


def plain_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        plain_distance(a[1:], b) + 1,
        plain_distance(a, b[1:]) + 1,
        plain_distance(a[1:], b[1:]) + (a[0] != b[0]),
    )


@settings(deadline=None)
@given(st.text("ab", min_size=1, max_size=6), st.text("ab", min_size=1, max_size=6))
def test_similarity_agrees_with_the_plain_definition(a, b):
    expected = 1 - plain_distance(a, b) / max(len(a), len(b))
    found = _similarity(a, b)
    assert found == pytest.approx(expected if expected >= NEAR - 1e-9 else 0.0)


WORDS = ["Kano", "Kampala", "Kamfala", "State", "n'Abarundi", "ta", "a", "Kano.", "12", "Ƙasa"]


@st.composite
def spanned(draw):
    tokens = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
    edges = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    starts = [len(" ".join(tokens[:i])) + bool(i) for i in range(len(tokens) + 1)]
    spans = [
        Span(starts[a], starts[b] - 1, draw(st.sampled_from(["PER", "LOC"])))
        for a, b in zip(edges[::2], edges[1::2], strict=False)
    ]
    text = " ".join(tokens)
    return text, [s._replace(end=min(s.end, len(text))) for s in spans]


@settings(max_examples=300, deadline=None)
@given(spanned())
def test_a_text_projects_onto_itself(item):
    text, spans = item
    assert project(spans, text, text, nothing) == spans


@settings(max_examples=300, deadline=None)
@given(spanned(), spanned())
def test_projected_spans_are_whole_words_and_never_overlap(one, other):
    (source, spans), (target, _) = one, other
    found = project(spans, source, target, lambda texts: [t[::-1] for t in texts])
    assert all(f is None or f.type == s.type for s, f in zip(spans, found, strict=True))
    placed = sorted(s for s in found if s)
    assert all(a.end <= b.start for a, b in zip(placed, placed[1:], strict=False))
    for span in placed:
        assert 0 <= span.start < span.end <= len(target)
        assert whole_words(target, span.start, span.end)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.data())
def test_any_text_is_projected_without_failing(source, target, data):
    edges = sorted(data.draw(st.sets(st.integers(0, len(source)), max_size=6)))
    spans = [Span(a, b, "PER") for a, b in zip(edges[::2], edges[1::2], strict=False)]
    found = project(spans, source, target, lambda texts: [t.upper() for t in texts])
    assert len(found) == len(spans)
