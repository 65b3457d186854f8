"""The report of a profile: ``figures/<profile>/index.html``, one page that opens in any browser.

It gathers what is there (figures, tables, executed notebooks, manifests), computes the headline
sentences from the tables, and says what is missing or does not fit instead of leaving it out.
"""

import hashlib
import json
from pathlib import Path

import pandas as pd

from .. import __version__, files, paths
from ..errors import XltError
from ..records import results
from ..stats import conclusions
from . import tables as forms
from .page import NOTEBOOK, NOTEBOOK_STYLE, PAGE, STYLE, render

#: What stands first, in this order; anything else follows by name.
FIRST = (
    "scores",
    "score_by_shots",
    "baselines",
    "translation_quality",  # what `translate` stands on
    "pooled",
    "claims",
    "interactions",
    "paired",
    "valid",
    "valid_outputs",
    "cost",
    "laft_loss",
    "tokens_per_word",
)
TITLE = "Three ways to prompt in a low-resource language"


def build(
    profile: str,
    about: str | None = None,
    data_dir: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Write the report of ``profile`` and return its path.

    ``about`` is the profile's description (default: that of the profile's file, where the name
    belongs to one), ``data_dir`` the folder of data files, ``folder`` where figures and tables are
    and the pages go (default: ``figures/<profile>``). Raises :class:`XltError` when there are
    neither artifacts nor executed notebooks, or the folder cannot be written.
    """
    folder, notes = folder or paths.figures(profile), []
    figures = [_artifact(m, notes) for m in _ranked(folder.glob("*.meta.json"))]
    tables = [_table(m, notes) for m in _ranked((folder / "tables").glob("*.meta.json"))]
    done = results.newest(profile)
    if not figures and not tables and not done:
        raise XltError(
            f"profile {profile!r} has no results in {folder}: run ./run_all.sh "
            f"--profile {profile} first"
        )
    if older := len(list(paths.runs(profile).glob("*/manifest.json"))) - len(done):
        notes.append(
            f"Cells of earlier sources or settings in runs/{profile}, not shown here: {older}."
        )
    cells = [_cell(cell, manifest, folder, notes) for cell, manifest in done.values()]
    phases = results.phases(done.values()).to_dict("records")
    sections = [
        ("conclusions", "What this run shows"),
        ("figures", "Figures"),
        ("tables", "Tables"),
        ("notebooks", "Notebooks"),
        ("time", "Where the time goes"),
        ("provenance", "Provenance"),
    ]
    sentences = _conclusions(folder / "tables", notes)
    filled = {
        "conclusions": sentences,
        "figures": figures,
        "tables": tables,
        "notebooks": cells,
        "time": phases,
        "provenance": True,
    }
    page = render(
        PAGE,
        title=TITLE,
        profile=profile,
        about=about or _about(profile, notes),
        style=STYLE,
        notes=notes,
        conclusions=sentences,
        figures=figures,
        tables=[t for t in tables if t],
        cells=cells,
        phases=phases,
        provenance=_provenance([manifest for _, manifest in done.values()]),
        version=__version__,
        sections=[s for s in sections if filled[s[0]]],
    )
    files.write(folder / "index.html", page)
    return folder / "index.html"


def _ranked(metas) -> list[Path]:
    names = {name: i for i, name in enumerate(FIRST)}
    key = {m: m.name.removesuffix(".meta.json") for m in metas}
    return sorted(key, key=lambda m: (names.get(key[m], len(names)), key[m]))


def _about(profile: str, notes: list[str]) -> str:
    from ..config import load_profile

    try:
        return load_profile(profile).about
    except XltError:
        notes.append(
            f"There is no shipped profile {profile!r}, so its description is not known here."
        )
        return ""


def _artifact(meta_path: Path, notes: list[str]) -> dict:
    """What a meta file says, each of its files checked against its hash."""
    try:
        meta = json.loads(meta_path.read_text(encoding="utf-8"))
        files = dict(meta["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise XltError(
            f"{meta_path} is no description of an artifact ({error}): run its notebook again"
        ) from error
    for name, sha in files.items():
        path = meta_path.parent / name
        if not path.is_file():
            notes.append(
                f"{name} is missing: run the notebook {meta.get('notebook') or 'of it'} again."
            )
        elif hashlib.sha256(path.read_bytes()).hexdigest() != sha:
            notes.append(
                f"{name} is not the file that its description vouches for: it was changed since."
            )
    return {
        "name": meta_path.name.removesuffix(".meta.json"),
        "caption": meta.get("caption", ""),
        "notebook": meta.get("notebook", ""),
        "parameters": meta.get("parameters", {}),
        "cells": meta.get("cells", []),
        "records_sha256": meta.get("records_sha256", ""),
        "files": list(files.items()),
    }


def _table(meta_path: Path, notes: list[str]) -> dict:
    artifact = _artifact(meta_path, notes)
    path = meta_path.with_name(f"{artifact['name']}.csv")
    table = forms.readable(_read(path)) if path.is_file() else pd.DataFrame()
    numbers = [forms.numeric(table[c]) for c in table.columns]
    columns = [
        {"name": c.replace("_", " "), "number": n}
        for c, n in zip(table.columns, numbers, strict=True)
    ]
    return artifact | {"columns": columns, "rows": table.to_numpy().tolist()}


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path, keep_default_na=False, na_values=[""]
        )  # a language may be called nan
    except (OSError, ValueError) as error:
        raise XltError(
            f"{path} is not a readable table ({error}): run the notebook that makes it again"
        ) from error


def _conclusions(tables: Path, notes: list[str]) -> list[str]:
    needed = [tables / f"{name}.csv" for name in ("pooled", "paired", "scores")]
    if missing := [p.name for p in needed if not p.is_file()]:
        notes.append(f"No conclusions, because these tables are missing: {', '.join(missing)}.")
        return []
    interactions = tables / "interactions.csv"
    return conclusions(*map(_read, needed), _read(interactions) if interactions.is_file() else None)


def _cell(cell: Path, manifest: dict, folder: Path, notes: list[str]) -> dict:
    label = manifest["label"]
    html, notebook = "", cell / "notebook.ipynb"
    if notebook.is_file():
        html = f"notebooks/{cell.name}.html"
        try:
            _notebook(notebook, folder / html, label)
        except ValueError as error:  # its records are whole, and no number depends on it
            html = ""
            notes.append(f"The executed notebook of {label} cannot be shown: {error}.")
    elif manifest["kind"] != "imported":  # made by another program, without a notebook
        notes.append(f"The executed notebook of {label} ({cell.name}) is missing.")
    return {
        "label": label,
        "kind": manifest["kind"],
        "id": cell.name,
        "html": html,
        "seconds": manifest.get("seconds", ""),
        "memory": manifest.get("peak_memory_mb", ""),
    }


def _notebook(source: Path, target: Path, title: str) -> None:
    """An executed notebook as a page in the report's own style; kept when it is up to date."""
    raw = source.read_bytes()
    sha = hashlib.sha256(raw + (STYLE + NOTEBOOK_STYLE).encode()).hexdigest()
    stamp = f"<!-- notebook {sha} -->\n"
    if target.is_file() and target.read_text(encoding="utf-8").endswith(stamp):
        return
    import nbformat
    from nbconvert import HTMLExporter

    try:
        if "cells" not in json.loads(raw):
            raise ValueError("it has no cells")
        body, resources = HTMLExporter(template_name="basic").from_notebook_node(
            nbformat.reads(raw.decode("utf-8"), as_version=4)
        )
    except Exception as error:  # nbformat and nbconvert raise whatever a wrong file makes them
        raise ValueError(
            f"{source} is no readable notebook ({error!r:.200}); delete its folder and run again"
        ) from error
    code = "\n".join(
        resources.get("inlining", {}).get("css", [])[:1]
    )  # the first is Pygments' colours
    files.write(
        target,
        render(NOTEBOOK, title=title, body=body, style=STYLE + code + NOTEBOOK_STYLE) + stamp,
    )


