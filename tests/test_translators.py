"""Translators without a translation model: copying, human references, a phrase table, a prompt."""

import math
import random
from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError
from tiny_models import causal, tokenizer

from xltlib.config import PromptedSpec, TranslatorSpec, load_language, load_profile
from xltlib.data import load
from xltlib.errors import XltError
from xltlib.methods.parallel_text import ProfileText
from xltlib.models import load_translator, revision
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.translation.layout import prompt
from xltlib.models.translation.lexicon import Lexicon
from xltlib.models.translation.nearest import Nearest
from xltlib.models.translation.prompted import Prompted

ENG, HAU = load_language("eng"), load_language("hau")
NOUNS = {"kare": "dog", "mage": "cat", "doki": "horse", "kifi": "fish", "littafi": "book"}
VERBS = {"ya ga": "saw", "ya saya": "bought", "ya sayar da": "sold"}
PAIRS = [
    (f"Musa {verb} {noun} da {other}.", f"Musa {VERBS[verb]} a {NOUNS[noun]} and a {NOUNS[other]}.")
    for verb in VERBS
    for noun in NOUNS
    for other in NOUNS
    if noun != other
] + [(f"Musa {verb} {n}.", f"Musa {VERBS[verb]} a {NOUNS[n]}.") for verb in VERBS for n in NOUNS]


@dataclass(eq=False)
class Text:
    """A handful of sentences as a profile's parallel text."""

    pairs: list = field(default_factory=lambda: PAIRS)
    revision: str = "toy"

    def training(self, source, target):
        return self.pairs if target.code == "eng" else [(b, a) for a, b in self.pairs]

    def references(self, source, target):
        return dict(self.training(source, target))


def test_copy_changes_nothing():
    one = load_translator(TranslatorSpec(path="copy"))
    assert one.translate(["Ina kwana?", ""], HAU, ENG) == ["Ina kwana?", ""]
    assert one.revision == revision(TranslatorSpec(path="copy")) == "copy"
    assert one.usage.seconds >= 0 and one.usage.model_tokens == 0


def test_a_phrase_table_translates_sentences_that_it_has_not_seen():
    held = ("Musa ya ga doki da littafi.", "Musa saw a horse and a book.")
    lexicon = Lexicon([p for p in PAIRS if p[0] != held[0]])
    assert lexicon.translate(held[0]) == held[1]
    assert lexicon.translate("Musa ya ga Zainab.") == "Musa saw Zainab."  # a name is copied
    assert lexicon.translate("Musa ya ga littattafi.").startswith("Musa saw")
    again = Lexicon([p for p in PAIRS if p[0] != held[0]])
    assert [again.translate(a) for a, _ in PAIRS] == [lexicon.translate(a) for a, _ in PAIRS]


def test_the_last_bits_of_a_logarithm_change_no_translation(monkeypatch):
    texts = [a for a, _ in PAIRS] + ["Ya ga kare da Musa da doki.", "Da doki ya ga ya saya."]
    before = [Lexicon(PAIRS).translate(text) for text in texts]
    exact = math.log
    bits = random.Random(5)
    monkeypatch.setattr(math, "log", lambda x: exact(x) + bits.choice((-4e-16, 0.0, 4e-16)))
    again = Lexicon(PAIRS)
    assert [again.translate(text) for text in texts] == before


def test_a_phrase_table_is_not_learned_again_for_what_it_has_translated(tmp_path):
    spec, file = TranslatorSpec(path="lexicon"), tmp_path / "translations.sqlite"
    texts = ["Musa ya ga kare.", "", "Musa ya saya doki.", "Musa ya ga kare."]
    first = load_translator(spec, file, parallel=Text())
    said = first.translate(texts, HAU, ENG)
    assert said[1] == "" and said[0] == said[3] and said[0].startswith("Musa saw")

    class Closed(Text):
        def training(self, source, target):
            raise AssertionError("all is in the cache")

    second = load_translator(spec, file, parallel=Closed())
    assert second.translate(texts, HAU, ENG) == said
    assert second.usage.cached == 2
    assert second.usage.seconds == pytest.approx(first.usage.seconds)


def test_the_phrase_table_as_a_profiles_translator():
    one = load_translator(TranslatorSpec(path="lexicon"), parallel=Text())
    assert one.translate([PAIRS[3][0], " "], HAU, ENG) == [PAIRS[3][1], " "]
    assert "kare" in one.translate(["a dog"], ENG, HAU)[0]
    assert one.revision == "lexicon 2 toy"
    with pytest.raises(XltError, match="parallel text"):
        load_translator(TranslatorSpec(path="lexicon"))


def test_references_are_the_items_own_counterparts():
    profile = load_profile("local", datasets=[
        {"name": "sib200", "task": "topics", "languages": ["hau"]}])  # fmt: skip
    one = load_translator(TranslatorSpec(path="reference"), parallel=ProfileText(profile))
    there, here = (load("sib200", "topics", code, "test")[:5] for code in ("eng", "hau"))
    texts = {item.id: item.text for item in there}
    made = one.translate([item.text for item in here], HAU, ENG)
    assert made == [texts[item.id] for item in here]
    assert one.translate(made, ENG, HAU) == [item.text for item in here]
    with pytest.raises(XltError, match="no human translation"):
        one.translate(["Ina kwana?"], HAU, ENG)


