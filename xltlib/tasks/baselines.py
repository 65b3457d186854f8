"""Answers that need no language model: what a task's scores mean nothing without.

Each takes the pool of demonstrations and the test items and answers every test item. Which of them
a task has stands in the task; :mod:`xltlib.validity.baselines` makes tables of them.
"""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

import regex

from ..data import Example
from ..text.spans import Span
from ..text.words import APOSTROPHES, words
from .entities import mention

Answers = list[Any]
_LETTERS = r"[\p{L}\p{M}\p{N}]+"
_WORD = regex.compile(rf"{_LETTERS}(?:[{APOSTROPHES}-]{_LETTERS})*")


def majority(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """The commonest label of the test items, which is the best that a constant can do."""
    (label, _), *_ = Counter(e.gold for e in test).most_common()
    return [label] * len(test)


def tfidf(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """Logistic regression on TF-IDF of words and pairs of words, trained on the pool."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    features = TfidfVectorizer(
        tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True
    )
    model = make_pipeline(features, LogisticRegression(C=10.0, max_iter=1000))
    model.fit([_all(e) for e in pool], [e.gold for e in pool])
    return [str(label) for label in model.predict([_all(e) for e in test])]


def _all(example: Example) -> str:
    """All that the item says."""
    return " ".join(example.texts)


def lead(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """The first k words of the text, k being the median length of the pool's summaries."""
    k = max(1, round(median(len(str(e.gold).split()) for e in pool)))
    return [" ".join(e.text.split()[:k]) for e in test]


def capitalised(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """Every run of capitalised words; its type is the one it has in the pool, or the commonest.

    The first word of a text is capitalised for its place: it counts where the pool has it as an
    entity, or a further capitalised word follows.
    """
    seen: dict[str, Counter[str]] = {}
    for example in pool:
        for span in example.gold:
            surface = example.text[span.start : span.end]
            seen.setdefault(surface, Counter())[span.type] += 1
    total = sum(seen.values(), Counter())
    if not total:
        return [()] * len(test)
    commonest = min(total, key=lambda t: (-total[t], t))

    def type_of(surface: str) -> str:
        types = seen.get(surface)
        return min(types, key=lambda t: (-types[t], t)) if types else commonest

    answers: Answers = []
    for example in test:
        text, found = example.text, []
        for start, end, size in _runs(text):
            surface = text[start:end]
            if start > 0 or size > 1 or surface in seen:
                found.append(mention(text, Span(start, end, type_of(surface))))
        answers.append(tuple(found))
    return answers


def _runs(text: str) -> list[tuple[int, int, int]]:
    """(start, end, words) of runs of capitalised words with nothing but one space between."""
    runs: list[tuple[int, int, int]] = []
    for word in _WORD.finditer(text):
        if word[0][0].isupper():
            joined = runs and text[runs[-1][1] : word.start()] == " "
            start, _, size = runs.pop() if joined else (word.start(), 0, 0)
            runs.append((start, word.end(), size + 1))
    return runs
