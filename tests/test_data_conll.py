"""CoNLL: strict, nothing lost, orphan I- tags repaired as conlleval does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltlib.data.formats.conll import Sentence, parse, spans, write
from xltlib.errors import XltError

TYPES = ("LOC", "PER")
token = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8
)
tag = st.sampled_from(["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
sentence = st.lists(st.tuples(token, tag), min_size=1, max_size=9).map(
    lambda pairs: Sentence(*map(tuple, zip(*pairs, strict=True)))
)


@given(st.lists(sentence, max_size=5))
def test_round_trip(sentences):
    assert parse(write(sentences), Path("x"), TYPES) == sentences


@given(sentence)
def test_spans_are_whole_tokens_in_order_and_cover_all_tags(s):
    found, repairs = spans(s)
    covered = 0
    for before, span in zip([None, *found], found, strict=False):
        assert span.type in TYPES
        words = s.text[span.start : span.end].split(" ")
        assert set(words) <= set(s.tokens)
        assert before is None or before.end < span.start
        covered += len(words)
    assert covered == sum(t != "O" for t in s.tags)
    assert len(found) == sum(t[0] == "B" for t in s.tags) + repairs


def test_orphans_begin_an_entity():
    s = Sentence(("a", "b", "c", "d"), ("I-PER", "I-PER", "I-LOC", "O"))
    found, repairs = spans(s)
    assert [(s.text[x.start : x.end], x.type) for x in found] == [("a b", "PER"), ("c", "LOC")]
    assert repairs == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kano B-LOC\nta\n", ["line 2", "'ta'", "one space"]),
        ("Kano  B-LOC\n", ["line 1"]),
        ("Kano\tB-LOC\n", ["line 1", "expected a token"]),
        ("a O\n\nKano B-GPE\n", ["line 3", "'B-GPE'", "B-LOC, B-PER"]),
        ("Kano LOC\n", ["line 1", "'LOC'"]),
    ],
)
def test_broken_lines_are_named(text, words):
    with pytest.raises(XltError) as error:
        parse(text, Path("hau/test.txt"), TYPES)
    assert all(word in str(error.value) for word in ["hau/test.txt", *words])


def test_line_ends_and_a_missing_last_blank_line_do_not_matter():
    windows, unix = "a O\r\n\r\n\r\nb O", "a O\n\nb O\n\n"
    assert parse(windows, Path("x"), TYPES) == parse(unix, Path("x"), TYPES)
