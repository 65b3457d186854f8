"""Manifests: ``manifest.json``, written last into a cell's folder, is what makes the cell done.

It says what the cell was made from and holds size and sha256 of what it left, so that a file that
was truncated, edited or deleted since is noticed, and the cell made anew.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import files, paths
from ..records import manifests, provenance
from . import notebooks

if TYPE_CHECKING:
    from .job import Job

NAME, NOTEBOOK, RECORDS = manifests.NAME, "notebook.ipynb", "records.parquet"
FAILED, LOG = "failed.ipynb", "kernel.log"


def write(job: "Job", seconds: float, startup: float, peak_memory: int) -> dict[str, Any]:
    """Declare a job done; ``startup`` of its seconds came before its first cell; bytes of memory.

    Raises :class:`xltlib.errors.XltError` when the manifest cannot be written.
    """
    content = {
        "cell": job.id,
        "label": job.label,
        "kind": job.kind,
        "notebook": job.name,
        "facts": job.facts,
        "notebook_sha256": notebooks.sha256(job.notebook, markdown=True),
        "parameters": notebooks.scrub(job.parameters, job.parameters.get("data_dir")),
        "inputs": job.inputs,
        "depends_on": {before.id: _records_sha256(before) for before in job.depends_on},
        "artifacts": {
            path.relative_to(paths.home()).as_posix(): provenance.file_facts(path)
            for path in _left_by(job)
        },
        "seconds": round(seconds, 3),
        "startup_seconds": round(startup, 3),
        "peak_memory_mb": round(peak_memory / 2**20, 1),
        "environment": provenance.environment(),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    files.write(job.folder / NAME, text)
    return content


def read(folder: Path) -> dict[str, Any] | None:
    """The manifest in a cell's folder; nothing when there is none or it cannot be read."""
    try:
        return manifests.read(folder, {"cell", "artifacts", "depends_on", "seconds"})
    except (OSError, ValueError):
        return None


def check(job: "Job") -> str | None:
    """Why a job is not done: an empty text when it has not run yet; nothing when it is done."""
    content = read(job.folder)
    if content is None:
        return f"{NAME} cannot be read" if (job.folder / NAME).exists() else ""
    if job.kind == "method" and _key(job.folder / RECORDS) not in content["artifacts"]:
        return f"{NAME} names no {RECORDS}"
    for name, facts in content["artifacts"].items():
        path = paths.home() / name
        if not path.is_file():
            return f"{path.name} is missing"
        if path.name == NOTEBOOK:
            # It may be opened, run and saved by its reader: no number depends on it
            if not notebooks.is_whole(path):
                return f"{path.name} is no notebook any more"
            continue
        if path.stat().st_size != facts["bytes"]:
            return f"{path.name} has {path.stat().st_size} bytes instead of {facts['bytes']}"
        if facts["sha256"] and provenance.file_sha256(path) != facts["sha256"]:
            return f"{path.name} was changed"
    if job.kind == "analysis":
        for before in job.depends_on:
            if content["depends_on"].get(before.id) != _records_sha256(before):
                return f"the records of {before.label} are new"
    return None


def retract(job: "Job") -> None:
    """Make a job not done: its manifest goes, and so does whatever its manifest does not fit."""
    content = read(job.folder) or {"artifacts": {}}
    for name, facts in content["artifacts"].items():
        path = paths.home() / name
        if path.parent == job.folder and path.is_file() and provenance.file_facts(path) != facts:
            path.unlink()
    (job.folder / NAME).unlink(missing_ok=True)


def _key(path: Path) -> str:
    return path.relative_to(paths.home()).as_posix()


def _records_sha256(job: "Job") -> str | None:
    try:
        found = (job.folder / NAME).stat()
    except OSError:
        return None
    return _recorded(job.folder, _key(job.folder / RECORDS), found.st_mtime_ns, found.st_size)


@cache  # every analysis asks all cells
def _recorded(folder: Path, name: str, *version: int) -> str | None:
    facts = (read(folder) or {"artifacts": {}})["artifacts"].get(name)
    return facts and facts["sha256"]


def _left_by(job: "Job") -> Iterator[Path]:
    """The files a job left: in its folder, and among the figures those that name its notebook."""
    for path in sorted(job.folder.rglob("*")):
        if path.is_file() and path.name not in {NAME, FAILED, LOG} and path.suffix != ".part":
            yield path
    if job.kind != "analysis":
        return
    for meta in sorted(paths.figures(job.profile).rglob("*.meta.json")):
        content = json.loads(meta.read_text(encoding="utf-8"))
        if content.get("notebook") == job.name:
            yield meta
            yield from (meta.parent / name for name in content["files"])
