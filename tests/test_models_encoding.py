"""Prompt and continuation as token ids: the join, the shared parts, empty and odd texts."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny_models import TOKENIZERS, tokenizer

from xltlib.errors import XltError
from xltlib.models.engine import plain
from xltlib.models.engine.encoding import Encoder

PIECES = ["wasanni", "siyasa", "a", "ƙ", "ɗan", "'yan", " ", "  ", "\n", "\n\n", ":", "1,250", ".",
          "<s>", "</s>", "é", "e\u0301", "…", "№", "\t", "nishaɗi", "?!", "x"]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
endings = st.tuples(st.sampled_from([" ", "", "\n"]), st.sampled_from(PIECES), texts).map("".join)


def expanded(request) -> list[tuple[list[int], int]]:
    """Token ids and start of each continuation, as the plain twin gives them."""
    return [
        (request.stem + tail, len(request.stem) + skip)
        for tail, skip in zip(request.tails, request.skips, strict=True)
    ]


def reference(made, prompt: str, ends: list[str]) -> list[tuple[list[int], int]]:
    pairs = [plain.split(made, prompt, end) for end in ends]
    if any(start == 0 for _, start in pairs):
        pairs = [(plain.beginning(made) + ids, start + 1) for ids, start in pairs]
    return pairs


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=60, deadline=None)
@given(
    shared=texts,
    rests=st.lists(texts, min_size=1, max_size=4),
    ends=st.lists(endings, min_size=1, max_size=4),
)
@example(shared="Batu:", rests=["", " "], ends=[" wasanni", " wasa", "n"])
@example(shared="", rests=["", "a"], ends=["s", " s"])
def test_ids_are_those_of_the_whole_text(kind, bos, shared, rests, ends):
    made = tokenizer(kind, bos)
    prompts = [shared + r for r in rests]
    requests = Encoder(made).requests(prompts, [ends] * len(prompts))
    for prompt, request in zip(prompts, requests, strict=True):
        assert expanded(request) == reference(made, prompt, ends)
        assert all(
            len(tail) > skip for tail, skip in zip(request.tails, request.skips, strict=True)
        )
        assert request.stem


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=40, deadline=None)
@given(shared=texts, rests=st.lists(texts, min_size=1, max_size=5))
def test_prompts_are_encoded_as_one_by_one(kind, shared, rests):
    made = tokenizer(kind)
    prompts = [shared + r for r in rests]
    expected = [plain.encode(made, p) or plain.beginning(made) for p in prompts]
    assert Encoder(made).prompts(prompts) == expected


def test_families_whose_parts_may_be_encoded_apart():
    separable = {kind: Encoder(tokenizer(kind)).separable for kind in TOKENIZERS}
    assert separable == {
        "gpt2": True, "llama3": True, "metaspace": True, "llama": True, "unigram": True,
        "words": False,
    }  # fmt: skip


def test_join_that_merges_belongs_to_the_continuation():
    """lm-evaluation-harness #1053, #1297, #3336: a spanning token left nothing to score."""
    made = tokenizer("gpt2")
    word = max((t for t in made.get_vocab() if t[0] == "Ġ" and t[1:].isalpha()), key=len)[1:]
    prompt, end = f"Batu: {word[:-1]}", word[-1]
    assert len(made(prompt)["input_ids"]) >= len(made(prompt + end)["input_ids"])
    [request] = Encoder(made).requests([prompt], [[end]])
    ids, start = expanded(request)[0]
    assert ids == made(prompt + end)["input_ids"]
    assert made.decode(ids[start:]) == f" {word}"


def test_space_at_the_end_of_the_prompt_goes_to_the_continuation():
    made = tokenizer("gpt2")
    [spaced] = Encoder(made).requests(["Batu: "], [["siyasa"]])
    [joined] = Encoder(made).requests(["Batu:"], [[" siyasa"]])
    assert expanded(spaced) == expanded(joined)


def test_front_tokens_once_and_nothing_behind():
    made = tokenizer("gpt2", bos=True)
    [request] = Encoder(made).requests(["Labari"], [[" siyasa"]])
    assert request.stem[0] == made.bos_token_id
    assert made.bos_token_id not in [*request.stem[1:], *request.tails[0]]


def test_empty_prompt_stands_behind_bos():
    made = tokenizer("gpt2")
    [request] = Encoder(made).requests([""], [["siyasa"]])
    assert request.stem == [made.bos_token_id]
    assert Encoder(made).prompts([""]) == [[made.bos_token_id]]


def test_empty_continuation_is_refused():
    with pytest.raises(XltError, match="continuation 1 of prompt 0 is empty"):
        Encoder(tokenizer("gpt2")).requests(["a"], [[" b", ""]])


def test_limits_left_in_the_tokenizer_do_not_cut_prompts():
    made = tokenizer.__wrapped__("gpt2")
    encoder = Encoder(made)
    prompt = "Labari: wasanni " * 20
    expected = encoder.prompts([prompt])
    made(["a", "b c"], truncation=True, max_length=3, padding=True)
    assert encoder.prompts([prompt]) == expected
    made(["a", "b c"], truncation=True, max_length=3, padding=True)
    [request] = encoder.requests([prompt], [[" siyasa"]])
    assert len(request.stem) == len(made(prompt.rstrip())["input_ids"]) > 20
