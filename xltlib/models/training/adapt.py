"""Language-adaptive fine-tuning: continued causal-LM training on text of the target language.

Lines are packed without padding and without attention between them, trained with AdamW under a
cosine schedule with warm-up, in bfloat16 autocast where the hardware multiplies it natively. Full
training or LoRA (merged before saving). The recipe's fields are those of :class:`LaftSpec`.

With one compute thread the same arguments give the same weights, also when a killed run is resumed.
Several processes may train together (:mod:`.laft_launch`); all call :func:`adapt`, rank 0 writes.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError

from ... import bars
from ...config import LaftSpec, ModelSpec
from ...errors import XltError
from ...text.documents import in_documents
from ..weights import footprint, load
from ..weights import where as files
from . import fits as room
from . import loop, packing, ranks, several, snapshots
from .trainee import Trainee, trainee_of


def adapt(
    base: ModelSpec | Path,
    lines: Sequence[str] | Sequence[packing.Pieces],
    spec: LaftSpec,
    out: Path,
    device: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    held_out: Sequence[str] | Sequence[packing.Pieces] = (),
) -> pd.DataFrame:
    """Train ``base`` on ``lines`` and write the adapted model to the folder ``out``.

    Lines in pieces (:data:`.packing.Pieces`) are learned in part: answers, and not their prompts.
    The loss is measured on ``held_out``; on a share of ``lines``, left out of training, where it is
    not given.

    ``out`` appears only when it is complete: safetensors, configuration, tokenizer,
    ``laft.json`` (the recipe and what it was applied to) and ``history.parquet``. When it is there
    already with the same recipe, nothing is trained. ``progress(step, steps)`` is called after each
    optimizer step; without it there is a bar for whoever watches.

    Returns the history: ``loss`` is the mean training loss since the row before (nan in the first),
    ``held_out_loss`` the mean loss per token of the lines kept apart, both in nats; its exponential
    is the perplexity. ``seconds`` and ``flops`` are totals so far.

    Raises :class:`XltError` for a base that cannot be loaded, too few lines, a sequence longer than
    the model's context, an ``out`` that holds something else, and a GPU or a disk without room.
    """
    model_spec = (
        base if isinstance(base, ModelSpec) else ModelSpec(path=str(base), context=spec.sequence)
    )
    texts = [line.strip() if isinstance(line, str) else line for line in lines]
    texts = [t for t in texts if t]
    if spec.document_characters and texts and isinstance(texts[0], str):
        texts = in_documents(texts, spec.document_characters)
    written = [t if isinstance(t, str) else json.dumps(t, ensure_ascii=False) for t in texts]
    recipe = {
        "base": files.revision(model_spec),
        "recipe": settings(spec, model_spec),
        "lines": len(texts),
        "text_sha256": hashlib.sha256("\n".join(written).encode()).hexdigest(),
    }
    if held_out:
        apart = json.dumps(held_out, ensure_ascii=False)
        recipe["held_out_sha256"] = hashlib.sha256(apart.encode()).hexdigest()
    if out.exists():
        return _finished(out, recipe)
    plain = spec.weights == "last" and spec.runs == 1
    if not plain and (model_spec.quantization != "none" or ranks.count() > 1):
        raise XltError(
            f"`laft.weights` is {spec.weights!r} and `laft.runs` {spec.runs}, which takes a base "
            "that is not quantized and one process: set `laft.weights: last` and `laft.runs: 1`, "
            "or `quantization: none`"
        )
    train, held = (texts, list(held_out)) if held_out else _divide(texts, spec)
    train = train[: max(1, round(spec.share * len(train)))]
    part = out.with_name(out.name + ".part")
    if spec.runs > 1:  # which differ in their seeds alone
        once = {"runs": 1, "share": 1.0, "max_lines": None, "document_characters": None}

        def run(number: int, folder: Path) -> pd.DataFrame:
            own = spec.model_copy(update=once | {"seed": spec.seed + number})
            return adapt(model_spec, train, own, folder, device, progress, held)

        folders = [out.with_name(f"{out.name}.run-{number}") for number in range(spec.runs)]
        with _writable(part):
            history = several.averaged(run, folders, part)
            _complete(part, out, history, recipe, folders)
        return history
    if progress is None and ranks.index() == 0:
        progress = bars.counter("adapting")
    with torch.random.fork_rng(), _writable(part):
        part.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(spec.seed)
        trainee, tokenizer = trainee_of(model_spec, spec, device)
        data, apart = (packing.packed(tokenizer, some, spec.sequence) for some in (train, held))
        dtype = load.dtype_of(model_spec.dtype, trainee.head.weight.device)
        trained = sum(p.numel() for p in trainee.parameters)
        kept = loop.steps_of(data, spec) > spec.checkpoint_steps
        room.check_disk(part, trained, footprint.weights(trainee.whole), dtype.itemsize, kept)
        history = loop.train(trainee, data, apart, spec, part, recipe, progress)
        made = part / "model"
        if ranks.index() == 0:
            shutil.rmtree(made, ignore_errors=True)
        merged = _chosen(trainee, spec, part, history)
        if merged is not None:  # rank 0
            with load.quiet():
                merged.to(dtype).save_pretrained(made)
                tokenizer.save_pretrained(made)
            _complete(made, out, history, recipe, [part])
        ranks.wait()
    return history


def _complete(
    made: Path, out: Path, history: pd.DataFrame, recipe: dict, used: Sequence[Path]
) -> None:
    """Put the model in ``made`` to its place, with what is known of it; remove what was used."""
    history.to_parquet(made / "history.parquet")
    (made / "laft.json").write_text(json.dumps(recipe, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(made, out)
    for folder in used:
        shutil.rmtree(folder, ignore_errors=True)


def settings(spec: LaftSpec, base: ModelSpec) -> dict:
    """The settings that the adapted weights depend on.

    Those that are not set are left out: models that were adapted before there were such settings
    keep their names.
    """
    no_part = {"corpus", "joint", "adapted", "allow_leaks", "checkpoint_steps", "min_lines"}
    later = ("micro_batch", "gradient_checkpointing", "share", "weights", "runs")
    for name in (*later, "document_characters"):
        if getattr(spec, name) == LaftSpec.model_fields[name].default:
            no_part.add(name)
    quantized = {} if base.quantization == "none" else {"quantization": base.quantization}
    return spec.model_dump(mode="json", exclude=no_part) | quantized


def _chosen(
    trainee: Trainee, spec: LaftSpec, part: Path, history: pd.DataFrame
) -> torch.nn.Module | None:
    """The model to save, on rank 0, with the weights that the recipe takes."""
    if spec.weights == "mean":
        return snapshots.average(part, trainee)
    if spec.weights == "best":
        snapshots.take(part, snapshots.best(history), trainee)
    return trainee.merged()


def _finished(out: Path, recipe: dict) -> pd.DataFrame:
    try:
        found = json.loads((out / "laft.json").read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("laft.json holds no object")
        history = pd.read_parquet(out / "history.parquet")
    except (OSError, ValueError, RecursionError) as error:
        raise XltError(
            f"`out` {out} exists and is not an adapted model ({error}): delete it or name another "
            "folder"
        ) from error
    if found != recipe:
        differ = sorted(k for k in recipe if found.get(k) != recipe[k])
        raise XltError(
            f"`out` {out} holds a model that was adapted differently ({', '.join(differ)}): delete "
            "it or name another folder"
        )
    return history


def _divide(texts: list[str], spec: LaftSpec) -> tuple[list[str], list[str]]:
    """Shuffle by seed, cap, and keep a share apart: (training lines, held-out lines)."""
    order = np.random.default_rng(spec.seed).permutation(len(texts))[: spec.max_lines]
    held = max(1, round(spec.held_out * len(order)))
    if len(order) - held < 1:
        raise XltError(
            "adapting needs at least two non-empty lines of text, one to train on and one held "
            f"out, but got {len(texts)}: check the corpus of this language"
        )
    chosen = [texts[i] for i in order]
    return chosen[held:], chosen[:held]


@contextlib.contextmanager
def _writable(part: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise XltError(
            f"cannot write {part}: {reason}: free some disk space, or name a "
            "folder that can be written; the same command goes on from the last checkpoint"
        ) from error
