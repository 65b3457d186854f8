"""A publication, unpacked: its records as the cells of a run, to compute all from them again.

Neither the model nor the data folder that made them is needed. What was computed with these (token
counts, translation quality) is taken over from the publication as it stands.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from .. import files, paths
from ..errors import XltError
from ..records import manifests, provenance, results
from ..records import schema as records
from . import executed, publish


def unpack(profile: str) -> list[dict[str, Any]]:
    """Put the published cells of a profile into ``runs/<profile>``, and with them those artifacts
    that are not computed from records alone.

    Returns their manifests, in the order in which tables have them. A cell that is there already
    stays as it is. Raises :class:`XltError` where nothing is published of the profile, and where
    what is published was changed.
    """
    source = paths.published(profile)
    if not (source / publish.CELLS).is_file():
        known = sorted(p.parent.name for p in source.parent.glob(f"*/{publish.CELLS}"))
        raise XltError(
            f"`profile` is {profile!r}, but published with their records are {known}: name one of "
            "these, or run the profile"
        )
    if faults := publish.check(source):
        raise XltError(
            f"{source} is not what was published: {'; '.join(faults)}: check it out anew"
        )
    cells = json.loads((source / publish.CELLS).read_text(encoding="utf-8"))
    rows = results.published(profile)
    trained = source / publish.TRAINING
    history = pd.read_parquet(trained) if trained.is_file() else pd.DataFrame({"cell_id": []})
    for cell in cells:
        folder = paths.runs(profile) / cell["cell"]
        if (folder / manifests.NAME).is_file():
            continue
        own = rows[rows["cell_id"] == cell["cell"]].reset_index(drop=True)
        if len(own):
            records.write(own, folder / "records.parquet")
        read = history[history["cell_id"] == cell["cell"]]
        if len(read):
            read.drop(columns="cell_id").to_parquet(folder / results.HISTORY)
        if cell["phases"]:
            files.write(folder / results.PHASES, json.dumps(cell["phases"]))
        told = {k: v for k, v in cell.items() if k != "phases"}
        told |= {"unpacked": True, "inputs": {}, "depends_on": {}, "artifacts": _artifacts(folder)}
        files.write(folder / manifests.NAME, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    without_model = source / results.BASELINES
    if without_model.is_file():
        shutil.copyfile(without_model, paths.runs(profile) / results.BASELINES)
    facts = json.loads((source / publish.FACTS).read_text(encoding="utf-8"))
    for path in sorted(source.rglob("*.meta.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if not executed.needs(content.get("notebook", "")):
            continue  # computed from the records again
        for kept in publish.files_of(path):
            _copy(kept, paths.figures(profile) / kept.relative_to(source))
        if content.get("records_sha256") == facts["records_sha256"]:
            # the same records, without the texts that a licence keeps back
            content["records_sha256"] = facts["published_sha256"]
        target = paths.figures(profile) / path.relative_to(source)
        if not target.exists():
            text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
            files.write(target, text + "\n")
    return cells


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _artifacts(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.relative_to(paths.home()).as_posix(): provenance.file_facts(path)
        for path in sorted(folder.glob("*"))
        if path.name != manifests.NAME
    }