def test_a_profile_without_a_folder_learns_from_what_ships():
    text = ProfileText(load_profile("gemma"))
    assert set(text.counts("hau")) == {"sib200"}
    tests = {item.text for item in load("sib200", "topics", "hau", "test")}
    pairs = text.training(HAU, ENG)
    assert len(pairs) > 600 and not tests & {a for a, _ in pairs}
    assert text.training(ENG, HAU)[0] == pairs[0][::-1]
    assert len(text.revision) == 64
    with pytest.raises(XltError, match="between English and another"):
        text.training(HAU, load_language("kin"))


def test_the_nearest_pairs_stand_last_and_never_are_the_text_itself():
    search = Nearest(PAIRS)
    [found] = search.find([PAIRS[0][0]], 3)
    assert len(found) == 3 and PAIRS[0] not in found
    assert "kare" in found[-1][0] and "mage" in found[-1][0]
    assert search.find(["Musa"], 0) == [[]]


def test_the_prompt():
    assert prompt("Ina kwana?", "Hausa", "English", [("a", "b")]) == (
        "Hausa: a\nEnglish: b\n\nHausa: Ina kwana?\nEnglish:"
    )


@pytest.fixture
def lm():
    return LanguageModel(causal("llama"), tokenizer("llama", bos=True), 512, 4096)


@pytest.mark.parametrize(
    "spec",
    [
        PromptedSpec(shots=2, context=512),
        PromptedSpec(shots=2, retrieve="random", context=512),
        PromptedSpec(shots=0, gloss=True, context=512),
    ],
)
def test_a_language_model_is_prompted_and_its_answers_are_kept(spec, lm, tmp_path):
    texts = ["Musa ya ga doki. Musa ya saya kifi.", "Musa ya ga doki.", ""]
    one = Prompted(lm, "r", spec, Text(), tmp_path / "kept.sqlite", max_new_tokens=6)
    made = one.translate(texts, HAU, ENG)
    assert made[2] == "" and not any("\n" in t for t in made)
    assert made[0].startswith(made[1])
    spent = one.usage.copy()
    again = Prompted(lm, "r", spec, Text(), tmp_path / "kept.sqlite", max_new_tokens=6)
    assert again.translate(texts, HAU, ENG) == made
    assert again.usage.since(spent).cached == 2 and again.usage.since(spent).model_tokens == 0
    assert again.usage.since(spent).flops == pytest.approx(spent.flops)


@pytest.mark.parametrize("retrieve", ["nearest", "random"])
def test_pairs_of_unlike_length_and_those_that_do_not_come_back_are_not_shown(retrieve, lm):
    text = "Musa ya ga doki da kifi."
    uneven = [(a, b + " And so on, as they say, for ever and ever and a day.") for a, b in PAIRS]
    strange = [(a.replace("Musa", "Audu"), "Nobody slept here, said two men.") for a, _ in PAIRS]
    told = Text(PAIRS + uneven + strange)

    def shown(**settings):
        spec = PromptedSpec(shots=4, retrieve=retrieve, context=512, **settings)
        one = Prompted(lm, "r", spec, told, max_new_tokens=6)
        return set(one._shown([text], HAU, ENG)[0]), one.revision

    loose, plain = shown()
    strict, named = shown(length_ratio=2.0, round_trip=60.0)
    assert not loose <= set(PAIRS) and strict <= set(PAIRS) and len(strict) == 4
    assert plain == f"r prompted shots=4,{retrieve} toy"
    assert named == f"r prompted shots=4,{retrieve},ratio=2,round_trip=60 toy"


def test_demonstrations_fall_out_where_the_context_is_short(lm):
    long = [(f"{a} " * 20, b) for a, b in PAIRS]
    spec = PromptedSpec(shots=5, context=300)
    one = Prompted(lm, "r", spec, Text(long), max_new_tokens=6)
    [asked] = one._prompts(["Musa ya ga doki."], HAU, ENG)
    assert len(lm.tokenizer(asked)["input_ids"]) <= 294
    assert asked.endswith("Hausa: Musa ya ga doki.\nEnglish:")


def test_what_the_settings_allow():
    with pytest.raises(ValidationError, match="causal"):
        TranslatorSpec(path="copy", prompted=PromptedSpec())
    with pytest.raises(ValidationError, match="shots: 0"):
        PromptedSpec(gloss=True)
    with pytest.raises(ValidationError, match="for demonstrations"):
        PromptedSpec(shots=0, round_trip=30)
    spec = TranslatorSpec(path="owner/name", prompted=PromptedSpec(context=99), dtype="bfloat16")
    assert spec.language_model().context == 99 and spec.language_model().dtype == "bfloat16"
    assert spec.reads_parallel_text and not TranslatorSpec(path="copy").reads_parallel_text
    assert TranslatorSpec(path="mini").language_model() is None
