"""On a CUDA GPU, in bfloat16: few-shot rows beside plain transformers, with random weights.

The models are made on the device in the shapes of Gemma 3 270M and LLaMA-7B, with a tokenizer and
prompts made of numbered words, so that nothing is downloaded and no data is needed. Answers are
compared with those of transformers, one sequence at a time; the differences between transformers'
own two batch sizes stand beside, and the same in float32 on fewer items, where rounding explains
nothing. Shares are of the chip's peaks, measured here by a large product and a large copy.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.modeling_utils import PreTrainedModel

from xltlib.errors import XltError
from xltlib.models.engine import plan
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.weights import footprint

from . import material, speed, transformers_way

SHAPES = ("Gemma-3-270M", "LLaMA-7B")
#: Shares of the peaks that are to be reached by a model that fills the chip.
BARS = {
    ("LLaMA-7B", "shared", "share of peak"): 0.5,
    ("LLaMA-7B", "generation", "share of bandwidth"): 0.5,
}
_SHOTS, _LABELS, _POOL = 4, 7, 200
_WORDS = 4096
_CONTEXT = 4096


@dataclass(frozen=True)
class Row:
    """What is asked: the words of a text, whose demonstrations, new tokens (0: score labels)."""

    items: int
    words: int
    own: bool = False
    new_tokens: int = 0


ROWS = {
    "shared": Row(64, 55),
    "retrieved": Row(64, 55, own=True),
    "long": Row(24, 360),  # some 1,850 tokens: far beyond Gemma's window of 512
    "generation": Row(32, 100, new_tokens=96),  # prompts and answers across that window
}
_PLAIN_ONE = 8  # items that are generated one at a time; the seconds are taken times the rest
_BATCH = 32  # sequences at a time of transformers
_EXACT = 4  # items in float32
_STEPS = 32  # generated tokens of which a step's time is the mean


def tokenizer() -> PreTrainedTokenizerFast:
    """Words w0, w1 ... as one token each."""
    names = ["<s>", "</s>", "<unk>", *(f"w{n}" for n in range(_WORDS - 3))]
    made = Tokenizer(models.WordLevel({w: n for n, w in enumerate(names)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def asked(row: Row, items: int) -> material.Material:
    """Prompts of ``items`` items behind four demonstrations; seven labels of 1 to 4 tokens."""
    draw = random.Random(0)

    def text(words: int) -> str:
        return " ".join(f"w{draw.randrange(_WORDS - 3)}" for _ in range(words))

    labels = [f" {text(1 + n % 4)}" for n in range(_LABELS)]
    pool = [f"{text(row.words)}{draw.choice(labels)} w0 " for _ in range(_POOL)]
    heads = [draw.sample(pool, _SHOTS) for _ in range(items)] if row.own else [pool[:_SHOTS]]
    prompts = [
        "".join(heads[n % len(heads)]) + text(row.words - draw.randrange(row.words // 4))
        for n in range(items)
    ]
    return material.Material(prompts, [] if row.new_tokens else labels, row.new_tokens)


def peaks(device: torch.device, size: int = 8192) -> tuple[float, float]:
    """(FLOP/s of a bfloat16 product, bytes/s of a copy, read and written) as measured."""
    a = torch.randn(size, size, device=device).to(torch.bfloat16)
    b = torch.empty_like(a)
    times = 10
    for _ in range(2):  # the first warms up
        product = speed.seconds(lambda: [a @ a for _ in range(times)], device) / times
        copy = speed.seconds(lambda: [b.copy_(a) for _ in range(times)], device) / times
    return 2 * size**3 / product, 2 * a.numel() * a.itemsize / copy


def measure(
    say: Callable[[str], None],
    device: str = "cuda",
    shapes: Sequence[str] = SHAPES,
    rows: dict[str, Row] = ROWS,
    keep: Callable[[dict], None] = lambda found: None,
) -> dict:
    """What was measured, as JSON holds it: ``device``, the peaks, ``rows``, ``decoding``.

    ``keep`` is called with all of it after each row.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise XltError("the GPU benchmark needs a CUDA GPU and a CUDA build of torch")
    on = torch.device(device)
    flops, bandwidth = peaks(on, 8192 if device == "cuda" else 256)
    found: dict = {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peak TFLOP/s": flops / 1e12,
        "peak GB/s": bandwidth / 1e9,
        "rows": [],
        "decoding": [],
    }
    words = tokenizer()
    for shape in shapes:
        with torch.device(on):
            model = material.model(shape, len(words), torch.bfloat16)
        model.generation_config.eos_token_id = None  # whatever random weights say, all is written
        for name, row in rows.items():
            # Every model object of its own row: usage and caches begin anew.
            lm = _loaded(model, words)
            measured = _generated if row.new_tokens else _scored
            one = {"shape": shape, "row": name, "items": row.items}
            one |= measured(lm, row, flops, bandwidth)
            found["rows"].append(one)
            say(f"{shape}, {name}: {one['engine s']:.3f} s, {one['ratio']:.1f}x")
            keep(found)
        found["decoding"].append({"shape": shape} | _decoding(lm, rows["generation"]))
        keep(found)
        found["decoding"][-1] |= _replayed(lm, rows["generation"])
        keep(found)
        speed.free()
        model.float()
        exact = _loaded(model, words)
        for one in found["rows"]:
            if one["shape"] == shape:
                one |= _exact(exact, rows[one["row"]])
        keep(found)
        say(f"{shape}: compared in float32")
        del model, lm, exact
        speed.free()
    return found


