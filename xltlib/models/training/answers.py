"""Fine-tuning on a few prompts with their answers: a copy of a loaded model learns, and answers.

Through peft, in the precision of the model itself and without mixing; on a CPU and on a GPU alike,
wherever the model is. The loss is that of the answer's tokens alone.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd
import torch

from ...config import LaftSpec
from ..engine.engine import LanguageModel
from . import loop, packing
from .trainee import Trainee

MICRO_TOKENS = 8192


class Way(Protocol):
    """What is trained of a model, and the model that this makes."""

    def trainee(self, lm: LanguageModel, spec: LaftSpec, part: Path) -> Trainee:
        """A copy of ``lm`` in training, which may keep files in ``part``; ``lm`` stays as it is."""

    def made(self, lm: LanguageModel, trainee: Trainee) -> LanguageModel:
        """The model that has learned."""


def tuned(
    lm: LanguageModel,
    prompts: Sequence[str],
    answers: Sequence[str],
    spec: LaftSpec,
    way: Way,
    part: Path,
    named: str,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[LanguageModel, pd.DataFrame]:
    """A model like ``lm`` that has learned what to say after ``prompts``, and its history.

    Both count on one meter. ``named`` identifies the weights of ``lm``: a killed training goes on
    from the checkpoint in the folder ``part``, which is gone at the end. ``spec`` has the recipe,
    but for ``sequence``, which is the length of the longest prompt.
    """
    start = time.perf_counter()
    # as they will be asked, to the token
    requests = lm.encoder.requests(prompts, [[answer] for answer in answers])
    docs = [one.stem + one.tails[0] for one in requests]
    read = [len(one.stem) + one.skips[0] for one in requests]
    learned = [[i >= n for i in range(len(d))] for d, n in zip(docs, read, strict=True)]
    data = packing.one_each(docs, learned)
    spec = spec.model_copy(update={"sequence": data.ids.shape[1]})
    told = json.dumps([named, list(prompts), list(answers)], ensure_ascii=False)
    recipe = {
        "recipe": spec.model_dump(mode="json"),
        "text_sha256": hashlib.sha256(told.encode()).hexdigest(),
    }
    part.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        trainee = way.trainee(lm, spec, part)
        history = loop.train(trainee, data, None, spec, part, recipe, progress)
    made = way.made(lm, trainee)
    made.use(lm.way())  # which depends on the architecture alone
    made.core.usage = lm.usage
    seconds, spent = float(history["seconds"].iloc[-1]), time.perf_counter() - start
    lm.usage.flops += float(history["flops"].iloc[-1])
    lm.usage.seconds += seconds
    lm.usage.learning += seconds
    lm.usage.recalled += max(0.0, seconds - spent)  # before it was killed
    shutil.rmtree(part, ignore_errors=True)
    return made, history


def like(lm: LanguageModel, model: torch.nn.Module) -> LanguageModel:
    """``model`` with all else as in ``lm``, ready to answer."""
    model.eval().requires_grad_(False)
    return LanguageModel(model, lm.tokenizer, lm.context, lm.core.batch_tokens)
