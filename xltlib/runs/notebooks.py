"""Notebooks: percent scripts read as notebooks, given parameters, and written without traces.

The percent ``.py`` is the source; the ``.ipynb`` pairs are made from it, one way, without outputs.
What a run writes carries no absolute paths, user names or timestamps.
"""

import ast
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import files, paths
from ..errors import XltError

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read(path: Path) -> "NotebookNode":
    """The notebook in a percent script, with cell ids that depend on its content alone.

    It goes to papermill as it is, which therefore needs no ``.ipynb`` on disk.
    """
    with _without_addresses():
        import jupytext

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise XltError(f"cannot read the notebook {path}: {error.strerror}") from error
    notebook = jupytext.reads(text, fmt="py:percent")
    for i, cell in enumerate(notebook.cells):
        seed = f"{path.stem} {i} {cell.cell_type} {cell.source}"
        cell["id"] = hashlib.sha256(seed.encode()).hexdigest()[:8]
        tags = cell.metadata.get("tags")
        cell.metadata = type(cell.metadata)(tags=tags) if tags else type(cell.metadata)()
    notebook.metadata = type(notebook.metadata)(
        kernelspec=KERNELSPEC, jupytext={"formats": "ipynb,py:percent"}
    )
    return notebook


@contextmanager
def _without_addresses() -> Iterator[None]:
    """Import what needs ``jsonschema`` without its checks of international addresses.

    No schema of a notebook has such an address, and their 38 grammars are built at import, for
    longer than all the rest of jupytext takes. jsonschema goes without a package that is missing.
    """
    name = "rfc3987_syntax"
    missing = name not in sys.modules
    if missing:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if missing:
            sys.modules.pop(name, None)


@lru_cache
def _cells(path: Path) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (c.cell_type, c.source, tuple(c.metadata.get("tags", ()))) for c in read(path).cells
    )


def sha256(path: Path, markdown: bool = False) -> str:
    """Hash of the code cells, with ``markdown`` of all cells."""
    kept = [source for kind, source, _ in _cells(path) if kind == "code" or markdown]
    return hashlib.sha256("\0".join(kept).encode()).hexdigest()


def parameters(path: Path) -> tuple[str, ...]:
    """Names assigned in the cell tagged ``parameters``.

    Raises :class:`XltError` when there is not exactly one such cell.
    """
    tagged = [source for _, source, tags in _cells(path) if "parameters" in tags]
    if len(tagged) != 1:
        raise XltError(
            f"{path.name} must have one cell tagged 'parameters', but has {len(tagged)}: mark it "
            'with # %% tags=["parameters"]'
        )
    names: list[str] = []
    for statement in ast.parse(tagged[0]).body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        names += [t.id for t in targets if isinstance(t, ast.Name)]
    return tuple(names)


def tags(path: Path) -> tuple[str, ...]:
    """The tags of the cell tagged ``parameters``, itself included."""
    return next((tags for _, _, tags in _cells(path) if "parameters" in tags), ())


def check_parameters(path: Path, given: Mapping[str, Any]) -> None:
    """Refuse parameters that a notebook does not declare, lacks, or could not receive unchanged."""
    declared = set(parameters(path))
    if unknown := sorted(set(given) - declared):
        raise XltError(
            f"{path.name} has no parameter {', '.join(map(repr, unknown))}: its cell tagged "
            f"'parameters' declares {sorted(declared)}, add what is missing there"
        )
    if missing := sorted(declared - set(given)):
        raise XltError(
            f"{path.name} declares the parameter {', '.join(map(repr, missing))}, for which the "
            f"grid has no value: it gives {sorted(given)}"
        )
    for name, value in given.items():
        if not _is_json(value):
            raise XltError(
                f"`{name}` of {path.name} must be JSON (text, number, true, false, null, list, "
                f"object), but got {value!r} of type {type(value).__name__}"
            )


def _is_json(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_json(v) for k, v in value.items())
    return value is None or type(value) in {str, int, float, bool}


def write(notebook: "NotebookNode", path: Path, data_dir: str | None = None) -> None:
    """Write atomically, without absolute paths or timestamps.

    Raises :class:`XltError` when the folder cannot be written or the disk is full.
    """
    import nbformat

    notebook.metadata.pop("papermill", None)  # times and paths
    for i, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = f"parameters-{i}"  # papermill draws one at random
    clean = nbformat.from_dict(scrub(notebook, data_dir))
    files.write(path, nbformat.writes(clean, version=4) + "\n")


def is_whole(path: Path) -> bool:
    """Whether a file holds a notebook, whatever its cells say: not cut off, and not another thing.

    Raises nothing for one that cannot be read: it is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return isinstance(content["cells"], list) and isinstance(content["nbformat"], int)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def scrub(content: Any, data_dir: str | None = None) -> Any:
    """A copy with the folders of this machine replaced by names, in every text it holds."""
    known = {
        data_dir: "$DATA_DIR",
        str(paths.home()): "$XLTLIB_HOME",
        str(paths.CHECKOUT): "$XLTLIB",
        sys.prefix: "$PYTHON",
        sys.base_prefix: "$PYTHON",
        str(Path.home()): "~",
        tempfile.gettempdir(): "$TMP",
    }
    # "/" and the system's own folders tell nothing of a person or a project
    names = {k: v for k, v in known.items() if k and k not in {"/", "/usr", "/usr/local"}}
    # the longest first: one folder may lie inside another
    folders = "|".join(re.escape(k) for k in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.-])(?:{folders})(?![\w-])")
    return _replace(content, lambda text: pattern.sub(lambda m: names[m.group()], text))


def _replace(content: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, Mapping):
        return {clean(k): _replace(v, clean) for k, v in content.items()}
    if isinstance(content, (list, tuple)):
        return [_replace(v, clean) for v in content]
    return content


def _every(suffix: str) -> list[Path]:
    """The files of the notebooks' folder and of the folders in it."""
    root = paths.NOTEBOOKS
    return sorted([*root.glob(f"*.{suffix}"), *root.glob(f"[!.]*/*.{suffix}")])


def pairs(check: bool = False) -> list[Path]:
    """Make the ``.ipynb`` of every percent notebook; the paths of those that changed.

    With ``check`` nothing is written: the paths are those that would change, and those of
    ``.ipynb`` files that no percent notebook stands behind.
    """
    import nbformat

    wanted = {p.with_suffix(".ipynb"): p for p in _every("py")}
    changed = [p for p in _every("ipynb") if check and p not in wanted]
    for path, source in wanted.items():
        text = nbformat.writes(read(source), version=4) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(path)
            if not check:
                files.write(path, text)
    return changed
