"""The draw of demonstrations: fixed, balanced, nested, never overlapping the test set."""

from collections import Counter
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltlib import tasks
from xltlib.data import Example, Span, demonstrations
from xltlib.errors import XltError


def draw(pool, task, k, seed, test):
    return demonstrations.draw(pool, task, k, seed, test, tasks.get(task).groups)


LABELS = ("business", "health", "politics", "sports")
POOL = [
    Example(f"train-{i}", "lug", f"ekyawandiikibwa {i} " + "ng'omuntu " * (i % 13), LABELS[i % 4])
    for i in range(80)
]
NER = [
    Example(
        f"train-{i}",
        "hau",
        f"Musa Kano ɗan {i}",
        tuple(Span(*where) for where in [(0, 4, "PER"), (5, 9, "LOC")][i % 3 :]),
    )
    for i in range(60)
]


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 1000))
def test_draws_nest_in_k(few, many, seed):
    few, many = sorted((few, many))
    assert draw(POOL, "topics", few, seed, []) == draw(POOL, "topics", many, seed, [])[:few]


@given(st.integers(1, 4), st.integers(0, 1000))
def test_k_demonstrations_cover_k_labels(k, seed):
    assert len({e.gold for e in draw(POOL, "topics", k, seed, [])}) == k
    twice = Counter(e.gold for e in draw(POOL, "topics", 8, seed, []))
    assert set(twice.values()) == {2}


def test_seed_and_task_enter_and_order_of_the_pool_does_not():
    assert draw(POOL, "topics", 8, 0, []) != draw(POOL, "topics", 8, 1, [])
    assert draw(POOL, "summarization", 8, 0, []) != draw(POOL, "topics", 8, 0, [])
    assert draw(POOL, "topics", 8, 0, []) == draw(POOL[::-1], "topics", 8, 0, [])


@given(st.integers(0, 200))
def test_none_stands_in_the_test_set_by_id_or_by_words(seed):
    chosen = draw(POOL, "topics", 4, seed, [])
    same_id = [Example(chosen[0].id, "lug", "ekirala", "health")]
    same_words = [Example("t", "lug", chosen[1].text.upper().replace(" ", " , "), "health")]
    again = draw(POOL, "topics", 4, seed, same_id + same_words)
    assert not {chosen[0], chosen[1]} & set(again)


def test_repeated_texts_are_drawn_once():
    pool = [Example(f"train-{i}", "kin", f"Amakuru {i % 4} !", "health") for i in range(12)]
    chosen = draw(pool, "topics", 4, 0, [])
    assert len({e.text for e in chosen}) == 4


def test_short_texts_are_preferred():
    chosen = draw(POOL, "summarization", 20, 3, [])
    assert max(len(e.text) for e in chosen) <= median(len(e.text) for e in POOL)


@given(st.integers(0, 200))
def test_entity_types_take_turns(seed):
    two = draw(NER, "ner", 2, seed, [])
    assert {s.type for e in two for s in e.gold} == {"PER", "LOC"}
    assert any(not e.gold for e in draw(NER, "ner", 3, seed, []))


def test_a_pool_too_small_is_refused():
    with pytest.raises(XltError, match=r"`shots` is 5, but the topics pool \(lug\) has only"):
        draw(POOL[:4], "topics", 5, 0, [])
    with pytest.raises(XltError, match="has only 0 demonstrations"):
        draw(POOL, "topics", 1, 0, POOL)
    with pytest.raises(XltError, match="`shots` must be 0 or more"):
        draw(POOL, "topics", -1, 0, [])
    assert draw([], "topics", 0, 0, []) == ()
