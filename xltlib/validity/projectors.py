"""Projectors compared where the right answer is known: on parallel text with gold entities.

Published NER sets are not parallel. The generated corpus (``data/sets/mini.py``) is: the same id
says the same in all its languages, and each has its own gold spans. So any profile's translator can
be tried on it; what is measured there is synthetic text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .. import data
from ..config import PROJECTORS, Language, Profile, ProjectionSpec, load_language
from ..data.sets.mini import LANGUAGES
from ..methods import projection
from ..methods.projection import Found, Item

if TYPE_CHECKING:
    from ..models.translation.translator import Translator

LIMIT = 15  # texts per language; the slowest projector takes about half a second for each


@dataclass(frozen=True)
class Projected:
    """Texts in one language, the English spans projected onto them, and their own gold spans."""

    projector: str
    language: str
    ids: list[str]
    items: list[Item]
    gold: list[tuple[data.Span, ...]]
    found: Found

    def counts(self) -> pd.DataFrame:
        """One row per text: spans to project, tp, fp and fn (type and both ends), dropped."""
        rows = []
        for name, item, gold, found in zip(
            self.ids, self.items, self.gold, self.found, strict=True
        ):
            said = {span for span in found if span}
            right = len(said & set(gold))
            rows.append(
                {
                    "projector": self.projector,
                    "language": self.language,
                    "example_id": name,
                    "spans": len(item.spans),
                    "tp": right,
                    "fp": len(said) - right,
                    "fn": len(gold) - right,
                    "dropped": sum(span is None for span in found),
                }
            )
        return pd.DataFrame(rows)

    def surfaces(self, n: int) -> list[str]:
        """What each span of text ``n`` was projected onto, in words; a dash for a dropped one."""
        item = self.items[n]
        return [item.target[s.start : s.end] if s else "–" for s in self.found[n]]


def languages(profile: Profile) -> list[Language]:
    """The profile's languages in the parallel corpus; all of the corpus's, where it has none."""
    named = {load_language(name).code for d in profile.datasets for name in d.languages}
    ours = [code for code in LANGUAGES if code != profile.pivot]
    return [load_language(code) for code in ours if code in named or not named & set(ours)]


def pairs(language: Language, limit: int, pivot: str) -> tuple[list[str], list[Item], list[tuple]]:
    """Ids, items (the pivot's gold spans and text, text) and gold of texts with entities."""
    english = {e.id: e for e in data.load("mini", "ner", pivot, "test")}
    every = data.load("mini", "ner", language.code, "test", limit=2 * limit)
    chosen = [e for e in every if english[e.id].gold][:limit]
    items = [Item(english[e.id].gold, english[e.id].text, e.text) for e in chosen]
    return [e.id for e in chosen], items, [e.gold for e in chosen]


def compare(
    profile: Profile,
    translator: "Translator",
    projectors: Sequence[str] = PROJECTORS,
    limit: int = LIMIT,
) -> Iterator[Projected]:
    """Each projector that the translator serves (:func:`.projection.serves`) on the same texts.

    The profile's own projector has the profile's settings.
    """
    english = load_language(profile.pivot)
    chosen = [(language, *pairs(language, limit, profile.pivot)) for language in languages(profile)]
    for by in projectors:
        own = profile.projection
        spec = own if own.by == by else ProjectionSpec(by=by)
        if not projection.serves(spec, translator):
            continue
        project = projection.load(spec, translator)
        for language, ids, items, gold in chosen:
            found = project(items, english, language)
            yield Projected(by, language.code, ids, items, gold, found)
