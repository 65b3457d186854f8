"""The house's plan: imports run one way, and no module grows beyond what a reader can hold."""

import ast
from functools import cache
from pathlib import Path

import pytest

from xltlib import paths

#: Package -> what it may import; what stands above is above. Faces (``__init__``) are packages.
ARROWS = {
    "errors": "",
    "paths": "",
    "bars": "",
    "machine": "",
    "files": "errors machine",
    "locks": "errors files machine",
    "text": "errors",
    "config": "errors paths text",
    "data": "config errors files paths text",
    "stats": "config data errors prompts records tasks text",
    "prompts": "config data errors text",
    "models": "bars config data errors files machine paths text",
    "tasks": "config data errors prompts text",
    "demonstrations": "config data errors tasks text",
    "records": "config data errors files machine models paths tasks text",
    "methods": "config data errors files locks models paths prompts tasks text",
    "check": "config data errors files methods paths prompts tasks text",
    "figures": "config errors paths stats tasks text",
    "claims": "config errors files paths records report stats tasks text",
    "report": "config data errors figures files paths records stats tasks text",
    # side by side, since an import leaves a finished cell; the modules below have no circle
    "study": "bars config data demonstrations errors files methods models paths prompts records "
    "report runs stats tasks text",
    "runs": "config data demonstrations errors files locks machine methods models paths prompts "
    "records study tasks",
    "validity": "config data demonstrations errors methods models paths records stats study tasks "
    "text",
    "mini": "config data models paths stats study tasks text",
    "commands": "check config errors methods models paths records study",
}


def modules() -> dict[str, Path]:
    """Dotted name below the package -> file."""
    found = {}
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        parts = path.relative_to(paths.PACKAGE).with_suffix("").parts
        found[".".join(p for p in parts if p != "__init__")] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The project's modules that a module imports, lazy and typing imports included."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xltlib"):
            base = node.module.split(".")[1:]
        else:
            continue
        stem = ".".join(p for p in base if p)
        for alias in node.names:
            inner = f"{stem}.{alias.name}" if stem else alias.name
            found.add(inner if inner in known else stem)
    return {m for m in found if m in known and m != name}


@cache
def graph() -> dict[str, set[str]]:
    known = modules()
    return {name: imports(name, path, known) for name, path in known.items()}


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """One circle of imports, or nothing."""
    state: dict[str, int] = {}

    def visit(name: str, way: list[str]) -> list[str]:
        state[name] = 1
        for other in sorted(arrows[name]):
            if state.get(other) == 1:
                return [*way[way.index(other) :], other] if other in way else [name, other]
            if other not in state and (found := visit(other, [*way, other])):
                return found
        state[name] = 2
        return []

    for name in sorted(arrows):
        if name not in state and (found := visit(name, [name])):
            return found
    return []


def test_no_circle_of_imports():
    assert circle(graph()) == []


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()})


@pytest.mark.parametrize("package", sorted(ARROWS))
def test_arrows_run_one_way(package):
    allowed = {package, "", *ARROWS[package].split()}
    wrong = {
        f"{name} -> {other}"
        for name, others in graph().items()
        if name.split(".")[0] == package
        for other in others
        if other.split(".")[0] not in allowed
    }
    assert not wrong


@pytest.mark.parametrize("path", modules().values(), ids=str)
def test_modules_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 360, path


def test_short_names_lead_to_the_rooms():
    import xltlib
    from xltlib.config import load_profile
    from xltlib.records import results
    from xltlib.study.study import Study

    assert xltlib.Study is Study and xltlib.load_profile is load_profile
    assert xltlib.results is results
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        xltlib.nothing  # noqa: B018