def _provenance(manifests: list[dict]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Versions, hardware, inputs, seeds and time; where manifests differ all values are named."""
    if not manifests:
        return [("Run", [("Manifests", "none: the figures and tables came without their runs")])]

    def values(*keys: str) -> str:
        found = []
        for manifest in manifests:
            value: object = manifest
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None and str(value) not in found:
                found.append(str(value))
        return ", ".join(found) or "not stated"

    seconds = sum(float(m.get("seconds", 0)) for m in manifests)
    kinds = pd.Series([m.get("kind", "not stated") for m in manifests]).value_counts()
    run = [
        ("Cells", ", ".join(f"{n} {k}" for k, n in sorted(kinds.items()))),
        ("Notebook time", f"{seconds:.0f} s"),
        ("Shots", values("parameters", "shots")),
        ("Seeds", values("parameters", "seeds")),
        ("Limit", values("parameters", "limit")),
        ("Commit", values("environment", "commit")),
        ("Uncommitted changes", values("environment", "dirty")),
    ]
    machine = [
        (k.replace("_", " "), values("environment", k))
        for k in ("python", "system", "cpu", "cores", "memory_gb")
    ]
    packages = sorted({k for m in manifests for k in m.get("environment", {}).get("packages", {})})
    inputs = sorted({k for m in manifests for k in m.get("inputs", {})})
    parts = [
        ("Run", run),
        ("Machine", machine),
        ("Versions", [(k, values("environment", "packages", k)) for k in packages]),
        ("Inputs (content hashes)", [(k.replace("_", " "), values("inputs", k)) for k in inputs]),
    ]
    return [(heading, facts) for heading, facts in parts if facts]
