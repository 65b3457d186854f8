"""Proxies that the environment names, and what to say where one is in the way."""

import os
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from ...errors import XltError

_NAMES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


def client(**settings: object) -> httpx.Client:
    """An ``httpx.Client`` that goes through the environment's proxies.

    Raises :class:`XltError` that names the variables where a proxy there cannot be used.
    """
    try:
        return httpx.Client(**settings)
    except (ImportError, ValueError) as error:
        given = [name for name in (*_NAMES, *map(str.lower, _NAMES)) if os.environ.get(name)]
        if not given:
            raise
        # The error's own words may repeat the address, and a password in it.
        why = (
            "a SOCKS proxy needs a package more: pip install 'httpx[socks]'"
            if isinstance(error, ImportError)
            else "its address must begin with http://, https:// or socks5://"
        )
        raise XltError(
            f"a proxy that {' or '.join(given)} names cannot be used: {why}; or unset the "
            "variable; or let NO_PROXY name the server"
        ) from None


def through(url: str) -> str:
    """The variable whose proxy a request to ``url`` goes through; empty where it goes straight."""
    parts = urlsplit(url)
    known = getproxies()
    scheme = next((s for s in (parts.scheme, "all") if known.get(s)), None)
    if scheme is None or proxy_bypass(parts.hostname or ""):
        return ""
    name = f"{scheme}_PROXY".upper()
    return name if os.environ.get(name) else name.lower()
