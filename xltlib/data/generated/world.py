"""A generated parallel news corpus in English, Hausa, Kinyarwanda and Luganda.

Every article is drawn once, as events and entities, and put into words by one grammar per language:
the same id is the same news in all of them. It is synthetic, not reviewed by native speakers, and
meant for showing and testing the pipeline; nothing measured on it is a claim about these languages.
"""

import functools
import random
from dataclasses import dataclass

from ...errors import not_one_of
from ...text.spans import Span
from .author import story
from .bantu import Kinyarwanda, Luganda
from .english import English
from .grammar import Grammar, finish
from .hausa import Hausa
from .lexicon import LANGUAGES, table
from .story import TOPICS, Clause, Story

SPLITS = ("pretrain", "demos", "dev", "test", "laft")
ENTITY_TYPES = ("DATE", "LOC", "ORG", "PER")
#: The name of each topic's newspaper section, which is also the topic's label.
SECTIONS = {
    "eng": dict(zip(TOPICS, TOPICS, strict=True)),
    "hau": {
        "business": "kasuwanci",
        "entertainment": "nishaɗi",
        "health": "lafiya",
        "politics": "siyasa",
        "religion": "addini",
        "sports": "wasanni",
        "technology": "fasaha",
    },
    "kin": {
        "business": "ubucuruzi",
        "entertainment": "imyidagaduro",
        "health": "ubuzima",
        "politics": "politiki",
        "religion": "iyobokamana",
        "sports": "siporo",
        "technology": "ikoranabuhanga",
    },
    "lug": {
        "business": "bizinensi",
        "entertainment": "ebyokwesanyusa",
        "health": "ebyobulamu",
        "politics": "ebyobufuzi",
        "religion": "eddiini",
        "sports": "emizannyo",
        "technology": "tekinologiya",
    },
}

#: What stands before the section's name below an article.
SECTION = {"eng": "Topic", "hau": "Maudu'i", "kin": "Ingingo", "lug": "Omulamwa"}

_FRAGMENTS = ("S", "O", "P", "L", "T", "X", "Y", "R")


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language; ``spans[i]`` are character offsets into ``sentences[i]``."""

    id: str
    split: str
    language: str
    topic: str
    headline: str
    sentences: tuple[str, ...]
    spans: tuple[tuple[Span, ...], ...]

    @property
    def text(self) -> str:
        """The body: the sentences joined by single spaces."""
        return " ".join(self.sentences)


@functools.cache
def _grammars() -> dict[str, Grammar]:
    return {g.code: g for g in (English(), Hausa(), Kinyarwanda(), Luganda())}


def articles(language: str, split: str, n: int, seed: int = 0, start: int = 0) -> list[Article]:
    """``n`` articles from number ``start`` on: the same ones whatever ``n`` and ``start`` are.

    Raises :class:`XltError` for a language, a split or a number that does not exist.
    """
    if language not in LANGUAGES:
        raise not_one_of("language", language, LANGUAGES)
    if split not in SPLITS:
        raise not_one_of("split", split, SPLITS)
    for name, value in (("n", n), ("start", start)):
        if value < 0:
            raise not_one_of(name, value, ("any number from 0 up",))
    return [_article(language, split, seed, i) for i in range(start, start + n)]


def reading(n: int, seed: int = 0) -> list[Article]:
    """``n`` English articles for the language model alone, in sentences of many more kinds.

    They have the words and names of the split "pretrain". The words that only the test split's
    patterns would have (despite, hopes, promised) stand in them too, in other constructions, and
    the constructions (X urged Y to ..., Y believes that X will ...) with other words: a language
    model has met both before.
    """
    return [_article("eng", "reading", seed, i) for i in range(n)]


def _article(language: str, split: str, seed: int, index: int) -> Article:
    grammar = _grammars()[language]
    drawn = story(split, seed, index)
    pairs = [finish(grammar.clause(clause)) for clause in drawn.clauses]
    return Article(
        id=f"{split}-{seed}-{index:06d}",
        split=split,
        language=language,
        topic=drawn.topic,
        headline=finish(grammar.clause(drawn.headline), stop="")[0],
        sentences=tuple(text for text, _ in pairs),
        spans=tuple(spans for _, spans in pairs),
    )


def raw_text(article: Article) -> str:
    """The article as a newspaper prints it: headline and body.

    Three in five say their section: one of these before the headline, two below the text, after
    the word that says so. Whoever reads much of a language learns its topics' names from this.
    """
    draw = random.Random(f"xltlib mini raw {article.id}")
    text = f"{article.headline}\n{article.text}"
    if draw.random() >= 0.6 or article.language not in SECTIONS:
        return text
    section = SECTIONS[article.language][article.topic]
    if draw.random() < 2 / 3:
        return f"{text}\n{SECTION[article.language]}: {section}"
    return f"{section[0].upper()}{section[1:]}: {text}"


def parallel_sentences(source: str, target: str, n: int, seed: int) -> list[tuple[str, str]]:
    """``n`` (source, target) pairs of the pretrain split for a translator.

    Three in five are sentences, the rest headlines, names, noun phrases and connectives. The same
    ``n`` and ``seed`` are the same texts in every language.
    """
    draw = random.Random(f"xltlib mini parallel {seed}")
    pairs: list[tuple[str, str]] = []
    index = 0
    while len(pairs) < n:
        a, b = (_article(code, "pretrain", seed, index) for code in (source, target))
        index += 1
        pairs += zip(a.sentences, b.sentences, strict=True)
        if draw.random() < 0.6:
            pairs.append((a.headline, b.headline))
        if draw.random() < 0.9:
            pairs.append(_fragment(source, target, story("pretrain", seed, index), draw))
        if draw.random() < 0.6:
            pairs.append(_phrase(source, target, seed, index))
    return pairs[:n]


def _phrase(source: str, target: str, seed: int, index: int) -> tuple[str, str]:
    """A connective or a verb with its names, by itself: "according to X", "X promised Y".

    The test split's sentence patterns are held out, but not the words in them: a translator knows
    words from elsewhere, and without these its test scores would only show what it never saw.
    """
    draw = random.Random(f"xltlib mini phrase {seed} {index}")
    kind = draw.choice([row["id"] for row in table("patterns") if row["kind"] == "phrase"])
    clause = Clause(kind, story("pretrain", seed, index).clauses[-1].slots)
    made = [finish(_grammars()[c].clause(clause), stop="")[0] for c in (source, target)]
    return made[0], made[1]


def _fragment(source: str, target: str, drawn: Story, draw: random.Random) -> tuple[str, str]:
    """A noun phrase, a name or a date of a story by itself."""
    slots = [clause.slots[slot] for clause in drawn.clauses for slot in _FRAGMENTS]
    (at,) = draw.sample(range(len(slots)), 1)
    slot = _FRAGMENTS[at % len(_FRAGMENTS)]
    made = [finish(_grammars()[c].phrase(slot, slots[at])[0], stop="")[0] for c in (source, target)]
    return made[0], made[1]
