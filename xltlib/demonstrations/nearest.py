"""``nearest``: for each test item the examples of the pool that are most like it, nearest last.

Likeness is the cosine of TF-IDF vectors of character 2- to 5-grams within words, which needs no
tokenizer and no model of the language. After the retrieval of demonstrations of Liu et al. 2022
(https://arxiv.org/abs/2101.06804), in low-resource languages of https://arxiv.org/abs/2204.02292.

Our choice: runs of letters in place of a model's vectors, counts dampened (1 + log), and the
nearest example last, next to the item. The seed changes nothing.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..config import DemonstrationsSpec
from ..data import Example
from ..errors import XltError
from ..tasks import Task
from ..text.key import key
from .base import Picker


class Nearest(Picker):
    """The ``shots`` examples nearest to each item; ties go by id."""

    per_item = True
    uses_seed = False

    def __init__(
        self,
        settings: DemonstrationsSpec,
        task: Task,
        pool: Sequence[Example],
        test: Sequence[Example],
    ):
        super().__init__(settings, task, pool, test)
        ids, texts = {e.id for e in test}, {key(text_of(e)) for e in test}
        self._free: list[Example] = []
        for example in sorted(pool, key=lambda e: e.id):
            words = key(text_of(example))
            if example.id not in ids and words not in texts:
                self._free.append(example)
                texts.add(words)

    @cached_property
    def _index(self) -> tuple[Any, Any]:
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        return vectorizer, vectorizer.fit_transform([text_of(e) for e in self._free])

    def pick(self, item: Example, shots: int, seed: int) -> tuple[Example, ...]:
        if shots < 0:
            raise XltError(f"`shots` must be 0 or more, but got {shots}")
        if shots > len(self._free):
            raise XltError(
                f"`shots` is {shots}, but the {self.task.name} pool has only {len(self._free)} "
                f"examples ({len(self.pool)} before those of the test set and repeats are left "
                "out): ask for fewer shots or give a larger pool"
            )
        if shots == 0:
            return ()
        vectorizer, vectors = self._index
        likeness = (vectors @ vectorizer.transform([text_of(item)]).T).toarray()[:, 0]
        # Rounded, so that the last bits of a sum cannot decide; the pool is in the order of ids.
        order = np.argsort(-np.round(likeness, 9), kind="stable")[:shots]
        return tuple(self._free[i] for i in order[::-1])


def text_of(example: Example) -> str:
    return " ".join(example.texts)


PICKER = Nearest
