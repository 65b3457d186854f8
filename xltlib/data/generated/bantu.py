"""Kinyarwanda and Luganda: noun classes with subject prefixes, genitives and adjectives that agree.

The agreement tables are in ``lexicon/classes.yaml``; the two classes below hold what differs.
"""

from abc import abstractmethod

from .english import english_quote
from .grammar import Grammar, entity, noun_forms, place_row
from .lexicon import settings
from .story import Person, Place, Quote, Thing

VOICELESS = "ptkcfsh"


class Bantu(Grammar):
    """Agreement is the noun-class number."""

    def table(self) -> dict:
        return settings("classes")[self.code]

    def thing(self, thing: Thing) -> tuple[str, int]:
        singular, singular_class, *plural = noun_forms(self.code, thing.noun)
        noun, number = singular, int(singular_class)
        if thing.count != 1 and len(plural) == 2:
            noun, number = plural[0], int(plural[1])
        text = noun
        if thing.title:
            text += f" {thing.title}"
        if thing.adjective:
            text += f" {self.adjective(thing.adjective, number)}"
        if thing.place:
            text += f" {self.belonging(thing.place, number)}"
        if thing.gloss:
            singular, plural_form = noun_forms("eng", thing.noun)
            text += f" ({singular if thing.count == 1 else plural_form})"
        if thing.count > 1:
            text += f" {self.over(number) if thing.over else ''}{thing.count}"
        return text, number

    def adjective(self, name: str, number: int) -> str:
        table = self.table()
        if name in table["words"]:
            return table["words"][name][number]
        if name in table["verbal"]:
            return table["subject"][number] + table["verbal"][name]
        return f"{table['genitive'][number]}~{table['phrases'][name]}"

    @abstractmethod
    def belonging(self, place: str, number: int) -> str:
        """The genitive of a place: "of Kano"."""

    @abstractmethod
    def over(self, number: int) -> str:
        """ "More than", before a number."""

    def quote(self, quote: Quote) -> str:
        return english_quote(quote)

    def organisation_agreement(self, row: dict[str, str]) -> int:
        return int(row[f"{self.code}_class"])

    def person_agreement(self, person: Person) -> int:
        return 1


class Kinyarwanda(Bantu):
    """Kinyarwanda: perfective stems in the past, ku-/gu- by the sound that follows."""

    code = "kin"

    def place_name(self, name: str) -> str:
        form = place_row(name)["kin"]
        if form.startswith("mu B"):
            return f"Ub{form[4:]}"
        return form.removeprefix("mu ").removeprefix("muri ")

    def verb(self, forms: tuple[str, ...], agreement, form: str) -> str:
        stem, perfective = forms
        table = self.table()
        if form in ("past", "neg", "they"):
            prefix = table["past"][2 if form == "they" else agreement]
            if perfective[0] in "aeiou":
                prefix = prefix[:-1]
            return f"{'nti' if form == 'neg' else ''}{prefix}{perfective}"
        if form == "fut":
            joined = stem if stem[0] in "aeiou" else f"a{stem}"
            return f"{table['subject'][agreement]}z{joined}"
        if form == "pres":
            joined = stem if stem[0] in "aeiou" else f"a{stem}"
            return f"{table['subject'][agreement]}r{joined}"
        if stem[0] in "aei":
            return f"kw{stem}"
        if stem[0] in "ou":
            return f"k{stem}"
        return f"{'gu' if stem[0] in VOICELESS else 'ku'}{stem}"

    def where(self, place: Place) -> str:
        row = place_row(place.name)
        if row["kind"] == "country":
            locative, _, name = row["kin"].partition(" ")
            return f"{locative} {entity('L', name)}"
        wide = "mu mujyi wa" if place.wide else "i"
        return f"{wide} {entity('L', row['kin'])}"

    def titled(self, person: Person) -> str:
        if person.role:
            return f"{noun_forms('kin', person.role)[0]} "
        if person.address:
            return "Bwana " if person.gender == "m" else "Madamu "
        return ""

    def belonging(self, place: str, number: int) -> str:
        genitive = self.table()["genitive"][number]
        if place_row(place)["kind"] == "city":
            return f"{genitive}~{self.where(Place(place))}"
        return f"{genitive[:-1]}o {self.where(Place(place))}"

    def over(self, number: int) -> str:
        return f"{self.table()['subject'][number]}renga "


class Luganda(Bantu):
    """Luganda: the simple stem in the past, locatives e / mu, forms of address cut short."""

    code = "lug"

    def verb(self, forms: tuple[str, ...], agreement, form: str) -> str:
        stem = forms[0]
        table = self.table()
        if form in ("past", "neg", "they"):
            prefix = table["past"][2 if form == "they" else agreement]
            if stem[0] == "e":
                prefix = prefix.rstrip("a")
            return f"{'te' if form == 'neg' else ''}{prefix}{stem}"
        if form == "fut":
            return f"{table['subject'][agreement]}jja {_luganda_infinitive(stem)[1:]}"
        if form == "pres":
            return f"{table['subject'][agreement]}{stem}"
        return _luganda_infinitive(stem)

    def where(self, place: Place) -> str:
        row = place_row(place.name)
        name = entity("L", row["lug"])
        if place.wide:
            return f"mu kibuga {name}"
        return f"{'e' if row['kind'] == 'city' else 'mu'} {name}"

    def titled(self, person: Person) -> str:
        if person.role:
            return f"{noun_forms('lug', person.role)[0]} "
        if person.address:
            return "Omw. " if person.gender == "m" else "Omuk. "
        return ""

    def belonging(self, place: str, number: int) -> str:
        row = place_row(place)
        locative = "e" if row["kind"] == "city" else "omu"
        return f"{self.table()['genitive'][number]}~{locative} {entity('L', row['lug'])}"

    def over(self, number: int) -> str:
        return f"a{self.table()['subject'][number]}soba mu " if number == 2 else "ezisoba mu "


def _luganda_infinitive(stem: str) -> str:
    if stem.startswith("yo"):
        return f"okw{stem[1:]}"
    return f"okw{stem}" if stem[0] in "aeio" else f"oku{stem}"
