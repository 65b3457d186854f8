"""Composed and decomposed letters are the same letters wherever an answer meets its text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from xltlib.config import load_language
from xltlib.data import Example
from xltlib.methods.projection.match import _exact
from xltlib.tasks.ner import TASK as ner
from xltlib.text.forms import own_form
from xltlib.text.spans import Span

TEXT = unicodedata.normalize("NFD", "Ọjọ́ wa ní Ìbàdàn")
PLACE = unicodedata.normalize("NFC", "Ìbàdàn")


def test_an_entity_in_another_unicode_form_is_found():
    start = TEXT.rindex("I")
    item = Example("1", "yor", TEXT, (Span(start, len(TEXT), "LOC"),))
    language = load_language("eng")
    for form in ("NFC", "NFD"):
        said = unicodedata.normalize(form, f"LOC: {PLACE}")
        answer = ner.parse(said, item, language, ("LOC", "PER"))
        scores = ner.score(answer, item)
        assert (scores["tp"], scores["fp"], scores["fn"]) == (1, 0, 0)


def test_a_projected_surface_in_another_unicode_form_is_found():
    (match,) = _exact(PLACE, TEXT)
    assert unicodedata.normalize("NFC", TEXT[match.start : match.end]) == PLACE


def test_apostrophes_spaces_and_unseen_characters_part_no_answer_from_its_text():
    for text, said in (
        ("Kungiyar ’Yan Jarida", "Kungiyar 'Yan Jarida"),
        ("Bankin\u00a0Duniya", "Bankin Duniya"),
        ("gwam\u00adnati", "gwamnati"),
        ("ﬁlin jirgi １", "filin jirgi 1"),
    ):
        item = Example("1", "hau", f"A {text} ake", (Span(2, 2 + len(text), "ORG"),))
        answer = ner.parse(f"ORG: {said}", item, load_language("eng"), ("ORG", "PER"))
        assert ner.score(answer, item)["tp"] == 1, said
    assert own_form("Kano", "\u00ad") == "\u00ad" and own_form("Kano", "kano") == "kano"


def test_no_letter_is_parted_from_its_marks():
    assert own_form(unicodedata.normalize("NFD", "Ọjọ́"), "O") == "O"
    decomposed = unicodedata.normalize("NFD", "ọ́jọ")
    assert own_form(decomposed, "jọ") == decomposed[-3:]
    assert own_form(decomposed, "Kano") == "Kano" and own_form("", "a") == "a"


@given(st.text("aọ́ọ̀éḿ \u0323\u0301x", max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_what_is_found_is_canonically_the_same(text, start, end):
    surface = unicodedata.normalize("NFC", text[min(start, end) : max(start, end)])
    found = own_form(text, surface)
    assert unicodedata.normalize("NFD", found) == unicodedata.normalize("NFD", surface)
    assert found == surface or found in text
