"""The pairs whose source is most like a text: demonstrations for a translation by prompt."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from .layout import Pair

_ROWS = 512  # texts compared at a time: a block of similarities with all pairs


class Nearest:
    """TF-IDF over characters of the pairs' source sides (2- to 4-grams within words)."""

    def __init__(self, pairs: Sequence[Pair]):
        self.pairs = list(pairs)
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32
        )
        self._matrix = self._vectorizer.fit_transform([source for source, _ in self.pairs])

    def find(self, texts: Sequence[str], count: int) -> list[list[Pair]]:
        """For each text its ``count`` nearest pairs, the nearest last; never one with that source.

        Equally near ones are taken in the order of the pairs.
        """
        found: list[list[Pair]] = []
        if not count:
            return [[] for _ in texts]
        for start in range(0, len(texts), _ROWS):
            some = list(texts[start : start + _ROWS])
            likeness = (self._vectorizer.transform(some) @ self._matrix.T).toarray()
            for text, row in zip(some, likeness, strict=True):
                order = np.argsort(-row, kind="stable")[: 2 * count + 8]
                near = [self.pairs[i] for i in order if self.pairs[i][0] != text][:count]
                found.append(near[::-1])
        return found
