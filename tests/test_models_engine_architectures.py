"""Windowed, scaled, hybrid and state architectures on the shared paths: the plain numbers."""

import copy
import functools
import warnings

import pytest
import tiny_architectures
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_architectures import OPTIONS, SCALED, STATES, WINDOW, WINDOWED
from tiny_models import TEXT, tokenizer

from xltlib.errors import XltError
from xltlib.models.engine import decode, masks, plain, scoring, ways, whole
from xltlib.models.engine.core import Core, Prefix
from xltlib.models.engine.encoding import Request
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.engine.greedy import Greedy
from xltlib.models.engine.output import Output
from xltlib.models.engine.steps import Steps
from xltlib.models.engine.stops import Stops

HEAD = "".join(f"Labari: {text}\nBatu: siyasa\n\n" for text in TEXT[:3])  # beyond the window
LABELS = [" wasanni", " siyasa", " siyasa da mulkin ƙasar Kano ranar", " w", "s", " lafiya"]
SHORT = ["Batu:", "Labari: a b\nBatu:"]
PROMPTS = [HEAD + f"Labari: {text}\nBatu:" for text in TEXT[:4]]
CUT = [PROMPTS[0][30:], PROMPTS[1][60:], PROMPTS[2][:-40], PROMPTS[3][:-9]]  # at either end


def engine(name: str, attention: str | None = None) -> LanguageModel:
    words = tokenizer("gpt2")
    return LanguageModel(tiny_architectures.model(name, len(words), attention), words, 1024)


def difference(a, b) -> float:
    assert [len(x) for x in a] == [len(x) for x in b]
    return max(abs(x - y) for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True))


def expected_way(name: str, attention: str | None) -> str:
    if name in STATES:
        return "whole" if name == "recurrent_gemma" else "copied"
    capped = name in ("gemma2", "gemma2-full", "gpt_oss")
    return "dense" if capped or attention == "eager" or name == "minicpm3" else "split"


CASES = [(name, None) for name in OPTIONS] + [(name, "eager") for name in WINDOWED]


@pytest.mark.filterwarnings("ignore:.*exact but slower")
@pytest.mark.parametrize(("name", "attention"), CASES)
def test_scores_and_generated_tokens_are_the_plain_ones(name, attention):
    lm = engine(name, attention)
    prompts = [*PROMPTS[:2], CUT[0], CUT[2], *SHORT]
    ends = [LABELS[: 2 + i] for i in range(len(prompts))]
    ours = lm.score(prompts, ends)
    assert difference(ours, plain.score(lm.model, lm.tokenizer, prompts, ends)) < 1e-4
    assert lm.way() == expected_way(name, attention)
    made = lm.generate([*prompts[:2], SHORT[0]], 6)
    assert made == plain.generate(lm.model, lm.tokenizer, [*prompts[:2], SHORT[0]], 6, (), lm.eos)


@pytest.mark.filterwarnings("ignore:.*exact but slower")
@pytest.mark.parametrize("name", ["bamba", "mamba", "gemma3_text", "gpt_oss"])
def test_generation_is_that_of_transformers(name):
    lm = engine(name)
    ours = lm.generate(PROMPTS[:2], 8)
    for prompt, made in zip(PROMPTS, ours, strict=False):
        ids = torch.tensor([lm.tokenizer(prompt)["input_ids"]])
        output = lm.model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=8,
            eos_token_id=sorted(lm.eos), pad_token_id=3,
        )  # fmt: skip
        assert made.ids == tuple(output[0, ids.shape[1] :].tolist())


LONG = [4 + i * i % 97 for i in range(3 * WINDOW)]
EDGES = (1, WINDOW - 3, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 1)
#: Prompts that end below, at and beyond the window; the same behind a shared prefix longer than it;
#: and cut on the left, where the prefix is no longer shared, and on the right.
STEMS = {
    "alone": [LONG[:n] for n in EDGES],
    "behind a prefix longer than the window": [
        [*LONG, *(7 + i * n % 83 for i in range(n))] for n in EDGES
    ],
    "cut on the left": [[*LONG[n:], 5, 6 + n] for n in (0, 1, WINDOW - 1, WINDOW, 2 * WINDOW)],
    "cut on the right": [LONG[:n] for n in range(3 * WINDOW - 4, 3 * WINDOW)],
}
#: A tree whose branches run over the window's edge behind any of these.
TREE = [[9, 10, 11, 12], [9, 10, 13], [9, 14, 15, 16, 17, 18], [20]]


