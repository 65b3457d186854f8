"""``bm25``: for each test item the examples of the pool that BM25 ranks highest, nearest last.

BM25 (Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019) is what search engines rank
by: a word counts more the rarer it is in the pool, less with each repetition, and less in a long
text. Which retriever in-context learning in low-resource languages is best served by is an open
question: https://arxiv.org/abs/2204.02292 and https://arxiv.org/abs/2403.16512 use this one and
TF-IDF. Our choice: k1 = 1.5, b = 0.75, the form of the inverse document frequency that cannot be
negative, and each word of the item counting once.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..text.words import words
from .nearest import Nearest, text_of

K1, B = 1.5, 0.75


class BM25(Nearest):
    """The ``shots`` examples that BM25 ranks highest for each item; ties go by id."""

    @cached_property
    def _index(self) -> tuple[Any, Any]:
        asked = _Asked()
        return asked, asked.weights([text_of(e) for e in self._free])


class _Asked:
    """Texts as the words that they hold, in the columns of the pool's words."""

    def weights(self, pool: Sequence[str]) -> Any:
        """[texts, words] of the pool: what a word of a query is worth in each of its texts."""
        from sklearn.feature_extraction.text import CountVectorizer

        self._counter = CountVectorizer(tokenizer=words, token_pattern=None, lowercase=False)
        counts = self._counter.fit_transform(pool).astype(float).tocsr()
        held = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log(1 + (len(pool) - held + 0.5) / (held + 0.5))
        sizes = np.asarray(counts.sum(axis=1))[:, 0]
        damp = K1 * (1 - B + B * sizes / sizes.mean())
        own = np.repeat(damp, np.diff(counts.indptr))
        counts.data = counts.data * (K1 + 1) / (counts.data + own) * rarity[counts.indices]
        return counts

    def transform(self, texts: Sequence[str]) -> Any:
        """[texts, words] of zeros and ones."""
        return self._counter.transform(texts).minimum(1).astype(float)


PICKER = BM25
