"""What a report is made of: artifacts checked against their hashes, notebooks as pages, origins."""

import hashlib
import html
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from .. import files, stats
from ..errors import XltError
from ..stats.panel import with_arms
from . import executed
from . import tables as forms
from .page import part, render

_LINK = re.compile(r'<a\b[^>]*\bhref="([^":#]+)\.ipynb[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?</script>\s*", re.DOTALL | re.IGNORECASE)
_NO_ALT = 'alt="No description has been provided for this image"'
_SCROLLS = re.compile(r'<div (?=class="output_html )')
_HEAD = re.compile(r"(?<=<thead>).*?(?=</thead>)", re.DOTALL)
_ROWS = re.compile(r"(?<=<tbody>).*?(?=</tbody>)", re.DOTALL)


#: Rows of a table that stand on the page; a longer one is a file to download.
ROWS = 80


@dataclass(frozen=True)
class Arms:
    """Which arms a page has room for (:func:`xltlib.stats.first_arms`), and what each does."""

    declared: tuple[str, ...] = ()
    own: str = ""  # the model of the profile
    described: pd.DataFrame = field(default_factory=pd.DataFrame)
    same: tuple[str, ...] | None = None  # that show every item the same; None: it is not known

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table whose arms come first."""
        kept = stats.first_arms(table, self.declared, self.own) if len(table) else table
        kept.attrs |= table.attrs
        return kept

    def among(self, records: pd.DataFrame) -> pd.DataFrame:
        """The records of the arms that come first."""
        named = pd.DataFrame({"method": with_arms(records)["arm"].unique()})
        kept = set(self.of(named)["method"])
        plain = records["arm"].where(records["arm"].notna(), records["method"])
        return records[plain.isin(kept) & records["flops"].notna()] if self.declared else records


def first_arms(requirements: pd.DataFrame | None, records: pd.DataFrame | None) -> Arms:
    """The arms that come first, read off the saved table of what each needs."""
    own = ""
    if records is not None and records["flops"].notna().any():
        own = str(records.loc[records["flops"].notna(), "model"].mode().iloc[0])
    if requirements is None or "first" not in requirements:
        return Arms(own=own)
    first = requirements["first"].map(str) == "True"
    same = None
    if "same" in requirements:
        same = tuple(requirements.loc[requirements["same"].map(str) == "True", "arm"])
    described = requirements[["arm", "about"]].rename(columns={"about": "what it does"})
    return Arms(tuple(requirements.loc[first, "arm"]), own, described, same)


def artifact(meta_path: Path, notes: list[str]) -> dict:
    """What a meta file says, each of its files checked against its hash."""
    try:
        meta = json.loads(meta_path.read_text(encoding="utf-8"))
        vouched = dict(meta["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise XltError(
            f"{meta_path} is no description of an artifact ({error}): run its notebook again"
        ) from error
    for name, sha in vouched.items():
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
        "facts": meta.get("facts", ""),
        "notebook": meta.get("notebook", ""),
        "parameters": meta.get("parameters", {}),
        "cells": meta.get("cells", []),
        "records_sha256": meta.get("records_sha256", ""),
        "files": list(vouched.items()),
        "why": meta.get("why", ""),
        "inches": meta.get("inches", []),
    }


def table(meta_path: Path, notes: list[str]) -> dict:
    """A saved table: its description, and its rows as text."""
    known = artifact(meta_path, notes)
    path = meta_path.with_name(f"{known['name']}.csv")
    rows = read(path) if path.is_file() else pd.DataFrame()
    return known | {"of": len(rows)} | grid(rows.head(ROWS))


def grid(table: pd.DataFrame, best: pd.DataFrame | None = None, named: bool = False) -> dict:
    """A table for the template: columns, rows, and which cells are the best of their row.

    ``named``: the columns are for readers already, so that names of arms stay as they are.
    """
    readable = forms.readable(table)
    columns = [
        {
            "name": str(c) if named else str(c).replace("_", " "),
            "number": forms.numeric(readable[c]),
        }
        for c in readable.columns
    ]
    marks = np.zeros(readable.shape, bool) if best is None else best.to_numpy(bool)
    rows = [
        [{"text": v, "best": bool(b)} for v, b in zip(row, bold, strict=True)]
        for row, bold in zip(readable.to_numpy().tolist(), marks, strict=True)
    ]
    return {"columns": columns, "rows": rows}


def read(path: Path) -> pd.DataFrame:
    """A table as it was saved. Raises :class:`XltError` for a file that is none."""
    try:  # a language may be called nan
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise XltError(
            f"{path} is not a readable table ({error}): run the notebook that makes it again"
        ) from error


def pages_of(done: Iterable[tuple[Path, dict]], hidden: Collection[str]) -> dict[str, str]:
    """Notebook -> its page below a report, of notebooks that run once."""
    return {
        str(manifest.get("notebook", "")): f"notebooks/{path.name}.html"
        for path, manifest in done
        if manifest["kind"] == "analysis"
        and path.name not in hidden
        and (path / "notebook.ipynb").is_file()
    }


def cell(
    path: Path,
    manifest: dict,
    folder: Path,
    notes: list[str],
    hidden: bool = False,
    pages: Mapping[str, str] | None = None,
) -> dict:
    """A cell of the grid for the list of notebooks; its notebook becomes a page in ``folder``.

    ``pages`` are those that it may link to (:func:`pages_of`).
    """
    label = manifest["label"]
    page, source = "", path / "notebook.ipynb"
    if source.is_file() and not hidden:
        page = f"notebooks/{path.name}.html"
        try:
            notebook(source, folder / page, label, manifest.get("notebook", ""), pages or {})
        except ValueError as error:  # its records are whole, and no number depends on it
            page = ""
            notes.append(f"The executed notebook of {label} cannot be shown: {error}.")
    elif not (hidden or manifest["kind"] == "imported" or manifest.get("unpacked")):
        notes.append(f"The executed notebook of {label} ({path.name}) is missing.")
    beside = executed.name(manifest)  # a publication's
    return {
        "label": label,
        "kind": manifest["kind"],
        "id": path.name,
        "notebook": manifest.get("notebook", ""),
        "html": page,
        "ipynb": beside if (folder / beside).is_file() else "",
        "seconds": manifest.get("seconds", ""),
        "memory": manifest.get("peak_memory_mb", ""),
    }


def notebook(
    source: Path, target: Path, title: str, own: str = "", pages: Mapping[str, str] | None = None
) -> None:
    """An executed notebook as a page in the report's own style; kept when it is up to date.

    ``own`` is its name, and ``pages`` are those of others: a link to one without a page is dropped.
    """
    linked = {name: Path(page).name for name, page in (pages or {}).items()}
    raw = source.read_bytes()
    style = part("style.css") + part("notebook.css")
    made_of = style + part("notebook.html")
    made_of += json.dumps([own, linked]) if b".ipynb" in raw else ""
    sha = hashlib.sha256(raw + made_of.encode()).hexdigest()
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
    # The first sheet is Pygments' colours.
    code = "\n".join(resources.get("inlining", {}).get("css", [])[:1])
    page = render(
        "notebook.html",
        title=title,
        body=_accessible(_linked(body, own, linked), title),
        style=part("style.css") + code + part("notebook.css"),
    )
    files.write(target, page + stamp)


def _linked(body: str, own: str, pages: Mapping[str, str]) -> str:
    """Links to notebooks made links to their pages, beside this one; without a page, their text."""

    def link(found: re.Match) -> str:
        page = pages.get(executed.linked_to(own, found[1]))
        return f'<a href="{html.escape(page, quote=True)}">{found[2]}</a>' if page else found[2]

    return _LINK.sub(link, body)


def _accessible(body: str, title: str) -> str:
    """The notebook's HTML with the texts and scopes that screen readers need, and no scripts.

    Texts of items run as their script does.
    """
    body = _SCRIPT.sub("", body)  # nbconvert's own; those of data are text already
    body = body.replace(_NO_ALT, f'alt="A figure of {html.escape(title, quote=True)}"')
    # what scrolls sideways must be reached by keyboard
    body = _SCROLLS.sub('<div tabindex="0" role="region" aria-label="Output" ', body)
    body = _HEAD.sub(lambda found: re.sub(r"<th\b", '<th scope="col"', found[0]), body)
    body = _ROWS.sub(lambda found: re.sub(r"<th\b", '<th scope="row"', found[0]), body)
    return re.sub(r"<(td|pre)\b(?![^>]*\bdir=)", r'<\1 dir="auto"', body)


def provenance(manifests: list[dict]) -> list[tuple[str, list[tuple[str, str]]]]:
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
