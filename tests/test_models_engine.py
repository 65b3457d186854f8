"""The fast path against the plain twin: log-likelihoods, budgets, memory, fallbacks, accounting."""

import copy
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import ARCHITECTURES, TEXT, causal, tokenizer
from transformers import (
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
)

from xltlib.errors import XltError
from xltlib.models.engine import core as core_module
from xltlib.models.engine import plain, plan, scoring, ways, whole
from xltlib.models.engine.core import Core, Prefix
from xltlib.models.engine.encoding import Request
from xltlib.models.engine.engine import LanguageModel

LABELS = [" wasanni", " siyasa", " siyasa da mulki", " w", "s", " lafiya", " lafiyar"]
HEAD = f"Labari: {TEXT[0]}\nBatu: siyasa\n\n"
PROMPTS = [f"{HEAD}Labari: {' '.join(TEXT[:n])}\nBatu:" for n in (1, 3, 2, 1, 4)]
ODD = ["", "a", "Batu: ", HEAD + "Labari:", HEAD]


def engine(architecture="llama", attention="sdpa", bos=False, **options) -> LanguageModel:
    made = tokenizer("gpt2", bos)
    return LanguageModel(causal(architecture, len(made), attention, **options), made, 512)


def difference(a, b) -> float:
    assert [len(x) for x in a] == [len(x) for x in b]
    return max(abs(x - y) for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True))


CASES = [(a, "sdpa") for a in ARCHITECTURES if a not in ("gemma2", "mpt")]
CASES += [(a, "eager") for a in ARCHITECTURES]
EXPECTED = {"sdpa": "split", "eager": "dense"}


@pytest.mark.filterwarnings("ignore:MptForCausalLM")
@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize(("architecture", "attention"), CASES)
def test_scores_are_the_plain_ones(architecture, attention, bos):
    lm = engine(architecture, attention, bos)
    for prompts in (PROMPTS, ODD):
        ends = [LABELS[: 2 + i] for i in range(len(prompts))]
        ours = lm.score(prompts, ends)
        theirs = plain.score(lm.model, lm.tokenizer, prompts, ends)
        assert difference(ours, theirs) < 1e-4
        best = [max(range(len(r)), key=r.__getitem__) for r in theirs]
        assert [max(range(len(r)), key=r.__getitem__) for r in ours] == best
    assert lm.way() == ("copied" if architecture == "mpt" else EXPECTED[attention])


@pytest.mark.parametrize("way", ["split", "dense", "whole"])
def test_every_way_gives_the_same(way):
    lm = engine()
    lm.use(way)
    ends = [LABELS] * len(PROMPTS)
    theirs = plain.score(lm.model, lm.tokenizer, PROMPTS, ends)
    assert difference(lm.score(PROMPTS, ends), theirs) < 1e-4


tokens = st.integers(4, 9)
paths = st.lists(tokens, min_size=1, max_size=5)
stems = st.lists(tokens, max_size=30)


@st.composite
def calls(draw) -> list[Request]:
    shared = draw(st.lists(tokens, max_size=90))
    made = []
    for _ in range(draw(st.integers(1, 7))):
        stem = [*(shared if draw(st.booleans()) else []), *draw(stems), draw(tokens)]
        tails = draw(st.lists(paths, min_size=1, max_size=6))
        skips = [draw(st.integers(0, min(2, len(t) - 1))) for t in tails]
        made.append(Request(stem, tails, skips))
    return made


@pytest.mark.parametrize("way", ["split", "dense"])
@pytest.mark.parametrize("architecture", ["llama", "neox"])
@settings(max_examples=120, deadline=None)
@given(requests=calls(), budget=st.integers(1, 400))
def test_random_trees_and_budgets(architecture, way, requests, budget):
    core = Core(causal(architecture), budget)
    core.way = way
    with torch.inference_mode():
        assert difference(scoring.score(core, requests), whole.score(core, requests)) < 1e-4


