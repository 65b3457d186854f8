"""A grid of toy notebooks for the runner's tests; run as a program, a runner that can be killed.

``python toy_grid.py HOME WORKERS`` plans and runs the grid in the folder HOME.
"""

import os
import sys
from pathlib import Path

from xltlib.runs import kernels, runner
from xltlib.runs.grid import Job

HEAD = """\
# %% tags=["parameters"]
language = "xxx"
{parameters}
# %%
import json, os, time
from pathlib import Path
cell = Path(os.environ["XLTLIB_CELL"])
"""

PREPARATION = HEAD.format(parameters="") + 'time.sleep(0.2)\n(cell / "model.txt").write_text("m")\n'

METHOD = (
    HEAD.format(parameters="shots = [0]")
    + """
import random
import numpy as np
import torch
runs = cell.parents[2] / "ran"
runs.mkdir(exist_ok=True)
with open(runs / cell.name, "a") as file:
    file.write("begun\\n")
# %%
draws = [random.random(), float(np.random.rand()), float(torch.rand(1))]
product = float((torch.rand(60, 60) @ torch.rand(60, 60)).sum())
time.sleep(0.3)
print("made in", cell)
# %%
row = {"language": language, "shots": shots, "draws": draws, "product": product}
(cell / "records.parquet").write_text(json.dumps(row))
"""
)

ANALYSIS = """\
# %% tags=["parameters"]
cells = []
# %%
import os
from pathlib import Path
cell = Path(os.environ["XLTLIB_CELL"])
rows = [(cell.parent / c / "records.parquet").read_text() for c in cells]
(cell / "table.csv").write_text("\\n".join(rows))
"""


def write(folder: Path, name: str, text: str) -> Path:
    """A toy notebook on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def method(path: Path, language: str = "hau", facts: dict | None = None, **more: object) -> Job:
    """A method cell of a toy notebook, with the parameter ``language`` and whatever is given."""
    parameters = {"language": language, **more}
    return Job(path, "method", "toy", parameters, {"data": "1"}, facts=facts or {})


def jobs(folder: Path) -> list[Job]:
    """One preparation, four method cells of which two need it, and one analysis of all."""
    preparation = write(folder, "20_preparation", PREPARATION)
    first = Job(preparation, "preparation", "toy", {"language": "nan"})
    path = write(folder, "31_prompt_topics", METHOD)
    cells = [
        Job(path, "method", "toy", {"language": code, "shots": [0, 4]}, {}, before)
        for code, before in [("hau", ()), ("no", ()), ("nan", (first,)), ("on", (first,))]
    ]
    before = [first, *cells]
    analysis = Job(write(folder, "60_table", ANALYSIS), "analysis", "toy", {})
    return [*before, analysis.over(before)]


if __name__ == "__main__":
    os.environ["XLTLIB_HOME"] = sys.argv[1]
    kernels.PRELOAD = ["torch", "ipykernel.kernelapp"]  # what toys need: starts sooner
    summary = runner.run(jobs(Path(sys.argv[1]) / "notebooks"), int(sys.argv[2]))
    raise SystemExit(bool(summary.failed))
