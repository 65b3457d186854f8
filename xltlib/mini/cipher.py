"""Pseudo-languages: a word-for-word cipher of the English corpus, one language per key.

A model that has seen thousands of them learns to use demonstrations in a language that it does not
know. A key fixes the sounds, whether articles exist, where adjectives and verbs stand, which
prepositions are prefixes, how names are respelled, and which words are loans from English.
"""

import functools
import random
import re
from dataclasses import dataclass, replace

from ..data.generated.lexicon import nouns, settings, table, verbs
from ..data.generated.world import Article
from ..text.spans import Span

CONSONANTS = (
    *"bdfghjklmnprstvwyz",
    *("ch", "sh", "ny", "mb", "nd", "ng", "gw", "kw", "ts", "ɓ", "ɗ", "ƙ", "ŋ", "bb", "kk", "rw"),
)
VOWELS = ("a", "e", "i", "o", "u", "aa", "ee", "oo", "uu", "ai")
CODAS = ("n", "m", "r", "l", "s", "k", "t")
PREPOSITIONS = {"in", "on", "of", "to", "at", "because"}
ARTICLES = {"the", "a", "an"}
BOUNDARIES = {"that", "because", "to", "and", "while", "in", "on"}
#: English words with a capital that are no names.
CAPITALISED = {"bible", "bibles", "koran", "korans", "christmas", "christian", "christians"} | {
    "muslim",
    "muslims",
    "mr",
    "mrs",
}
RESPELLINGS = (
    ("l", "r"),
    ("p", "f"),
    ("c", "k"),
    ("th", "t"),
    ("v", "b"),
    ("z", "s"),
    ("r", "l"),
    ("oo", "u"),
    ("b", "bb"),
)
FUNCTION_WORDS = {
    "that",
    "will",
    "more",
    "than",
    "because",
    "while",
    "also",
    "said",
    "told",
    "after",
}
_TOKEN = re.compile(r"[\w']+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a key fixes about its language."""

    onsets: tuple[str, ...]
    vowels: tuple[str, ...]
    coda: float
    codas: tuple[str, ...]
    articles: bool
    adjectives_last: bool
    verbs_last: bool
    glued: frozenset[str]
    apostrophe: bool
    loans: float
    ending: str
    respellings: tuple[tuple[str, str], ...]
    respelled: float
    organisations: bool


@functools.lru_cache(maxsize=8192)
def rules(key: int) -> Rules:
    """The language number ``key``."""
    draw = random.Random(f"xltlib mini cipher {key}")
    vowels = tuple(draw.sample(VOWELS[:5], draw.randint(3, 5))) + tuple(
        draw.sample(VOWELS[5:], draw.randint(0, 2))
    )
    return Rules(
        onsets=tuple(draw.sample(CONSONANTS, draw.randint(9, 16))),
        vowels=vowels,
        coda=draw.choice((0.0, 0.0, 0.1, 0.25)),
        codas=tuple(draw.sample(CODAS, 2)),
        articles=draw.random() < 0.3,
        adjectives_last=draw.random() < 0.6,
        verbs_last=draw.random() < 0.25,
        glued=frozenset(p for p in sorted(PREPOSITIONS) if draw.random() < 0.3),
        apostrophe=draw.random() < 0.6,
        loans=draw.uniform(0.05, 0.16),
        ending=draw.choice(vowels)[0],
        respellings=tuple(draw.sample(RESPELLINGS, 2)),
        respelled=draw.choice((0.0, 0.15, 0.3, 0.5)),
        organisations=draw.random() < 0.6,
    )


@functools.lru_cache(maxsize=200_000)
def cipher_word(word: str, key: int) -> str:
    """The pseudo-word for a lower-case English word form in language ``key``; digits stay."""
    if not word.isalpha():
        return word
    rule = rules(key)
    draw = random.Random(f"xltlib mini word {key} {word}")
    if len(word) > 3 and word not in FUNCTION_WORDS and draw.random() < rule.loans:
        return word if draw.random() < 0.4 or word[-1] in "aeiou" else f"{word}{rule.ending}"
    lengths = {1: (1,), 2: (1,), 3: (1, 2), 4: (2,), 5: (2, 3)}.get(len(word), (3, 3, 4))
    out = []
    for i in range(draw.choice(lengths)):
        onset = "" if i == 0 and draw.random() < 0.12 else draw.choice(rule.onsets)
        coda = draw.choice(rule.codas) if draw.random() < rule.coda else ""
        out.append(onset + draw.choice(rule.vowels) + coda)
    return "".join(out)


@functools.cache
def organisation_words() -> frozenset[str]:
    """Words of organisations' names that are common nouns."""
    found = {w for r in table("organisations") for w in re.findall(r"[a-zA-Z]+", r["eng"])}
    found |= {forms[0] for forms in settings("names")["fields"].values()}
    return frozenset(w.lower() for w in found if len(w) > 1 and w != "FC")


@functools.cache
def _verb_words() -> frozenset[str]:
    found = set()
    for verb in verbs().values():
        for base, past in verb.forms["eng"]:
            found |= {base.split()[0], past.split()[0], f"{base.split()[0]}s"}
    return frozenset(found - {nouns()[n].forms["eng"][0] for n in nouns()})


@functools.cache
def _titles() -> re.Pattern:
    works = [w for split in settings("names")["works"].values() for w in split]
    return re.compile("|".join(sorted((re.escape(w) for w in works), key=len, reverse=True)))


ADJECTIVES = {"new", "big", "small", "important", "national", "special", "local", "modern"}


def _name(word: str, key: int) -> str:
    """A name in the spelling of language ``key``."""
    rule = rules(key)
    draw = random.Random(f"xltlib mini name {key} {word}")
    if draw.random() >= rule.respelled or len(word) < 4:
        return word
    head, tail = word[0], word[1:]
    for old, new in rule.respellings:
        tail = tail.replace(old, new, 1)
    if tail[-1] not in "aeiou":
        tail += rule.ending
    return head + tail


def _span_text(text: str, type_: str, key: int) -> str:
    rule = rules(key)
    words = []
    for word in text.split(" "):
        bare = word.rstrip(",")
        comma = word[len(bare) :]
        common = bare.lower() in organisation_words()
        if type_ == "DATE" or (type_ == "ORG" and common and rule.organisations):
            mapped = cipher_word(bare.lower(), key)
            mapped = mapped.capitalize() if bare[0].isupper() else mapped
        elif (type_ == "ORG" and common) or bare.isupper():
            mapped = bare
        else:
            mapped = "-".join(_name(part, key) for part in bare.split("-"))
        words.append(mapped + comma)
    return " ".join(words)


def _units(text: str, spans: tuple[Span, ...]) -> list[tuple[str, str]]:
    """(text, type) of each name, word, title and mark; type "" for words, "." for marks."""
    fixed = [(s.start, s.end, s.type) for s in spans]
    for match in _titles().finditer(text):
        if not any(match.start() < e and match.end() > s for s, e, _ in fixed):
            fixed.append((match.start(), match.end(), "title"))
    units, at = [], 0
    for start, end, type_ in [*sorted(fixed), (len(text), len(text), "")]:
        for token in _TOKEN.findall(text[at:start]):
            units.append((token, "" if token[0].isalnum() else "."))
        if end > start:
            units.append((text[start:end], type_))
        at = end
    return units


def _order(units: list[tuple[str, str]], rule: Rules) -> list[tuple[str, str]]:
    """Articles, adjectives and verbs where the key wants them."""
    if not rule.articles:
        units = [u for u in units if u[1] or u[0].lower() not in ARTICLES]
    if rule.adjectives_last:
        out = list(units)
        for i in range(len(out) - 1):
            if out[i][0].lower() in ADJECTIVES and not out[i + 1][1]:
                out[i], out[i + 1] = out[i + 1], out[i]
        units = out
    if not rule.verbs_last:
        return units
    out, waiting = [], []
    for unit in units:
        boundary = unit[1] == "." or (not unit[1] and unit[0] in BOUNDARIES)
        if boundary:
            out, waiting = [*out, *waiting], []
        if not unit[1] and unit[0] in _verb_words():
            waiting.append(unit)
        else:
            out.append(unit)
    return [*out, *waiting]


def _sentence(text: str, spans: tuple[Span, ...], key: int) -> tuple[str, tuple[Span, ...]]:
    rule = rules(key)
    units = _units(text, spans)
    for i, (unit, type_) in enumerate(units):
        if i and not type_ and units[i - 1][0] == '"':
            units[i] = (unit.lower(), "")
    if units and not units[0][1] and units[0][0].lower() not in CAPITALISED:
        units[0] = (units[0][0][0].lower() + units[0][0][1:], "")
    out, found, glue, quotes = "", [], True, 0
    for unit, type_ in _order(units, rule):
        if type_ == ".":
            quotes += unit == '"'
            glue = unit == "(" or (unit == '"' and quotes % 2 == 1)
            out += f" {unit}" if glue and out else unit
            continue
        if out and not glue:
            out += " "
        glue = False
        if type_ in ("", "title"):
            if type_ or (unit[0].isupper() and unit.lower() not in CAPITALISED):
                out += unit
                continue
            word = cipher_word(unit.lower(), key)
            out += word.capitalize() if unit[0].isupper() else word
            if unit in rule.glued:
                out, glue = out + ("'" if rule.apostrophe else "-"), True
            continue
        start = len(out)
        out += _span_text(unit, type_, key)
        found.append(Span(start, len(out), type_))
    first = next((i for i, c in enumerate(out) if c.isalpha()), None)
    if first is not None and not out[first].isupper():
        out = out[:first] + out[first].upper() + out[first + 1 :]
    return out, tuple(found)


def _headline_spans(article: Article) -> tuple[Span, ...]:
    """Where names of the body stand in the headline."""
    names: dict[str, str] = {}
    for sentence, spans in zip(article.sentences, article.spans, strict=True):
        for span in spans:
            name = sentence[span.start : span.end]
            names.setdefault(name, span.type)
            if span.type == "PER":
                names.setdefault(name.split()[-1], "PER")
    found: list[Span] = []
    for name in sorted(names, key=lambda n: (-len(n), n)):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", article.headline):
            if all(match.end() <= s.start or match.start() >= s.end for s in found):
                found.append(Span(match.start(), match.end(), names[name]))
    return tuple(sorted(found))


def cipher(article: Article, key: int) -> Article:
    """The English article in pseudo-language ``key``, with its id, topic and spans."""
    pairs = [
        _sentence(text, spans, key)
        for text, spans in zip(article.sentences, article.spans, strict=True)
    ]
    return replace(
        article,
        language=f"x{key}",
        headline=_sentence(article.headline, _headline_spans(article), key)[0],
        sentences=tuple(text for text, _ in pairs),
        spans=tuple(spans for _, spans in pairs),
    )
