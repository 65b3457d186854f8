"""The `small` profile's models on this machine's CPU, with random weights of their shapes.

How many tokens a second in scoring, generation, translation and LAFT as the profile has it: what
``--plan`` makes hours of, through the profile's ``speed``. It takes a few minutes on one thread,
and 7 GB of memory.
"""

import tempfile
from pathlib import Path

import torch

from xltlib.config import ModelSpec, load_profile
from xltlib.models import load_lm
from xltlib.records import provenance

from . import material, speed

BARS: dict[str, float] = {}  # reported, not limited
_ITEMS, _SENTENCES, _STEPS = 16, 32, 2


def measure(
    data_dir: Path,
    shape: str = "Qwen2.5-0.5B",
    translator: str = "NLLB-200-distilled-600M",
    sequence: int | None = None,
) -> dict[str, float | str]:
    """The processor and threads, tokens per second by use, GB of memory in all."""
    profile = load_profile("small")
    words = material.tokenizer(data_dir)
    found: dict[str, float | str] = {
        "cpu": str(provenance.environment()["cpu"]),
        "threads": torch.get_num_threads(),
    }
    with tempfile.TemporaryDirectory() as folder:
        speed.write(Path(folder), shape, words, torch.float32, "cpu")
        spec = ModelSpec(path=folder, context=material.CONTEXT)
        lm = load_lm(spec, device="cpu")
        found |= speed.asked(lm, data_dir, _ITEMS).rates()
        del lm
        speed.free()
        # One sequence a step: more of them take as much longer.
        changes = {"batch": 1, "sequence": sequence or profile.laft.sequence}
        recipe = profile.laft.model_copy(update=changes)
        found |= speed.trained(spec, recipe, data_dir, "cpu", _STEPS)
    return found | speed.translated(translator, words, data_dir, "cpu", "float32", _SENTENCES)
