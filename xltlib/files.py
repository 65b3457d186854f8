"""Files written whole or not at all: under another name first, synced, then renamed.

A file that exists under its own name is complete, whatever killed the process that wrote it. All
that this project keeps between runs is written here.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .errors import XltError
from .machine import is_gone, process

#: What the pointer begins with that a clone without Git LFS has in place of a large file.
LFS = b"version https://git-lfs"


def write(path: Path, content: str | bytes) -> None:
    """Write text (UTF-8, ``\\n`` line ends) or bytes to ``path`` atomically.

    Raises :class:`XltError` that names the path when the disk is full or the folder not writable.
    """
    data = content.encode() if isinstance(content, str) else content
    write_by(path, lambda part: part.write_bytes(data))


def write_by(path: Path, make: Callable[[Path], object]) -> None:
    """Write ``path`` atomically with ``make``, which fills the file whose path it is given.

    Raises :class:`XltError` that names the path when the disk is full or the folder not writable;
    an exception of ``make`` itself passes through, and nothing is left behind.
    """
    # by process: two that make the same file must not write into each other's
    part = path.with_name(f".{path.name}.{process()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make(part)
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        os.replace(part, path)
        _sync(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def sweep(folder: Path) -> None:
    """Remove what processes of this machine left half written below ``folder`` when killed."""
    for part in folder.rglob(".*.part"):
        if is_gone(part.name.removesuffix(".part").rpartition(".")[2]):
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut; where folders cannot be synced it may not."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unwritable(path: Path, error: OSError) -> XltError:
    """The error for a full disk or a folder that is not ours to write."""
    return XltError(
        f"cannot write {path}: {error.strerror or error}: free some disk space, or point "
        "XLTLIB_HOME at a folder that can be written"
    )
