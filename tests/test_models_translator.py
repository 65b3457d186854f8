"""Translation: languages by every family's convention, sentences, the cache, bad input."""

import json
import multiprocessing
import sqlite3

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import TEXT, marian, sentence_pieces, tokenizer
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    NllbTokenizer,
)

from xltlib.config import Language
from xltlib.errors import XltError
from xltlib.models.translation.translation_cache import Entry, TranslationCache
from xltlib.models.translation.translator import Translator, direction, source_ids
from xltlib.text import sentences


def language(code: str, name: str) -> Language:
    return Language(
        code=code, name=name, flores=f"{code}_Latn", prompts={}, labels={}, entity_types={}, none=""
    )


ENG, HAU, LUG = language("eng", "English"), language("hau", "Hausa"), language("lug", "Luganda")
LONG = " ".join(TEXT[:4])


def translator(cache=None, **options) -> Translator:
    model, made = marian()
    return Translator(model, made, "revision", cache, **({"max_new_tokens": 12} | options))


# Translating.


def test_batches_give_what_single_sentences_give():
    ours = translator(batch_tokens=90).translate([*TEXT[:6], TEXT[0]], HAU, ENG)
    assert ours == [translator().translate([t], HAU, ENG)[0] for t in [*TEXT[:6], TEXT[0]]]
    assert len(set(ours)) > 3


def test_the_target_is_named_in_the_input():
    made = marian()[1]
    [ids] = source_ids(made, ["Labari"], HAU, ENG)
    assert made.convert_ids_to_tokens(ids)[0] == ">>eng<<" and ids[-1] == made.eos_token_id
    assert ids[1:-1] == made("Labari")["input_ids"]
    there, back = (translator().translate(TEXT[:3], a, b) for a, b in ((HAU, ENG), (ENG, HAU)))
    assert there != back


def test_sentences_are_translated_apart_and_joined():
    whole = translator().translate([f"{TEXT[0]} {TEXT[3]}"], HAU, ENG)[0]
    assert whole == " ".join(translator().translate([TEXT[0], TEXT[3]], HAU, ENG))


def test_empty_texts_pass_through():
    assert translator().translate(["", "  ", "\n"], HAU, ENG) == ["", "  ", "\n"]
    assert translator().translate([], HAU, ENG) == []


def test_a_sentence_beyond_the_model_is_cut_at_spaces_and_nothing_is_lost(monkeypatch):
    seen = []
    real = Translator._generate

    def watch(self, sources, first):
        seen.extend(sources)
        return real(self, sources, first)

    monkeypatch.setattr(Translator, "_generate", watch)
    words = [f"kalma{i}" for i in range(90)]
    translator().translate([" ".join(words)], HAU, ENG)
    made = marian()[1]
    assert all(len(ids) <= 64 for ids in seen)
    found = " ".join(made.decode(ids, skip_special_tokens=True).strip() for ids in seen)
    assert sorted(found.split()) == sorted(words)
    with pytest.raises(XltError, match="a word of .* tokens is longer"):
        translator().translate(["x" * 400], HAU, ENG)


def test_truncated_outputs_are_counted():
    one = translator(max_new_tokens=3)
    one.translate(TEXT[:3], HAU, ENG)
    pieces = sum(len(sentences.split(t)) for t in TEXT[:3])
    assert one.usage.truncated == pieces and one.usage.generated_tokens == 3 * pieces


def test_usage():
    one = translator()
    one.translate(TEXT[:3], HAU, ENG)
    used = one.usage
    assert used.model_tokens >= used.distinct_tokens > 0
    assert used.flops > 0 and used.seconds > 0 and used.batches > 0 and used.cached == 0


def test_out_of_memory_halves_the_batch(monkeypatch):
    expected = translator().translate(TEXT[:6], HAU, ENG)
    real = Translator._generate

    def small(self, sources, first):
        if len(sources) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, sources, first)

    monkeypatch.setattr(Translator, "_generate", small)
    assert translator().translate(TEXT[:6], HAU, ENG) == expected
    monkeypatch.setattr(Translator, "_generate", lambda *a: small(a[0], [0] * 9, None))
    with pytest.raises(XltError, match="out of memory on cpu with one sentence"):
        translator().translate(TEXT[:2], HAU, ENG)


# Conventions of the families.


