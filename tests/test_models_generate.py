"""Generation on the fast path: token for token what model.generate gives row by row."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import ARCHITECTURES, TEXT, TOKENIZERS, causal, tokenizer

from xltlib.errors import XltError
from xltlib.models.engine import decode, plain, whole
from xltlib.models.engine.core import Core
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.engine.greedy import Greedy
from xltlib.models.engine.stops import Stops

HEAD = f"Labari: {TEXT[0]}\nKanun labari: {TEXT[2]}\n\n"
PROMPTS = [f"{HEAD}Labari: {' '.join(TEXT[:n])}\nKanun labari:" for n in (1, 3, 2, 1, 4)]
CASES = [(a, "sdpa") for a in ARCHITECTURES if a not in ("gemma2", "mpt")]
CASES += [(a, "eager") for a in ARCHITECTURES]


def engine(architecture="llama", attention="sdpa", kind="gpt2", **options) -> LanguageModel:
    made = tokenizer(kind)
    return LanguageModel(causal(architecture, len(made), attention, **options), made, 512)


def by_transformers(lm: LanguageModel, prompts, count: int) -> list[tuple[int, ...]]:
    rows = []
    for prompt in prompts:
        ids = torch.tensor([lm.tokenizer(prompt)["input_ids"]])
        output = lm.model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=count,
            eos_token_id=sorted(lm.eos), pad_token_id=3,
        )  # fmt: skip
        rows.append(tuple(output[0, ids.shape[1] :].tolist()))
    return rows


@pytest.mark.filterwarnings("ignore:MptForCausalLM")
@pytest.mark.parametrize(("architecture", "attention"), CASES)
def test_tokens_are_those_of_transformers(architecture, attention):
    lm = engine(architecture, attention)
    ours = lm.generate(PROMPTS, 24)
    assert [g.ids for g in ours] == by_transformers(lm, PROMPTS, 24)
    assert [g.tokens for g in ours] == [len(g.ids) for g in ours]


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_stop_strings_end_and_cut(kind):
    lm = engine(kind=kind)
    free = lm.generate(PROMPTS, 24)
    middles = [g.text[3:5] for g in free if len(g.text) > 5]
    for stop in ([middles[0]], middles, ["\n"], ["a", " "], ["ƙ", "\n\n"]):
        ours = lm.generate(PROMPTS, 24, stop)
        theirs = plain.generate(lm.model, lm.tokenizer, PROMPTS, 24, stop, lm.eos)
        assert ours == theirs
        assert not any(s in g.text for g in ours for s in stop)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_prompts_of_unlike_length_are_read_apart_and_continued_together(attention):
    lm = engine(attention=attention)
    lm.eos = frozenset()
    lm.way()
    texts = [" ".join(TEXT[n : n + 8]) for n in range(4)] + [" ".join(TEXT[n:][:6]) for n in (4, 5)]
    prompts = [HEAD + text for text in texts]
    before = lm.usage.copy()
    ours = lm.generate(prompts, 12)
    used = lm.usage.since(before)
    assert ours == plain.generate(lm.model, lm.tokenizer, prompts, 12, (), lm.eos)
    lengths = sorted(len(lm.tokenizer(p)["input_ids"]) for p in prompts)
    assert lengths[-1] > 1.2 * lengths[0]
    assert used.model_tokens < 1.1 * used.distinct_tokens
    assert used.batches == 1 + 3 + 11  # what all share, three groups, each further token


def test_end_of_text_ends_and_is_not_in_the_text():
    lm = engine()
    lm.eos = frozenset()
    free = lm.generate(PROMPTS, 24)
    end = free[0].ids[5]
    lm.eos = frozenset([end])
    ours = lm.generate(PROMPTS, 24)
    assert ours == plain.generate(lm.model, lm.tokenizer, PROMPTS, 24, (), lm.eos)
    assert ours[0].ids[-1] == end and ours[0].tokens <= 6
    assert ours[0].text == lm.tokenizer.decode(ours[0].ids[:-1], skip_special_tokens=True)


def test_finished_rows_leave_the_batch():
    lm = engine()
    lm.eos = frozenset()
    ends = [g.ids for g in lm.generate(PROMPTS, 24)]
    lm.eos = frozenset(i[2] for i in ends[1:])
    before = lm.usage.copy()
    ours = lm.generate(PROMPTS, 24)
    used = lm.usage.since(before)
    assert ours == plain.generate(lm.model, lm.tokenizer, PROMPTS, 24, (), lm.eos)
    assert used.generated_tokens == sum(g.tokens for g in ours)
    assert used.truncated == sum(g.ids[-1] not in lm.eos for g in ours)
    prompts = [lm.tokenizer(p)["input_ids"] for p in PROMPTS]
    trie = {
        tuple([*p, *g.ids][:n])
        for p, g in zip(prompts, ours, strict=True)
        for n in range(1, len(p) + len(g.ids))
    }
    assert used.distinct_tokens == len(trie)


tokens = st.integers(4, 300)


@pytest.mark.parametrize("way", ["split", "dense"])
@settings(max_examples=40, deadline=None)
@given(
    shared=st.lists(tokens, max_size=80),
    rests=st.lists(st.lists(tokens, min_size=1, max_size=40), min_size=1, max_size=6),
    count=st.integers(1, 8),
    budget=st.integers(1, 600),
    ends=st.sets(tokens, max_size=40),
)
def test_random_prompts_budgets_and_ends(way, shared, rests, count, budget, ends):
    prompts = [[*shared, *rest] for rest in rests]
    made = []
    with torch.inference_mode():
        for run, chosen in ((decode.generate, way), (whole.generate, "whole")):
            core = Core(causal("llama"), budget)
            core.way = chosen
            stops = Stops(tokenizer(), ("\n",), frozenset(ends))
            made.append(run(core, prompts, count, stops, Greedy()))
    assert made[0] == made[1]


def test_nothing_to_continue():
    assert engine().generate([], 5) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_new_tokens": 0}, "`max_new_tokens` must be at least 1"),
        ({"max_new_tokens": 4, "stop": [""]}, "`stop` must be a list of strings"),
        ({"max_new_tokens": 4, "stop": "\n"}, "`stop` must be a list of strings"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(XltError, match=message):
        engine().generate(["a"], **options)
