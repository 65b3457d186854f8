"""The mini checkpoints, and how they are made."""

import itertools
import json
import random

import numpy as np
import pytest
import torch

from xltlib import models, paths
from xltlib.config import load_language, load_profile
from xltlib.data.generated import world
from xltlib.data.sets.mini import example
from xltlib.mini import cards, pretrain, stream
from xltlib.mini.scores import scores

CARD = json.loads((paths.MINI_CHECKPOINTS / "card.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer():
    return models.load_tokenizer(load_profile("mini").model)


def test_the_shipped_files_are_those_of_the_card():
    assert cards.digests(paths.MINI_CHECKPOINTS, "lm", "translator") == CARD["sha256"]


def test_the_checkpoints_are_small_and_of_the_cards_shape():
    files = [p for p in paths.MINI_CHECKPOINTS.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 30 * 2**20
    assert max(p.stat().st_size for p in files) < 10 * 2**20
    lm = models.load_lm(load_profile("mini").model)
    assert 1e6 < sum(p.numel() for p in lm.model.parameters()) < 6e6
    assert type(lm.model).__name__ == CARD["language_model"]["architecture"]


BARS = {"eng topics": 0.90, "eng ner": 0.80, "eng summarization": 0.50}
BARS |= {f"chrF {code}-eng": 60 for code in ("hau", "kin", "lug")}


@pytest.mark.parametrize("name", BARS)
def test_the_cards_scores_meet_their_bars(name):
    assert CARD["scores"][name] >= BARS[name]


def test_the_scores_come_out_again_on_fewer_items():
    """A sample's scores lie near the card's; a wrong checkpoint is nowhere near them."""
    for name, value in scores(items=30).items():
        assert value == pytest.approx(CARD["scores"][name], abs=10 if "chrF" in name else 0.2)


def test_the_tokenizer_spells_every_character():
    """Byte-level: ɓ ɗ ƙ ƴ ŋ and apostrophes come back as they went in."""
    for spec in ("model", "translator"):
        tokens = models.load_tokenizer(getattr(load_profile("mini"), spec))
        for text in ("Ɗan ƙasar ya ɓoye ƴaƴa", "ng'omukulembeze n’abantu", "ŋŋoma Ŋ", "日本 🙂"):
            assert tokens.decode(tokens(text)["input_ids"], skip_special_tokens=True) == text


@pytest.mark.parametrize("task", ["topics", "summarization", "ner"])
def test_answers_and_entities_in_a_few_shot_document_weigh_the_same(tokenizer, task):
    articles = world.articles("eng", "pretrain", 4)
    text, answers = stream.few_shot(articles, task, load_language("eng"), 0)
    assert len(answers) == 4
    for (start, end, count), article in zip(answers, articles, strict=True):
        said = text[start:end]
        entities = len(example(article, "ner").gold)
        assert count == (max(entities, 1) if task == "ner" else 1)
        assert said.startswith(" ") and said.endswith("\n")
        expected = {"topics": article.topic, "summarization": article.headline}
        assert said.strip() == expected.get(task, said.strip())


def test_a_cipher_language_keeps_the_form_and_changes_the_words():
    english, strange = load_language("eng"), stream.cipher_language(7)
    assert "{labels}" in strange.prompts["topics"][0].instruction
    assert strange.labels != english.labels and set(strange.labels) == set(english.labels)
    assert strange.entity_types == english.entity_types
    assert stream.cipher_language(7) == strange != stream.cipher_language(8)


def test_made_up_names_keep_spans_true():
    draw = random.Random(0)
    changed, total = 0, 0
    for article in world.reading(80):
        made = stream.renamed(article, draw)
        assert made.topic == article.topic and len(made.sentences) == len(article.sentences)
        for text, spans, old, before in zip(
            made.sentences, made.spans, article.sentences, article.spans, strict=True
        ):
            assert [s.type for s in spans] == [s.type for s in before]
            for new, was in zip(spans, before, strict=True):
                surface, was_said = text[new.start : new.end], old[was.start : was.end]
                assert surface[0].isupper() or was.type == "DATE"
                if was.type == "DATE":
                    assert surface == was_said
                elif was.type in {"PER", "LOC"} and len(was_said) > 2:
                    total += 1
                    changed += surface != was_said
    assert changed == total > 300


def test_made_up_names_are_many_and_acronyms_stay_acronyms():
    draw = random.Random(0)
    made = [stream.made_up_name(draw) for _ in range(2000)]
    assert len(set(made)) > 1800 and all(name[0].isupper() for name in made)
    letters = [stream.made_up_name(draw, "FPZ") for _ in range(200)]
    assert all(name.isupper() and 2 <= len(name) <= 4 for name in letters)


def test_an_organisation_of_one_word_is_an_english_word():
    """A made-up name alone could as well be a person's."""
    draw, made = random.Random(0), []
    for article in world.reading(300):
        again = stream.renamed(article, draw)
        pairs = zip(article.sentences, article.spans, again.sentences, again.spans, strict=True)
        for old, before, new, after in pairs:
            for was, now in zip(before, after, strict=True):
                name = old[was.start : was.end]
                if was.type == "ORG" and name.isalpha() and not name.isupper():
                    made.append(new[now.start : now.end].lower())
    words = stream._english_words()
    begins = {word[:6] for word in words}

    def is_brand(name):
        return name in words or any({name[:i], name[i:]} <= begins for i in range(3, 7))

    # The rest are those of a place or person that was named before.
    assert len(made) > 20 and np.mean([is_brand(name) for name in made]) > 0.8


def names(article):
    pairs = zip(article.sentences, article.spans, strict=True)
    return [text[s.start : s.end] for text, spans in pairs for s in spans]


def test_the_kinds_of_organisations_stay_in_most_articles():
    kinds, draw = ("Ministry", "Bank", "Radio", "Traders", "FC"), random.Random(0)
    kept = []
    for article in world.reading(200):
        said = [k for name in names(article) for k in kinds if k in name.split()]
        made = [k for name in names(stream.renamed(article, draw)) for k in kinds if k in name]
        if said:
            kept.append(said == made)
    assert 0.5 < np.mean(kept) < 0.85 and len(kept) > 60


def test_new_words_are_no_names():
    changed = 0
    for article in world.articles("eng", "pretrain", 60):
        again = stream.mixed(article, 7, 0.5, True)
        changed += again.sentences != article.sentences
        assert again == stream.mixed(article, 7, 0.5, True)
        assert stream.mixed(article, 7, 0.0, True) == article
        first = [text.split()[0] for text in stream.mixed(article, 7, 0.9, False).sentences]
        assert first == [text.split()[0] for text in article.sentences]
        assert names(again) == names(article)
    assert changed > 50


def test_documents_are_deterministic_and_weighted_as_stated(tokenizer, monkeypatch):
    monkeypatch.setattr(stream, "ARTICLES", 200)

    def first(seed):
        some = itertools.islice(stream.documents(tokenizer, seed), 40)
        return [(ids.tolist(), weights.tolist()) for ids, weights in some]

    documents = first(3)
    assert documents == first(3) != first(4)
    named = (stream.PROMPT_WEIGHT, stream.NEWS_WEIGHT, stream.COPY_WEIGHT)
    known = {0.0, *(float(np.float32(weight)) for weight in named)}
    seen: list[bool] = []
    prompt = float(np.float32(stream.PROMPT_WEIGHT))
    for ids, weights in documents:
        assert 0 < len(ids) == len(weights) <= stream.LONGEST
        answers = [w for w in weights if w not in known]
        seen += [w > 0 for w in weights if w in (0.0, prompt)] if answers else []
        if answers and len(ids) < stream.LONGEST:  # else the last answer may be cut
            total = sum(answers) / stream.ANSWER_WEIGHT
            assert total == pytest.approx(round(total), abs=1e-5) and round(total) >= 1
    assert np.mean(seen) == pytest.approx(stream.PROMPT_SHARE, abs=0.05)


SHAPE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 2}
TWO_LAYERS = SHAPE | HEADS | {"num_hidden_layers": 2}


def test_the_language_models_loop_learns_what_has_weight():
    from xltlib.mini.train import train_lm

    draw, lines = np.random.default_rng(0), []
    documents = []
    for length in draw.integers(8, 32, 400):
        ids = np.arange(2, 2 + length, dtype=np.int32)
        ids[length // 2] = 39  # has no weight, and is not learned
        documents.append((ids, np.where(ids == 39, 0, 1).astype(np.float32)))
    model = train_lm(
        documents, 40, shape=TWO_LAYERS, longest=32, batch_tokens=128, log=lines.append
    )
    with torch.no_grad():
        logits = model(torch.tensor([[2, 3, 4, 5]])).logits[0, -1]
    assert int(logits.argmax()) == 6 and float(logits.softmax(-1)[39]) < 0.05
    assert lines and lines[-1].startswith("step ")


def test_the_heads_that_copy_look_where_they_should():
    """One place back, and at what followed the current token before; the others look anywhere."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from xltlib.mini.train import begin_copying

    torch.manual_seed(0)
    shape = pretrain.LM_SHAPE | {"vocab_size": 512, "attention_bias": True}
    config = LlamaConfig(tie_word_embeddings=True, attn_implementation="eager", **shape)
    model = LlamaForCausalLM(config).eval()
    begin_copying(model)
    segments = torch.stack([torch.randperm(512)[:30] for _ in range(20)])
    with torch.no_grad():
        seen = model(segments.repeat(1, 2), output_attentions=True).attentions
    now = torch.arange(30, 59)
    before = seen[0][:, :, now, now - 1].mean((0, 2))
    after_the_same = seen[1][:, :, now, now - 29].mean((0, 2))
    assert before[:2].min() > 0.9 and before[2:].max() < 0.05
    assert after_the_same[:2].min() > 3 * after_the_same[2:].max()


def test_the_translators_loop_learns_to_copy():
    from xltlib.mini.train import train_translator

    draw = np.random.default_rng(0)
    pairs = [([5, int(k), 0], [int(k), 0]) for k in draw.integers(6, 12, 3000)]
    shape = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1}
    shape |= {f"{x}_ffn_dim": 64 for x in ("encoder", "decoder")}
    shape |= {f"{x}_attention_heads": 2 for x in ("encoder", "decoder")}
    model = train_translator(pairs, 16, shape=shape, batch_tokens=256, log=lambda line: None)
    made = model.generate(torch.tensor([[5, 9, 0]]), max_new_tokens=4, do_sample=False)
    assert made[0].tolist()[:3] == [1, 9, 0]
