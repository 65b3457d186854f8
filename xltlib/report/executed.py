"""Executed notebooks as the repository shows them: code, text and outputs, for GitHub to render.

Runs keep theirs without times and paths. Published are those whose code is the project's own and
whose cells are among the published records; pictures get fewer colours, since git keeps every
version of them for good.
"""

import ast
import base64
import hashlib
import io
import json
import os
import posixpath
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from .. import files, paths

FOLDER = "notebooks"
LIMIT = 5_000_000  # bytes of a profile's notebooks together
COLOURS = 128
#: Tags of notebooks whose cells show items of a data set.
SHOWS_TEXTS = "needs:data"
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
#: In text, a link to another notebook: its address before the suffix.
_LINK = re.compile(r"\]\(([^):#\s]+)\.ipynb\)")
_ORDER = ("analysis", "method", "preparation")


def name(manifest: dict[str, Any]) -> str:
    """Where a cell's notebook stands in a publication, such as ``notebooks/results/scores.ipynb``.

    A notebook that runs once has its own name; cells are called by arm, task, data set, language.
    """
    own = str(manifest.get("notebook") or "cell")
    if manifest["kind"] == "analysis":
        return f"{FOLDER}/{own}.ipynb"
    folder = own.rpartition("/")[0] or "cells"
    return f"{FOLDER}/{folder}/{'-'.join(str(manifest['label']).split())}.ipynb"


def hidden(done: Iterable[tuple[Path, dict[str, Any]]], withheld: Collection[str]) -> set[str]:
    """Ids of cells whose notebooks show texts of data sets whose licence keeps them back.

    ``withheld`` are those as ``task dataset language``. A cell shows its own data set; what is
    shared by cells, and notebooks tagged ``needs:data``, may show any.
    """
    found = set()
    for folder, manifest in done if withheld else ():
        given = manifest.get("parameters", {})
        if manifest["kind"] == "method":
            language = Path(str(given.get("language", ""))).stem  # a file of one's own
            place = f"{given.get('task')} {given.get('dataset')} {language}"
            shows = place in withheld
        else:
            executed = _read(folder / "notebook.ipynb")
            cells = executed["cells"] if executed else []
            tags = {tag for cell in cells for tag in cell["metadata"].get("tags", ())}
            shows = manifest["kind"] == "preparation" or SHOWS_TEXTS in tags
        if shows:
            found.add(folder.name)
    return found


