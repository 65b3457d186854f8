"""One process at a time has a folder: by ``flock``, or where that does not work by a file.

Folders that machines share (NFS without its lock daemon, some cluster file systems) refuse
``flock``. A file that only one can create stands in for it there: it names its process, which
touches it as long as it lives, so that one that was killed is told from one that works.
"""

import errno
import os
import platform
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from . import files
from .machine import is_gone, process

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None

_REFUSED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.EIO}
_BEAT = 15.0  # seconds between the signs of life of a file that stands in for a lock
_DEAD = 10 * _BEAT  # seconds without one after which its process, elsewhere, counts as gone


class Held(Exception):
    """Another process has the lock; ``by`` is what it wrote there about itself."""

    def __init__(self, by: str):
        super().__init__(by)
        self.by = by or "unknown"


@contextmanager
def locked(path: Path, wait: bool = False) -> Iterator[None]:
    """Have ``path`` to ourselves; the lock goes with the process, however it ends.

    ``wait`` for another process that has it, else raise :class:`Held`. Raises :class:`XltError`
    when the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = open(path, "a+", encoding="utf-8")  # noqa: SIM115  held as long as the work
    except OSError as error:
        raise files.unwritable(path, error) from error
    with lock:
        if _flock(lock, wait):
            try:
                lock.truncate(0)
                lock.write(str(os.getpid()))
                lock.flush()
            except OSError as error:
                raise files.unwritable(path, error) from error
            yield
            return
    warnings.warn(
        f"{path.parent}: its file system has no locks, a file stands in for one", stacklevel=3
    )
    with _by_file(path.with_name(path.name + ".held"), wait):
        yield


def _flock(lock, wait: bool) -> bool:
    """Whether ``flock`` works here and gave us the lock."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return True
    except BlockingIOError as error:
        lock.seek(0)
        raise Held(lock.read().strip()) from error
    except OSError as error:
        if error.errno in _REFUSED:
            return False
        raise files.unwritable(Path(lock.name), error) from error


@contextmanager
def _by_file(path: Path, wait: bool) -> Iterator[None]:
    while not _created(path):
        holder = _text(path)
        if is_gone(holder.partition(" ")[0]) or _silent(path):
            # Renamed first: of two that find it dead, one alone takes it away.
            grave = path.with_name(f"{path.name}.{process()}")
            with suppress(FileNotFoundError):
                os.rename(path, grave)
                grave.unlink()
        elif not wait:
            raise Held(holder)
        else:
            time.sleep(0.2)
    ended = threading.Event()

    def live() -> None:
        while not ended.wait(_BEAT):
            with suppress(OSError):
                os.utime(path)

    threading.Thread(target=live, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        if _text(path).partition(" ")[0] == process():
            path.unlink(missing_ok=True)


def _created(path: Path) -> bool:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(f"{process()} on {platform.node()}")
        return True
    except FileExistsError:
        return False
    except OSError as error:
        raise files.unwritable(path, error) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _silent(path: Path) -> bool:
    """Whether a lock's process has given no sign of life, by the file system's own clock."""
    probe = path.with_name(f"{path.name}.{process()}")
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime > _DEAD
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
