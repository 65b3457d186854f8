"""bfloat16 beside float32 in the engine: how many items get another label, how far scores move."""

import time
from pathlib import Path

import torch

from xltlib.models.engine.engine import LanguageModel

from . import material

BARS: dict[str, float] = {}  # flips are reported, not limited


def measure(data_dir: Path, items: int = 200) -> dict[str, float]:
    """Label flips out of ``items``, largest difference in nats, CPU seconds of both."""
    torch.set_num_threads(1)
    words = material.tokenizer(data_dir)
    made = material.topics(words, data_dir, items)
    scores, seconds = {}, {}
    for dtype in (torch.float32, torch.bfloat16):
        model = material.model("small", len(words)).to(dtype)
        lm = LanguageModel(model, words, material.CONTEXT)
        lm.way()
        start = time.process_time()
        scores[dtype] = lm.score(made.prompts, [made.continuations] * items)
        seconds[dtype] = time.process_time() - start
    pairs = list(zip(scores[torch.float32], scores[torch.bfloat16], strict=True))
    return {
        "items": items,
        "label flips": sum(a.index(max(a)) != b.index(max(b)) for a, b in pairs),
        "largest difference": max(abs(x - y) for a, b in pairs for x, y in zip(a, b, strict=True)),
        "float32 CPU s": seconds[torch.float32],
        "bfloat16 CPU s": seconds[torch.bfloat16],
    }
