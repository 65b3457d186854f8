"""Which modules a cell is made by: what all cells share, and its own task, method and data sets.

The shared core is all that :mod:`xltlib.study.study` imports, directly or not, but for what lies in
one of the :data:`ROOMS` and states something that is found by name: of those modules a cell
depends on its own, and on what these import. So a new data set, task or method makes no other cell
anew. What is hashed of a module is its code: comments and docstrings change no number.
"""

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .. import paths

#: Folder -> the names of which a module there has one, if it is found by name and not shared.
ROOMS = {
    "data/sets": ("SOURCE", "SOURCES", "PARALLEL"),
    "data/corpora": ("CORPUS", "CORPORA"),
    "demonstrations": ("PICKER",),
    "methods": ("METHOD",),
    "tasks": ("TASK",),
}
#: What runs, writes and explains; no number depends on it.
_APART: tuple[str, ...] = (
    "errors",
    "files",
    "locks",
    "machine",
    "paths",
    "records/modules",
    "records/provenance",
)
_APART += ("records/results", "records/manifests")
_ENTRY = "study/study"


@dataclass(frozen=True)
class Own:
    """What a cell has of its own: the names of its task, method, picker, data sets and corpora."""

    task: str | None = None
    method: str | None = None
    picker: str | None = None
    sets: tuple[str, ...] = ()


def hashes(own: Own) -> dict[Path, str]:
    """Path below the package -> hash, for every module that a cell with ``own`` is made by."""
    found: set[str] = set()
    waiting = [_ENTRY, *_modules_of(own)]
    while waiting:
        name = waiting.pop()
        if name in found or name in _APART:
            continue
        found.add(name)
        for other in _imports(_file(name)):
            if _room(other) is None or _room(name) is not None:
                waiting.append(other)
    return {
        _file(name).relative_to(paths.PACKAGE): _code_sha(_file(name)) for name in sorted(found)
    }


def _modules_of(own: Own) -> list[str]:
    named = (("tasks", own.task), ("methods", own.method), ("demonstrations", own.picker))
    found = [f"{room}/{name}" for room, name in named if name]
    for name in own.sets:
        found += _defining(name)
    return found


def _defining(name: str) -> list[str]:
    """The modules that read a data set or corpus of that name, in any of its forms."""
    from ..data import registry

    copy = registry.SOURCES[name].copy if name in registry.SOURCES else ""
    files = [registry.module(n) for n in (name, copy) if n]
    found = [f.relative_to(paths.PACKAGE).with_suffix("").as_posix() for f in files if f]
    return found or ["data/corpora/textfile"]  # the path of a text file


def _file(name: str) -> Path:
    """The file of a module: ``tasks/ner`` or, of a package, ``tasks``."""
    module = paths.PACKAGE / f"{name}.py"
    return module if module.is_file() else paths.PACKAGE / name / "__init__.py"


def _room(name: str) -> str | None:
    """The room that a module lies in; None for what is shared."""
    folder = name.rpartition("/")[0]
    return folder if folder in ROOMS and _states(_file(name)) & {*ROOMS[folder]} else None


@cache
def _imports(file: Path) -> frozenset[str]:
    """The project's modules that a file imports, lazy and typing imports included."""
    package = list(file.relative_to(paths.PACKAGE).parent.parts)
    found = set()
    for node in ast.walk(_tree(file)):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            base = package[: len(package) - node.level + 1]
        elif (node.module or "").split(".")[0] == paths.PACKAGE.name:
            base = []
        else:
            continue
        inner = (node.module or "").split(".")
        base = base + [part for part in (inner if node.level else inner[1:]) if part]
        for alias in node.names:
            for parts in ([*base, alias.name], base):
                name = "/".join(parts)
                if name and _file(name).is_file():
                    found.add(name)
                    break
        # a package runs before its modules
        found |= {"/".join(base[:n]) for n in range(1, len(base) + 1)}
    return frozenset(name for name in found if _file(name).is_file())


@cache
def _states(file: Path) -> frozenset[str]:
    """The names that a module assigns at its top."""
    targets: list[ast.expr | None] = []
    for node in _tree(file).body:
        targets += getattr(node, "targets", [getattr(node, "target", None)])
    return frozenset(target.id for target in targets if isinstance(target, ast.Name))


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def _code_sha(file: Path) -> str:
    """sha256 of a module's code, without comments and docstrings."""
    tree = _tree(file)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body[0] = ast.Pass()
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()
