"""``nearest_words``: as ``nearest``, but alike are items that share words and runs of words.

Likeness is the cosine of TF-IDF vectors of runs of one to three words, as in the retrieval of
in-context alignment (https://arxiv.org/abs/2403.16512). Beside ``nearest`` it shows what letters
inside words add in languages that build words of many parts. Words are those of
:func:`xltlib.text.words.words` and counts are dampened (1 + log): our choice.
"""

from functools import cached_property
from typing import Any

from ..text.words import words
from .nearest import Nearest, text_of


class NearestWords(Nearest):
    """The ``shots`` examples that share most words with each item; ties go by id."""

    @cached_property
    def _index(self) -> tuple[Any, Any]:
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(
            tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 3),
            sublinear_tf=True,
        )  # fmt: skip
        return vectorizer, vectorizer.fit_transform([text_of(e) for e in self._free])


PICKER = NearestWords