def _loaded(model: PreTrainedModel, words: PreTrainedTokenizerFast) -> LanguageModel:
    lm = LanguageModel(model, words, _CONTEXT, batch_tokens=65536)
    lm.eos = frozenset()
    lm.use("dense")  # the one way on a GPU; on a CPU, for a try, too
    return lm


def _engine(run: Callable[[], object], lm: LanguageModel) -> tuple[float, speed.Stretch]:
    """Median of three, after a warm-up, and the last run's use."""
    run()
    made = [speed.stretch(run, lm.usage, lm.device) for _ in range(3)]
    return statistics.median(m.seconds for m in made), made[-1]


def _scored(lm: LanguageModel, row: Row, flops: float, _: float) -> dict:
    made = asked(row, row.items)
    ends = [made.continuations] * row.items
    requests = lm.encoder.requests(made.prompts, ends)
    answers: dict[str, list] = {}
    seconds, stretch = _engine(lambda: answers.update(ours=lm.score(made.prompts, ends)), lm)
    peak = {"engine GB": stretch.peak}
    for name, batch in (("one", 1), ("batched", _BATCH)):
        transformers_way.score(lm.model, requests[:2], batch)
        used = speed.stretch(
            lambda b=batch, n=name: answers.update(
                {n: transformers_way.score(lm.model, requests, b)}
            ),
            lm.usage,
            lm.device,
        )
        peak |= {f"{name} s": used.seconds, f"{name} GB": used.peak}
    best = min(peak["one s"], peak["batched s"])
    return peak | {
        "engine s": seconds,
        "ratio": best / seconds,
        "tokens": stretch.usage.model_tokens,
        "tokens / distinct": stretch.usage.model_tokens / stretch.usage.distinct_tokens,
        "plain tokens": sum(len(r.stem) + len(t) for r in requests for t in r.tails),
        "share of peak": stretch.usage.flops / seconds / flops,
        "same answers": _same(answers["ours"], answers["one"]),
        "difference": _apart(answers["ours"], answers["one"]),
        "same answers, batched": _same(answers["batched"], answers["one"]),
        "difference, batched": _apart(answers["batched"], answers["one"]),
    }


