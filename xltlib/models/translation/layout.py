"""How a language model is asked to translate: lines that begin with a language's name.

``Hausa: ...`` and below it ``English:``, as adaptive machine translation does (Moslem et al. 2023,
arXiv 2312.12740); demonstrations stand before it in the same form, with a blank line between.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...config import Language

#: (text in the source language, text in the target language)
Pair = tuple[str, str]
STOP = "\n"  # a translation is one line
GLOSS = "Gloss"  # stands in the source language's place where the text is a phrase table's output


def prompt(text: str, source: str, target: str, shown: Sequence[Pair] = ()) -> str:
    """What the model continues with the translation of ``text``; ``shown`` are demonstrations.

    ``source`` and ``target`` are the languages' English names.
    """
    blocks = [f"{source}: {a}\n{target}: {b}" for a, b in shown]
    return "\n\n".join([*blocks, f"{source}: {text}\n{target}:"])


class ParallelText(Protocol):
    """Parallel text of a profile, as translators without a translation model need it."""

    @property
    def revision(self) -> str:
        """Changes with the text."""

    def training(self, source: Language, target: Language) -> Sequence[Pair]:
        """Pairs to learn from and to show; none of them overlaps with a test text."""

    def references(self, source: Language, target: Language) -> Mapping[str, str]:
        """Human translations of the data sets' own items."""
