"""``reference``: the human translation of an item in a parallel data set.

No system's output, but the bound of what translating can bring: an item's own counterpart in the
other language, found by its text.
"""

from ...config import Language
from ...errors import XltError
from .layout import ParallelText
from .without_model import Direction, WithoutModel


def load(parallel: ParallelText) -> WithoutModel:
    """The translator that looks up. Its ``translate`` raises :class:`XltError` for other texts."""

    def direction(source: Language, target: Language) -> Direction:
        known = parallel.references(source, target)

        def find(text: str) -> str:
            if text not in known:
                raise XltError(
                    f"the translator `reference` has no human translation from {source.name} into "
                    f"{target.name} of {text[:60]!r}: it knows the items that have one id "
                    "in both languages of a data set of the profile (such as sib200, afriqa or "
                    "afrimmlu_parallel); give another translator, or leave other data sets out "
                    "with --tasks"
                )
            return known[text]

        return find

    return WithoutModel(f"reference {parallel.revision}", direction)
