"""The semantic-aware error rate: half of it wrong words, half meaning that was lost."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from test_projection import bert

from xltlib.config import EncoderSpec
from xltlib.errors import XltError
from xltlib.validity import semantic

PLACES = {"Musa ya ga Kano": [1, 0], "Musa ya ga Jigawa": [0.6, 0.8], "": [1, 0]}


def vectors(texts):
    return np.array([PLACES[text] for text in texts], float)


def rows(said, meant, arm="prompt"):
    items = [SimpleNamespace(gold=text) for text in meant]
    return pd.DataFrame({"arm": arm, "said": said, "item": items})


def test_words_and_meaning_count_half_each():
    gold = "Musa ya ga Kano"
    found = semantic.semantic_table(
        pd.concat([rows(["Musa ya ga Jigawa", gold], [gold, gold]), rows([None], [gold], "laft")]),
        vectors,
    )
    assert found["arm"].tolist() == ["prompt", "laft"] and found["n"].tolist() == [2, 1]
    prompt = found.iloc[0]
    assert prompt["words wrong"] == pytest.approx((1 / 4 + 0) / 2)
    assert prompt["meaning lost"] == pytest.approx((0.4 + 0) / 2)
    assert prompt["semantic error rate"] == pytest.approx((0.5 * 0.25 + 0.5 * 0.4) / 2)
    # no answer has lost everything, whatever an encoder makes of an empty text
    assert found.iloc[1, 2:].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("said", "meant", "rate"),
    [
        ("Yana da ƙwarai", "yana da ƙwarai.", 0),
        ("na'ura", "na’ura", 0),
        ("a b c d e f", "a", 1),
        ("Kano", "Musa ya ga Kano", 3 / 4),
        ("มูซา", "มูซาร", 1 / 5),
    ],
)
def test_word_errors_are_counted_against_the_reference_and_cut_at_one(said, meant, rate):
    assert semantic.word_error_rate(said, meant) == pytest.approx(rate)


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    for part in bert():
        part.save_pretrained(tmp_path)
    return tmp_path


def test_vectors_are_the_mean_of_the_states_whatever_stands_in_the_batch(folder):
    texts = ["Musa ya ga Kano", "Kano", "Musa ya ga Kano " * 30]
    found = semantic.sentence_vectors(EncoderSpec(path=str(folder)))(texts)
    assert found.shape == (3, 16) and np.isfinite(found).all()
    from xltlib.models.weights.load import encoder

    model, tokenizer = encoder(EncoderSpec(path=str(folder)))
    with torch.inference_mode():
        alone = model(**tokenizer(texts[1], return_tensors="pt")).last_hidden_state[0]
    assert np.allclose(found[1], alone.mean(0).numpy(), atol=1e-5)
    (folder / "1_Pooling").mkdir()
    pooling = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    first = semantic.sentence_vectors(EncoderSpec(path=str(folder)))(texts)
    assert np.allclose(first[1], alone[0].numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        ("modules.json", [{"type": "sentence_transformers.models.Dense"}], "Dense"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pooling_mode_max_tokens"),
    ],
)
def test_vectors_that_are_made_otherwise_are_refused(folder, file, content, named):
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(XltError, match=f"`sentence_encoder` is .*{named}"):
        semantic.sentence_vectors(EncoderSpec(path=str(folder)))
