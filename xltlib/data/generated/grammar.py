"""From sentence patterns to text with entity spans: what all languages share.

While a sentence is being put together an entity stands between marks, ``~`` asks for elision of the
vowel before it (n'abantu) and ``^`` for dropping the initial vowel after it (mu ddwaliro).
"""

import functools
import re
from abc import ABC, abstractmethod

from ...text.spans import Span
from .lexicon import LANGUAGES, nouns, settings, table, verbs
from .story import Clause, Date, Event, Organisation, Person, Place, Quote, Thing

OPEN, CLOSE = "\ue000", "\ue001"
CODES = {"P": "PER", "O": "ORG", "L": "LOC", "D": "DATE"}
_SLOT = re.compile(r"\{(\w+)(?:>(\w+))?(?::(\w+))?\}")
_ELIDE = re.compile(rf"[aeo]~ ?({OPEN}.)?(?=[AEIOUaeiou])")
_DROP = re.compile(r"\^ ?[aeiou]")
_MARK = re.compile(rf"{OPEN}(.)|{CLOSE}")
_LETTER = re.compile(rf"(?:{OPEN}.|[^\w])*(\w)")


def entity(code: str, text: str) -> str:
    """``text`` marked as an entity; code is P, O, L or D."""
    return f"{OPEN}{code}{text}{CLOSE}"


@functools.cache
def _places() -> dict[str, dict[str, str]]:
    return {r["name"]: r for r in table("places")}


def place_row(name: str) -> dict[str, str]:
    """The row of places.tsv."""
    return _places()[name]


@functools.cache
def _given() -> dict[str, dict[str, str]]:
    return {r["name"]: r for r in table("given")}


@functools.cache
def _organisations() -> dict[str, dict[str, str]]:
    return {r["id"]: r for r in table("organisations")}


@functools.cache
def _pattern(code: str, name: str) -> tuple:
    """The pattern as a tuple of literal strings and (name, agreement slot, form) triples."""
    row = next(r for r in (*table("patterns"), *table("reading")) if r["id"] == name)
    text = row["eng"] if row[code] == "=" else row[code]
    parts, at = [], 0
    for match in _SLOT.finditer(text):
        parts += [text[at : match.start()], match.groups()]
        at = match.end()
    return (*parts, text[at:])


class Grammar(ABC):
    """One language: subclasses say how phrases look and how verbs agree.

    A phrase is (marked text, agreement); agreement is what :meth:`verb` must know of its subject.
    """

    code = ""

    @abstractmethod
    def thing(self, thing: Thing) -> tuple[str, object]: ...

    @abstractmethod
    def verb(self, forms: tuple[str, ...], agreement, form: str) -> str: ...

    @abstractmethod
    def where(self, place: Place) -> str:
        """The place phrase, "in Kano"."""

    @abstractmethod
    def titled(self, person: Person) -> str:
        """What stands before a person's name: a role or a form of address, or nothing."""

    @abstractmethod
    def organisation_agreement(self, row: dict[str, str]): ...

    @abstractmethod
    def person_agreement(self, person: Person): ...

    def place_name(self, name: str) -> str:
        """The place as a subject or after a colon."""
        return place_row(name)[self.code]

    def person(self, person: Person) -> tuple[str, object]:
        name = person.surname
        if person.full:
            name = f"{_given()[person.given][self.code]} {name}"
        return f"{self.titled(person)}{entity('P', name)}", self.person_agreement(person)

    def organisation(self, organisation: Organisation) -> tuple[str, object]:
        row = _organisations()[organisation.kind]
        part = organisation.part
        if row["kind"] in ("local", "team"):
            part = self.place_name(part)
        elif row["kind"] == "ministry":
            names = settings("names")
            fields = names["fields"] | names["test_fields"]
            part = fields[part][LANGUAGES.index(self.code)]
        name = re.sub(r"\{\w\}", part, row[self.code])
        return entity("O", name), self.organisation_agreement(row)

    def date(self, date: Date) -> str:
        words = settings("dates")[self.code]
        filled = words[date.kind].format(
            w=words["weekdays"][date.weekday],
            d=date.day,
            m=words["months"][date.month],
            y=date.year,
        )
        return filled.replace("[", f"{OPEN}D").replace("]", CLOSE)

    def phrase(self, slot: str, value) -> tuple[str, object]:
        """A slot's filler as marked text, with its agreement."""
        if isinstance(value, Thing):
            return self.thing(value)
        if isinstance(value, Person):
            return self.person(value)
        if isinstance(value, Organisation):
            return self.organisation(value)
        if isinstance(value, Date):
            return self.date(value), None
        if isinstance(value, Quote):
            return self.quote(value), None
        if slot == "L":
            return entity("L", self.place_name(value.name)), None
        return self.where(value), None

    @abstractmethod
    def quote(self, quote: Quote) -> str:
        """The quoted English words."""

    def clause(self, clause: Clause) -> str:
        """The sentence in marked text, without capital and full stop."""
        out, agreements = [], {}

        def fill(slot: str) -> str:
            text, agreements[slot] = self.phrase(slot, clause.slots[slot])
            return text

        for part in _pattern(self.code, clause.pattern):
            if isinstance(part, str):
                out.append(part)
                continue
            name, agrees, form = part
            value = clause.slots.get(name)
            if value is not None and not isinstance(value, Event):
                out.append(fill(name))
                continue
            event = value or Event(name)
            if agrees and agrees not in agreements:
                fill(agrees)
            forms = verbs()[event.verb].forms[self.code][event.synonym]
            out.append(self.verb(forms, agreements.get(agrees), form or "past"))
        return "".join(out)


def finish(marked: str, stop: str = ".") -> tuple[str, tuple[Span, ...]]:
    """Marked text as a capitalised sentence and its spans."""
    text = _ELIDE.sub(lambda m: f"'{m[1] or ''}", marked)
    text = _DROP.sub(" ", text).replace("~ ", " ").replace("~", " ").replace("^ ", " ")
    text = text.replace("^", " ") + stop
    first = _LETTER.match(text)
    if first is None:
        raise ValueError(f"a sentence without a letter: {marked!r}")
    at = first.start(1)
    text = text[:at] + text[at].upper() + text[at + 1 :]
    spans, out, last, length, start = [], [], 0, 0, (0, "")
    for match in _MARK.finditer(text):
        piece = text[last : match.start()]
        out.append(piece)
        length += len(piece)
        last = match.end()
        if match[1]:
            start = (length, CODES[match[1]])
        else:
            spans.append(Span(start[0], length, start[1]))
    out.append(text[last:])
    return "".join(out), tuple(spans)


def noun_forms(code: str, noun_id: str) -> tuple[str, ...]:
    """The noun's forms in a language, as the table has them."""
    return nouns()[noun_id].forms[code]