def keep(
    done: Iterable[tuple[Path, dict[str, Any]]], target: Path, left_out: Collection[str]
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Write executed notebooks below ``target``: (file -> what it is, notes on those left out).

    ``left_out`` are ids of cells that must not be shown. Analyses go first, should all together be
    more than :data:`LIMIT`.
    """
    kept: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    notes, size, beyond = [], 0, 0
    for folder, manifest in sorted(done, key=_rank):
        executed = _read(folder / "notebook.ipynb")
        if executed is None or folder.name in left_out:
            continue
        own = str(manifest.get("notebook", ""))
        if code(executed) != source(own):
            notes.append(
                f"The executed notebook of {manifest['label']} has other code than "
                f"notebooks/{own}.py has now, so it is not among the published ones."
            )
            continue
        text = _published(executed, own, folder.name)
        if size + len(text) > LIMIT:
            beyond += 1
            continue
        size += len(text)
        texts[name(manifest)] = text
        kept[name(manifest)] = {"notebook": own, "cell": folder.name}
    for one, text in texts.items():
        linked = _linked(text, one, kept[one]["notebook"], target, kept)
        files.write(target / one, linked)
        kept[one]["sha256"] = hashlib.sha256(linked.encode()).hexdigest()
    if beyond:
        notes.append(
            f"{beyond} executed notebooks are not published as .ipynb: together they take more "
            f"than {LIMIT // 1_000_000} MB. They are pages here."
        )
    if left_out:
        notes.append(
            f"{len(left_out)} executed notebooks are not shown, because they show texts of data "
            "sets whose licence does not let us pass them on."
        )
    return kept, notes


def faults(folder: Path, kept: dict[str, dict[str, str]], cells: Collection[str]) -> list[str]:
    """What does not hold of a publication's notebooks, a sentence each.

    Every one is the file that was written, and reads no records but those of ``cells``.
    """
    found = []
    there = {p.relative_to(folder).as_posix() for p in (folder / FOLDER).rglob("*.ipynb")}
    found += [f"{one} is no notebook of this publication" for one in sorted(there - set(kept))]
    for one, known in kept.items():
        path = folder / one
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known["sha256"]:
            found.append(f"{one} is missing or was changed")
            continue
        executed = json.loads(path.read_text(encoding="utf-8"))
        if strange := _cells_read(executed) - set(cells):
            found.append(f"{one} reads records that are not published: {sorted(strange)[0]}")
    return found


def stale(folder: Path, kept: dict[str, dict[str, str]]) -> list[str]:
    """The published notebooks whose code is no longer that of the project's notebooks."""
    return [
        one
        for one, known in kept.items()
        if code(json.loads((folder / one).read_text(encoding="utf-8"))) != source(known["notebook"])
    ]


def code(notebook: dict[str, Any]) -> list[str]:
    """The code cells of a notebook without the parameters that a run put in."""
    return [
        "".join(cell["source"]).strip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and "injected-parameters" not in cell["metadata"].get("tags", ())
    ]


def source(own: str) -> list[str] | None:
    """The code cells of one of the project's notebooks; nothing where there is none so called."""
    import jupytext

    path = paths.NOTEBOOKS / f"{own}.py"
    if not own or not path.is_file():
        return None
    return code(jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent"))


def needs(own: str) -> set[str]:
    """What one of the project's notebooks cannot be run without, as ``needs:model``."""
    path = paths.NOTEBOOKS / f"{own}.py"
    if not own or not path.is_file():
        return set()
    return set(re.findall(r'"(needs:\w+)"', path.read_text(encoding="utf-8")))


def linked_to(own: str, address: str) -> str:
    """Which notebook an address without its suffix means that stands in the notebook ``own``."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(own), address))


def _linked(text: str, at: str, own: str, target: Path, kept: Collection[str]) -> str:
    """A notebook whose links lead to those published beside it, else to where their source is."""

    def link(found: re.Match) -> str:
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(at), f"{found[1]}.ipynb"))
        if beside in kept:
            return found[0]
        source = paths.NOTEBOOKS / f"{linked_to(own, found[1])}.ipynb"
        return f"]({Path(os.path.relpath(source, (target / at).parent)).as_posix()})"

    return _LINK.sub(link, text)


def _rank(one: tuple[Path, dict[str, Any]]) -> int:
    kind = one[1]["kind"]
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _read(path: Path) -> dict[str, Any] | None:
    """An executed notebook, with the text of its cells as one; nothing where it cannot be read."""
    import nbformat

    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception:  # nbformat raises whatever a wrong file makes it; the page's notes say so
        return None


def _published(notebook: dict[str, Any], own: str, cell: str) -> str:
    """The notebook as text, with smaller pictures and nothing about where it ran."""
    import nbformat

    made = nbformat.from_dict(json.loads(json.dumps(notebook)))
    made.metadata = nbformat.from_dict(_METADATA | {"xltlib": {"notebook": own, "cell": cell}})
    for one in made.cells:
        for output in one.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = _smaller(data["image/png"])
            data.pop("application/vnd.jupyter.widget-view+json", None)  # empty without a kernel
    return nbformat.writes(made, version=4) + "\n"


def _smaller(picture: str) -> str:
    """A PNG in base64 with fewer colours, where that makes it smaller."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    if image.convert("RGBA").getextrema()[3][0] < 255:
        return picture  # what shines through has no place among the colours
    written = io.BytesIO()
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        written, "PNG", optimize=True
    )
    small = base64.b64encode(written.getvalue()).decode() + "\n"
    return min(small, picture, key=len)


def _cells_read(notebook: dict[str, Any]) -> set[str]:
    """The ids in the parameter ``cells`` that a run gave to an analysis."""
    for cell in notebook["cells"]:
        if "injected-parameters" not in cell["metadata"].get("tags", ()):
            continue
        for statement in ast.parse("".join(cell["source"])).body:
            if isinstance(statement, ast.Assign) and statement.targets[0].id == "cells":
                return set(ast.literal_eval(statement.value) or ())
    return set()