@functools.cache
def loaded(name: str) -> Core:
    """The core of a model, on the way that its self-test chose."""
    lm = engine(name)
    core = lm.core
    core.way = lm.way()
    return core


@pytest.mark.filterwarnings("ignore:.*exact but slower")
@pytest.mark.parametrize("stems", STEMS.values(), ids=STEMS)
@pytest.mark.parametrize("name", OPTIONS)
@torch.inference_mode()
def test_label_trees_across_the_edge_of_the_window(name, stems):
    core = loaded(name)
    ours = ways.scorer(core.way).score(core, [Request(s, TREE, [0] * len(TREE)) for s in stems])
    for stem, scores in zip(stems, ours, strict=True):
        for tail, score in zip(TREE, scores, strict=True):
            logits = core.model(torch.tensor([stem + tail[:-1]]), use_cache=False).logits[0]
            rows = logits[len(stem) - 1 :].double().log_softmax(-1)
            assert score == pytest.approx(
                sum(rows[i, token].item() for i, token in enumerate(tail)), abs=1e-4
            )


@pytest.mark.filterwarnings("ignore:.*exact but slower")
@pytest.mark.parametrize("stems", STEMS.values(), ids=STEMS)
@pytest.mark.parametrize("name", OPTIONS)
@torch.inference_mode()
def test_answers_are_written_across_the_edge_of_the_window(name, stems):
    core, new = loaded(name), 5
    stops = Stops(tokenizer("gpt2"), (), frozenset())
    made = ways.generator(core.way).generate(core, stems, new, stops, Greedy())
    for stem, answer in zip(stems, made, strict=True):
        ids = [*stem, *answer]
        rows = core.model(torch.tensor([ids[:-1]]), use_cache=False).logits[0, len(stem) - 1 :]
        assert len(answer) == new
        assert answer == rows.argmax(-1).tolist()


tokens = st.integers(4, 9)
tails = st.lists(st.lists(tokens, min_size=1, max_size=8), min_size=1, max_size=5)


@st.composite
def calls(draw) -> list[Request]:
    shared = draw(st.lists(tokens, max_size=3 * WINDOW))
    made = []
    for _ in range(draw(st.integers(1, 5))):
        start = shared if draw(st.booleans()) else []
        stem = [*start, *draw(st.lists(tokens, max_size=2 * WINDOW)), draw(tokens)]
        chosen = draw(tails)
        made.append(Request(stem, chosen, [0] * len(chosen)))
    return made


@pytest.mark.parametrize("way", ["split", "dense"])
@pytest.mark.parametrize("name", ["mistral", "gemma3_text"])
@settings(max_examples=60, deadline=None)
@given(requests=calls(), budget=st.integers(1, 400))
def test_random_trees_across_the_window(name, way, requests, budget):
    core = Core(tiny_architectures.model(name), budget)
    core.way = way
    with torch.inference_mode():
        assert difference(scoring.score(core, requests), whole.score(core, requests)) < 1e-4


@pytest.mark.parametrize("way", ["split", "dense"])
@pytest.mark.parametrize("name", ["mistral", "gemma3_text"])
@settings(max_examples=25, deadline=None)
@given(
    shared=st.lists(tokens, max_size=2 * WINDOW),
    rests=st.lists(st.lists(tokens, min_size=1, max_size=2 * WINDOW), min_size=1, max_size=5),
    count=st.integers(1, 6),
    budget=st.integers(1, 600),
    ends=st.sets(tokens, max_size=2),
)
def test_random_generation_across_the_window(name, way, shared, rests, count, budget, ends):
    prompts, made = [[*shared, *rest] for rest in rests], []
    with torch.inference_mode():
        for run, chosen in ((decode.generate, way), (whole.generate, "whole")):
            core = Core(tiny_architectures.model(name), budget)
            core.way = chosen
            stops = Stops(tokenizer(), ("\n",), frozenset(ends))
            made.append(run(core, prompts, count, stops, Greedy()))
    assert made[0] == made[1]


