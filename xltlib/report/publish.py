"""What the repository shows of a profile: ``figures/published/<profile>``, written here alone.

A run writes into folders that git ignores. Publishing copies its figures, tables and pages beside
the records that they were made from, after checking that they were; so that whoever has the
repository can compute every number that it shows.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import files, paths, stats
from ..data.licences import may_be_shown
from ..errors import XltError
from ..records import results
from ..records import schema as records
from ..stats.labels import is_choice
from . import answers, build, executed
from .artifacts import records_hash

RECORDS, TRAINING, FACTS = results.PUBLISHED, "training.parquet", "publication.json"
CELLS = "cells.json"
#: What is kept of a cell's manifest: enough to compute from its records again without its run.
KEPT = ("cell", "label", "kind", "notebook", "facts", "parameters", "seconds", "startup_seconds")
#: Texts that a licence may keep back; a label is no text of the data set.
TEXTS = ("gold", "output", "answer")
NAME = "published"  # the folder beside those of the profiles
Done = tuple[Path, dict[str, Any]]  # folder and manifest of a cell


def publish(
    profile: str,
    about: str | None = None,
    origin: answers.Origin | None = None,
    baselines: pd.DataFrame | None = None,
) -> Path:
    """Copy a profile's figures, tables, notebooks, pages and records to what is shown of it.

    ``origin`` is where the items are read from (default: those that are shipped), ``baselines`` are
    the answers without a model to the same items, as records: for those who have not the data that
    they were made from.

    Of data sets whose licence does not let their texts be passed on, gold answers and outputs that
    may repeat them are left out of the records. Raises :class:`XltError` where a table was made
    from other records than the cells hold now, or where a file is missing or was changed.
    """
    if profile == NAME:
        raise XltError(f"`profile` must not be called {NAME!r}: give it another name")
    source, target = paths.figures(profile), paths.published(profile)
    rows = results.read(profile)
    whole = records_hash(rows)
    if strange := [m.name for m in _metas(source) if _of(m).get("records_sha256", whole) != whole]:
        raise XltError(
            f"{', '.join(strange[:5])} in {source} were made from other records than "
            f"runs/{profile} holds: run the profile again, then publish"
        )
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        for path in _kept(source):
            (part / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, part / path.relative_to(source))
        shown, withheld = _passed_on(rows)
        records.write(shown, part / RECORDS)
        done = list(results.newest(profile).values())
        training = _training(done)
        if len(training):
            training.to_parquet(part / TRAINING, compression="zstd")
        cells = json.dumps(_cells(done), indent=1, ensure_ascii=False)
        files.write(part / CELLS, cells + "\n")
        if baselines is not None:
            records.write(_passed_on(baselines)[0], part / results.BASELINES)
        hidden = executed.hidden(done, withheld)
        kept, notes = executed.keep(done, part, hidden)
        facts = {
            "profile": profile,
            "answers": len(rows),
            "cells": sorted(map(str, rows["cell_id"].unique())),
            "records_sha256": whole,
            "published_sha256": records_hash(pd.read_parquet(part / RECORDS)),
            "withheld": withheld,
            "notebooks": kept,
        }
        files.write(part / FACTS, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
        build.build(profile, about, origin, part, notes, hidden)
        if faults := check(part):
            raise XltError(f"what {source} holds cannot be published: {'; '.join(faults)}")
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    except OSError as error:
        raise files.unwritable(target, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def check(folder: Path) -> list[str]:
    """What does not hold of a published folder, a sentence each.

    Each file has the hash that its description vouches for, each table names the records beside it,
    the scores are those records' scores, and no notebook reads other records.
    """
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    rows = pd.read_parquet(folder / RECORDS)
    faults = []
    if records_hash(rows) != facts["published_sha256"]:
        faults.append(f"{RECORDS} is not the file that {FACTS} names")
    for meta in _metas(folder):
        known = _of(meta)
        if known.get("records_sha256", facts["records_sha256"]) != facts["records_sha256"]:
            faults.append(f"{known['name']} was made from other records")
        for name, sha in known["files"].items():
            path = meta.parent / name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha:
                faults.append(f"{name} is missing or was changed")
    faults += executed.faults(folder, facts.get("notebooks", {}), facts["cells"])
    saved = folder / "tables" / "scores.csv"
    if not saved.is_file():
        return [*faults, "there is no table of scores"]
    key = ["task", "dataset", "language", "shots", "method", "metric"]
    old = pd.read_csv(saved, keep_default_na=False, na_values=[""]).set_index(key)["score"]
    new = stats.score_table(rows, resamples=20).set_index(key)["score"]
    if set(old.index) != set(new.index):
        faults.append("the table of scores has other rows than the records")
    elif not np.allclose(old, new.reindex(old.index), rtol=1e-5):
        faults.append("the table of scores has other scores than the records")
    return faults


def _training(done: list[Done]) -> pd.DataFrame:
    """The training histories with the cell that each stands beside: ``cell_id``."""
    cells = [folder for folder, manifest in done if manifest["kind"] in ("method", "imported")]
    found = [f for f in cells if (f / results.HISTORY).is_file()]
    rows = [pd.read_parquet(f / results.HISTORY).assign(cell_id=f.name) for f in found]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _cells(done: list[Done]) -> list[dict]:
    """What made the records, and how long it took: a cell's manifest without this machine's."""
    found = []
    for folder, manifest in done:
        if manifest["kind"] == "analysis":
            continue
        spent = folder / results.PHASES
        phases = json.loads(spent.read_text(encoding="utf-8")) if spent.is_file() else None
        told = {k: manifest[k] for k in KEPT if k in manifest}
        found.append(told | {"hardware": results.ran_on(manifest), "phases": phases})
    return found


def _metas(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.meta.json"))


def _of(meta: Path) -> dict:
    return json.loads(meta.read_text(encoding="utf-8"))


def _kept(source: Path) -> list[Path]:
    """The artifacts of a profile; its pages are made anew."""
    wanted = {path for meta in _metas(source) for path in (meta, *files_of(meta)) if path.is_file()}
    return sorted(wanted)


def files_of(meta: Path) -> list[Path]:
    """The files of the artifact that a ``.meta.json`` describes."""
    return [meta.parent / name for name in _of(meta)["files"]]


def _passed_on(every: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The records without texts that may not be passed on, and the data sets that this concerns."""
    rows, withheld = every.copy(), []
    for (task, dataset, language), some in every.groupby(["task", "dataset", "language"]):
        if may_be_shown(dataset, language):
            continue
        withheld.append(f"{task} {dataset} {language}")
        # a label is no text
        rows.loc[some.index, ["output"] if is_choice(task) else list(TEXTS)] = None
    return rows, withheld
