"""``python -m benchmarks``: the table beside lm-eval, growth of cost, precision, training.

On demand also ``real`` (rows on the model of ``--model``, Gemma 3 270M say, and growth across its
window), ``gpu`` (Gemma 3 270M's and LLaMA-7B's shapes asked on a CUDA GPU, without data),
``gpu-training`` (7B and 8B shapes trained there), ``small`` (the profile of that name on this CPU)
and ``grid`` (the bookkeeping of ``--cells`` cells, without a model). Results are written to
``--out``, one JSON file a part. Runs of the tables that stand in its ``runs.jsonl`` are not made
again, and rows that ``--tasks`` leaves out stay as an earlier call wrote them. ``report``, alone,
puts what ``--out`` holds into docs/engine.md and README.
"""

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):  # before torch is imported
    os.environ.setdefault(name, "1")

ROOT = Path(__file__).resolve().parent.parent
#: Parts that measure named numbers and have bars for some of them.
NAMED = {p: p.replace("-", "_") for p in ("precision", "training", "gpu-training", "small")}
PARTS = ("table", "growth", "real", "gpu", "grid", *NAMED, "report")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the engine with lm-evaluation-harness (pip install '.[bench]') "
        "and the training loop with transformers' Trainer, on one CPU thread.",
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    given = os.environ.get("XLTLIB_TEST_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data-dir", type=Path, default=Path(given), help="publishers' files")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    parser.add_argument("--repeats", type=int, default=3, help="runs per median")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the items, for a try")
    parser.add_argument(
        "--tasks", nargs="*", help="rows of the tables, `growth` and `decoding`; default: all"
    )
    parser.add_argument("--model", type=Path, help="folder of a real model, for the part `real`")
    parser.add_argument(
        "--pruned", type=Path, nargs="*", default=[], help="the same with smaller vocabularies"
    )
    parser.add_argument(
        "--gguf", type=Path, help="the same in 4 bits, asked of llama.cpp besides (part `real`)"
    )
    parser.add_argument("--cells", type=int, default=100_000, help="of the part `grid`")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    arguments = _parser().parse_args()
    parts = arguments.parts or ["table", "growth", "precision", "training"]
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"part must be one of {', '.join(PARTS)}, but got {sorted(unknown)}")
    if parts == ["report"]:
        from . import report

        report.write(ROOT, arguments.out)
        return 0
    arguments.out.mkdir(parents=True, exist_ok=True)
    from xltlib.records import provenance

    if "real" in parts and not arguments.model:
        raise SystemExit("the part real needs --model: a folder with safetensors and a tokenizer")

    where = f"{provenance.environment()['cpu']}, one thread"
    many = arguments.repeats
    lines = [
        f"{where}; table: medians of {many} runs of lm-eval, each between two of ours; growth: "
        f"medians of {many}; the rest: single runs.",
        "",
    ]
    met = True
    if {"table", "real"} & set(parts):
        from . import real, table

        kept = arguments.out / "runs.jsonl"
    if "table" in parts:
        known = _earlier(arguments.out / "table.json", where, many)
        rows = [
            table.compare(task, arguments.data_dir, many, _say, arguments.scale, keep=kept)
            for task in arguments.tasks or table.BARS
            if task in table.BARS
        ]
        met &= all(r["met"] for r in rows)
        rows = table.together(known.get("rows", []), rows, table.BARS)
        _keep(arguments.out / "table.json", {"where": where, "repeats": many, "rows": rows})
        lines += [table.markdown(rows), ""]
    if "real" in parts:
        known = _earlier(arguments.out / "real.json", where, many)
        rows = [
            table.compare(
                task, arguments.data_dir, many, _say, arguments.scale, arguments.model, kept
            )
            for task in arguments.tasks or real.BARS
            if task in real.BARS
        ]
        rows = table.together(known.get("rows", []), rows, real.BARS)
        longer, heads = known.get("growth"), known.get("heads")
        wanted = arguments.tasks or ["growth", "decoding"]
        if longer is None or "growth" in wanted:
            longer = real.growth(arguments.model, arguments.data_dir)
        each = [row["ms"] for row in longer]
        met &= all(r["met"] for r in rows) and max(each) <= real.FLAT * min(each)
        if heads is None or "decoding" in wanted:
            folders = [arguments.model, *arguments.pruned]
            heads = [real.decoding(folder, arguments.data_dir) for folder in folders]
        found = {"where": where, "repeats": many, "rows": rows, "growth": longer, "heads": heads}
        found["llama"] = known.get("llama")
        if arguments.gguf:
            from . import llama

            found["llama"] = llama.measure(arguments.gguf, arguments.data_dir)
        _keep(arguments.out / "real.json", found)
        lines += [table.markdown(rows), "", real.growth_markdown(longer), ""]
        lines += [real.decoding_markdown(heads), ""]
    if "gpu" in parts:
        from . import gpu

        found = gpu.measure(_say, keep=lambda made: _keep(arguments.out / "gpu.json", made))
        short = gpu.missed(found)
        met &= not short
        lines += [gpu.markdown(found), "", *(f"missed: {s}" for s in short), ""]
    if "growth" in parts:
        from . import growth

        results = growth.measure(arguments.data_dir, arguments.repeats)
        slopes = growth.exponents(results)
        _keep(arguments.out / "growth.json", {"results": results, "exponents": slopes})
        growth.draw(results, arguments.out / "growth.png")
        lines += [f"Exponent of CPU seconds in {a}: {s:.2f}" for a, s in slopes.items()] + [""]
    for part, name in NAMED.items():
        if part in parts:
            module = import_module(f"{__package__}.{name}")
            found = module.measure(arguments.data_dir)
            met &= all(found[name] >= bar for name, bar in module.BARS.items())
            _keep(arguments.out / f"{part}.json", found)
            lines += [f"{part}, {name}: {_shown(value)}" for name, value in found.items()] + [""]
    if "grid" in parts:
        from . import grid

        found = grid.measure(arguments.cells)
        _keep(arguments.out / "grid.json", found)
        lines += [f"grid, {name}: {_shown(value)}" for name, value in found.items()] + [""]
    text = "\n".join(lines)
    (arguments.out / "results.md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if met else 1


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _earlier(path: Path, where: str, repeats: int) -> dict:
    """What a call before this one left in ``path``; nothing if there was none."""
    if not path.is_file():
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    if (known["where"], known["repeats"]) != (where, repeats):
        raise SystemExit(
            f"{path} was measured on {known['where']} with --repeats {known['repeats']}, this is "
            f"{where} with {repeats}: rows of one table must be alike, give another --out"
        )
    return known


def _keep(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
