"""Forced decoding and word states against the plain way, for every family's convention."""

import json

import pytest
import torch
from test_models_translator import language
from tiny_models import TEXT, marian, sentence_pieces, tokenizer
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    NllbTokenizer,
)

from xltlib.methods.projection.words import words
from xltlib.models.translation.encoder import word_states
from xltlib.models.translation.forced import Forced
from xltlib.models.translation.translator import Translator, source_ids, target_ids

ENG, HAU = language("eng", "English"), language("hau", "Hausa")


def multilingual(size: int) -> M2M100ForConditionalGeneration:
    """A random model of the architecture that M2M100 and NLLB share."""
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=size, d_model=16, encoder_layers=2, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_position_embeddings=96, init_std=0.5,
        bos_token_id=1, pad_token_id=3, eos_token_id=2, decoder_start_token_id=2,
    )  # fmt: skip
    return M2M100ForConditionalGeneration(config).eval()


def nllb() -> NllbTokenizer:
    state = json.loads(tokenizer("metaspace").backend_tokenizer.to_str())["model"]
    return NllbTokenizer(vocab=state["vocab"], merges=[tuple(m) for m in state["merges"]])


def m2m100(folder) -> M2M100Tokenizer:
    sentence_pieces(folder)
    return M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sp.model"))


@pytest.fixture(params=["marian", "nllb", "m2m100"])
def translator(request, tmp_path) -> Translator:
    if request.param == "marian":
        return Translator(*marian(), "r", batch_tokens=60)
    made = nllb() if request.param == "nllb" else m2m100(tmp_path)
    return Translator(multilingual(len(made) + 200), made, "r", batch_tokens=40)


def test_log_probabilities_are_those_of_single_passes(translator):
    scorer, model = Forced(translator, ENG, HAU), translator.model
    targets = scorer.ids(["Labari", "Ya ce ƙungiyar ta buɗe kasuwa.", "'Yan wasa", TEXT[5]])
    targets.append(targets[1][:4])  # a beginning
    found = scorer.log_probabilities(TEXT[3], targets)
    [ids] = source_ids(translator.tokenizer, [TEXT[3]], ENG, HAU)
    first = scorer._first
    for target, score in zip(targets, found, strict=True):
        front = [model.config.decoder_start_token_id] + ([] if first is None else [first])
        with torch.inference_mode():
            logits = model(
                input_ids=torch.tensor([ids]),
                decoder_input_ids=torch.tensor([front + target[:-1]]),
            ).logits[0, len(front) - 1 :]
        plain = logits.log_softmax(1)[range(len(target)), target].sum().item()
        assert score == pytest.approx(plain, rel=1e-4)
    assert found[4] > found[1]
    assert translator.usage.batches > 1 and translator.usage.flops > 0
    assert scorer.log_probabilities(TEXT[3], [[]]) == [0.0]


def test_what_is_forced_is_what_generate_would_write(translator):
    """The greedy output's own tokens are, step by step, the likeliest: no other first token is."""
    scorer = Forced(translator, ENG, HAU)
    [ids] = source_ids(translator.tokenizer, [TEXT[0]], ENG, HAU)
    [made] = translator._generate([ids], scorer._first)
    content = made if scorer._first is None else made[1:]
    others = [[token] for token in range(len(translator.tokenizer)) if token != content[0]]
    scores = scorer.log_probabilities(TEXT[0], [content[:1], *others])
    assert max(scores) == pytest.approx(scores[0], abs=1e-4)


def test_target_ids_spell_the_text_and_end_it(translator):
    made = translator.tokenizer
    [ids] = target_ids(made, ["Ya ce"], ENG, HAU)
    assert ids[-1] == made.eos_token_id
    assert made.decode(ids[:-1], skip_special_tokens=False).strip() == "Ya ce"


def test_what_is_too_long_does_not_fit(translator):
    scorer = Forced(translator, ENG, HAU)
    assert scorer.fits(TEXT[0], scorer.ids([TEXT[0]]))
    assert not scorer.fits(TEXT[0] * 9, scorer.ids(["Labari"]))
    assert not scorer.fits("Labari", scorer.ids([TEXT[0] * 9]))


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_word_states_are_the_encoders(translator, layer):
    def encode(texts):
        return source_ids(translator.tokenizer, texts, ENG, HAU)

    texts = ["Musa ya ga ƙungiyar Kano", "Labari: 'Yan wasa", "", "a " * 200]
    model = translator.model.get_encoder()
    found = word_states(
        model, translator.tokenizer, encode, texts, [words(t) for t in texts], layer,
        translator.longest, 40,
    )  # fmt: skip
    for text, (states, owners) in zip(texts[:2], found, strict=False):
        assert sorted(set(owners)) == list(range(len(words(text)))) and owners == sorted(owners)
        assert states.shape == (len(owners), model.config.d_model)
    [ids] = encode([texts[0]])
    with torch.inference_mode():
        whole = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
    plain = whole.hidden_states[layer][0]
    assert layer < 2 or torch.equal(plain, whole.last_hidden_state[0])
    front = next(i for i in range(len(ids)) if torch.allclose(plain[i], found[0][0][0], atol=1e-4))
    own = found[0][0]
    assert torch.allclose(plain[front : front + len(own)], own, atol=1e-4)
    assert [len(states) for states, _ in found[2:]] == [0, 0]