def test_nllb_by_flores_codes():
    base = tokenizer("metaspace")
    state = json.loads(base.backend_tokenizer.to_str())["model"]
    for legacy in (False, True):
        made = NllbTokenizer(
            vocab=state["vocab"],
            merges=[tuple(m) for m in state["merges"]],
            legacy_behaviour=legacy,
            src_lang="eng_Latn",
        )
        front, src, first = direction(made, LUG, ENG)
        assert (front, src) == (None, "lug_Latn")
        assert made.convert_ids_to_tokens(first) == "eng_Latn"
        [ids] = source_ids(made, ["Batu"], LUG, ENG)
        marks = made.convert_ids_to_tokens(ids)
        assert "lug_Latn" in (marks[0], marks[-1]) and marks.count("</s>") == 1
        unknown = LUG.model_copy(update={"flores": "xxx_Latn"})
        with pytest.raises(XltError, match="does not know Luganda \\('xxx_Latn'\\)"):
            direction(made, ENG, unknown)


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """A sentencepiece model and its vocabulary as JSON."""
    return sentence_pieces(tmp_path_factory.mktemp("pieces"))


def test_m2m100_by_two_letter_codes(pieces):
    made = M2M100Tokenizer(str(pieces / "vocab.json"), str(pieces / "sp.model"))
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=240, d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_position_embeddings=64, init_std=0.5,
        bos_token_id=1, pad_token_id=3, eos_token_id=2, decoder_start_token_id=2,
    )  # fmt: skip
    one = Translator(M2M100ForConditionalGeneration(config).eval(), made, "r", max_new_tokens=8)
    assert direction(made, HAU, ENG) == (None, "ha", made.get_lang_id("en"))
    [ids] = source_ids(made, ["Labari"], HAU, ENG)
    assert ids[0] == made.get_lang_id("ha") and ids[-1] == made.eos_token_id
    assert one._generate([ids], made.get_lang_id("en"))[0][0] == made.get_lang_id("en")
    assert len(one.translate(TEXT[:2], HAU, ENG)) == 2
    with pytest.raises(XltError, match=r"does not know Kinyarwanda \('rw'\): it knows af, "):
        one.translate(["a"], language("kin", "Kinyarwanda"), ENG)


def test_marian_in_one_direction(pieces):
    made = MarianTokenizer(
        str(pieces / "sp.model"), str(pieces / "sp.model"), str(pieces / "vocab.json"),
        source_lang="hau", target_lang="eng",
    )  # fmt: skip
    config = MarianConfig(
        vocab_size=100, d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_position_embeddings=64, pad_token_id=3, eos_token_id=2,
        decoder_start_token_id=3,
    )  # fmt: skip
    one = Translator(MarianMTModel(config).eval(), made, "r", max_new_tokens=8)
    assert len(one.translate(TEXT[:2], HAU, ENG)) == 2
    with pytest.raises(XltError, match="goes from 'hau' to 'eng', not from 'eng' to 'hau'"):
        one.translate(["a"], ENG, HAU)


def test_unknown_target_mark_lists_what_there_is():
    with pytest.raises(XltError, match=r"does not know Swahili \('swa'\): it knows eng, hau, kin"):
        translator().translate(["a"], ENG, language("swa", "Swahili"))


# The cache.


def test_cached_answers_cost_the_same_and_run_nothing(tmp_path, monkeypatch):
    first = translator(tmp_path / "c" / "cache.sqlite")
    expected = first.translate(TEXT[:6], HAU, ENG, "demo")
    again = translator(tmp_path / "c" / "cache.sqlite")
    monkeypatch.setattr(Translator, "_generate", None)
    assert again.translate(TEXT[:6], HAU, ENG, "demo") == expected
    assert again.usage.flops == pytest.approx(first.usage.flops)
    assert again.usage.seconds == pytest.approx(first.usage.seconds)
    assert again.usage.truncated == first.usage.truncated
    assert again.usage.batches == 0 and again.usage.cached > 0


def test_the_key_holds_all_that_matters(tmp_path):
    path = tmp_path / "cache.sqlite"
    translator(path).translate(TEXT[:2], HAU, ENG, "demo")
    for other, call in (
        (translator(path), (HAU, ENG, "test")),
        (translator(path), (HAU, LUG, "demo")),
        (translator(path), (LUG, ENG, "demo")),
        (translator(path, max_new_tokens=11), (HAU, ENG, "demo")),
    ):
        other.translate(TEXT[:2], *call)
        assert other.usage.cached == 0
    other = translator(path)
    other.revision = "another"
    other.translate(TEXT[:2], HAU, ENG, "demo")
    assert other.usage.cached == 0


