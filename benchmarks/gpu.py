"""On a CUDA GPU: a 7B-shaped random-weight model in bfloat16, shares of the chip's peaks.

Scoring: floating-point operations of the tokens passed over seconds over the matrix peak.
Generation: bytes of weights and of keys and values that a step must read, those of shared tokens
once, over seconds over the memory bandwidth. The peaks are measured here, by a large product and a
large copy. No GPU was at hand so far: these numbers have not been measured, and the engine's way on
a GPU is the plain ``dense`` one.
"""

import time
from pathlib import Path

import torch

from xltlib.errors import XltError
from xltlib.models import plan
from xltlib.models.engine import LanguageModel

from . import material

#: Shares of the peaks that are to be reached.
BARS = {"scoring share of matrix peak": 0.5, "generation share of bandwidth": 0.5}


def _seconds(run, device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    run()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peaks(device: torch.device, size: int = 8192) -> tuple[float, float]:
    """(FLOP/s of a bfloat16 product, bytes/s of a copy) as measured."""
    a = torch.randn(size, size, device=device).to(torch.bfloat16)
    b = torch.empty_like(a)
    _seconds(lambda: a @ a, device)
    times = 10
    product = _seconds(lambda: [a @ a for _ in range(times)], device) / times
    copy = _seconds(lambda: [b.copy_(a) for _ in range(times)], device) / times
    return 2 * size**3 / product, 2 * a.numel() * a.itemsize / copy


def measure(
    data_dir: Path, device: str = "cuda", shape: str = "7b", items: int = 200
) -> dict[str, float]:
    """Shares of the peaks, seconds and tokens for scoring and generation."""
    if device == "cuda" and not torch.cuda.is_available():
        raise XltError("the GPU benchmark needs a CUDA GPU and a CUDA build of torch")
    where = torch.device(device)
    words = material.tokenizer(data_dir)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)  # in float32 a 7B shape would take twice the memory
    try:
        with where:
            model = material.model(shape, len(words), torch.bfloat16)
    finally:
        torch.set_default_dtype(usual)
    lm = LanguageModel(model, words, material.CONTEXT, batch_tokens=65536)
    flops, bandwidth = peaks(where, 8192 if device == "cuda" else 512)
    topics = material.topics(words, data_dir, items)
    news = material.headlines(words, data_dir, min(items, 100))
    ends = [topics.continuations] * len(topics.prompts)
    lm.score(topics.prompts[:8], ends[:8])
    before = lm.usage.copy()
    scoring = _seconds(lambda: lm.score(topics.prompts, ends), where)
    scored = lm.usage.since(before)
    lm.generate(news.prompts[:8], 2)
    before = lm.usage.copy()
    generation = _seconds(lambda: lm.generate(news.prompts, material.NEW_TOKENS), where)
    made = lm.usage.since(before)
    looked_up = model.get_input_embeddings().weight
    weights = sum(p.numel() * p.itemsize for p in model.parameters() if p is not looked_up)
    config = model.config
    per_token = 4 * config.num_hidden_layers * config.hidden_size  # keys and values, bfloat16
    prompts = words(news.prompts)["input_ids"]
    kept = plan.distinct_tokens(prompts, [0] * len(prompts))
    read = made.batches * weights + material.NEW_TOKENS * kept * per_token
    return {
        "peak TFLOP/s": flops / 1e12,
        "peak GB/s": bandwidth / 1e9,
        "scoring s": scoring,
        "scoring share of matrix peak": scored.flops / scoring / flops,
        "scoring tokens / distinct": scored.model_tokens / scored.distinct_tokens,
        "generation s": generation,
        "generation share of bandwidth": read / generation / bandwidth,
        "generation tokens/s": made.generated_tokens / generation,
    }
