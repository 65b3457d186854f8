"""The twin of the mini language model that reads bytes: tokenizer, documents, making."""

import itertools
import json
import unicodedata

import numpy as np
import pytest

from xltlib import data, models
from xltlib.config import load_profile
from xltlib.mini import byte_twin, cards, pretrain, stream


@pytest.fixture(scope="module")
def tokenizer():
    return models.load_tokenizer(load_profile("mini").model)


@pytest.fixture(scope="module")
def spelled():
    return byte_twin.byte_tokenizer()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("code", ["hau", "kin", "lug", "eng"])
def test_real_text_comes_back_from_bytes_as_it_went_in(spelled, code, form):
    texts = [item.text for item in data.load("sib200", "topics", code, "test")]
    texts.append("Ɗan ƙasar ya ɓoye ƴaƴa, ng'omukulembeze n’abantu: ŋŋoma Ŋ\n\t  日本 🙂")
    for text in (unicodedata.normalize(form, text) for text in texts):
        ids = spelled(text)["input_ids"]
        assert ids == [byte + 1 for byte in text.encode()]
        assert spelled.decode(ids, skip_special_tokens=True) == text
    assert len(spelled) == 257 and spelled.unk_token is None


def test_the_end_of_text_is_no_byte(spelled):
    assert spelled.eos_token_id == 0 == spelled(pretrain.END)["input_ids"][0]
    assert sorted(spelled.get_vocab().values()) == list(range(257))


def test_documents_are_those_of_the_twin(tokenizer, spelled, monkeypatch):
    """The same text, and the same loss: a token's log-probability is the sum of its bytes'."""
    monkeypatch.setattr(stream, "ARTICLES", 200)
    said, draw, ends = byte_twin.in_bytes(tokenizer), np.random.default_rng(0), 0
    for ids, weights in itertools.islice(stream.documents(tokenizer, 5), 60):
        own, each = said((ids, weights))
        assert len(own) == len(each) <= byte_twin.LONGEST and own.max() <= 256
        sizes = [len(said((ids[i : i + 1], weights[i : i + 1]))[0]) for i in range(len(ids))]
        starts = np.cumsum(sizes) - sizes
        surprise = draw.random(len(own))
        assert each @ surprise == pytest.approx(weights @ np.add.reduceat(surprise, starts))
        ends += (own == 0).sum()
        assert (own == 0).sum() == (ids == 0).sum()
        text = tokenizer.decode(ids)
        assert spelled.decode(own) == text
        if "\ufffd" not in text:  # random segments are not always text
            assert [byte + 1 for byte in text.replace(pretrain.END, "\0").encode()] == [
                i or 1 for i in own
            ]
    assert ends > 0


def test_the_twin_is_made_with_its_card(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "ARTICLES", 50)
    monkeypatch.setattr(pretrain, "LM_TOKENS", 1_000)
    monkeypatch.setattr(byte_twin, "english_scores", lambda arm, lm: {f"eng {arm}": lm.is_dir()})
    byte_twin.main(tmp_path)
    card = json.loads((tmp_path / cards.TWINS).read_text(encoding="utf-8"))
    assert card["sha256"] == cards.digests(tmp_path, byte_twin.FOLDER)
    assert card["tokens"] > 2 * card["twin"]["tokens"] and card["twin"]["tokens"] >= 1_000
    assert card["shape"] == pretrain.LM_SHAPE | {"vocab_size": 257}
    assert card["updates"] > 0 and card["scores"] == {"eng prompt_bytes": True}
    assert not (tmp_path / "README.md").exists()  # the page is of all models, which are not here
    spec = load_profile("mini").of_arm("prompt_bytes").model
    lm = models.load_lm(spec.model_copy(update={"path": str(tmp_path / byte_twin.FOLDER)}))
    assert lm.context == 3 * stream.LONGEST == lm.model.config.max_position_embeddings
    assert lm.tokenizer("ŋ")["input_ids"] == [0xC5 + 1, 0x8B + 1]
