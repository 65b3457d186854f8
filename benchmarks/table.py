"""The engine beside lm-evaluation-harness: CPU seconds, agreement, tokens, memory; bars."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from . import real
from .worker import ITEMS, TASKS

#: How many times fewer CPU seconds than lm-eval at its best batch size.
BARS = {"topics": 38.0, "one-token": 8.0, "own": 9.0, "generate": 4.0, "large": 25.0}
TOKENS_BAR = 1.10  # tokens passed over the trie's
CLOSE = 1e-4  # log-likelihoods, in nats
#: lm-eval's batch sizes to choose from. In scoring it takes a CPU as long per item with 1, 8 and 16
#: sequences at a time (190, 193 and 207 s for 200 items of `topics`), so none is tried.
_BATCHES = dict.fromkeys(("topics", "one-token", "own", "large"), (8,)) | {"generate": (1, 8, 16)}
_TRIAL = 12  # items on which lm-eval's batch size is chosen
_ROOT = Path(__file__).resolve().parent.parent


def _measure(
    engine: str,
    task: str,
    data_dir: Path,
    items: int,
    batch: int,
    model: Path | None,
    skip: int = 0,
) -> dict:
    command = [sys.executable, "-m", "benchmarks.worker", engine, task]
    command += ["--data-dir", str(data_dir), "--items", str(items), "--batch", str(batch)]
    command += ["--model", str(model)] if model else []
    command += ["--skip", str(skip)] if skip else []
    environment = os.environ | {
        "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=_ROOT, env=environment, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _best_batch(sizes: Sequence[int], items: int, measure: Callable[..., dict]) -> int:
    """Of ``sizes`` the one with which lm-eval takes the fewest CPU seconds."""
    if len(sizes) == 1:
        return sizes[0]
    few = min(items, max(_TRIAL, *sizes))
    seconds = {b: measure("lm-eval", few, b, "trial")["cpu"] for b in sizes}
    return min(seconds, key=seconds.__getitem__)


class _Kept:
    """Measurements, a line of JSON each, so that a table that broke off goes on."""

    def __init__(self, path: Path | None):
        self.path, self.known = path, {}
        if path and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                key, made = json.loads(line)
                self.known[tuple(key)] = made

    def get(self, key: tuple, make: Callable[[], dict]) -> dict:
        if key not in self.known:
            self.known[key] = make()
            if self.path:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([key, self.known[key]]) + "\n")
        return self.known[key]


def _joined(parts: list[dict]) -> dict:
    """What processes measured that did a piece each, as if one had done all."""
    made = {key: sum(p[key] for p in parts) for key in ("cpu", "wall")}
    answers = [answer for p in parts for answer in p["answers"]]
    return made | {"peak_mib": max(p["peak_mib"] for p in parts), "answers": answers}


def _agreement(ours: list, theirs: list) -> dict:
    if isinstance(ours[0], str):
        same = sum(a == b for a, b in zip(ours, theirs, strict=True))
        return {"same": same, "of": len(ours), "difference": None}
    pairs = [(a, b) for x, y in zip(ours, theirs, strict=True) for a, b in zip(x, y, strict=True)]
    same = sum(x.index(max(x)) == y.index(max(y)) for x, y in zip(ours, theirs, strict=True))
    return {"same": same, "of": len(ours), "difference": max(abs(a - b) for a, b in pairs)}


def compare(
    task: str,
    data_dir: Path,
    repeats: int,
    say: Callable[[str], None],
    scale: float = 1.0,
    model: Path | None = None,
    keep: Path | None = None,
) -> dict:
    """One row of the table: medians over ``repeats`` runs of lm-eval, each between two of ours.

    ``model`` is the folder of the rows in :mod:`real`. Runs that the file ``keep`` has are not made
    again.
    """
    kept = _Kept(keep)

    def measured(engine: str, count: int, batch: int, which: str, skip: int = 0) -> dict:
        if engine == "lm-eval" and task in real.PIECEWISE and count > 1:
            each = [measured(engine, 1, batch, f"{which} item {n}", n) for n in range(count)]
            return _joined(each)
        key = (task, engine, count, batch, which)
        return kept.get(key, lambda: _measure(engine, task, data_dir, count, batch, model, skip))

    items = max(2, round((ITEMS | real.ITEMS)[task] * scale))
    close = real.CLOSE if model else CLOSE
    bar, what = (BARS | real.BARS)[task], (TASKS | real.TASKS)[task]
    batch = _best_batch((_BATCHES | real.BATCHES)[task], items, measured)
    runs: dict[str, list[dict]] = {"ours": [], "lm-eval": []}
    for n in range(repeats):
        # Before and after: beside a run that takes minutes, one of seconds meets one mood of a
        # machine that others use too.
        for which, engine in (("before", "ours"), ("", "lm-eval"), ("after", "ours")):
            made = runs[engine]
            made.append(measured(engine, items, batch, f"{n}{which}"))
            say(f"{task} {n + 1}/{repeats} {engine}: {made[-1]['cpu']:.2f} CPU s")
    row = {"task": task, "what": what, "items": items, "batch": batch, "bar": bar}
    for engine, made in runs.items():
        for key in ("cpu", "wall", "peak_mib"):
            row[f"{engine} {key}"] = statistics.median(r[key] for r in made)
    row["ratio"] = row["lm-eval cpu"] / row["ours cpu"]
    row["wall ratio"] = row["lm-eval wall"] / row["ours wall"]
    usage = runs["ours"][0]["usage"]
    row["tokens"] = usage["model_tokens"]
    row["tokens ratio"] = usage["model_tokens"] / usage["distinct_tokens"]
    row |= _agreement(runs["ours"][0]["answers"], runs["lm-eval"][0]["answers"])
    row["met"] = bool(
        row["ratio"] >= row["bar"]
        and row["tokens ratio"] <= TOKENS_BAR
        and row["ours peak_mib"] <= row["lm-eval peak_mib"]
        and row["same"] == row["of"]
        and (row["difference"] or 0.0) <= close
    )
    return row


def together(known: list[dict], new: list[dict], order: Iterable[str]) -> list[dict]:
    """Rows in the order of their tasks, those measured now instead of earlier ones."""
    rows = {r["task"]: r for r in [*known, *new]}
    return [rows[task] for task in order if task in rows]


def markdown(rows: list[dict]) -> str:
    """The table as Markdown."""
    lines = [
        "| task | items | lm-eval CPU s (batch) | ours CPU s | ratio | bar | wall ratio "
        "| tokens / distinct | peak MiB, lm-eval / ours | difference | same answers | met |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        difference = "-" if r["difference"] is None else f"{r['difference']:.1e}"
        lines.append(
            f"| {r['what']} | {r['items']} | {r['lm-eval cpu']:.1f} ({r['batch']}) "
            f"| {r['ours cpu']:.2f} | {r['ratio']:.1f}x | {r['bar']:.0f}x "
            f"| {r['wall ratio']:.1f}x | {r['tokens ratio']:.3f} "
            f"| {r['lm-eval peak_mib']:.0f} / {r['ours peak_mib']:.0f} | {difference} "
            f"| {r['same']} of {r['of']} | {'yes' if r['met'] else 'NO'} |"
        )
    return "\n".join(lines)
