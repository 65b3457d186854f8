"""Figures and tables on disk, each with what made it, the same bytes for the same numbers.

A table is written as CSV (for programs), Markdown (for reading) and LaTeX with booktabs (for
papers); a figure as PNG, SVG and PDF. ``<name>.meta.json`` beside them says what made them
(notebook, parameters, cells), and the SHA-256 of each file. Files hold no dates, no host and no
path, so that two runs with the same records give identical files: whatever holds measured seconds
belongs in a table of its own.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import files, paths
from ..errors import XltError
from ..records.places import Records, conditions
from . import tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIGITS = 6  # significant digits in CSV; more than any resampling resolves
HASH_SALT = "xltlib"
#: Columns that differ from run to run though nothing has changed.
MEASURED = ("seconds",)


def made_by(
    notebook: str, parameters: Mapping[str, object], records: Records | None = None
) -> dict:
    """What made an artifact: notebook, parameters, the records' cell ids and a hash of the records.

    ``notebook`` is its stem. Of parameters that are absolute paths only the last part is kept. The
    hash covers every column but measured seconds, so that it is the same for a run made again.
    """
    known = {k: _no_path(v) for k, v in parameters.items() if k != "cells"}
    source: dict = {"notebook": notebook, "parameters": known, "cells": []}
    if records is not None:
        rows = conditions(records)
        source["cells"] = sorted(map(str, rows["cell_id"].unique()))
        source["records"] = int(rows["answers"].sum())
        source["records_sha256"] = records_hash(records)
    return source


def _no_path(value: object) -> object:
    absolute = isinstance(value, Path) or (isinstance(value, str) and Path(value).is_absolute())
    return Path(value).name if absolute else value


def records_hash(records: Records) -> str:
    """SHA-256 of records in any row order, without measured seconds and columns that are empty.

    So records of an older version, which are read with the columns of this one, keep their hash;
    arms that are called as their methods say nothing more, either.
    """
    frames = [records] if isinstance(records, pd.DataFrame) else records
    named, held = False, set[str]()
    types: dict[str, set] = {}
    for some in frames:
        held |= {c for c in some.columns if c not in held and some[c].notna().any()}
        named |= "arm" in some and not some["arm"].equals(some["method"])
        for column, kind in some.dtypes.items():
            types.setdefault(str(column), set()).add(kind)
    columns = sorted(held - set(MEASURED) - (set() if named else {"arm"}))
    # what a column is in one frame of all: numbers with gaps, if one place has a gap
    whole = {c: np.result_type(*types[c]) for c in columns if len(types[c]) > 1}
    rows = np.concatenate(
        [
            pd.util.hash_pandas_object(some[columns].astype(whole), index=False).to_numpy()
            for some in frames
        ]
    )
    return hashlib.sha256(np.sort(rows).tobytes()).hexdigest()


def save_table(
    table: pd.DataFrame,
    name: str,
    caption: str,
    *,
    profile: str | None = None,
    out: Path | None = None,
    source: Mapping | None = None,
    best: pd.DataFrame | None = None,
) -> Path:
    """Write ``table`` to ``figures/<profile>/tables`` (or ``out``) and return its CSV's path.

    Floats have six significant digits in CSV and three decimals in Markdown and LaTeX (p-values
    below 0.001 say so). The order of rows and columns is the table's own. ``source`` comes from
    :func:`made_by`, and ``best`` marks cells to be set in bold. A table that fits no page of a
    paper has no LaTeX. Raises :class:`XltError` for a name that is no plain file name, for a cell
    that is neither text nor number, and where nothing can be written.
    """
    folder = _folder(name, profile, out, "tables")
    for column in table.columns:
        if table[column].map(lambda v: isinstance(v, list | dict | set | tuple | np.ndarray)).any():
            raise XltError(
                f"table {name!r}: column {column!r} holds lists or mappings: make them text first"
            )
    readable = tables.readable(table)
    why = str(table.attrs.get("why", "")) if table.empty else ""
    contents = {
        f"{name}.csv": table.to_csv(
            index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"
        ).encode(),
        f"{name}.md": tables.markdown(
            readable, f"{caption}. {why}" if why else caption, best
        ).encode(),
    }
    if tables.fits(readable):
        contents[f"{name}.tex"] = tables.latex(readable, name, caption, best).encode()
    extra = {"rows": len(table), "columns": list(map(str, table.columns))}
    extra |= {"why": why} if why else {}
    _write(folder, name, "table", caption, profile, source, contents, extra)
    return folder / f"{name}.csv"


def save_figure(
    figure: "Figure",
    name: str,
    caption: str,
    *,
    profile: str | None = None,
    out: Path | None = None,
    source: Mapping | None = None,
    facts: str = "",
    close: bool = True,
) -> Path:
    """Write ``figure`` to ``figures/<profile>`` (or ``out``) and return its PNG's path.

    PNG at 160 dots an inch. ``facts`` says of what model and how many items it is. Raises
    :class:`XltError` as :func:`save_table` does.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    folder = _folder(name, profile, out, "")
    contents = {}
    with mpl.rc_context({"svg.hashsalt": HASH_SALT, "svg.fonttype": "path", "pdf.fonttype": 42}):
        about = str(figure.get_label()) or None
        nothing = dict.fromkeys(("CreationDate", "ModDate", "Creator", "Producer"))
        for suffix, metadata in (
            ("png", {"Software": None, **({"Description": about} if about else {})}),
            ("svg", {"Date": None, "Creator": None, "Description": about}),
            ("pdf", {**nothing, "Subject": about}),
        ):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=160, metadata=metadata)
            contents[f"{name}.{suffix}"] = buffer.getvalue()
    width, height = (round(float(x), 3) for x in figure.get_size_inches())
    if close:
        plt.close(figure)
    extra: dict = {"inches": [width, height]} | ({"facts": facts} if facts else {})
    _write(folder, name, "figure", caption, profile, source, contents, extra)
    return folder / f"{name}.png"


def _folder(name: str, profile: str | None, out: Path | None, below: str) -> Path:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise XltError(
            f"`name` of an artifact takes lower-case letters, digits, - and _, but got {name!r}: "
            "choose another name"
        )
    if (profile is None) == (out is None):
        raise XltError(
            "save an artifact under `profile` or into the folder `out`: give exactly one of them"
        )
    return Path(out) if out is not None else paths.figures(profile) / below


def _write(
    folder: Path,
    name: str,
    kind: str,
    caption: str,
    profile: str | None,
    source: Mapping | None,
    contents: Mapping[str, bytes],
    extra: Mapping,
) -> None:
    """Write files, then the meta that vouches for them, each under a temporary name first."""
    meta = {"name": name, "kind": kind, "caption": caption, "profile": profile, **(source or {})}
    meta |= {
        "files": {n: hashlib.sha256(content).hexdigest() for n, content in contents.items()},
        **extra,
    }
    text = json.dumps(meta, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    for file, content in [*contents.items(), (f"{name}.meta.json", text)]:
        files.write(folder / file, content)
