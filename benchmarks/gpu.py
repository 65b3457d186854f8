"""On a CUDA GPU: models of LLaMA-7B's and Llama-3.1-8B's shape with random weights, in bfloat16.

Do they fit (memory allocated at its highest), and how many tokens a second in scoring, generation,
and training by LAFT (all weights; where they do not fit, what the trainer says) and LoRA? An
NLLB-200 3.3B's shape translates. Scoring and generation also as shares of the chip's peaks:
floating-point operations of the tokens passed over seconds over the matrix peak; bytes of weights
and of keys and values that a step must read, those of shared tokens once, over seconds over the
memory bandwidth. The peaks are measured here, by a large product and a large copy. No GPU was at
hand so far: these numbers have not been measured, and the engine's way on a GPU is the plain
``dense`` one.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from xltlib.config import LaftSpec, ModelSpec
from xltlib.errors import XltError
from xltlib.models import load_lm
from xltlib.models.engine import plan
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.weights import footprint

from . import material, speed

SHAPES = ("LLaMA-7B", "Llama-3.1-8B")
#: Shares of the peaks that are to be reached.
BARS = {
    f"{shape}, {share}": 0.5
    for shape in SHAPES
    for share in ("scoring share of matrix peak", "generation share of bandwidth")
}
_STEPS = 8  # of the trainings, 4 sequences of 1,024 tokens each, as the `paper` profile has it


def peaks(device: torch.device, size: int = 8192) -> tuple[float, float]:
    """(FLOP/s of a bfloat16 product, bytes/s of a copy) as measured."""
    a = torch.randn(size, size, device=device).to(torch.bfloat16)
    b = torch.empty_like(a)
    speed.seconds(lambda: a @ a, device)
    times = 10
    product = speed.seconds(lambda: [a @ a for _ in range(times)], device) / times
    copy = speed.seconds(lambda: [b.copy_(a) for _ in range(times)], device) / times
    return 2 * size**3 / product, 2 * a.numel() * a.itemsize / copy


def measure(
    data_dir: Path,
    device: str = "cuda",
    shapes: Sequence[str] = SHAPES,
    translator: str = "NLLB-200-3.3B",
    items: int = 200,
    sequence: int = 1024,
) -> dict[str, float | str]:
    """The peaks; of each shape seconds, tokens per second, shares of the peaks and GB."""
    if device == "cuda" and not torch.cuda.is_available():
        raise XltError("the GPU benchmark needs a CUDA GPU and a CUDA build of torch")
    flops, bandwidth = peaks(torch.device(device), 8192 if device == "cuda" else 512)
    found: dict[str, float | str] = {"peak TFLOP/s": flops / 1e12, "peak GB/s": bandwidth / 1e9}
    words = material.tokenizer(data_dir)
    for shape in shapes:
        with tempfile.TemporaryDirectory() as folder:
            speed.write(Path(folder), shape, words, torch.bfloat16, device)
            spec = ModelSpec(
                path=folder, context=material.CONTEXT, dtype="bfloat16", batch_tokens=65536
            )
            one = _asked(load_lm(spec, device=device), data_dir, items, flops, bandwidth)
            for mode in ("lora", "full"):
                speed.free()
                recipe = LaftSpec(
                    corpus={}, mode=mode, learning_rate=2e-5, epochs=1, sequence=sequence, batch=4
                )
                one |= speed.trained(spec, recipe, data_dir, device, _STEPS)
            speed.free()
        found |= {f"{shape}, {name}": value for name, value in one.items()}
    made = speed.translated(translator, words, data_dir, device, "bfloat16", items)
    return found | {f"{translator}, {name}": value for name, value in made.items()}


def _asked(
    lm: LanguageModel, data_dir: Path, items: int, flops: float, bandwidth: float
) -> dict[str, float | str]:
    made = speed.asked(lm, data_dir, items)
    news = material.headlines(lm.tokenizer, data_dir, min(items, 100)).prompts
    prompts = lm.tokenizer(news)["input_ids"]
    looked_up = lm.model.get_input_embeddings().weight
    weights = sum(p.numel() * p.itemsize for p in lm.model.parameters() if p is not looked_up)
    kept = plan.distinct_tokens(prompts, [0] * len(prompts))
    each = footprint.kv_bytes(lm.model.config, 2)
    scoring, generation = made.scoring, made.generation
    read = generation.usage.batches * weights + material.NEW_TOKENS * kept * each
    return {
        "scoring s": scoring.seconds,
        "scoring share of matrix peak": scoring.usage.flops / scoring.seconds / flops,
        "scoring tokens / distinct": scoring.usage.model_tokens / scoring.usage.distinct_tokens,
        "generation s": generation.seconds,
        "generation share of bandwidth": read / generation.seconds / bandwidth,
        **made.rates(),
    }
