"""Results of a run, read back: what the analysis notebooks start from.

Imported predictions (:mod:`xltlib.imports`) stand beside a run's own cells. Of an import only those
items count that the run's own cells of the same data hold, so that both are paired at any limit.
"""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from . import paths, records
from .errors import XltError

HISTORY = "training.parquet"  # beside the records of a cell whose model was trained
IMPORTED = "imported-"  # how the folders of imported predictions begin
_PLACE = ["task", "dataset", "language"]


def folders(profile: str, cells: Sequence[str] | None = None) -> list[Path]:
    """The folders of the cells named, or of all that are done: of each the newest.

    Raises :class:`XltError` when there are none.
    """
    root = paths.runs(profile)
    if cells is not None:
        found = [root / cell for cell in cells]
    else:
        newest = _newest(root, ("method", "imported"))
        found = [newest[label][0] for label in sorted(newest)]
    if not found:
        raise XltError(f"profile {profile!r} has no finished cells: run its notebooks first")
    return found


def imported(profile: str, places: Collection[tuple[str, str, str]]) -> list[str]:
    """The cells of imports that answer one of ``places``: (task, data set, language)."""
    newest = _newest(paths.runs(profile), ("imported",))
    return [
        folder.name
        for folder, manifest in (newest[label] for label in sorted(newest))
        if tuple(manifest["parameters"][name] for name in _PLACE) in places
    ]


def _newest(root: Path, kinds: Sequence[str]) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Label -> folder and manifest of the newest cell that is done."""
    newest = {}
    for path in sorted(root.glob("*/manifest.json"), key=lambda p: (p.stat().st_mtime_ns, p)):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["kind"] in kinds:
            newest[manifest["label"]] = (path.parent, manifest)
    return newest


def read(profile: str, cells: Sequence[str] | None = None) -> pd.DataFrame:
    """The records of the cells (default: all that are done), as :func:`xltlib.records.read`."""
    rows = records.read(folder / "records.parquet" for folder in folders(profile, cells))
    foreign = rows["cell_id"].str.startswith(IMPORTED)
    if not foreign.any() or foreign.all():
        return rows
    place, item = (pd.MultiIndex.from_frame(rows[[*_PLACE, *c]]) for c in ([], ["example_id"]))
    strange = foreign & place.isin(place[~foreign]) & ~item.isin(item[~foreign])
    return rows[~strange].reset_index(drop=True)


def training(profile: str, cells: Sequence[str] | None = None) -> pd.DataFrame:
    """The LAFT histories behind those cells: language, step, tokens, loss, held_out_loss, ...

    Empty when none of them needed training; a model that several cells share counts once.
    """
    files = [f / HISTORY for f in folders(profile, cells) if (f / HISTORY).exists()]
    if not files:
        return pd.DataFrame()
    return pd.concat(map(pd.read_parquet, files)).drop_duplicates(ignore_index=True)