def _generated(lm: LanguageModel, row: Row, _: float, bandwidth: float) -> dict:
    made = asked(row, row.items)
    ids = lm.encoder.prompts(made.prompts)
    few = ids[:_PLAIN_ONE]
    answers: dict[str, list] = {}

    def ours() -> None:
        answers["ours"] = [list(g.ids) for g in lm.generate(made.prompts, row.new_tokens)]

    seconds, stretch = _engine(ours, lm)
    peak = {"engine GB": stretch.peak}
    for name, batch, some in (("one", 1, few), ("batched", _BATCH, ids)):
        transformers_way.generate(lm.model, some[:batch], 4, batch)
        used = speed.stretch(
            lambda b=batch, n=name, s=some: answers.update(
                {n: transformers_way.generate(lm.model, s, row.new_tokens, b)}
            ),
            lm.usage,
            lm.device,
        )
        whole = used.seconds * len(ids) / len(some)
        peak |= {f"{name} s": whole, f"{name} GB": used.peak}
    weights = sum(
        p.numel() * p.itemsize
        for p in lm.model.parameters()
        if p is not lm.model.get_input_embeddings().weight or p is lm.core.head.weight
    )
    kept = plan.distinct_tokens(ids, [0] * len(ids))
    each = footprint.kv_bytes(lm.model.config, 2)
    read = stretch.usage.batches * weights + row.new_tokens * kept * each
    return peak | {
        "engine s": seconds,
        "ratio": min(peak["one s"], peak["batched s"]) / seconds,
        "tokens": stretch.usage.model_tokens,
        "tokens / distinct": stretch.usage.model_tokens / stretch.usage.distinct_tokens,
        "tokens/s": row.items * row.new_tokens / seconds,
        "share of bandwidth": read / seconds / bandwidth,
        "same answers": _equal(answers["ours"][: len(few)], answers["one"]),
        "shortfall": transformers_way.shortfall(lm.model, ids, answers["ours"]),
        "same answers, batched": _equal(answers["batched"][: len(few)], answers["one"]),
        "shortfall, batched": transformers_way.shortfall(lm.model, ids, answers["batched"]),
    }


