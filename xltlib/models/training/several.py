"""Several trainings from the same start, whose weights are averaged.

They learn from the same text in different orders, with the same part of it held out. The mean of
the weights is one model, which answers at the cost of one (model soups, Wortsman et al. 2022,
https://arxiv.org/abs/2203.05482).
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import torch
from safetensors import safe_open
from safetensors.torch import save_file


def averaged(
    train: Callable[[int, Path], pd.DataFrame], folders: Sequence[Path], out: Path
) -> pd.DataFrame:
    """Call ``train(number, folder)`` for each folder, and put the mean of the models into ``out``.

    Returns the history of all runs one after another: steps, tokens, seconds and flops go on from
    the run before.
    """
    histories = [train(number, folder) for number, folder in enumerate(folders)]
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(folders[0], out)
    for file in sorted(out.glob("*.safetensors")):
        save_file(mean([folder / file.name for folder in folders]), file, {"format": "pt"})
    return one_after_another(histories)


def mean(files: Sequence[Path]) -> dict[str, torch.Tensor]:
    """The mean of each tensor over safetensors files, added up in float64, in its own precision."""
    sums: dict[str, torch.Tensor] = {}
    for file in files:
        with safe_open(file, "pt") as weights:
            for name in weights.keys():
                own = weights.get_tensor(name)
                sums[name] = sums.get(name, torch.zeros(own.shape, dtype=torch.float64)) + own
    with safe_open(files[0], "pt") as weights:
        return {
            name: (total / len(files)).to(weights.get_tensor(name).dtype)
            for name, total in sums.items()
        }


def one_after_another(histories: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Histories as one, in which what is counted goes on from the history before."""
    counted = ["step", "tokens", "epoch", "seconds", "flops"]
    done = dict.fromkeys(counted, 0)
    rows = []
    for history in histories:
        own = history.assign(**{name: history[name] + done[name] for name in counted})
        done = {name: own[name].iloc[-1] for name in counted}
        rows.append(own)
    return pd.concat(rows, ignore_index=True)
