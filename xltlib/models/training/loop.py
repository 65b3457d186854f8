"""The loop of a training: optimizer steps under a schedule, measured, resumable to the step.

It is our own because a killed training has to end with the same weights, to the bit, which takes
the random state, the order of the data and the sums of the losses into every checkpoint.
"""

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...config import LaftSpec
from . import checkpoint, packing, snapshots
from .trainee import Trainee

#: What the history has, one row per measured step (step 0: before training). No text in it.
HISTORY = ("step", "tokens", "epoch", "loss", "held_out_loss", "learning_rate", "seconds", "flops")
_MEASURED = 10  # held-out measurements between the first and the last


def train(
    trainee: Trainee,
    data: packing.Packed,
    held: packing.Packed | None,
    spec: LaftSpec,
    part: Path,
    recipe: dict,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Step ``trainee`` through ``data``; the history, as :func:`.adapt.adapt` describes it.

    Checkpoints are in the folder ``part``, and a training of the same ``recipe`` goes on from them.
    Without ``held`` no loss is measured besides that of training.
    """
    sequences = len(data.ids)
    wanted = max(1, round(spec.epochs * sequences))
    steps = steps_of(data, spec)
    rng = np.random.default_rng([spec.seed, 1])
    passes = [rng.permutation(sequences) for _ in range(math.ceil(spec.epochs))]
    order = np.concatenate(passes)[:wanted]
    optimizer = torch.optim.AdamW(
        trainee.parameters,
        lr=spec.learning_rate,
        betas=spec.betas,
        eps=spec.epsilon,
        weight_decay=0.0,
        fused=True,
    )
    measure = {round(i * steps / _MEASURED) for i in range(1, _MEASURED + 1)} | {steps}
    cost = trainee.flops_per_token(spec.sequence)
    state = checkpoint.resume(part, recipe, trainee.whole, optimizer)
    step, tokens, rows, flops = state.step, state.tokens, state.rows, state.flops
    losses, begin = state.losses, time.perf_counter() - state.seconds

    def evaluated() -> tuple[float, float]:
        if held is None:
            return math.nan, 0.0
        return trainee.evaluate(held), held.ids.size * cost / 3

    if not rows:
        held_loss, flops = evaluated()
        rows.append([0, 0, 0.0, math.nan, held_loss, 0.0, time.perf_counter() - begin, flops])
    while step < steps:
        chosen = order[step * spec.batch : (step + 1) * spec.batch]
        rate = spec.learning_rate * schedule(step, steps, spec.warmup_ratio)
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses.append(trainee.step(data, chosen, optimizer, spec.clip))
        step += 1
        tokens += len(chosen) * spec.sequence
        flops += len(chosen) * spec.sequence * cost
        if step in measure:
            held_loss, more = evaluated()
            flops += more
            epoch = min(step * spec.batch, wanted) / sequences
            seconds = time.perf_counter() - begin
            rows.append(
                [step, tokens, epoch, float(np.mean(losses)), held_loss, rate, seconds, flops]
            )
            losses = []
            if spec.weights != "last":
                snapshots.save(part, step, trainee)
        if step % spec.checkpoint_steps == 0 and step < steps:
            seconds = time.perf_counter() - begin
            now = checkpoint.State(step, tokens, flops, seconds, rows, losses)
            checkpoint.save(part, recipe, trainee.whole, optimizer, now)
        if progress is not None:
            progress(step, steps)
    return pd.DataFrame(rows, columns=list(HISTORY)).astype({"step": "int64", "tokens": "int64"})


def steps_of(data: packing.Packed, spec: LaftSpec) -> int:
    """How many optimizer steps a training takes."""
    return math.ceil(max(1, round(spec.epochs * len(data.ids))) / spec.batch)


def schedule(step: int, steps: int, warmup_ratio: float) -> float:
    """Share of the full learning rate in step ``step`` (from 0): warm-up, then cosine to 0."""
    warm = math.ceil(warmup_ratio * steps)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
