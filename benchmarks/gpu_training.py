"""On a CUDA GPU: training and translation of models of published shapes with random weights.

Tokens a second and memory at its highest, in bfloat16: LLaMA-7B's and Llama-3.1-8B's shape trained
by LAFT (all weights; where they do not fit, what the trainer says) and by LoRA, and an NLLB-200
3.3B's shape translating.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from xltlib.config import LaftSpec, ModelSpec
from xltlib.errors import XltError

from . import material, speed

SHAPES = ("LLaMA-7B", "Llama-3.1-8B")
BARS: dict[str, float] = {}  # reported, not limited
_STEPS = 8  # of the trainings, 4 sequences of 1,024 tokens each, as the `paper` profile has it


def measure(
    data_dir: Path,
    device: str = "cuda",
    shapes: Sequence[str] = SHAPES,
    translator: str = "NLLB-200-3.3B",
    sentences: int = 200,
    sequence: int = 1024,
) -> dict[str, float | str]:
    """Of each shape tokens per second and GB, by LoRA and by LAFT; of the translator in use."""
    if device == "cuda" and not torch.cuda.is_available():
        raise XltError("the GPU benchmark needs a CUDA GPU and a CUDA build of torch")
    found: dict[str, float | str] = {}
    words = material.tokenizer(data_dir)
    for shape in shapes:
        with tempfile.TemporaryDirectory() as folder:
            speed.write(Path(folder), shape, words, torch.bfloat16, device)
            spec = ModelSpec(path=folder, context=material.CONTEXT, dtype="bfloat16")
            for mode in ("lora", "full"):
                speed.free()
                recipe = LaftSpec(
                    corpus={}, mode=mode, learning_rate=2e-5, epochs=1, sequence=sequence, batch=4
                )
                made = speed.trained(spec, recipe, data_dir, device, _STEPS)
                found |= {f"{shape}, {name}": value for name, value in made.items()}
            speed.free()
    made = speed.translated(translator, words, data_dir, device, "bfloat16", sentences)
    return found | {f"{translator}, {name}": value for name, value in made.items()}
