"""Passwords and keys that somebody put into a model's URL, taken out where it is read."""

import re
from typing import Any

_PARTS = re.compile(r"([^:/]*:?[a-z][a-z0-9+.-]*://)(.*)", re.I | re.DOTALL)
_PLAIN = re.compile(r"(?:[^\s/?#@:]*|\[[0-9a-fA-F:.]+\])(?::\d*)?(?:/[^\s?#@]*)?")


def masked(value: Any) -> Any:
    """``value``, or a text, list or dict in it, without users, passwords and queries of URLs.

    A password may hold any character, so that all up to the last ``@`` goes; only in a name behind
    a plain base URL (``http://host/v1#name@2``) is it no password.
    """
    if isinstance(value, dict):
        return {key: masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    found = _PARTS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    _, at, rest = found[2].rpartition("@")
    named = not (at and "#" in rest)
    if named and _PLAIN.fullmatch(found[2].partition("#")[0]):
        return value
    base, query, asked = rest.partition("?")
    name = "#" + asked.rpartition("#")[2] if query and "#" in asked else ""
    return f"{found[1]}{'[...]@' if at else ''}{base}{'?[...]' if query else ''}{name}"
