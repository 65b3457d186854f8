"""Demonstrations: which examples a prompt shows before it asks.

A picker is one module of this folder with a ``PICKER`` (see :mod:`.base`), found by its name; a
profile or an arm names it under ``demonstrations: {by: ...}``.
"""

import importlib
import pkgutil
from functools import cache

from ..errors import not_one_of
from .base import Picker

__all__ = ["Picker", "get", "registry"]


@cache
def registry() -> dict[str, type[Picker]]:
    """Name -> picker, for every module of this folder that has a ``PICKER``."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        picker = getattr(importlib.import_module(f"{__name__}.{module.name}"), "PICKER", None)
        if picker is not None:
            found[module.name] = picker
    return found


def get(name: str) -> type[Picker]:
    """The picker of that name. Raises :class:`xltlib.errors.XltError` where there is none."""
    if name not in registry():
        raise not_one_of("demonstrations.by", name, registry())
    return registry()[name]
