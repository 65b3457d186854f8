"""A grid of toy notebooks for the runner's tests; run as a program, a runner that can be killed.

``python toy_grid.py HOME WORKERS [dask:ADDRESS] [CELLS]`` plans and runs the grid in the folder
HOME, here or on the workers of a Dask scheduler, whose ``--preload`` this file is.
"""

import os
import sys
from contextlib import nullcontext
from pathlib import Path

from xltlib.errors import XltError
from xltlib.runs import kernels, runner
from xltlib.runs.cluster import connected
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


def jobs(folder: Path, n: int = 4) -> list[Job]:
    """One preparation, ``n`` method cells of which all but two need it, and an analysis of all."""
    preparation = write(folder, "20_preparation", PREPARATION)
    first = Job(preparation, "preparation", "toy", {"language": "nan"})
    path = write(folder, "31_prompt_topics", METHOD)
    cells = [
        Job(path, "method", "toy", {"language": code, "shots": [0, 4]}, {}, before)
        for code, before in [("hau", ()), ("no", ()), ("nan", (first,)), ("on", (first,))]
        + [(f"x{number}", (first,)) for number in range(n - 4)]
    ]
    before = [first, *cells]
    analysis = Job(write(folder, "60_table", ANALYSIS), "analysis", "toy", {})
    return [*before, analysis.over(before)]


def dask_setup(worker: object) -> None:
    """For ``dask worker --preload``: a fork server with what toys need starts sooner."""
    kernels.PRELOAD = ["torch", "ipykernel.kernelapp"]


def main(home: str, n_workers: str, where: str = "", n: str = "4") -> int:
    os.environ["XLTLIB_HOME"] = home
    dask_setup(None)
    try:
        with connected(where) if where else nullcontext((None, 0)) as (pool, _):
            grid = jobs(Path(home) / "notebooks", int(n))
            return bool(runner.run(grid, int(n_workers), executor=pool).failed)
    except XltError as error:
        print(f"error: {error}")
        return 2


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
