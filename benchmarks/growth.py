"""How the engine's cost grows: CPU seconds against items, shots, labels, length and model size."""

import statistics
import time
from pathlib import Path

import numpy as np
import torch

from xltlib.models.engine.engine import LanguageModel

from . import material

#: What varies -> its values; the others stay at items 60, shots 4, labels 7, tokens 60, small.
AXES: dict[str, list] = {
    "items": [30, 60, 120, 240],
    "shots": [0, 1, 2, 4, 8],
    "labels": [1, 2, 4, 7, 14, 28],
    "tokens": [30, 60, 120, 240, 480],
    "shape": ["tiny", "small", "medium", "large"],
}


def measure(data_dir: Path, repeats: int = 3) -> dict[str, list[dict]]:
    """CPU seconds per axis and value: medians of ``repeats``."""
    torch.set_num_threads(1)
    words = material.tokenizer(data_dir)
    results: dict[str, list[dict]] = {}
    for axis, values in AXES.items():
        results[axis] = []
        for value in values:
            setting = {"items": 60, "shots": 4, "labels": 7, "tokens": 60, "shape": "small"}
            setting[axis] = value
            shape, items = setting.pop("shape"), setting.pop("items")
            made = material.topics(words, data_dir, items, **setting)
            model = material.model(shape, len(words))
            lm = LanguageModel(model, words, material.CONTEXT)
            lm.way()
            seconds = []
            for _ in range(repeats):
                before, start = lm.usage.copy(), time.process_time()
                lm.score(made.prompts, [made.continuations] * items)
                seconds.append(time.process_time() - start)
            used = lm.usage.since(before)
            at = sum(p.numel() for p in model.parameters()) if axis == "shape" else value
            row = {"value": value, "x": at, "cpu": statistics.median(seconds)}
            results[axis].append(row | {"tokens": used.model_tokens, "flops": used.flops})
    return results


def exponents(results: dict[str, list[dict]]) -> dict[str, float]:
    """Slope of log seconds over log value, per axis (values of 0 left out)."""
    slopes = {}
    for axis, rows in results.items():
        x = np.array([r["x"] for r in rows if r["x"]], float)
        y = np.array([r["cpu"] for r in rows if r["x"]], float)
        slopes[axis] = float(np.polyfit(np.log(x), np.log(y), 1)[0])
    return slopes


def draw(results: dict[str, list[dict]], path: Path) -> None:
    """One panel per axis, both scales logarithmic, with ticks where it was measured."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    slopes = exponents(results)
    figure, axes = pyplot.subplots(1, len(results), figsize=(3 * len(results), 2.8), sharey=True)
    for panel, (axis, rows) in zip(axes, results.items(), strict=True):
        shown = [r for r in rows if r["x"]]
        panel.loglog([r["x"] for r in shown], [r["cpu"] for r in shown], "o-")
        panel.set_title(f"{axis}: exponent {slopes[axis]:.2f}", fontsize=10)
        panel.set_xlabel("parameters" if axis == "shape" else axis)
        panel.set_xticks([r["x"] for r in shown])
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_formatter(EngFormatter(places=0, sep=""))
        panel.grid(color="0.9")
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[0].yaxis.set_minor_locator(NullLocator())
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[0].set_ylabel("CPU seconds")
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
