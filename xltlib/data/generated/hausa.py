"""Hausa: gender and number on the subject pronoun, the linker -n / -r, most adjectives first."""

from .english import english_quote
from .grammar import Grammar, entity, noun_forms
from .lexicon import settings
from .story import Person, Place, Quote, Thing

PRONOUNS = {
    "past": {"m": "ya", "f": "ta", "p": "sun"},
    "fut": {"m": "zai", "f": "za ta", "p": "za su"},
    "neg": {"m": "bai", "f": "ba ta", "p": "ba su"},
    "sub": {"m": "ya", "f": "ta", "p": "su"},
}


def linked(noun: str, gender: str) -> str:
    """The noun with the linker: motar, bankin, fim ɗin; a phrase stays as it is."""
    if " " in noun:
        return noun
    if noun[-1] not in "aeiou":
        return f"{noun} ɗin"
    return f"{noun}r" if gender == "f" and noun.endswith("a") else f"{noun}n"


class Hausa(Grammar):
    """Agreement is "m", "f" or "p"."""

    code = "hau"

    def thing(self, thing: Thing) -> tuple[str, str]:
        singular, gender, plural = noun_forms("hau", thing.noun)
        noun = singular
        if thing.count != 1 and plural != "-":
            noun, gender = plural, "p"
        adjectives = settings("classes")["hau"]
        before = adjectives["before"].get(thing.adjective)
        after = adjectives["after"].get(thing.adjective)
        if thing.title or thing.place or (thing.article == "the" and not after):
            noun = linked(noun, gender)
        text = f"{before[gender]} {noun}" if before else noun
        if after:
            text += f" {after[gender]}"
        if thing.title:
            text += f" {thing.title}"
        if thing.place:
            link = {"m": "na ", "f": "ta ", "p": "na "}[gender] if " " in noun else ""
            text += f" {link}{entity('L', self.place_name(thing.place))}"
        if thing.gloss:
            text += f" ({_gloss(thing)})"
        if thing.count > 1:
            text += f" fiye da {thing.count}" if thing.over else f" {thing.count}"
        return text, gender

    def verb(self, forms: tuple[str, ...], agreement, form: str) -> str:
        if form == "bare":
            return forms[0]
        if form == "inf":
            return forms[-1]
        return f"{PRONOUNS[form][agreement]} {forms[0]}"

    def where(self, place: Place) -> str:
        wide = "birnin " if place.wide else ""
        return f"a {wide}{entity('L', self.place_name(place.name))}"

    def titled(self, person: Person) -> str:
        if person.role:
            return f"{noun_forms('hau', person.role)[0]} "
        if person.address:
            return "Malam " if person.gender == "m" else "Malama "
        return ""

    def quote(self, quote: Quote) -> str:
        return english_quote(quote)

    def organisation_agreement(self, row: dict[str, str]) -> str:
        return row["hau_gender"]

    def person_agreement(self, person: Person) -> str:
        return person.gender


def _gloss(thing: Thing) -> str:
    singular, plural = noun_forms("eng", thing.noun)
    return singular if thing.count == 1 else plural
