"""The measured tables in docs/engine.md and README's line of them, from the files of a run."""

import json
import re
from pathlib import Path

from . import gpu, llama, real, table

MEASURED = Path(__file__).resolve().parent / "measured"  # what the repository shows
#: Between these markers, one pair in each file.
PLACES = {"docs/engine.md": "measured", "README.md": "engine"}


def write(root: Path, folder: Path = MEASURED, check: bool = False) -> bool:
    """Put what ``folder`` holds between the markers of the files; whether one of them changes."""
    changed = False
    texts = {"docs/engine.md": f"\n{tables(folder)}\n", "README.md": line(folder)}
    for name, marker in PLACES.items():
        path = root / name
        old = path.read_text(encoding="utf-8")
        begin, end = f"<!-- {marker} -->", f"<!-- {marker}:end -->"
        pattern = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
        if len(pattern.findall(old)) != 1:
            raise SystemExit(f"{path} must have {begin} and {end} once, in this order")
        new = pattern.sub(lambda m, made=texts[name]: m[1] + made + m[2], old)
        if new != old:
            changed = True
            if not check:
                path.write_text(new, encoding="utf-8")
    return changed


def tables(folder: Path) -> str:
    """All that was measured, as Markdown."""
    parts = []
    if (found := _read(folder, "real")) and found["rows"]:
        parts += [
            f"Gemma 3 270M on real Hausa text, float32; {_how(found)}",
            table.markdown(found["rows"]),
            "Cost by the length of the prompts, across the window of 512 tokens:",
            real.growth_markdown(found["growth"]),
            "Decoding, and the share of the output layer, with the whole vocabulary and a pruned "
            "one:",
            real.decoding_markdown(found["heads"]),
        ]
        parts += [llama.told(found["llama"])] if found.get("llama") else []
    if found := _read(folder, "table"):
        parts += [
            f"Random weights in small Llama shapes, Hausa MasakhaNEWS; {_how(found)}",
            table.markdown(found["rows"]),
        ]
    if found := _read(folder, "gpu"):
        parts += [f"On a GPU: {gpu.markdown(found)}"]
    return "\n\n".join(parts)


def line(folder: Path) -> str:
    """One sentence: how much more CPU time the other takes, and how many answers are the same."""
    rows = (_read(folder, "real") or {"rows": []})["rows"]
    if not rows:
        raise SystemExit(f"{folder} has no real.json with rows: run the part `real` first")
    ratios = [r["ratio"] for r in rows]
    few, many = (f"{x:.1f}" if x < 10 else f"{x:.0f}" for x in (min(ratios), max(ratios)))
    same, of = sum(r["same"] for r in rows), sum(r["of"] for r in rows)
    return (
        f"With Gemma 3 270M, lm-evaluation-harness 0.4.13 takes {few} to {many} times as much CPU "
        f"time; {same} of {of} answers are the same."
    )


def _read(folder: Path, name: str) -> dict | None:
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _how(found: dict) -> str:
    runs = found["repeats"]
    of = "one run" if runs == 1 else f"medians of {runs} runs"
    return f"{found['where']}; {of} of lm-evaluation-harness 0.4.13, each between two of ours:"
