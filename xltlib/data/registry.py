"""All sources, found by their folder.

A module of ``data/sets`` or ``data/corpora`` states what it reads as ``SOURCE`` (or ``SOURCES``)
and ``CORPUS`` (or ``CORPORA``), and text in two languages as ``PARALLEL``: names with the function
that gives a language's pairs. No list names them.
"""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from . import corpora, sets
from .source import Corpus, Pairs, Source

Named = TypeVar("Named", Source, Corpus)


def _modules() -> Iterator[ModuleType]:
    for package in (sets, corpora):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield import_module(found.name)


_MODULES: tuple[ModuleType, ...] = tuple(_modules())


def _by_name(kind: type[Named], one: str, several: str) -> dict[str, Named]:
    found: dict[str, Named] = {}
    stating: ModuleType
    for stating in _MODULES:
        stated = [*getattr(stating, several, ())]
        if hasattr(stating, one):
            stated.append(getattr(stating, one))
        for entry in stated:
            if not isinstance(entry, kind) or entry.name in found:
                raise TypeError(
                    f"{stating.__name__}: {one} must be a {kind.__name__} with a name of its own, "
                    f"but got {entry!r}"
                )
            found[entry.name] = entry
    return dict(sorted(found.items()))


SOURCES = _by_name(Source, "SOURCE", "SOURCES")
CORPORA = _by_name(Corpus, "CORPUS", "CORPORA")
#: Name -> what gives the (English, language) pairs of its test split, of a language and a folder.
PARALLEL: dict[str, Callable[[str, Path | None], Pairs]] = {
    name: pairs
    for found in _MODULES
    for name, pairs in sorted(getattr(found, "PARALLEL", {}).items())
}


def module(name: str) -> Path | None:
    """The file of the module that states a data set or corpus; None where none does."""
    for found in _MODULES:
        stated = [*getattr(found, "SOURCES", ()), *getattr(found, "CORPORA", ())]
        stated += [getattr(found, one) for one in ("SOURCE", "CORPUS") if hasattr(found, one)]
        if any(entry.name == name for entry in stated) or name in getattr(found, "PARALLEL", {}):
            return Path(str(found.__file__))
    return None