@pytest.mark.parametrize("name", [*WINDOWED, *SCALED])
def test_steps_over_fixed_storage_generate_the_same(name, monkeypatch):
    """As a GPU replays them; rows end at different lengths, so that the storage is taken anew."""
    made, taken = [], []

    class Counted(Steps):
        def run(self, tokens, column):
            taken.append(len(tokens))
            return super().run(tokens, column)

    monkeypatch.setattr(decode, "Steps", Counted)
    prompts = [[*range(4, 40), *range(50, 50 + n)] for n in (1, 5, 20)]
    with torch.inference_mode():
        for recorded in (False, True):
            core = Core(tiny_architectures.model(name), 16384)
            core.way, core.recorded, core.last = "dense", recorded, None
            stops = Stops(tokenizer("gpt2"), (), frozenset(range(40)))
            made.append(decode.generate(core, prompts, 24, stops, Greedy()))
    assert made[0] == made[1]
    assert len(taken) == max(map(len, made[0])) - 1 > 0


def test_long_chains_are_read_in_pieces_within_the_window():
    """A shared block and items of more rows than one piece of causal attention, window inside."""
    core = Core(tiny_architectures.model("gemma3_text"), 16384)
    core.way = "split"
    shared = [4 + i * i % 97 for i in range(300)]
    stems = [[*shared, *(5 + i * (k + 2) % 89 for i in range(280 + k))] for k in range(2)]
    requests = [Request(stem, [[7, 8, 9], [7, 10]], [0, 0]) for stem in stems]
    with torch.inference_mode():
        assert difference(scoring.score(core, requests), whole.score(core, requests)) < 1e-4


@pytest.mark.parametrize("way", ["split", "dense"])
def test_windowed_layers_keep_what_is_seen_of_shared_tokens(way):
    core = Core(tiny_architectures.model("gemma3_text"), 1000)
    core.way = way
    with torch.inference_mode():
        prefix = core.extend(Prefix([], 0), list(range(4, 44)))
        longer = core.extend(prefix, list(range(50, 60)))
    assert (prefix.length, longer.length) == (40, 50)
    assert [k.shape[1] for k, _ in longer.layers] == [WINDOW - 1, 50] * 2
    assert all(k.untyped_storage().nbytes() == k.nbytes for k, _ in longer.layers[::2])


def test_the_cost_of_a_token_does_not_change_at_the_window():
    lm = engine("gemma3_text")
    lm.way()
    for n in (1, 3):
        prompts = [HEAD * n + f"Labari: {text}\nBatu:" for text in TEXT[:6]]
        before = lm.usage.copy()
        lm.score(prompts, [LABELS[:3]] * 6)
        used = lm.usage.since(before)
        assert used.model_tokens <= 1.1 * used.distinct_tokens


@pytest.mark.parametrize("name", [*WINDOWED, *SCALED, "bamba", "mamba"])
@pytest.mark.filterwarnings("ignore:.*exact but slower")
def test_batches_that_do_not_fit_are_halved(name, monkeypatch):
    lm = engine(name)
    lm.way()
    expected = plain.score(lm.model, lm.tokenizer, PROMPTS, [LABELS] * 4)
    answers = plain.generate(lm.model, lm.tokenizer, PROMPTS, 6, (), lm.eos)
    real = lm.core.base.forward

    @functools.wraps(real)
    def small(*args, **kwargs):
        if len(kwargs.get("input_ids", args[0] if args else ())) > 1:
            raise MemoryError
        return real(*args, **kwargs)

    monkeypatch.setattr(lm.core.base, "forward", small)
    assert difference(lm.score(PROMPTS, [LABELS] * 4), expected) < 1e-4
    scoring = lm.core.out_of_memory
    assert scoring > 0
    assert lm.generate(PROMPTS, 6) == answers
    # states are not read in batches, an answer is written after the other
    assert (lm.core.out_of_memory > scoring) != (name in STATES)


@pytest.mark.parametrize("name", ["gemma3_text", "llama-own"])
def test_own_demonstrations_and_content_free_prompts_share_what_they_can(name, monkeypatch):
    """Items have demonstrations of their own; a content-free prompt stands behind the same ones."""
    monkeypatch.setitem(OPTIONS, "llama-own", {})
    lm = engine(name)
    lm.way()
    own = [
        "".join(f"Labari: {t}\nBatu: addini\n\n" for t in (TEXT * 2)[i : i + 6]) for i in range(4)
    ]
    prompts = [
        f"{demonstrations}Labari: {text} {text[::-1]}\nBatu:"
        for demonstrations, text in [*zip(own, TEXT, strict=False)]
        + [(demonstrations, "N/A") for demonstrations in own]
    ]
    before = lm.usage.copy()
    ours = lm.score(prompts, [LABELS[:3]] * len(prompts))
    used = lm.usage.since(before)
    assert (
        difference(ours, plain.score(lm.model, lm.tokenizer, prompts, [LABELS[:3]] * len(prompts)))
        < 1e-4
    )
    assert used.model_tokens <= 1.1 * used.distinct_tokens


