"""Draws stories from a seed: who does what to whom, where, when and why.

Each verb with each object noun belongs to the test split or to all the others, and so do the names
of people and organisations and part of the places; some sentence patterns are the test split's own.
The split "reading" is like "pretrain" in sentences of many more kinds, which only English has.
"""

import functools
import random
import zlib
from dataclasses import replace
from typing import Any

from .lexicon import nouns, settings, table, verbs
from .story import TOPICS, Clause, Date, Event, Organisation, Person, Place, Quote, Story, Thing

TITLED = {"work", "device", "net"}  # things that can carry the title of a product or a work
PEOPLE = {"people", "role"}
PURPOSES = ("help", "train", "warn", "visit")
#: Lead pattern -> the headline patterns that can follow from it, the usual one first.
HEADLINES = {
    "plain": ("plain", "place", "on"),
    "time": ("place", "plain"),
    "place": ("passive", "plain", "on"),
    "cause": ("cause", "why"),
    "why": ("why", "cause"),
    "purpose": ("on", "plain"),
    "confirm": ("says",),
    "according": ("plain", "place"),
    "time_place": ("passive", "plain"),
    "to": ("on", "plain"),
    "with": ("plain", "place"),
    "despite": ("cause", "plain"),
}


def is_test(verb: str, noun: str) -> bool:
    """Whether this verb and object noun are kept for the test split."""
    return zlib.crc32(f"{verb} {noun}".encode()) % 5 == 0


@functools.cache
def combinations(topic: str, test: bool) -> tuple[tuple[str, str], ...]:
    """All (verb, object noun) pairs of a topic, or of "shared", in the test split or outside it."""
    found = []
    for verb in verbs().values():
        if verb.topic == "fixed":
            continue
        for noun in nouns().values():
            if f"@{noun.sem}" not in verb.objects and noun.id not in verb.objects:
                continue
            belongs = noun.topic if verb.topic == "shared" else verb.topic
            if belongs == topic and is_test(verb.id, noun.id) == test:
                found.append((verb.id, noun.id))
    return tuple(found)


@functools.cache
def _nouns(topic: str, sems: frozenset[str]) -> tuple[str, ...]:
    return tuple(n.id for n in nouns().values() if n.topic == topic and n.sem in sems)


@functools.cache
def _rows(name: str, test: bool) -> tuple[dict[str, str], ...]:
    splits = {"all", "test" if test else "train"}
    return tuple(r for r in table(name) if r["split"] in splits)


@functools.cache
def _cities(test: bool) -> tuple[str, ...]:
    """Cities in organisations' names: in the test split only those that no other split has."""
    rows = [r for r in _rows("places", test) if r["kind"] == "city"]
    return tuple(r["name"] for r in rows if not test or r["split"] == "test")


@functools.cache
def _patterns(kind: str, split: str) -> tuple[str, ...]:
    """The patterns of "test", "train" or "reading", whose own come on top of those of "train"."""
    shared = "train" if split == "reading" else split
    rows = [r for r in table("patterns") if r["split"] == shared]
    rows += table("reading") if split == "reading" else ()
    return tuple(r["id"] for r in rows if r["kind"] == kind)


