"""What translators without a model share: the interface of :class:`.translator.Translator`."""

import time
from collections.abc import Callable, Sequence

from ...config import Language
from ..usage import Usage

#: One text of a direction into its translation.
Direction = Callable[[str], str]


class WithoutModel:
    """Translates text by text; ``direction(source, target)`` gives what does, once for each pair.

    ``usage`` counts seconds alone: there are no tokens and no operations of a model.
    """

    def __init__(self, revision: str, direction: Callable[[Language, Language], Direction]):
        self.revision, self.usage = revision, Usage()
        self._direction = direction
        self._made: dict[tuple[str, str], Direction] = {}

    def translate(
        self, texts: Sequence[str], source: Language, target: Language, scope: str = ""
    ) -> list[str]:
        """The translations in the order of ``texts``; empty texts pass through."""
        start = time.perf_counter()
        key = (source.code, target.code)
        if key not in self._made:
            self._made[key] = self._direction(source, target)
        made = [self._made[key](text) if text.strip() else text for text in texts]
        self.usage.seconds += time.perf_counter() - start
        return made