def _steps(lm: LanguageModel, row: Row) -> dict[int, float]:
    """Seconds of a decoding step, by rows: a few, and eight times as many."""
    few = max(1, row.items // 8)
    found = {}
    for count in (few, 8 * few):
        prompts = asked(row, count).prompts
        lm.generate(prompts, 2)
        first, longer = (
            speed.seconds(partial(lm.generate, prompts, n), lm.device) for n in (1, 1 + _STEPS)
        )
        found[count] = (longer - first) / _STEPS
    return found


def _decoding(lm: LanguageModel, row: Row) -> dict:
    """Is a step bound by launches? Its time by rows, and how long of it the GPU works."""
    took = _steps(lm, row)
    few, many = took
    found = {f"ms a step, {count} rows": 1000 * each for count, each in took.items()}
    found["eightfold rows take times"] = took[many] / took[few]
    if lm.device.type == "cuda":
        run = partial(lm.generate, asked(row, many).prompts, 1 + _STEPS)
        found |= _busy(run, speed.seconds(run, lm.device))
    hidden = torch.randn(many, lm.core.config.hidden_size, device=lm.device).to(lm.dtype)

    @torch.inference_mode()
    def head() -> None:
        for _ in range(_STEPS):
            lm.core.output.logits(hidden)

    head()
    found["share of the head"] = speed.seconds(head, lm.device) / _STEPS / took[many]
    return found


def _replayed(lm: LanguageModel, row: Row) -> dict:
    """The same with steps that are recorded once and replayed: CUDA graphs."""
    prompts = asked(row, row.items).prompts
    usual = [g.ids for g in lm.generate(prompts, row.new_tokens)]
    lm.core.recorded = True
    try:
        made = [g.ids for g in lm.generate(prompts, row.new_tokens)]
        whole = speed.seconds(lambda: lm.generate(prompts, row.new_tokens), lm.device)
        took = _steps(lm, row)
    except RuntimeError as error:
        return {"replayed": f"not measured: {type(error).__name__}: {error}"}
    finally:
        lm.core.recorded = False
    found = {f"replayed, ms a step, {count} rows": 1000 * each for count, each in took.items()}
    return found | {
        "replayed, generation s": whole,
        "replayed, same answers": sum(a == b for a, b in zip(usual, made, strict=True)),
        "replayed, of": len(made),
    }


def _busy(run: Callable[[], object], seconds: float) -> dict:
    """The GPU's own time over that of a run without the profiler, and kernels a step."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        run()
        torch.cuda.synchronize()
    kernels = [e for e in profile.key_averages() if e.self_device_time_total > 0]
    worked = sum(e.self_device_time_total for e in kernels) / 1e6
    count = sum(e.count for e in kernels)
    return {"GPU busy": worked / seconds, "kernels a step": count / (1 + _STEPS)}


def _exact(lm: LanguageModel, row: Row) -> dict:
    """Beside transformers one sequence at a time in float32."""
    made = asked(row, _EXACT)
    if row.new_tokens:
        ids = lm.encoder.prompts(made.prompts)
        ours = [list(g.ids) for g in lm.generate(made.prompts, row.new_tokens)]
        theirs = transformers_way.generate(lm.model, ids, row.new_tokens, 1)
        return {"float32: same": _equal(ours, theirs), "float32: of": _EXACT}
    ends = [made.continuations] * _EXACT
    ours = lm.score(made.prompts, ends)
    theirs = transformers_way.score(lm.model, lm.encoder.requests(made.prompts, ends), 1)
    same = {"float32: same": _same(ours, theirs), "float32: of": _EXACT}
    return same | {"float32: difference": _apart(ours, theirs)}


def _same(a: list[list[float]], b: list[list[float]]) -> int:
    """Items with the same best label."""
    return sum(x.index(max(x)) == y.index(max(y)) for x, y in zip(a, b, strict=True))


def _apart(a: list[list[float]], b: list[list[float]]) -> float:
    return max(abs(p - q) for x, y in zip(a, b, strict=True) for p, q in zip(x, y, strict=True))


def _equal(a: list[list[int]], b: list[list[int]]) -> int:
    return sum(x == y for x, y in zip(a, b, strict=True))


def missed(found: dict) -> list[str]:
    """The bars that were not reached, in words."""
    said = []
    for (shape, name, what), bar in BARS.items():
        for one in found["rows"]:
            if (one["shape"], one["row"]) == (shape, name) and one[what] < bar:
                said.append(f"{shape}, {name}: {what} {one[what]:.2f}, bar {bar}")
    return said


def markdown(found: dict) -> str:
    """The rows and the decoding as Markdown; what a run did not reach has no column."""
    exact = any("float32: of" in r for r in found["rows"])
    lines = [
        f"{found['device']}, torch {found['torch']}, transformers {found['transformers']}, "
        f"bfloat16, random weights; peaks as measured: {found['peak TFLOP/s']:.0f} TFLOP/s, "
        f"{found['peak GB/s']:.0f} GB/s.",
        "",
        "| shape | row | items | engine s | transformers s, one / batched | ratio to the better "
        "| tokens / distinct | share of peak | GB, engine / batched | same best answers as one at "
        "a time, engine / batched | furthest apart (nats), engine / batched |"
        + (" float32: same | float32: apart |" if exact else ""),
        "|---|---|---|---|---|---|---|---|---|---|---|" + ("---|---|" if exact else ""),
    ]
    for r in found["rows"]:
        generated = "shortfall" in r
        far = "shortfall" if generated else "difference"
        share = r["share of bandwidth"] if generated else r["share of peak"]
        of = min(r["items"], _PLAIN_ONE) if generated else r["items"]
        lines.append(
            f"| {r['shape']} | {r['row']} | {r['items']} | {r['engine s']:.3f} "
            f"| {r['one s']:.2f} / {r['batched s']:.2f} | {r['ratio']:.1f}x "
            f"| {r['tokens / distinct']:.3f} "
            f"| {share:.2f} of {'bandwidth' if generated else 'FLOP/s'} "
            f"| {r['engine GB']:.1f} / {r['batched GB']:.1f} "
            f"| {r['same answers']} / {r['same answers, batched']} of {of} "
            f"| {r[far]:.3f} / {r[far + ', batched']:.3f} |"
        )
        if exact:
            lines[-1] += (
                f" {r.get('float32: same', '-')} of {r.get('float32: of', '-')} "
                f"| {r.get('float32: difference', float('nan')):.1e} |"
            )
    for one in found["decoding"]:
        facts = ", ".join(
            f"{k}: {v if isinstance(v, str) else f'{v:.3g}'}"
            for k, v in one.items()
            if k != "shape"
        )
        lines += ["", f"Decoding, {one['shape']}: {facts}"]
    return "\n".join(lines)
