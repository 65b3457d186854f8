"""Methods: how an example reaches a language model, and how the model's answer comes back.

A method is one module of this folder with a ``METHOD`` (see :mod:`.base`), and one notebook in
``notebooks/methods``. Both are found by the module's name.
"""

import importlib
import pkgutil
from functools import cache

from pydantic import ValidationError

from ..config import ArmSpec
from ..errors import XltError, not_one_of
from .base import Labelled, Method, Preparation

__all__ = ["Labelled", "Method", "Preparation", "get", "of", "registry"]


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


def of(arm: ArmSpec) -> type[Method]:
    """The method of an arm, with the parameters that the arm gives it.

    Raises :class:`xltlib.errors.XltError` for an unknown method, and for parameters that it does
    not have, lacks or refuses.
    """
    kind = get(arm.method)
    try:
        given = kind.Given.model_validate(arm.given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, ("with", *first["loc"])))
        known = ", ".join(kind.Given.model_fields) or "no parameters"
        raise XltError(
            f"arm {arm.name!r}, {name}: {first['msg']} (got {first['input']!r:.80}); the method "
            f"{arm.method!r} has {known}: correct the arm's `with`"
        ) from error
    return type(kind.__name__, (kind,), {"given": given}) if arm.given else kind