def test_branches_share_at_every_level():
    """Two demonstration sets in one call: what each set's items share is computed once."""
    lm = engine()
    sets = ["".join(f"Labari: {t}\nBatu: addini\n\n" for t in TEXT[i : i + 3]) for i in (0, 3)]
    prompts = [s + f"Labari: {t}\nBatu:" for s in sets for t in TEXT[:4]]
    ends = [[" siyasa"]] * len(prompts)
    lm.score(prompts[:1], ends[:1])
    before = lm.usage.copy()
    ours = lm.score(prompts, ends)
    used = lm.usage.since(before)
    assert difference(ours, plain.score(lm.model, lm.tokenizer, prompts, ends)) < 1e-4
    assert used.model_tokens < 1.1 * used.distinct_tokens
    assert used.distinct_tokens < 0.5 * sum(len(i) for i in lm.tokenizer(prompts)["input_ids"])


def test_empty_prompts_beside_the_items_cost_what_they_add():
    """What begins every prompt, and what is said in an empty item's place, ride along."""
    lm = engine()
    empty = [f"{HEAD}Labari: {text}\nBatu:" for text in ("", "N/A")]
    prompts = ["Labari:", *empty, *(f"{HEAD}Labari: {t}\nBatu:" for t in TEXT[:6])]
    ends = [[" siyasa"]] * len(prompts)
    lm.score(prompts[:1], ends[:1])
    before = lm.usage.copy()
    ours = lm.score(prompts, ends)
    used = lm.usage.since(before)
    assert difference(ours, plain.score(lm.model, lm.tokenizer, prompts, ends)) < 1e-4
    assert used.model_tokens < 1.1 * used.distinct_tokens


def test_equal_prompts_cost_their_last_token_each():
    lm = engine()
    lm.score(PROMPTS[:1], [[" s"]])
    before = lm.usage.copy()
    lm.score(PROMPTS[:1], [[" s"]])
    once = lm.usage.copy()
    scores = lm.score(PROMPTS[:1] * 5, [[" s"]] * 5)
    assert len({round(s[0], 5) for s in scores}) == 1
    behind = 5 * len(lm.tokenizer(" s")["input_ids"])
    assert lm.usage.since(once).model_tokens <= once.since(before).model_tokens + behind


def test_usage_counts_what_was_done():
    lm = engine()
    prompts = [f"{HEAD}Labari: {t}\nBatu:" for t in TEXT[:6]]
    ids = lm.tokenizer([p + " siyasa" for p in prompts])["input_ids"]
    lm.score(prompts, [[" siyasa"]] * 6)
    trie = {tuple(i[:n]) for i in ids for n in range(1, len(i))}
    assert lm.usage.distinct_tokens == len(trie)
    assert len(trie) <= lm.usage.model_tokens
    weights = sum(p.numel() for p in lm.model.model.layers.parameters())
    assert lm.usage.flops > 2 * weights * lm.usage.model_tokens
    assert lm.usage.seconds > 0 and lm.usage.batches >= 2


def test_one_token_labels_cost_nothing():
    lm = engine()
    words = [f" {t[1:]}" for t in lm.tokenizer.get_vocab() if t[0] == "Ġ" and t[1:].isalpha()]
    single = [w for w in words if len(lm.tokenizer(w)["input_ids"]) == 1]
    assert len(single) > 5
    lm.score(PROMPTS, [single[:1]] * len(PROMPTS))
    before = lm.usage.copy()
    lm.score(PROMPTS, [single[:1]] * len(PROMPTS))
    middle = lm.usage.copy()
    lm.score(PROMPTS, [single] * len(PROMPTS))
    assert lm.usage.since(middle).model_tokens == middle.since(before).model_tokens


def rows_of(module, act) -> list[int]:
    """The columns of each batch that went through ``module`` while ``act`` ran."""
    seen = []
    hook = module.register_forward_hook(lambda _, args, made: seen.append(args[0].shape[1]))
    act()
    hook.remove()
    return seen


