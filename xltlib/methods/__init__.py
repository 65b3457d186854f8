"""Methods: how an example reaches a language model, and how the model's answer comes back.

A method is one module of this folder with a ``METHOD`` (see :mod:`.base`), and one notebook in
``notebooks/methods``. Both are found by the module's name.
"""

import importlib
import pkgutil
from functools import cache

from ..errors import not_one_of
from .base import Labelled, Method, Preparation

__all__ = ["Labelled", "Method", "Preparation", "get", "registry"]


@cache
def registry() -> dict[str, type[Method]]:
    """Name -> method, for every module of this folder that has a ``METHOD``."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        method = getattr(importlib.import_module(f"{__name__}.{module.name}"), "METHOD", None)
        if method is not None:
            found[module.name] = method
    return found


def get(name: str) -> type[Method]:
    """The method of that name. Raises :class:`xltlib.errors.XltError` where there is none."""
    if name not in registry():
        raise not_one_of("method", name, registry())
    return registry()[name]
