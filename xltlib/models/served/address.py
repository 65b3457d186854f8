"""Where a served model is: ``openai:<base URL>#<name>``, and what is known of it by that."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from ...config import ModelSpec
from ...config.masked import masked
from ...errors import XltError
from ..weights import where as files

_ADDRESS = re.compile(r"(https?://[^\s/?#@]+(?:/[^\s?#@]*)?)#(\S.*)")


class Address(NamedTuple):
    """The base URL of a server, and the name under which it serves the model."""

    base: str
    name: str


def address(spec: ModelSpec) -> Address:
    """Read ``openai:<base URL>#<name>``.

    Raises :class:`XltError` for another form, and for a URL with credentials or a query, which
    would stand in every record.
    """
    found = _ADDRESS.fullmatch(spec.path.removeprefix(files.SERVED).strip())
    if not (found and _port_is_valid(found[1])):
        shown = masked(spec.path)
        raise XltError(
            "model `path` of a served model must be 'openai:<base URL>#<name>', such as "
            f"'openai:http://localhost:8000/v1#llama', but got {shown!r}: give both, and no user, "
            "password or query in the URL (the key is read from OPENAI_API_KEY)"
        )
    return Address(found[1].rstrip("/"), found[2])


def _port_is_valid(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def revision_of(spec: ModelSpec) -> str:
    """What is known of a served model: its address, the revision that the profile states, if any,
    and the tokenizer that prompts are measured with."""
    base, name = address(spec)
    known = f"served {name} at {base}, revision {spec.revision or 'not known'}"
    if spec.endpoint.tokenizer is None:
        return f"{known}, tokens counted as bytes"
    measured = spec.model_copy(update={"path": spec.endpoint.tokenizer, "revision": None})
    return f"{known}, tokens by {files.revision(measured, weights=False)}"