@pytest.mark.parametrize(("architecture", "attention"), [c for c in CASES if c[0] != "mpt"])
def test_the_last_layer_reads_only_what_predicts(architecture, attention):
    lm = engine(architecture, attention)
    lm.way()
    ends = [[" w", " s"]] * len(PROMPTS)  # the space is a token, which predicts, as the prompt does
    stack = lm.model.base_model.h if architecture == "gpt2" else lm.model.base_model.layers
    for act in (lambda: lm.score(PROMPTS, ends), lambda: lm.generate(PROMPTS, 1)):
        assert min(rows_of(stack[0].mlp, act)) > 1
        assert max(rows_of(stack[-1].mlp, act)) <= 2


@pytest.mark.parametrize("budget", [16, 16384])
@pytest.mark.parametrize("architecture", ["llama", "mixtral", "gpt2"])
def test_the_last_layer_is_narrowed_in_batches_of_any_size(architecture, budget):
    made = tokenizer("gpt2")
    lm = LanguageModel(causal(architecture, len(made)), made, 512, batch_tokens=budget)
    assert lm.way() == "split" and lm.core.last is not None  # tried with batches of the budget
    ends = [LABELS] * len(PROMPTS)
    theirs = plain.score(lm.model, made, PROMPTS, ends)
    assert difference(lm.score(PROMPTS, ends), theirs) < 1e-4
    lm.core.batch_tokens = 16384
    assert difference(lm.score(PROMPTS, ends), theirs) < 1e-4


def test_operations_of_the_last_layer_are_counted_for_the_rows_it_computes():
    lm = engine()
    lm.way()
    ends = [LABELS] * len(PROMPTS)
    layer = lm.model.model.layers[-1]
    parts = [layer.self_attn.q_proj, layer.self_attn.o_proj, layer.mlp]
    weights = sum(p.numel() for part in parts for p in part.parameters())

    def used() -> tuple[float, int]:
        before, rows = lm.usage.copy(), 0

        def count(_, args, made):
            nonlocal rows
            rows += args[0].shape[0] * args[0].shape[1]

        hook = layer.mlp.register_forward_hook(count)
        lm.score(PROMPTS, ends)
        hook.remove()
        return lm.usage.since(before).flops, rows

    few, narrow = used()
    lm.core.last = None
    every, rows = used()
    assert narrow < rows / 2
    assert every - few == pytest.approx(2.0 * weights * (rows - narrow))


@pytest.mark.parametrize("architecture", ["llama", "neox"])
@pytest.mark.parametrize("way", ["split", "dense"])
def test_the_last_column_alone_is_that_of_all(architecture, way):
    core = Core(causal(architecture), 1000)
    core.way = way
    ids = torch.arange(4, 20)[None]
    with torch.inference_mode():
        hidden = [
            core.forward(ids, torch.arange(16)[None], None, None, Prefix([], 0), read=n)
            for n in (1, 16)
        ]
    assert torch.allclose(hidden[0][:, 0], hidden[1][:, -1], atol=1e-5)


def test_a_last_layer_that_cannot_be_narrowed_is_computed_in_full():
    class Whole(torch.nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, hidden):
            if hidden.shape[1] != columns[-1]:
                raise ValueError("columns are missing")
            return self.inner(hidden)

    model, columns = copy.deepcopy(causal("llama")), []
    layer = model.model.layers[-1]
    layer.mlp = Whole(layer.mlp)
    layer.register_forward_pre_hook(lambda _, args: columns.append(args[0].shape[1]))
    lm = LanguageModel(model, tokenizer(), 512)
    ends = [LABELS] * len(PROMPTS)
    expected = plain.score(model, tokenizer(), PROMPTS, ends)
    assert difference(lm.score(PROMPTS, ends), expected) < 1e-4
    assert lm.way() == "split" and lm.core.last is None


def test_logits_are_held_for_some_rows_at_a_time(monkeypatch):
    lm = engine()
    expected = lm.score(PROMPTS, [LABELS] * len(PROMPTS))
    seen, real = [], Core.logits
    monkeypatch.setattr(core_module, "_LOGITS", 3 * lm.core.vocabulary)
    monkeypatch.setattr(Core, "logits", lambda self, h: seen.append(len(h)) or real(self, h))
    assert difference(lm.score(PROMPTS, [LABELS] * len(PROMPTS)), expected) < 1e-5
    assert max(seen) == 3 and len(seen) > 3