class Author:
    """Draws one story; all randomness comes from the generator given."""

    def __init__(self, draw: random.Random, split: str):
        self.draw = draw
        self.test = split == "test"
        self.split = "test" if self.test else "train"
        self.usual = "reading" if split == "reading" else "train"  # sentence patterns
        self.topic = draw.choice(TOPICS)
        self.glosses = 0

    def chance(self, p: float) -> bool:
        return self.draw.random() < p

    def story(self) -> Story:
        """The article: lead, one or two further sentences on the topic, a shared one."""
        draw = self.draw
        lead = self.lead()
        actor = lead.slots["S"]
        more = [self.more(self.topic, actor)]
        more.append(self.more("shared", actor))
        if self.chance(0.4):
            more.append(self.more(self.topic if self.chance(0.5) else "shared", actor))
        draw.shuffle(more)
        clauses = [lead, *more]
        if self.chance(0.15):
            clauses[0], clauses[1] = clauses[1], clauses[0]
        return Story(self.topic, self.headline(lead), tuple(clauses))

    # --- noun phrases ---

    def place(self) -> Place:
        row = self.draw.choice(_rows("places", self.test))
        return Place(row["name"], row["kind"] == "city" and self.chance(0.15))

    def date(self) -> Date:
        draw = self.draw
        kind = draw.choices(("weekday", "day", "both", "month", "year"), (45, 20, 10, 15, 10))[0]
        return Date(
            kind,
            draw.randrange(7),
            draw.randint(1, 28),
            draw.randrange(12),
            draw.randint(2009, 2024),
        )

    def person(self, topic: str) -> Person:
        draw, names = self.draw, settings("names")
        given = draw.choice(_rows("given", self.test))
        source = draw.choices(("parts", "listed", "place"), (50, 28, 22))[0]
        if source == "parts":
            starts, ends = draw.choice(names["surname_parts"][self.split])
            surname = draw.choice(starts) + draw.choice(ends)
        else:
            key = "surnames" if source == "listed" else "place_surnames"
            surname = draw.choice(names[key][self.split])
        role = ""
        if self.chance(0.6):
            group = "shared" if self.chance(0.35) else topic
            role = draw.choice(_nouns(group, frozenset({"role"})))
        address = not role and self.chance(0.2)
        return Person(given["name"], surname, given["gender"], role, address)

    def organisation(self, topic: str) -> Organisation:
        draw, names = self.draw, settings("names")
        rows = [
            r
            for r in table("organisations")
            if (self.test or r["split"] == "train") and (r["kind"] != "team" or topic == "sports")
        ]
        row = draw.choice(rows)
        kind = row["kind"]
        if kind == "ministry":
            part = draw.choice(list(names["test_fields" if self.test else "fields"]))
        elif kind in ("local", "team"):
            part = draw.choice(_cities(self.test))
        elif kind == "acronym":
            letters = "BFKLPRTZ" if self.test else "ACDEGMNSUW"
            part = "".join(draw.choice(letters) for _ in range(3))
        else:
            parts = names["fantasy"][self.split]
            if row["id"] == "bare":  # alone, a name must not be a place or a surname too
                others = {r["name"] for r in table("places")} | {r["name"] for r in table("given")}
                others.update(names["surnames"][self.split], names["place_surnames"][self.split])
                parts = [p for p in parts if p not in others]
            part = draw.choice(parts)
        return Organisation(row["id"], part)

    def group(self, topic: str) -> Thing:
        """Some people, in the plural."""
        source = "shared" if self.chance(0.5) else topic
        pool = _nouns(source, frozenset({"people"})) or _nouns("shared", frozenset({"people"}))
        noun = self.draw.choice(pool)
        place = self.place().name if self.chance(0.3) else ""
        if self.chance(0.45):
            over = self.chance(0.5)
            count = self.draw.randint(2, 40) * 50 if over else self.draw.randint(2, 95)
            return Thing(noun, count, "", over=over, place=place)
        return Thing(noun, 0, "the" if place else "", place=place)

    def subject(self, topic: str):
        kind = self.draw.random()
        if kind < 0.62:
            return self.person(topic)
        if kind < 0.9:
            return self.organisation(topic)
        role = self.draw.choice(_nouns(topic, frozenset({"role"})))
        return Thing(role, self.draw.choice((1, 0)), "the")

    def thing(self, noun_id: str) -> Thing:
        """An object: new, numbered, titled, with an English gloss..."""
        draw, noun = self.draw, nouns()[noun_id]
        plural, singular = noun.forms["eng"][1] != "-", noun.forms["eng"][0] != "-"
        count, article, adjective, title = 1, "a", "", ""
        if not plural:
            article = ""
        elif not singular or self.chance(0.7 if noun.sem == "people" else 0.4):
            count = 0 if self.chance(0.4) else draw.randint(2, 60)
            article = ""
        elif self.chance(0.25):
            article = "the"
        if noun.sem in TITLED and count == 1 and article and self.chance(0.4):
            title, article = draw.choice(settings("names")["works"][self.split]), "the"
        elif noun.sem in PEOPLE:
            adjective = draw.choice(("", "", "new", "local"))
        elif noun.sem not in ("mass", "feast", "fund", "book", "prob") and self.chance(0.5):
            names: tuple[str, ...] = (
                "new",
                "big",
                "small",
                "important",
                "national",
                "special",
                "local",
            )
            if noun.sem in ("build", "prod", "device", "net"):
                names = (*names, "modern", "modern")
            adjective = draw.choice(names)
        gloss = self.glosses < 2 and not title and self.chance(0.3)
        self.glosses += gloss
        return Thing(noun_id, count, article, adjective, title, gloss)

    def event(self, topic: str) -> tuple[Event, Thing]:
        verb, noun = self.draw.choice(combinations(topic, self.test))
        return Event(verb, self.chance(0.25)), self.thing(noun)

    # --- sentences ---

    def slots(self, topic: str, actor) -> dict[str, object]:
        """Fillers for every slot that a pattern may have."""
        event, thing = self.event(topic)
        other = self.draw.choice([t for t in TOPICS if t != topic])
        second, second_thing = self.event("shared" if self.chance(0.5) else other)
        place = self.place()
        if isinstance(actor, Person) and self.chance(0.3):
            if actor.surname in {r["name"] for r in _rows("places", self.test)}:
                place = Place(actor.surname)  # the same word as a person and as a place
        causes = _nouns("shared", frozenset({"cause"}))
        cause = Thing(self.draw.choice(causes), 1, "")
        if nouns()[cause.noun].forms["eng"][0] == "-":
            cause = replace(cause, count=0)
        return {
            "S": actor,
            "V": event,
            "O": thing,
            "W": second,
            "Z": replace(second_thing, gloss=False),
            "P": place,
            "L": place,
            "T": self.date(),
            "R": cause,
            "U": Event(self.draw.choice([v for v in PURPOSES if v != event.verb])),
            "Y": self.group(self.topic),
            "Q": Quote(event, replace(thing, gloss=False)),
            "X": self.organisation(self.topic) if self.chance(0.6) else self.person(self.topic),
        }

    def lead(self) -> Clause:
        held_out = self.test and self.chance(0.7)
        pattern = self.draw.choice(_patterns("lead", "test" if held_out else self.usual))
        return Clause(pattern, self.slots(self.topic, self.subject(self.topic)))

    def more(self, topic: str, actor) -> Clause:
        held_out = self.test and self.chance(0.6)
        pattern = self.draw.choice(_patterns("more", "test" if held_out else self.usual))
        if pattern == "quote" and self.chance(0.4):
            pattern = "said"
        slots = self.slots(topic, actor)
        slots["N"] = self.again(actor)
        return Clause(pattern, slots)

    def again(self, actor):
        """A later mention: the surname, or the role."""
        if not isinstance(actor, Person):
            return actor
        if actor.role and self.chance(0.3):
            return Thing(actor.role, 1, "the")
        return replace(actor, role="", full=False)

    def headline(self, lead: Clause) -> Clause:
        """The main event again, with the synonym of its verb, shortened, often in another order."""
        slots: dict[str, Any] = dict(lead.slots)
        slots["V"] = replace(slots["V"], synonym=not slots["V"].synonym)
        slots["O"] = replace(slots["O"], article="", gloss=False)
        slots["P"] = replace(slots["P"], wide=False)
        for slot in ("S", "X"):
            who = slots[slot]
            if isinstance(who, Person):
                slots[slot] = replace(who, full=False)
            elif isinstance(who, Thing):
                slots[slot] = replace(who, article="")
        kind = lead.pattern.removeprefix("lead_")
        usual = HEADLINES.get(kind, ("plain", "place", "on"))
        pattern = usual[0] if self.chance(0.85) else self.draw.choice(usual)
        return Clause(f"head_{pattern}", slots)


@functools.lru_cache(maxsize=16)  # one story is told in several languages in turn
def story(split: str, seed: int, index: int) -> Story:
    """Story number ``index`` of a split: the same for every language."""
    draw = random.Random(f"xltlib mini world {split} {seed} {index}")
    return Author(draw, split).story()
