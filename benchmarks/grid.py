"""A grid of many cells, without a model: what planning, bookkeeping and analysis take.

``python -m benchmarks grid --cells 100000`` writes 200 languages, tables and a profile, and for
each cell of its grid a manifest and a file of 20 made-up records. Then each stage runs in a
process of its own, whose seconds and largest memory are reported.
"""

import contextlib
import io
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from concurrent.futures import Executor, Future
from pathlib import Path

LANGUAGES, SETS, ITEMS = 200, 25, 20
LABELS = ("business", "health", "politics", "sports")
RESAMPLES = 1000  # of the tables' tests and intervals, which take 10,000 in a run
NAME = "simulated"
STAGES = ("plan", "manifests", "schedule", "scores", "pairs", "pooled", "ways")


def measure(cells: int, items: int = ITEMS) -> dict[str, float | str]:
    """Seconds and megabytes of each stage, and what the grid takes on disk."""
    folder = Path(tempfile.mkdtemp(prefix="xltlib-grid-"))
    try:
        languages = min(LANGUAGES, max(1, cells // SETS // 2))
        arms = max(2, round(cells / (languages * SETS)))  # one alone leaves nothing to compare
        _write(folder, languages, arms)
        found: dict[str, float | str] = {"cells": float(languages * SETS * arms)}
        for stage in ("make", *STAGES):
            told = _apart(stage, folder, items)
            shown = ", ".join(f"{value:.1f} {what}" for what, value in told.items())
            print(f"grid: {stage}: {shown}", flush=True)
            found |= {f"{stage}, {what}": value for what, value in told.items()}
        return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _apart(stage: str, folder: Path, items: int) -> dict[str, float]:
    """A stage in a fresh process, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_stage, args=(stage, folder, items, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        raise SystemExit(f"grid: the stage {stage!r} failed, see above") from None
    finally:
        process.join()


def _stage(stage: str, folder: Path, items: int, sender) -> None:
    os.environ["XLTLIB_HOME"] = str(folder / "home")
    run = {"make": lambda profile: make(profile, items), "plan": plan, "manifests": manifests}
    run |= {"schedule": schedule, "scores": scores, "pairs": pairs, "pooled": pooled, "ways": ways}
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    more = run[stage](str(folder / "profile.yaml")) or {}
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    told = {"seconds": time.perf_counter() - start, "CPU seconds": processor}
    sender.send(told | {"MB": _largest()} | more)


def _jobs(profile: str) -> list:
    from xltlib.runs import grid

    return grid.plan(profile)


def _methods(profile: str) -> list:
    return [job for job in _jobs(profile) if job.kind == "method"]


def plan(profile: str) -> dict[str, float]:
    """The grid, with every cell's id."""
    return {"jobs": float(len({job.id for job in _jobs(profile)}))}


def make(profile: str, items: int) -> dict[str, float]:
    """A manifest and records for each cell, as cells leave them but for their size."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from xltlib.records import provenance, schema

    rng, size = np.random.default_rng(1), 0
    names = [f"test-{number}" for number in range(items)]
    for job in _methods(profile):
        where = job.parameters
        gold = rng.choice(LABELS, items)
        said = np.where(rng.random(items) < 0.6, gold, rng.choice(LABELS, items))
        same = {
            "cell_id": job.id,
            "profile": NAME,
            "model": "none",
            "arm": where["arm"],
            "method": "prompt",
            "task": where["task"],
            "dataset": where["dataset"],
            "language": Path(where["language"]).stem,
            "test_sha256": where["dataset"],
            "shots": 0,
            "seed": 0,
        }
        columns = {name: [value] * items for name, value in same.items()}
        columns |= {"example_id": names, "valid": [True] * items}
        columns["correct"] = (gold == said).astype(float)
        columns |= {"flops": [1e9] * items, "seconds": [0.1] * items}
        columns["gold"] = [json.dumps(str(one)) for one in gold]
        columns["answer"] = [json.dumps(str(one)) for one in said]
        arrays = [
            pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(items, f.type)
            for f in schema.SCHEMA
        ]
        job.folder.mkdir(parents=True)
        path = job.folder / "records.parquet"
        # not compressed: so small files take as many bytes and half the time
        pq.write_table(pa.table(arrays, schema=schema.SCHEMA), path, compression="none")
        size += path.stat().st_size
        facts = {"bytes": path.stat().st_size, "sha256": provenance.file_sha256(path)}
        content = {
            "cell": job.id,
            "label": job.label,
            "kind": job.kind,
            "notebook": job.name,
            "facts": job.facts,
            "parameters": job.parameters,
            "inputs": job.inputs,
            "depends_on": {},
            "artifacts": {f"runs/{NAME}/{job.id}/records.parquet": facts},
            "seconds": 20.0,
            "environment": provenance.environment(),
        }
        text = json.dumps(content)
        size += len(text)
        (job.folder / "manifest.json").write_text(text, encoding="utf-8")
    return {"MB on disk": size / 2**20}


def manifests(profile: str) -> dict[str, float]:
    """What a run of a grid that is done does first: every manifest and file is checked."""
    from xltlib.runs import runner

    jobs = _methods(profile)
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        state = runner._Run(jobs, 1, _Ready(), None)
    return {"done": float(len(state.summary.cached)), "per cell, ms": _per(start, jobs)}


def schedule(profile: str) -> dict[str, float]:
    """The runner's own work where every cell ends at once, with one analysis behind them all."""
    from dataclasses import replace

    from xltlib.runs import runner

    jobs = [replace(job, profile="elsewhere") for job in _methods(profile)]
    last = replace(jobs[0], kind="analysis", depends_on=tuple(jobs), facts={"last": True})
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        summary = runner._Run([*jobs, last], 8, _Ready(), None).all()
    assert len(summary.done) == len(jobs) + 1
    return {"per cell, ms": _per(start, jobs)}


def _per(start: float, jobs: list) -> float:
    return 1000 * (time.perf_counter() - start) / len(jobs)


class _Ready(Executor):
    """Every job is done at once."""

    def submit(self, *_: object) -> Future:
        future: Future = Future()
        future.set_result({"status": "done", "message": "", "seconds": 0.01})
        return future


def _records() -> tuple:
    """What analysis notebooks begin with: the records, and what says of tables what made them."""
    from xltlib.records import results
    from xltlib.report.output import Output

    records = results.records(NAME)
    return records, Output("results/scores", NAME, records).source


def scores(profile: str) -> dict[str, float]:
    """What ``results/scores`` computes: the records' hash, scores, valid answers and labels."""
    from xltlib import stats
    from xltlib.stats import labels

    records, source = _records()
    table = stats.score_table(records, resamples=RESAMPLES)
    stats.valid_table(records, resamples=RESAMPLES)
    labels.label_table(records, "most")
    labels.confusion_table(records, "most")
    return {"records": float(source["records"]), "scores": float(len(table))}


def pairs(profile: str) -> dict[str, float]:
    """The table of all paired tests, corrected together."""
    from xltlib import stats

    return {"tests": float(len(stats.paired_table(_records()[0], resamples=RESAMPLES)))}


def pooled(profile: str) -> dict[str, float]:
    """Differences pooled over all places, and whether they depend on task and language."""
    from xltlib import stats

    records, _ = _records()
    table = stats.pooled_table(records, resamples=RESAMPLES)
    stats.interaction_table(records, resamples=RESAMPLES)
    return {"pairs": float(len(table))}


def ways(profile: str) -> dict[str, float]:
    """Costs, all ways of every place with their vote, and where arms agree."""
    from xltlib import stats
    from xltlib.stats import agreement, cost
    from xltlib.stats import ways as every

    records, _ = _records()
    stats.cost_table(records)
    stats.engine_table(records)
    price = cost.of_a_thousand(records)
    table = every.ways_table(records, costs=price, resamples=RESAMPLES)
    agreement.agreement_table(records)
    return {"ways": float(len(table))}


def _largest() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(folder: Path, languages: int, arms: int) -> None:
    """A profile, its languages and its tables."""
    import yaml

    from xltlib import paths

    words = yaml.safe_load((paths.LANGUAGES / "eng.yaml").read_text(encoding="utf-8"))
    lines = (paths.PACKAGE / "config" / "flores200.tsv").read_text(encoding="utf-8").splitlines()
    known = [line.split("\t")[0] for line in lines if not line.startswith("#")]
    known = [code for code in known if code[:3].islower() and code[3:4] == "_"]
    codes = {code[:3]: code for code in reversed(known) if not code.startswith("eng")}
    files = []
    for code, flores in list(codes.items())[:languages]:
        path = folder / "l" / f"{code}.yaml"
        path.parent.mkdir(exist_ok=True)
        content = words | {"code": code, "name": code, "flores": flores}
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        files.append(f"l/{code}.yaml")
    for number in range(SETS):
        for file in files:
            for split in ("train", "test"):
                path = folder / f"set{number}" / f"{Path(file).stem}-{split}.csv"
                path.parent.mkdir(exist_ok=True)
                rows = (f"{split} text {n} of {number},{LABELS[n % 4]}\n" for n in range(8))
                path.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    content = {
        "name": NAME,
        "about": "A simulated grid.",
        "model": {"path": "mini", "context": 1024},
        "translator": {"path": "copy"},
        "laft": yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))["laft"],
        "datasets": [
            {
                "name": f"set{number}",
                "task": "topics",
                "languages": files,
                "table": {
                    "file": f"set{number}/{{language}}-{{split}}.csv",
                    "text": "text",
                    "gold": "label",
                    "licence": "none",
                },
            }
            for number in range(SETS)
        ],
        "shots": [0],
        "seeds": [0],
        "arms": [{"name": f"prompt{n}", "method": "prompt"} for n in range(arms)],
    }
    (folder / "profile.yaml").write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
