"""What a model of some shape takes and does: memory, and tokens per second in asking and training.

The weights are random, written to a folder and loaded by the production code: the engine asks, the
translator translates, LAFT's trainer trains. Random weights cost what trained ones do, but that
their answers hardly ever end before the longest length.
"""

import gc
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from xltlib.config import LaftSpec, ModelSpec, TranslatorSpec, load_language
from xltlib.errors import XltError
from xltlib.models import load_translator
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.training import packing
from xltlib.models.training.trainee import trainee_of
from xltlib.models.usage import Usage
from xltlib.models.weights import load
from xltlib.text.sentences import split

from . import material


class Stretch(NamedTuple):
    """One stretch of work: its seconds, what the model was used for, the memory at its highest.

    Of a GPU the memory is what was allocated in this stretch, of a CPU what the process has held
    so far.
    """

    seconds: float
    usage: Usage
    peak: float  # GB of 1e9 bytes


class Asked(NamedTuple):
    """Labels scored, the same prompts' first token alone, and whole answers."""

    scoring: Stretch
    first: Stretch
    generation: Stretch

    def rates(self) -> dict[str, float]:
        """Tokens passed in scoring, and generated after the first, per second; GB."""
        longer = self.generation.usage.generated_tokens - self.first.usage.generated_tokens
        return {
            "scoring tokens/s": self.scoring.usage.model_tokens / self.scoring.seconds,
            "scoring GB": self.scoring.peak,
            "generation tokens/s": longer / (self.generation.seconds - self.first.seconds),
            "generation GB": self.generation.peak,
        }


def seconds(run: Callable[[], object], device: torch.device) -> float:
    """Time of ``run``, with all that it has put on a GPU, whose own events then tell it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        run()
        end.record()
        torch.cuda.synchronize(device)
        return start.elapsed_time(end) / 1000
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def stretch(run: Callable[[], object], usage: Usage, device: torch.device) -> Stretch:
    """Measure ``run``, which adds to ``usage``."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    before = usage.copy()
    took = seconds(run, device)
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device)
    else:
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes on Linux
    return Stretch(took, usage.since(before), peak / 1e9)


def write(
    folder: Path, shape: str, words: PreTrainedTokenizerBase, dtype: torch.dtype, device: str
) -> None:
    """A model of ``shape`` and its tokenizer, as files; made on ``device``, which may be faster."""
    with load.quiet():
        with torch.device(device):
            model = material.model(shape, len(words), dtype)
        model.save_pretrained(folder)
        words.save_pretrained(folder)


def asked(lm: LanguageModel, data_dir: Path, items: int) -> Asked:
    """Few-shot topics scored and headlines generated, after a warm-up."""
    words, device = lm.tokenizer, lm.device
    topics = material.topics(words, data_dir, items)
    news = material.headlines(words, data_dir, min(items, 100)).prompts
    ends = [topics.continuations] * len(topics.prompts)
    lm.score(topics.prompts[:2], ends[:2])
    lm.generate(news[:2], 2)
    return Asked(
        stretch(lambda: lm.score(topics.prompts, ends), lm.usage, device),
        stretch(lambda: lm.generate(news, 1), lm.usage, device),
        stretch(lambda: lm.generate(news, material.NEW_TOKENS), lm.usage, device),
    )


def trained(
    model: ModelSpec, recipe: LaftSpec, data_dir: Path, device: str, steps: int
) -> dict[str, float | str]:
    """Tokens per second and memory of ``steps`` optimizer steps, after a warm-up of one.

    Where the memory does not hold the training, what the trainer says of it.
    """
    name = "LAFT" if recipe.mode == "full" else "LoRA"
    usage = Usage()
    try:
        trainee, words = trainee_of(model, recipe, device)
        texts = [e.text for e in material.news(data_dir, "demos")]
        data = packing.pack(packing.documents(words, texts), recipe.sequence)
        optimizer = torch.optim.AdamW(trainee.parameters, lr=recipe.learning_rate, fused=True)
        order = np.arange((steps + 1) * recipe.batch).reshape(-1, recipe.batch) % len(data.ids)

        def run(rows: np.ndarray) -> None:
            for chosen in rows:
                trainee.step(data, chosen, optimizer, recipe.clip)

        run(order[:1])
        made = stretch(lambda: run(order[1:]), usage, torch.device(device))
    except XltError as error:
        return {f"{name} tokens/s": f"not measured: {error}"}
    tokens = steps * recipe.batch * recipe.sequence
    return {f"{name} tokens/s": tokens / made.seconds, f"{name} GB": made.peak}


def translated(
    shape: str,
    words: PreTrainedTokenizerBase,
    data_dir: Path,
    device: str,
    dtype: str,
    sentences: int,
) -> dict[str, float]:
    """Tokens of translations per second: sentences of Hausa news into English, after a warm-up."""
    words.add_tokens(["hau_Latn", "eng_Latn"])  # how NLLB names them
    hausa, english = load_language("hau"), load_language("eng")
    texts = [s for e in material.news(data_dir, "test")[:sentences] for s in split(e.text)[:1]]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), shape, words, load.DTYPES[dtype], device)
        spec = TranslatorSpec(path=folder, dtype=dtype, max_new_tokens=material.NEW_TOKENS)
        translator = load_translator(spec, device=device)
        translator.translate(texts[:2], hausa, english)
        before = translator.usage.copy()
        translator.translate(texts[2:], hausa, english)
    made = translator.usage.since(before)
    return {"translation tokens/s": made.generated_tokens / made.seconds}


def free() -> None:
    """Give a GPU's memory back before the next model."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
