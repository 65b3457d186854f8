"""Results of a run, read back: what the analysis notebooks start from.

Imported predictions (:mod:`xltlib.study.imported`) stand beside a run's own cells. Of an import
only those items count that the run's own cells of the same data hold, so that both are paired at
any limit.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from .. import paths
from ..config import Profile
from ..errors import XltError
from . import manifests, schema
from .places import IMPORTED, PLACE, Places
from .places import read as read_cells

HISTORY = "training.parquet"  # beside the records of a cell whose model was trained
PHASES = "phases.json"  # beside the records: what the seconds went into
PUBLISHED = "records.parquet"  # of a profile's published cells together
BASELINES = "baselines.parquet"  # beside the cells: those of a publication, of data not at hand
T = TypeVar("T")


def folders(profile: str, cells: Sequence[str] | None = None) -> list[Path]:
    """The folders of the cells named, or of all that are done: of each the newest.

    Raises :class:`XltError` when there are none.
    """
    if cells is not None:
        return _some([paths.runs(profile) / cell for cell in cells], profile)
    found = _newest(profile, ("method", "imported"), "*", lambda _: None)
    return _some([folder for folder, _ in found.values()], profile)


def _placed(profile: str, cells: Sequence[str] | None) -> list[tuple[Path, tuple[str, ...]]]:
    """Folder and place of the cells named, or of all that are done: of each the newest."""
    if cells is None:
        found = _newest(profile, ("method", "imported"), "*", _place)
        return _some(list(found.values()), profile)
    named = [paths.runs(profile) / cell for cell in cells]
    return _some([(one, _place(_manifest(one, ("parameters",)))) for one in named], profile)


def _place(manifest: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sys.intern(manifest["parameters"].get(name, "")) for name in PLACE)


def _some(found: list[T], profile: str) -> list[T]:
    if not found:
        raise XltError(f"profile {profile!r} has no finished cells: run its notebooks first")
    return found


def imported(profile: str, places: Collection[tuple[str, str, str]]) -> list[str]:
    """The cells of imports that answer one of ``places``: (task, data set, language)."""
    return [
        folder.name
        # of imports alone: own cells that cannot be read are no hindrance, a run makes them again
        for folder, place in _newest(profile, ("imported",), f"{IMPORTED}*", _place).values()
        if place in places
    ]


def newest(
    profile: str, kinds: Collection[str] | None = None
) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Label -> folder and manifest of the newest cell that is done.

    In the order of the profile's arms, and of the labels under each; imports come last.
    ``kinds`` keeps only some kinds of cell. Raises :class:`XltError` for a manifest that cannot be
    read: a cell that is passed over in silence would be missing from every table.
    """
    return _newest(profile, kinds, "*", lambda manifest: manifest)


def _newest(
    profile: str,
    kinds: Collection[str] | None,
    folders: str,
    keep: Callable[[dict[str, Any]], T],
) -> dict[str, tuple[Path, T]]:
    """``keep`` says what stays in memory of a manifest: a hundred thousand whole ones take 1 GB."""
    found: dict[str, tuple[tuple[bool, int], Path, T]] = {}
    files = paths.runs(profile).glob(f"{folders}/{manifests.NAME}")
    for path in sorted(files, key=lambda p: (p.stat().st_mtime_ns, p)):
        manifest = _manifest(path.parent, ("label", "kind"))
        label, kind = manifest["label"], manifest["kind"]
        if kind in ("method", "preparation") and "facts" not in manifest:
            continue  # of a version before there were arms: under a label that none has now
        if kinds is None or kind in kinds:
            order = kind == "imported", manifest.get("facts", {}).get("order", 0)
            found[label] = (order, path.parent, keep(manifest))
    by_order = sorted(found.items(), key=lambda entry: (entry[1][0], entry[0]))
    return {label: (folder, kept) for label, (_, folder, kept) in by_order}


def _manifest(folder: Path, needed: Collection[str]) -> dict[str, Any]:
    try:
        return manifests.read(folder, needed)
    except (OSError, ValueError) as error:
        again = "import" if folder.name.startswith(IMPORTED) else "run"
        raise XltError(
            f"the manifest of cell {folder.name} cannot be read ({error!r:.200}): delete "
            f"{folder} and {again} again"
        ) from error