@pytest.mark.parametrize("name", [*SCALED, "cohere2", "falcon_h1", "mamba"])
def test_logits_are_the_models_own(name):
    model = tiny_architectures.model(name)
    ids = torch.arange(4, 20)[None]
    with torch.inference_mode():
        expected = model(ids).logits[0]
        hidden = model.base_model(ids).last_hidden_state[0]
        assert torch.allclose(Output(model).logits(hidden), expected, atol=1e-5)
        assert torch.equal(model(ids).logits[0], expected)  # nothing is left behind


def test_half_precision_multiplies_the_rows_that_are_read_in_float32():
    model = copy.deepcopy(tiny_architectures.model("granite")).to(torch.bfloat16)
    hidden = torch.randn(5, 32).to(torch.bfloat16)
    with torch.inference_mode():
        logits = Output(model).logits(hidden)
        exact = hidden.double() @ model.lm_head.weight.double().T / model.config.logits_scaling
    assert logits.dtype == torch.float32
    assert torch.allclose(logits.double(), exact, atol=1e-5)
    assert not torch.equal(logits, logits.to(torch.bfloat16).float())


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_scores_that_are_no_numbers_name_the_dtype_and_what_to_use(dtype):
    model = copy.deepcopy(tiny_architectures.model("gemma3_text"))
    lm = LanguageModel(model.to(getattr(torch, dtype)), tokenizer("gpt2"), 1024)
    lm.way()
    with torch.no_grad():
        model.get_input_embeddings().weight[5:] = torch.nan
    advice = "use float32 or bfloat16" if dtype == "float16" else "check the model's weights"
    with pytest.raises(XltError, match=rf"item 0: .*`dtype` {dtype}: .*{advice}"):
        lm.score(PROMPTS, [LABELS] * 4)
    with pytest.raises(XltError, match=rf"item [0-3]: .*`dtype` {dtype}: .*{advice}"):
        lm.generate(PROMPTS, 3)
    fresh = LanguageModel(model, tokenizer("gpt2"), 1024)
    with pytest.raises(XltError, match=rf"not finite .*`dtype` {dtype}: .*{advice}"):
        fresh.way()


def test_ends_are_all_that_anything_names():
    model = copy.deepcopy(tiny_architectures.model("mistral"))
    words = tokenizer.__wrapped__("gpt2")
    words.add_special_tokens({"eos_token": "<|im_end|>"})
    model.resize_token_embeddings(len(words))
    model.generation_config.eos_token_id = [2, 6]
    model.config.eos_token_id = 7
    lm = LanguageModel(model, words, 1024)
    assert lm.eos == {2, 6, 7, words.convert_tokens_to_ids("<|im_end|>")}


def test_the_reason_for_a_slower_way_is_the_true_one():
    lm = engine("bamba")
    with pytest.warns(UserWarning, match="BambaForCausalLM: its layers keep states.*copied"):
        lm.way()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine("granite").way() == "split"


def test_a_model_that_generates_otherwise_than_it_reads_is_found_out(monkeypatch):
    """The self-test covers generation: here steps of one column come out wrong."""
    lm = engine("granite")
    real = lm.core.base.forward

    def careless(*args, **kwargs):
        made = real(*args, **kwargs)
        if kwargs["input_ids"].shape[1] == 1:
            made.last_hidden_state = -made.last_hidden_state
        return made

    monkeypatch.setattr(lm.core.base, "forward", careless)
    with pytest.warns(UserWarning, match="GraniteForCausalLM"):
        assert lm.way() == "whole"


def test_windows_are_those_of_the_configuration():
    config = tiny_architectures.model("gemma3_text").config
    assert masks.windows(config) == [WINDOW, None] * 2
    with masks.narrowed(config):
        assert masks.windows(config) == [5, None] * 2
    assert masks.windows(config) == [WINDOW, None] * 2
    assert masks.windows(tiny_architectures.model("bamba").config) is None
