"""A kernel that is wrong for a row alone in its block is gone around, and found out where not."""

import pytest
import torch
from tiny_models import TEXT, causal, tokenizer
from torch.nn import functional

from xltlib.models.engine import lone_rows, plain, ways
from xltlib.models.engine.engine import LanguageModel

WORDS = [" kare", " mage", " doki da kare"]
right = functional.scaled_dot_product_attention


def faulty(query, key, value, attn_mask=None, **kwargs):
    """As PyTorch's memory-efficient kernel on a GPU: a row alone in its block ignores the mask."""
    made = right(query, key, value, attn_mask=attn_mask, **kwargs)
    shared = key.shape[1] == 1 or key.stride(1) == 0
    if attn_mask is not None and shared and query.shape[2] > 1 and query.shape[2] % 32 == 1:
        key, value = (x.expand(-1, query.shape[1], -1, -1) for x in (key, value))
        made[:, :, -1:] = right(query[:, :, -1:], key, value, scale=kwargs.get("scale"))
    return made


@pytest.fixture
def on_a_gpu(monkeypatch):
    """The tiny models' processor is taken for a GPU with that fault."""
    monkeypatch.setattr(functional, "scaled_dot_product_attention", faulty)
    monkeypatch.setattr(lone_rows, "DEVICES", ("cpu",))


def lm_and_prompts() -> tuple[LanguageModel, list[str]]:
    tok = tokenizer()
    lm = LanguageModel(causal("gemma"), tok, 400)
    text = " ".join(TEXT) * 4
    # of every length, so that some pass has a row alone
    return lm, [text[:40] + text[40 + i : 43 + 3 * i] for i in range(60)]


def test_passes_with_a_lone_row_give_the_plain_scores(on_a_gpu):
    lm, prompts = lm_and_prompts()
    lm.use("dense")
    passes = []
    lm.model.base_model.register_forward_pre_hook(
        lambda module, args, kwargs: passes.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    ours = [lm.score([p], [WORDS])[0] for p in prompts] + lm.score(prompts, [WORDS] * len(prompts))
    assert any(size % lone_rows.BLOCK == 1 for size in passes)
    theirs = plain.score(lm.model, lm.tokenizer, prompts, [WORDS] * len(prompts)) * 2
    assert torch.tensor(ours).allclose(torch.tensor(theirs), rtol=0, atol=1e-4)


def test_the_self_test_finds_the_fault_where_it_is_not_gone_around(on_a_gpu):
    lm, _ = lm_and_prompts()
    with torch.inference_mode():
        assert "a log-likelihood moves by" in ways._differs(lm.core, "dense")
        with lone_rows.accompanied():
            assert ways._differs(lm.core, "dense") == ""


def test_what_is_registered_is_left_as_it_was():
    before = lone_rows.ALL_ATTENTION_FUNCTIONS["sdpa"]
    with lone_rows.accompanied():
        assert lone_rows.ALL_ATTENTION_FUNCTIONS["sdpa"] is not before
    assert lone_rows.ALL_ATTENTION_FUNCTIONS["sdpa"] is before
