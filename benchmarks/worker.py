"""One measurement in a process of its own, so that its peak memory is its own: JSON on stdout."""

import argparse
import json
import resource
import time
from dataclasses import replace
from pathlib import Path

import torch

from . import material, real

TASKS = {
    "topics": "7 labels of 1-6 tokens, same demonstrations",
    "one-token": "7 one-token labels, same demonstrations",
    "own": "7 labels of 1-6 tokens, own demonstrations per item",
    "generate": "generation, 32 new tokens",
    "large": "97.5 M parameters, 7 labels, same demonstrations",
}
ITEMS = {"topics": 200, "one-token": 200, "own": 200, "generate": 100, "large": 12}


def prepared(task: str, data_dir: Path, items: int, folder: Path | None = None, skip: int = 0):
    """(model, tokenizer, material) of a task; ``folder`` holds the model of the real rows.

    Of those, ``skip`` items are passed over.
    """
    if task in real.TASKS:
        model, words = real.loaded(folder)
        made = real.asked(task, words, data_dir, skip + items)
        return model, words, replace(made, prompts=made.prompts[skip:])
    words = material.tokenizer(data_dir)
    if task == "generate":
        made = material.headlines(words, data_dir, items)
    else:
        made = material.topics(
            words, data_dir, items, own=task == "own", one_token=task == "one-token"
        )
    shape = "large" if task == "large" else "small"
    return material.model(shape, len(words)), words, made


def ours(model, words, made: material.Material, context: int):
    """Run the engine: (answers, usage)."""
    from xltlib.models.engine.engine import LanguageModel

    lm = LanguageModel(model, words, context)
    lm.way()  # the self-test belongs to loading

    def run():
        if made.continuations:
            return lm.score(made.prompts, [made.continuations] * len(made.prompts))
        return [g.text for g in lm.generate(made.prompts, made.new_tokens)]

    return run, lambda: vars(lm.usage)


def harness(model, words, made: material.Material, context: int, batch: int):
    """Run lm-evaluation-harness's hf backend on the same requests: (answers, usage)."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    backend = HFLM(pretrained=model, tokenizer=words, batch_size=batch, max_length=context)

    def run():
        if made.continuations:
            pairs = [(p, c) for p in made.prompts for c in made.continuations]
            requests = [Instance("loglikelihood", {}, p, i) for i, p in enumerate(pairs)]
            flat = [v for v, _ in backend.loglikelihood(requests, disable_tqdm=True)]
            width = len(made.continuations)
            return [flat[i : i + width] for i in range(0, len(flat), width)]
        settings = {"until": [], "max_gen_toks": made.new_tokens, "do_sample": False}
        requests = [
            Instance("generate_until", {}, (p, settings), i) for i, p in enumerate(made.prompts)
        ]
        return backend.generate_until(requests, disable_tqdm=True)

    return run, dict


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["ours", "lm-eval"])
    parser.add_argument("task", choices=[*TASKS, *real.TASKS])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--skip", type=int, default=0, help="items of a real row to pass over")
    parser.add_argument("--batch", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model, words, made = prepared(
        arguments.task, arguments.data_dir, arguments.items, arguments.model, arguments.skip
    )
    context = real.CONTEXT if arguments.task in real.TASKS else material.CONTEXT
    if arguments.engine == "ours":
        run, usage = ours(model, words, made, context)
    else:
        run, usage = harness(model, words, made, context, arguments.batch)
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        answers = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"cpu": cpu, "wall": wall, "peak_mib": peak, "answers": answers, "usage": usage()}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