def asked(profile: str, cells: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The parameters of the run's own cells among those named, or of all that are done."""
    known = {folder.name: m for folder, m in newest(profile, ("method",)).values()}
    return [m["parameters"] for cell, m in known.items() if cells is None or cell in cells]


def evaluated(profile: Profile, cells: Sequence[str] | None = None) -> Profile:
    """The profile with the arms, data sets, languages and limits of those cells, of a narrowed run.

    ``cells`` None: of all that are done; the whole profile where none is.
    """
    given = asked(profile.name, cells)
    if not given:
        return profile
    places = {(one["dataset"], one["task"], one["language"]) for one in given}
    sets = []
    for d in profile.datasets:
        here = [n for n in d.languages if (d.name, d.task, n) in places]
        if here:
            limits = {
                o.get("limit") for o in given if (o["dataset"], o["task"]) == (d.name, d.task)
            }
            limit = d.limit if len(limits) > 1 else limits.pop()
            sets.append(d.model_copy(update={"languages": tuple(here), "limit": limit}))
    arms = tuple(arm for arm in profile.arms if arm.name in {one["arm"] for one in given})
    return profile.model_copy(update={"datasets": tuple(sets), "arms": arms or profile.arms})


def read(profile: str, cells: Sequence[str] | None = None, task: str | None = None) -> pd.DataFrame:
    """The records of the cells (default: all that are done), as :func:`xltlib.records.schema.read`.

    ``task``: of that task alone. :func:`records` gives them without having all in memory.
    Raises :class:`XltError` where cells of one task, data set and language answer different data.
    """
    if task is None:
        return read_cells(folders(profile, cells))
    return read_cells([folder for folder, place in _placed(profile, cells) if place[0] == task])


def published(profile: str) -> pd.DataFrame:
    """The published records of a profile, with the columns of today; no rows where none are.

    Texts that a licence keeps back are missing from them.
    """
    path = paths.published(profile) / PUBLISHED
    rows = pd.read_parquet(path) if path.is_file() else schema.SCHEMA.empty_table().to_pandas()
    for column in schema.SCHEMA.names:  # of a later version than the publication
        if column not in rows:
            rows[column] = None
    return rows


def records(profile: str, cells: Sequence[str] | None = None) -> Places:
    """The same records for tables that go from place to place: memory need not hold all of them."""
    return Places(_placed(profile, cells))


def hardware(profile: str, cells: Sequence[str] | None = None) -> dict[str, str]:
    """Cell -> what it ran on; nothing where its manifest does not say."""
    return {one.name: ran_on(_manifest(one, ())) for one in folders(profile, cells)}


def ran_on(manifest: dict[str, Any]) -> str:
    """The GPU that a cell had, or the kind of processor."""
    known = manifest.get("environment", {})
    return str(manifest.get("hardware") or known.get("gpu") or known.get("cpu") or "")


def training(profile: str, cells: Sequence[str] | None = None) -> pd.DataFrame:
    """The LAFT histories behind those cells: language, step, tokens, loss, held_out_loss, ...

    Empty when none of them needed training; a model that several cells share counts once.
    """
    files = [f / HISTORY for f in folders(profile, cells) if (f / HISTORY).exists()]
    if not files:
        return pd.DataFrame()
    return pd.concat(map(pd.read_parquet, files)).drop_duplicates(ignore_index=True)


def baselines(profile: str) -> pd.DataFrame:
    """The answers without a model that came with a publication; empty where none did."""
    path = paths.runs(profile) / BASELINES
    return schema.read([path]) if path.is_file() else pd.DataFrame(columns=schema.SCHEMA.names)


def phases(done: Iterable[tuple[Path, dict[str, Any]]]) -> pd.DataFrame:
    """Where the time of a run went: phase, seconds and their share, the longest first.

    ``done`` are folders and manifests of :func:`newest`. Seconds of work, added up over these jobs.
    Start-up is from the beginning of a job to its notebook's first cell; what a notebook did
    besides its models is ``notebooks``. Imports, whose work was done elsewhere, and jobs of an
    earlier version, whose start-up was not measured, are left out; without any other, no rows.
    """
    spent: Counter[str] = Counter()
    for folder, manifest in done:
        start = manifest.get("startup_seconds")
        if manifest["kind"] == "imported" or start is None:
            continue  # None: made by a version that did not measure it
        spent["start-up"] += start
        rest = manifest["seconds"] - start
        if manifest["kind"] == "method":
            file = folder / PHASES  # a notebook that answers without a Study leaves none
            known = _seconds(file) if file.exists() else {}
            spent.update(known)
            spent["notebooks"] += rest - sum(known.values())
        elif manifest["kind"] == "analysis":
            spent["statistics and figures"] += rest
        else:
            spent[manifest["facts"]["phase"]] += rest
    whole = sum(spent.values())
    table = [(phase, seconds, seconds / whole) for phase, seconds in spent.most_common()]
    return pd.DataFrame(table, columns=["phase", "seconds", "share"])


def _seconds(file: Path) -> dict[str, float]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {str(phase): float(seconds) for phase, seconds in known.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise XltError(
            f"{file} is not what a cell leaves ({error!r:.200}): delete its folder and run again"
        ) from error
