"""``checked``: ``translate``, showing only demonstrations whose translation is sound.

After entity-aware translation and filtering (https://arxiv.org/abs/2302.09424). Entities of a
demonstration are translated as numbered placeholders, each is checked to stand once in the
translation, and what the translator makes of the entity by itself is put in its place: the spans
are known, and none is searched for. A demonstration that loses an entity is left out, and with
``round_trip`` so is one that comes back from English less like itself than this chrF. The next of
the same picker stands in for it.

Our choice: the form of the placeholders, that entities are put into English by themselves (a name
that the translator does not know stays as it is), and chrF of characters (sacrebleu's default).
Test items are translated as by ``translate``: their entities are not known.
"""

import re
from collections.abc import Sequence
from itertools import count
from typing import Annotated, ClassVar

from pydantic import Field

from ..config import Spec
from ..data import Example
from ..tasks import Task
from ..text.spans import Span
from ..text.words import chrf, one_line
from .translate import Translate


class Soundness(Spec):
    """``with: {round_trip: 30}``: the least chrF of a demonstration that was translated back."""

    round_trip: Annotated[float, Field(ge=0, le=100)] = 0.0


class Checked(Translate):
    about = "as translate, showing only demonstrations whose translation is sound"
    notebook = "translate"
    vets = True
    Given = Soundness
    given: ClassVar[Soundness]

    def sound(self, task: Task, examples: Sequence[Example]) -> list[bool]:
        carried = self._carried(task, examples)
        kept = [after is not None for after in carried]
        if not self.given.round_trip:
            return kept
        there = [" ".join(after.own_texts) if after else "" for after in carried]
        back = self.translator.translate(there, self.language, self.target)
        return [
            whole and chrf(again, " ".join(e.own_texts)) >= self.given.round_trip
            for whole, again, e in zip(kept, back, examples, strict=True)
        ]

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        if not gold:
            return super().carry(task, examples, gold)
        return [one for one in self._carried(task, examples) if one is not None]

    def _carried(self, task: Task, examples: Sequence[Example]) -> list[Example | None]:
        """Demonstrations in the pivot; None for one that lost an entity."""
        if not any(isinstance(e.gold, tuple) for e in examples):
            return list(super().carry(task, examples, gold=True))
        veiled = [veil(e.text, e.gold) for e in examples]
        surfaces = sorted({e.text[s.start : s.end] for e in examples for s in e.gold})
        translate = self.translator.translate
        texts = [one_line(t) for t in translate([t for t, _ in veiled], self.target, self.language)]
        own = dict(zip(surfaces, translate(surfaces, self.target, self.language), strict=True))
        made: list[Example | None] = []
        for e, text, (_, signs) in zip(examples, texts, veiled, strict=True):
            names = [one_line(own[e.text[s.start : s.end]]) for s in e.gold]
            found = unveil(text, signs, names, [s.type for s in e.gold])
            made.append(found and e.carried(self.language.code, [found[0]], found[1]))
        return made


def veil(text: str, spans: Sequence[Span]) -> tuple[str, list[str]]:
    """``text`` with a numbered placeholder for each span, and the placeholders of the spans.

    A number whose placeholder is part of the text already is passed over.
    """
    free = (f"E{n}" for n in count(1) if f"e{n}" not in text.lower())
    signs = [next(free) for _ in spans]
    for span, sign in sorted(zip(spans, signs, strict=True), reverse=True):
        text = text[: span.start] + sign + text[span.end :]
    return text, signs


def unveil(
    text: str, signs: Sequence[str], names: Sequence[str], types: Sequence[str]
) -> tuple[str, tuple[Span, ...]] | None:
    """``text`` with names in their placeholders' place, and where they stand.

    None where a placeholder is missing, stands twice or is a part of another word, or a name is
    empty.
    """
    places = []
    for sign, name, kind in zip(signs, names, types, strict=True):
        found = [m.span() for m in re.finditer(rf"(?i)\b{sign}\b", text)]
        if len(found) != 1 or not name:
            return None
        places.append((*found[0], name, kind))
    done, at, spans = "", 0, []
    for start, end, name, kind in sorted(places):
        done += text[at:start]
        spans.append(Span(len(done), len(done) + len(name), kind))
        done, at = done + name, end
    return done + text[at:], tuple(spans)


METHOD = Checked
