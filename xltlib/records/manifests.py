"""A cell's ``manifest.json`` as it is read back: every field that is there has its type.

Written by :mod:`xltlib.runs.manifest`; read by whoever needs to know what is done.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

NAME = "manifest.json"
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Facts(BaseModel):
    model_config = ConfigDict(strict=True)
    bytes: Annotated[int, Field(ge=0)]
    sha256: str | None


class _Manifest(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")
    cell: str = ""
    label: str = ""
    kind: str = ""
    notebook: str = ""
    parameters: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    depends_on: dict[str, str | None] = {}
    artifacts: dict[str, _Facts] = {}
    seconds: Seconds = 0.0
    startup_seconds: Seconds | None = None
    peak_memory_mb: float | None = None
    environment: dict[str, Any] = {}


def read(folder: Path, needed: Collection[str]) -> dict[str, Any]:
    """The manifest in a cell's folder.

    Raises ``OSError`` where there is none, and ``ValueError`` that says what is wrong where it is
    no manifest: no JSON, another type, or without one of the fields ``needed``.
    """
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        _Manifest.model_validate(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "all of it"
        raise ValueError(f"{where}: {first['msg']}") from error
    if missing := sorted(set(needed) - set(content)):
        raise ValueError(f"it has no {', '.join(missing)}")
    return content
