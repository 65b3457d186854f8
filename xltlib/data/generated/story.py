"""What an article says, before any language: its entities, events and clauses."""

from dataclasses import dataclass, field

TOPICS = (
    "business",
    "entertainment",
    "health",
    "politics",
    "religion",
    "sports",
    "technology",
)


@dataclass(frozen=True, slots=True)
class Thing:
    """A common-noun phrase. count 1 singular, 0 bare plural; article "a", "the" or ""."""

    noun: str
    count: int = 1
    article: str = "a"
    adjective: str = ""
    title: str = ""
    gloss: bool = False
    over: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person, mentioned in full or by surname, after a role or a form of address."""

    given: str
    surname: str
    gender: str
    role: str = ""
    address: bool = False
    full: bool = True


@dataclass(frozen=True, slots=True)
class Organisation:
    """An invented organisation: a row of the organisations table and what fills its blank."""

    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class Place:
    """A real place; ``wide``: phrased as "in the city of"."""

    name: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Date:
    """A date expression of one of the kinds in dates.yaml."""

    kind: str
    weekday: int
    day: int
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class Event:
    """A verb (and whether its synonym is used)."""

    verb: str
    synonym: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Words quoted in English, whatever the language of the article: "We will <event> <thing>"."""

    event: Event
    thing: Thing


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence: a pattern of patterns.tsv and what fills its slots."""

    pattern: str
    slots: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One article before it is put into words."""

    topic: str
    headline: Clause
    clauses: tuple[Clause, ...]
