"""What translators without a model share: the interface of :class:`.translator.Translator`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ...config import Language
from ..usage import Usage
from .translation_cache import Entry, TranslationCache

#: One text of a direction into its translation.
Direction = Callable[[str], str]


class WithoutModel:
    """Translates text by text; ``direction(source, target)`` gives what does, once for each pair.

    ``usage`` counts seconds alone: there are no tokens and no operations of a model. With a
    ``cache`` (an SQLite file) they are those of when a translation was made.
    """

    def __init__(
        self,
        revision: str,
        direction: Callable[[Language, Language], Direction],
        cache: Path | None = None,
    ):
        self.revision, self.usage = revision, Usage()
        self._direction = direction
        self._cache = TranslationCache(cache) if cache is not None else None
        self._made: dict[tuple[str, str], Direction] = {}

    def translate(
        self, texts: Sequence[str], source: Language, target: Language, scope: str = ""
    ) -> list[str]:
        """The translations in the order of ``texts``; empty texts pass through."""
        key = (self.revision, source.code, target.code, "", "")
        wanted = list(dict.fromkeys(text for text in texts if text.strip()))
        known = self._cache.get(key, wanted) if self._cache else {}
        self.usage.cached += len(known)
        new = [text for text in wanted if text not in known]
        if new:
            start = time.perf_counter()
            made = [self._of(source, target)(text) for text in new]
            each = (time.perf_counter() - start) / len(new)
            entries = {t: Entry(m, 0, False, 0.0, each) for t, m in zip(new, made, strict=True)}
            if self._cache:
                self._cache.put(key, entries)
            known |= entries
        self.usage.seconds += sum(known[text].seconds for text in wanted)
        return [known[text].translation if text.strip() else text for text in texts]

    def _of(self, source: Language, target: Language) -> Direction:
        if (pair := (source.code, target.code)) not in self._made:
            self._made[pair] = self._direction(source, target)
        return self._made[pair]