def test_a_killed_run_forms_the_same_batches_again(tmp_path, monkeypatch):
    texts = TEXT[:6]
    batches: dict[str, list] = {"undisturbed": [], "killed": []}
    real = Translator._generate

    def run(name, path, stop=None):
        def watch(self, sources, first):
            if stop is not None and len(batches[name]) == stop:
                raise KeyboardInterrupt
            batches[name].append(sources)
            return real(self, sources, first)

        monkeypatch.setattr(Translator, "_generate", watch)
        return translator(path, batch_tokens=100).translate(texts, HAU, ENG)

    expected = run("undisturbed", tmp_path / "a.sqlite")
    assert len(batches["undisturbed"]) > 2
    with pytest.raises(KeyboardInterrupt):
        run("killed", tmp_path / "b.sqlite", stop=2)
    assert run("killed", tmp_path / "b.sqlite") == expected
    assert batches["killed"] == batches["undisturbed"]


ENTRY = Entry("fassara", 3, False, 1.0, 0.5)
KEY = ("r", "hau", "eng", "", "greedy")


def _write(path, start):
    cache = TranslationCache(path)
    for n in range(40):
        cache.put(KEY, {f"{start}-{n}-{m}": ENTRY for m in range(5)} | {f"both-{n}": ENTRY})
    cache.close()


def test_two_processes_write_one_file(tmp_path):
    path = tmp_path / "cache.sqlite"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_write, args=(path, name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    cache = TranslationCache(path)
    texts = [f"{s}-{n}-{m}" for s in "ab" for n in range(40) for m in range(5)]
    assert cache.get(KEY, [*texts, "both-7", "none"]) == dict.fromkeys([*texts, "both-7"], ENTRY)


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path):
    cache = TranslationCache(tmp_path / "cache.sqlite")
    broken = {"a": ENTRY, "b": ENTRY._replace(translation=None)}
    with pytest.raises(sqlite3.IntegrityError):
        cache.put(KEY, broken)
    assert cache.get(KEY, ["a", "b"]) == {}


def test_a_corrupt_file_is_named(tmp_path):
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(XltError, match="cache.sqlite is not a usable SQLite file.*delete it"):
        TranslationCache(path)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE translations (something TEXT)")
    connection.close()
    with pytest.raises(XltError, match="other.sqlite"):
        TranslationCache(other)


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(XltError, match="translation cache .*file"):
        TranslationCache(tmp_path / "file" / "cache.sqlite")


# Sentences.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ya zo. Ta tafi.", ["Ya zo.", "Ta tafi."]),
        ("Ina zuwa? Eh! To.", ["Ina zuwa?", "Eh!", "To."]),
        ("Ya ce: “Zan zo.” Sai ya tafi.", ["Ya ce: “Zan zo.”", "Sai ya tafi."]),
        ("Ya zo. “Ina kwana?” ya ce.", ["Ya zo.", "“Ina kwana?” ya ce."]),
        ("Dr. Musa da Alh. Bello sun zo.", ["Dr. Musa da Alh. Bello sun zo."]),
        ("A. B. Sani ya isa U.S. Army.", ["A. B. Sani ya isa U.S. Army."]),
        ("Farashi 1,250.50 ne. 3 sun zo.", ["Farashi 1,250.50 ne.", "3 sun zo."]),
        ("Ɗan wasa ya zo. Ɗalibi ya tafi.", ["Ɗan wasa ya zo.", "Ɗalibi ya tafi."]),
        ("'Yan sanda sun zo. 'Yan wasa ma.", ["'Yan sanda sun zo.", "'Yan wasa ma."]),
        ("Kanun labari\n\nYa zo.", ["Kanun labari", "Ya zo."]),
        ("ya ce... sannan ya tafi.", ["ya ce... sannan ya tafi."]),
        ("", []),
    ],
)
def test_sentence_ends(text, expected):
    assert sentences.split(text) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aAɓƁ .!?\n'“”1\u2026", max_size=60))
def test_no_character_but_whitespace_is_lost(text):
    assert "".join("".join(sentences.split(text)).split()) == "".join(text.split())
    for sentence in sentences.split(text):
        if two := sentences.halves(sentence):
            assert "".join(" ".join(two).split()) == "".join(sentence.split()) and all(two)