def test_order_and_shape_of_the_input_are_kept():
    lm = engine()
    ends = [LABELS[:3], [], LABELS[:1], LABELS, []]
    scores = lm.score(PROMPTS, ends)
    assert [len(s) for s in scores] == [3, 0, 1, 7, 0]
    back = lm.score(PROMPTS[::-1], ends[::-1])[::-1]
    assert difference([s for s in scores if s], [s for s in back if s]) < 1e-5
    assert lm.score([], []) == []


def test_too_long_an_item_is_named_with_its_lengths():
    lm = engine()
    lm.context = 60
    count = len(lm.tokenizer(PROMPTS[1])["input_ids"])
    with pytest.raises(XltError, match=rf"item 1: .*{count} tokens .* context of 60"):
        lm.score([PROMPTS[0][-40:], PROMPTS[1]], [[" w"]] * 2)
    with pytest.raises(XltError, match="item 0: .* context of 60"):
        lm.generate(["a"], 60)


def test_lists_of_different_length_are_refused():
    with pytest.raises(XltError, match="2 entries for 1 prompts"):
        engine().score(["a"], [[" b"], [" c"]])


def test_where_attention_changes_with_the_length_the_whole_way_and_said_once():
    rope = {"rope_type": "longrope", "rope_theta": 10000.0, "factor": 2.0, "attention_factor": 1.0}
    rope |= {"short_factor": [1.0] * 4, "long_factor": [2.0] * 4}
    rope |= {"original_max_position_embeddings": 24}
    made = tokenizer("gpt2")
    model = causal.__wrapped__("llama", len(made), rope_parameters=rope)
    lm = LanguageModel(model, made, 512)
    long, short = PROMPTS[:2], ["Batu:", "Batu: w\nBatu:"]
    assert max(len(i) for i in lm.tokenizer(short)["input_ids"]) < 22
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lm.score(short, [LABELS[3:5]] * 2)
    assert lm.core.way == "split"
    with pytest.warns(UserWarning, match="exceed 24.*changes with the length.*exact but slower"):
        ours = lm.score(long, [LABELS] * 2)
    theirs = plain.score(lm.model, lm.tokenizer, long, [LABELS] * 2)
    assert difference(ours, theirs) < 1e-4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lm.score(long, [LABELS] * 2)


def test_an_architecture_without_positions_is_said_once():
    lm = engine("mpt")
    with pytest.warns(UserWarning, match="MptForCausalLM: .*no explicit positions") as caught:
        lm.score(["a"], [[" b"]])
        lm.score(["a"], [[" b"]])
    assert len(caught) == 1


def test_a_model_that_ignores_the_tree_mask_is_found_out(monkeypatch):
    lm = engine("llama", "eager")
    real = lm.core.base.forward

    def careless(input_ids, position_ids, past_key_values, attention_mask=None, **kwargs):
        if attention_mask is not None and attention_mask.dim() == 4:
            attention_mask = torch.zeros_like(attention_mask)
        return real(
            input_ids=input_ids,
            position_ids=position_ids,
            past_key_values=past_key_values,
            attention_mask=attention_mask,
            **kwargs,
        )

    lm.core.base = copy.copy(lm.core.base)
    monkeypatch.setattr(lm.core.base, "forward", careless)
    with pytest.warns(UserWarning, match="does not follow a tree mask"):
        assert lm.way() == "copied"


