"""The mini checkpoints, and how they are made."""

import itertools
import json
import random

import numpy as np
import pytest

from xltlib import models, paths
from xltlib.mini import pretrain, stream, world
from xltlib.mini.scores import scores
from xltlib.specs import load_language, load_profile

CARD = json.loads((paths.MINI_CHECKPOINTS / "card.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer():
    return models.load_tokenizer(load_profile("mini").model)


def test_the_shipped_files_are_those_of_the_card():
    assert pretrain.digests(paths.MINI_CHECKPOINTS) == CARD["sha256"]


def test_the_checkpoints_are_small_and_of_the_cards_shape():
    files = [p for p in paths.MINI_CHECKPOINTS.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 30 * 2**20
    assert max(p.stat().st_size for p in files) < 10 * 2**20
    lm = models.load_lm(load_profile("mini").model)
    assert 1e6 < sum(p.numel() for p in lm.model.parameters()) < 6e6
    assert type(lm.model).__name__ == CARD["language_model"]["architecture"]


BARS = {"eng topics": 0.90, "eng ner": 0.80, "eng summarization": 0.50}
BARS |= {f"chrF {code}-eng": 60 for code in ("hau", "kin", "lug")}
MISSED = {"eng ner", "eng summarization"}  # copying has only begun to form, see the card


@pytest.mark.parametrize("name", BARS)
def test_the_cards_scores_meet_their_bars(name, request):
    if name in MISSED:
        reason = "the shipped language model has not been trained for long enough"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
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
def test_answers_in_a_few_shot_document_weigh_the_same(tokenizer, task):
    articles = world.articles("eng", "pretrain", 4)
    text, answers = stream.few_shot(articles, task, load_language("eng"), 0)
    assert len(answers) == 4
    for (start, end), article in zip(answers, articles, strict=True):
        said = text[start:end]
        assert said.startswith(" ") and said.endswith("\n")
        expected = {"topics": article.topic, "summarization": article.headline}
        assert said.strip() == expected.get(task, said.strip())


def test_a_cipher_language_keeps_the_form_and_changes_the_words():
    english, strange = load_language("eng"), stream.cipher_language(7)
    assert "{labels}" in strange.prompts["topics"][0].instruction
    assert strange.labels != english.labels and set(strange.labels) == set(english.labels)
    assert strange.entity_types == english.entity_types
    assert stream.cipher_language(7) == strange != stream.cipher_language(8)


def test_made_up_names_keep_spans_true(tokenizer):
    draw = random.Random(0)
    for article in world.articles("eng", "pretrain", 50):
        made = stream.renamed(article, draw)
        assert made.topic == article.topic and len(made.sentences) == len(article.sentences)
        for text, spans, old, before in zip(
            made.sentences, made.spans, article.sentences, article.spans, strict=True
        ):
            assert [s.type for s in spans] == [s.type for s in before]
            for new, was in zip(spans, before, strict=True):
                surface, was_said = text[new.start : new.end], old[was.start : was.end]
                if was.type == "DATE":
                    assert surface == was_said
                if was.type in {"PER", "LOC"} and len(was_said) > 2:
                    assert surface != was_said and surface[0].isupper()


def test_documents_are_deterministic_and_weighted_as_stated(tokenizer, monkeypatch):
    monkeypatch.setattr(stream, "ARTICLES", 200)

    def first(seed):
        return list(itertools.islice(stream.documents(tokenizer, seed, 0.3, 0.5), 40))

    documents = first(3)
    assert documents == first(3) != first(4)
    known = {0.0, stream.PROMPT_WEIGHT, stream.NEWS_WEIGHT, 0.3}
    for ids, weights in documents:
        assert len(ids) == len(weights) > 0
        answers = [w for w in weights if w not in known]
        if len(set(weights)) > 1 and 0.0 not in weights:
            total = sum(answers) / stream.ANSWER_WEIGHT
            assert total == pytest.approx(round(total), abs=1e-6) and total >= 1


def test_rows_are_full_and_end_documents_with_token_0(tokenizer, monkeypatch):
    monkeypatch.setattr(stream, "ARTICLES", 200)
    ids, weights = stream.arrays(tokenizer, 6, seed=1, copy_weight=0.3, share_renamed=0.5)
    assert ids.shape == weights.shape == (6, stream.SEQUENCE)
    assert ids.max() < len(tokenizer) and (weights >= 0).all()
    assert (ids == 0).sum() >= 6  # a document may fill a row alone, but not all of them


SHAPE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 2}


def test_the_language_models_loop_learns_what_has_weight():
    from xltlib.mini.train import train_lm

    rows = np.tile(np.arange(2, 34, dtype=np.uint16), (256, 1))
    lines: list[str] = []
    model = train_lm(
        rows, np.ones_like(rows, np.float16), 40, shape=SHAPE | HEADS, batch=8, log=lines.append
    )
    import torch

    said = model(torch.tensor([[2, 3, 4, 5]])).logits[0, -1].argmax()
    assert int(said) == 6 and lines


def test_the_translators_loop_learns_to_copy():
    from xltlib.mini.train import train_translator

    draw = np.random.default_rng(0)
    pairs = [([5, int(k), 0], [int(k), 0]) for k in draw.integers(6, 12, 3000)]
    shape = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1}
    shape |= {f"{x}_ffn_dim": 64 for x in ("encoder", "decoder")}
    shape |= {f"{x}_attention_heads": 2 for x in ("encoder", "decoder")}
    model = train_translator(pairs, 16, shape=shape, batch_tokens=256, log=lambda line: None)
    import torch

    made = model.generate(torch.tensor([[5, 9, 0]]), max_new_tokens=4, do_sample=False)
    assert made[0].tolist()[:3] == [1, 9, 0]
