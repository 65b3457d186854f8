"""Demonstrations by words: TF-IDF as scikit-learn has it, BM25 as its formula reads."""

import math

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from xltlib import data, demonstrations, tasks
from xltlib.config import DemonstrationsSpec
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.text.words import words

POOL = {
    "a": "ruwan sama ya sauka a kauye",
    "b": "kasuwar kauye ta cika da mutane",
    "c": "kungiyar ta ci wasa",
    "d": "ruwan sama ruwan sama ruwan sama ya yi yawa a bana kuma gonaki sun cika",
    "e": "ruwan sama a tuddai",
}


def picker(name, pool, test):
    pools = ([Example(i, "hau", t, "x") for i, t in some.items()] for some in (pool, test))
    return demonstrations.get(name)(DemonstrationsSpec(by=name), tasks.get("topics"), *pools)


def bm25(query: str, document: list[str], pool: list[list[str]]) -> float:
    """The formula, word by word."""
    k1, b = 1.5, 0.75
    mean = sum(map(len, pool)) / len(pool)
    score = 0.0
    for word in set(words(query)):
        n = sum(word in other for other in pool)
        f = document.count(word)
        rarity = math.log(1 + (len(pool) - n + 0.5) / (n + 0.5))
        score += rarity * f * (k1 + 1) / (f + k1 * (1 - b + b * len(document) / mean))
    return score


def test_bm25_ranks_as_its_formula():
    asked = "ruwan sama a kauye, ruwan sama"
    found = picker("bm25", POOL, {"t": asked})
    split = [words(text) for text in POOL.values()]
    expected = {i: bm25(asked, words(t), split) for i, t in POOL.items()}
    vectors = found._index
    likeness = (vectors[1] @ vectors[0].transform([asked]).T).toarray()[:, 0]
    assert np.allclose(likeness, list(expected.values()))
    chosen = [e.id for e in found.pick(found.test[0], 5, 0)]
    assert chosen == sorted(expected, key=lambda i: expected[i])  # the nearest last


def test_words_are_compared_as_scikit_learn_compares_them():
    pool = data.load("sib200", "topics", "kin", "demos")[:120]
    test = data.load("sib200", "topics", "kin", "test")[:10]
    found = demonstrations.get("nearest_words")(
        DemonstrationsSpec(by="nearest_words"), tasks.get("topics"), pool, test
    )
    by_id = {e.id: e for e in sorted(pool, key=lambda e: e.id)}
    vectorizer = TfidfVectorizer(
        analyzer=lambda t: [" ".join(words(t)[i : i + n]) for n in (1, 2, 3)
                            for i in range(len(words(t)) - n + 1)],
        sublinear_tf=True,
    )  # fmt: skip
    known = vectorizer.fit_transform(e.text for e in by_id.values())
    for item in test:
        likeness = cosine_similarity(vectorizer.transform([item.text]), known)[0]
        best = likeness.max()
        mine = [e.id for e in found.pick(item, 4, 0)]
        assert likeness[list(by_id).index(mine[-1])] == pytest.approx(best)


@pytest.mark.parametrize("name", ["nearest_words", "bm25"])
def test_no_test_item_is_shown_and_no_seed_counts(name):
    found = picker(name, POOL, {"t": POOL["a"].upper(), "d": "wani abu"})
    assert not found.uses_seed and found.per_item
    for item in found.test:
        chosen = found.pick(item, 3, 0)
        assert {e.id for e in chosen} == {"b", "c", "e"} and chosen == found.pick(item, 3, 9)
    assert found.pick(found.test[0], 0, 0) == ()
    with pytest.raises(XltError, match="only 3 examples"):
        found.pick(found.test[0], 4, 0)


def test_an_item_without_a_known_word_is_asked_in_the_order_of_ids():
    found = picker("bm25", POOL, {"t": "zzz"})
    assert [e.id for e in found.pick(found.test[0], 2, 0)] == ["b", "a"]
