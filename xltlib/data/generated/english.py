"""English: articles, third person, participles."""

import functools
import re

from .grammar import Grammar, entity, noun_forms
from .lexicon import verbs
from .story import Person, Place, Quote, Thing

PARTICIPLES = {
    "broke": "broken",
    "chose": "chosen",
    "gave": "given",
    "sang": "sung",
    "saw": "seen",
    "took": "taken",
    "wrote": "written",
}


@functools.cache
def third_person(verb: str) -> str:
    """ "carry out" -> "carries out"."""
    head, _, rest = verb.partition(" ")
    if re.search(r"(s|sh|ch|x|z)$", head):
        head += "es"
    elif re.search(r"[^aeiou]y$", head):
        head = f"{head[:-1]}ies"
    else:
        head += "s"
    return f"{head} {rest}".strip()


@functools.cache
def gerund(verb: str) -> str:
    """ "cut" -> "cutting", "write" -> "writing"."""
    head, _, rest = verb.partition(" ")
    if re.search(r"[^e]e$", head):
        head = head[:-1]
    elif re.search(r"^[^aeiou]*[aeiou][bdgmnpt]$", head):
        head += head[-1]
    return f"{head}ing {rest}".strip()


class English(Grammar):
    """Agreement is "s" or "p"."""

    code = "eng"

    def thing(self, thing: Thing) -> tuple[str, str]:
        singular, plural = noun_forms("eng", thing.noun)
        words = [thing.adjective] if thing.adjective else []
        if thing.count == 1:
            words.append(singular)
        else:
            words.append(plural)
            if thing.count:
                words.insert(0, f"more than {thing.count}" if thing.over else str(thing.count))
        text = " ".join(words)
        if thing.article == "a":
            text = f"{'an' if text[0] in 'aeiou' and text != 'user' else 'a'} {text}"
        elif thing.article:
            text = f"the {text}"
        if thing.title:
            text += f" {thing.title}"
        if thing.place:
            text += f" of {entity('L', self.place_name(thing.place))}"
        return text, "s" if thing.count == 1 else "p"

    def verb(self, forms: tuple[str, ...], agreement, form: str) -> str:
        base, past = forms
        if form == "past":
            return past
        if form == "fut":
            return f"will {base}"
        if form == "neg":
            return f"did not {base}"
        if form == "pres":
            text = base if agreement == "p" else third_person(base)
            return f"{text} to" if base == "plan" else text
        if form == "ger":
            return gerund(base)
        if form == "part":
            head, _, rest = past.partition(" ")
            return f"{PARTICIPLES.get(head, head)} {rest}".strip()
        return base

    def where(self, place: Place) -> str:
        wide = "the city of " if place.wide else ""
        return f"in {wide}{entity('L', self.place_name(place.name))}"

    def titled(self, person: Person) -> str:
        if person.role:
            return f"{noun_forms('eng', person.role)[0]} "
        if person.address:
            return "Mr " if person.gender == "m" else "Mrs "
        return ""

    def quote(self, quote: Quote) -> str:
        return english_quote(quote)

    def organisation_agreement(self, row: dict[str, str]) -> str:
        return "s"

    def person_agreement(self, person: Person) -> str:
        return "s"


def english_quote(quote: Quote) -> str:
    """What somebody said in English."""
    base = verbs()[quote.event.verb].forms["eng"][quote.event.synonym][0]
    return f"We will {base} {English().thing(quote.thing)[0]}"
