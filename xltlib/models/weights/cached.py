"""Folders made once from a model and kept for all profiles: converted or pruned models."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from ... import files, paths


def folder(name: str, make: Callable[[Path], None]) -> Path:
    """``paths.cache()/name``, filled by ``make`` if it is not there; complete or not there at all.

    Of several processes one makes it and the others wait. Raises :class:`XltError` where the disk
    is full or the folder cannot be written.
    """
    from filelock import FileLock

    target = paths.cache() / name
    if target.is_dir():
        return target
    part = target.with_name(f"{name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(f"{name}.lock")):
            if not target.is_dir():
                shutil.rmtree(part, ignore_errors=True)
                make(part)
                os.replace(part, target)
    except OSError as error:
        raise files.unwritable(target, error) from error
    return target
