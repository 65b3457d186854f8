"""Named-entity recognition: typed entities written out, scored as spans.

The answer's format is in :mod:`xltlib.tasks.entities`. An output counts each (type, surface,
occurrence) once, however often it repeats it; the sums of ``tp``, ``fp`` and ``fn`` give the entity
micro F1 that seqeval computes from IOB2 tags.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from ..config import Language
from ..data import Example
from ..errors import XltError
from ..prompts.layout import compose
from ..prompts.prompt import Prompt
from ..text import tagged
from ..text.spans import Item, Span
from ..text.words import fold, one_line
from . import baselines
from .base import (
    INVALID,
    Invalid,
    Project,
    Rereading,
    Task,
    Translate,
    check_language,
    translated,
)
from .entities import COLONS, SEPARATORS, Mention, locate, mention, read, write
from .metric import Metric
from .recounting import REREADINGS

Answer = tuple[Mention, ...] | Invalid


def type_tags(language: Language, labels: Sequence[str]) -> dict[str, str]:
    """Each of the data's entity types -> its tag in the language, in the order given.

    Raises :class:`XltError` when a type has no tag, two share one, or a tag holds a separator.
    """
    tags: dict[str, str] = {}
    for label in labels:
        tag = language.entity_types.get(label, "").strip()
        if not tag or set(tag) & set(f"{COLONS}{SEPARATORS}\\\n"):
            raise XltError(
                f"language {language.code!r} has the tag {tag!r} for the entity type {label!r}: "
                "write one without colons, semicolons and backslash under `entity_types` in its "
                "language file"
            )
        if fold(tag) in map(fold, tags.values()):
            raise XltError(
                f"language {language.code!r} has the tag {tag!r} for two entity types: give each "
                "its own under `entity_types` in its language file"
            )
        tags[label] = tag
    return tags


def _mentions(example: Example) -> tuple[Mention, ...]:
    text = example.text
    for span in example.gold:
        if not 0 <= span.start < span.end <= len(text):
            raise XltError(
                f"example {example.id!r}: {span} is no span of its text of {len(text)} characters"
            )
    return tuple(mention(text, span) for span in example.gold)


class Ner(Task):
    name = "ner"
    title = "Named entities"
    about = "Names of people, places and organisations, and dates, with their types."
    metrics = (Metric("entity_f1", "Entity F1 (micro)", "f1", ("tp", "fp", "fn")),)
    baselines = {"capitalised words": baselines.capitalised}
    place = 3

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str],
    ) -> Prompt:
        """The prompt; ``{types}`` in an instruction is the list of the tags."""
        tags = type_tags(language, labels)

        def answer(demonstration: Example) -> str:
            if unknown := {span.type for span in demonstration.gold} - set(tags):
                raise XltError(
                    f"demonstration {demonstration.id!r} has entities of the types "
                    f"{sorted(unknown)}, which are not among those on offer: {', '.join(tags)}"
                )
            return self.write(demonstration, tags, language)

        types = {"types": ", ".join(tags.values())}
        return compose(self.name, example, demonstrations, answer, language, wording, types)

    def write(self, example: Example, tags: Mapping[str, str], language: Language) -> str:
        """The gold answer of a demonstration as a model would write it."""
        return write(example.text, example.gold, tags, language.none)

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str]
    ) -> Answer:
        """The entities that the output names; INVALID when nothing in it can be read so."""
        found = read(output, example.text, type_tags(language, labels), language.none)
        return INVALID if found is None else found

    def score(self, answer: Answer, example: Example) -> dict[str, float]:
        """True positives, false positives and false negatives; INVALID misses every entity."""
        gold = set(_mentions(example))
        said = set() if isinstance(answer, Invalid) else set(answer)
        right = len(gold & said)
        return {"tp": float(right), "fp": float(len(said) - right), "fn": float(len(gold) - right)}

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """Texts translated and spans projected onto them; spans that cannot be are left out.

        One call of ``translate`` for all texts; ``project`` places all spans.
        """
        check_language(examples, source, "source")
        before = [e.text for e in examples]
        after = [one_line(t) for t in translated(before, source, target, translate)]
        spans: list[tuple[Span, ...]] = [()] * len(examples)
        if gold:
            items = [Item(e.gold, b, a) for e, b, a in zip(examples, before, after, strict=True)]
            projected = _projector(project)(items, source, target)
            spans = [tuple(sorted(s for s in found if s)) for found in projected]
        return [
            e.carried(target.code, [text], found)
            for e, text, found in zip(examples, after, spans, strict=True)
        ]

    def carry_back(
        self,
        answers: Sequence[Answer],
        originals: Sequence[Example],
        carried: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        project: Project | None = None,
    ) -> list[tuple[Answer, int]]:
        """The entities projected onto the original texts, all in one call of ``project``.

        An entity of the translated text that has no counterpart in the original is dropped and
        counted. An entity that is not even in the translated text stays what it is, a false
        positive: dropping it would favour translation over the methods that answer in the text's
        own language.
        """
        check_language(carried, source, "source")
        check_language(originals, target, "target")
        items, strays = [], []
        for answer, original, seen in zip(answers, originals, carried, strict=True):
            said = () if isinstance(answer, Invalid) else answer
            text = seen.text
            placed = [(entity, locate(text, entity)) for entity in said]
            items.append(Item([span for _, span in placed if span], text, original.text))
            strays.append([entity._replace(occurrence=-1) for entity, span in placed if not span])
        projected = _projector(project)(items, source, target)
        result: list[tuple[Answer, int]] = []
        for answer, (_, _, text), found, stray in zip(
            answers, items, projected, strays, strict=True
        ):
            spans = sorted(span for span in found if span)
            back = tuple(mention(text, span) for span in spans) + tuple(stray)
            result.append((INVALID, 0) if answer is INVALID else (back, len(found) - len(spans)))
        return result

    def gold_json(self, example: Example) -> str:
        """``[[type, surface, occurrence], ...]``"""
        return _json(_mentions(example))

    def answer_json(self, answer: Answer) -> str | None:
        return None if isinstance(answer, Invalid) else _json(answer)

    def groups(self, example: Example) -> Iterable[str]:
        """Entity types take turns among demonstrations; sentences without any come last."""
        return sorted({span.type for span in example.gold}) or ("",)

    def show(self, told: str | None) -> str:
        """``PER: Musa; LOC: Kano``"""
        if told is None:
            return super().show(told)
        return (
            "; ".join(f"{kind}: {surface}" for kind, surface, _ in json.loads(told))
            or "(no entities)"
        )

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        return REREADINGS


def _projector(given: Project | None) -> Project:
    if given is None:
        raise XltError("`project` is missing: entities are carried by a projector, give one")
    return given


def _json(mentions: Sequence[Mention]) -> str:
    return json.dumps([list(entity) for entity in mentions], ensure_ascii=False)


class Tagged(Ner):
    """The same task, whose answers repeat the sentence with tags around its entities.

    See :mod:`xltlib.text.tagged`; a method asks for it (:meth:`xltlib.methods.Method.asks`).
    """

    def write(self, example: Example, tags: Mapping[str, str], language: Language) -> str:
        return tagged.write(example.text, example.gold, tags)

    def copies(
        self, example: Example, language: Language, labels: Sequence[str]
    ) -> tagged.Copy | None:
        return tagged.copy(example.text, type_tags(language, labels).values())

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str]
    ) -> Answer:
        """The entities that are tagged; INVALID when it is not the sentence, legally tagged."""
        spans = tagged.read(output, example.text, type_tags(language, labels))
        if spans is None:
            return INVALID
        return tuple(dict.fromkeys(mention(example.text, span) for span in spans))


TASK = Ner()