def test_bfloat16_stays_close_and_flips_are_countable():
    model = copy.deepcopy(causal("llama")).to(torch.bfloat16)
    lm = LanguageModel(model, tokenizer(), 512)
    half = lm.score(PROMPTS, [LABELS] * len(PROMPTS))
    theirs = plain.score(model, tokenizer(), PROMPTS, [LABELS] * len(PROMPTS))
    assert lm.way() == "split"
    assert difference(half, theirs) < 1.0
    full = engine().score(PROMPTS, [LABELS] * len(PROMPTS))
    flips = sum(
        max(range(len(a)), key=a.__getitem__) != max(range(len(b)), key=b.__getitem__)
        for a, b in zip(half, full, strict=True)
    )
    assert flips <= len(PROMPTS) // 2


def test_the_model_is_left_as_it_was():
    lm = engine()
    lm.score(PROMPTS, [LABELS] * len(PROMPTS))
    assert lm.model.config._attn_implementation == "sdpa"
    with pytest.raises(XltError, match="`way` must be one of"):
        lm.use("fast")


@settings(max_examples=100, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 300), max_size=40),
    overhead=st.integers(0, 500),
    budget=st.integers(1, 4000),
    rows=st.integers(1, 2000),
)
def test_batches_hold_every_item_once_within_the_budget(lengths, overhead, budget, rows):
    batches = list(plan.batches(lengths, overhead, budget, rows))
    assert sorted(i for b in batches for i in b) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert batch and (
            len(batch) == 1
            or (len(batch) * longest <= rows and len(batch) * (longest + overhead) <= budget)
        )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=1, max_size=8))
def test_distinct_tokens_are_the_nodes_of_the_trie(stems):
    trie = {tuple(s[:n]) for s in stems for n in range(1, len(s) + 1)}
    assert plan.distinct_tokens(stems, [0] * len(stems)) == len(trie)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=99), min_size=1, max_size=9))
def test_branches_hold_every_item_once_and_leave_it_a_token(stems):
    found = []

    def visit(node, start):
        assert node.end >= start
        for i in node.loose:
            assert len(stems[i]) > node.end
            found.append(i)
        assert len({tuple(stems[i][: node.end]) for i in members(node)}) == 1
        for inner in node.branches:
            visit(inner, node.end)

    def members(node):
        return [*node.loose, *(i for b in node.branches for i in members(b))]

    visit(plan.branch(stems, list(range(len(stems)))), 0)
    assert sorted(found) == list(range(len(stems)))


@pytest.mark.parametrize("short", [1, 3, 40])
def test_a_prompt_that_begins_all_others_keeps_none_of_them_from_sharing(short):
    """A question alone, which a fair reading of options asks for, begins the others' prompts."""
    head = list(range(1000, 1100))
    stems = [head[:short], *([*head, i, *range(20)] for i in range(10))]
    node = plan.branch(stems, list(range(len(stems))))
    while node.branches:
        assert len(node.branches) == 1
        (node,) = node.branches
    assert node.end == 100 and sorted(node.loose) == list(range(1, 11))


def test_what_costs_more_to_share_than_to_repeat_is_repeated():
    """Three common tokens of five hundred are repeated; twenty of a hundred are shared, and so is
    what four of ten prompts have in common, but not what two have."""
    few = [[1, 2, 3, 10 + i, *range(500)] for i in range(10)]
    assert plan.branch(few, list(range(10))).end == 0
    many = [[*range(20), 30 + i, *range(80)] for i in range(10)]
    assert plan.branch(many, list(range(10))).end == 20
    heads = [[7] * 50] * 4 + [[8] * 50] * 2 + [[9 + i] * 50 for i in range(4)]
    mixed = [[*head, 100 + i, *range(60)] for i, head in enumerate(heads)]
    node = plan.branch(mixed, list(range(10)))
    assert node.end == 0 and node.loose == [4, 5, 6, 7, 8, 9]
    assert [(inner.end, inner.loose) for inner in node.branches] == [(50, [0, 1, 2, 3])]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (LlamaConfig(), None),
        (MistralConfig(sliding_window=24), None),
        (GPTNeoXConfig(), None),
        (
            LlamaConfig(
                max_position_embeddings=64,
                rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0},
            ),
            64,
        ),
    ],
)
def test_how_far_attention_is_plain(config, expected):
    assert ways.reach(config) == expected
