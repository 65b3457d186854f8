"""Why a model could not be had, in words that say what to do next. No torch is imported here."""

import errno
from collections.abc import Iterator
from pathlib import Path

from ...errors import XltError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


def not_loaded(path: str, error: Exception, wanted: str) -> XltError:
    """The message for a hub id that could not be loaded as ``wanted``, whatever layer failed.

    Told apart: the disk, missing safetensors weights, a hub that was not reached (or gave
    nothing), and files that are there and do not fit.
    """
    from huggingface_hub.constants import HF_HUB_CACHE, HF_HUB_OFFLINE

    for cause in _causes(error):
        full = "os error 28" in str(cause)  # as the hub's own downloader says it
        if full or (isinstance(cause, OSError) and cause.errno in _DISK):
            return XltError(
                f"model {path!r} could not be fetched into {HF_HUB_CACHE} "
                f"({getattr(cause, 'strerror', None) or cause}): free some disk space there, or "
                "let the variable HF_HOME name a folder that can be written and has room; what is "
                "complete is not fetched again"
            )
    if _without_safetensors(error) and not (HF_HUB_OFFLINE and not _pickled(path)):
        page = f"https://huggingface.co/{path}"
        return XltError(
            f"model {path!r} could not be loaded ({_first(error)}): the hub has no safetensors "
            "weights of it at this revision, and pickled ones are not loaded. Name a revision that "
            f"has them (pull requests of {page}/discussions often do), or write them once with "
            f"`python -m xltlib.models.weights.convert {path} FOLDER` and give FOLDER as the "
            "profile's `path`"
        )
    if HF_HUB_OFFLINE and "file named" in str(error):  # the cache has a part of the model
        return unreachable(path, error)
    if any(isinstance(cause, _of_the_hub()) for cause in _causes(error)):
        return unreachable(path, error)
    from transformers import __version__

    return XltError(
        f"model {path!r} was found, but could not be loaded as {wanted} ({_first(error)}): check "
        f"that it is such a model and that transformers {__version__} knows its architecture; were "
        f"its files in {HF_HUB_CACHE} damaged, delete them there and they are fetched again"
    )


def unreachable(path: str, error: Exception) -> XltError:
    """The message for a hub id that the hub, or its cache, did not give."""
    page = f"https://huggingface.co/{path}"
    return XltError(
        f"model {path!r} could not be loaded ({type(error).__name__}: {_first(error)}): it is "
        "neither a folder here nor a hub id that can be reached. Check the spelling, the network "
        f"and HF_HUB_OFFLINE; if it is gated, accept its licence at {page} and log in, with "
        "`hf auth login` or a token in the variable HF_TOKEN; or fetch it elsewhere with `hf "
        f"download {path} --local-dir FOLDER` and give FOLDER as the profile's `path`"
    )


def _of_the_hub() -> tuple[type[Exception], ...]:
    import httpx
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    # ConnectionError: also what the hub's library raises where it is told to be offline
    return (HfHubHTTPError, LocalEntryNotFoundError, httpx.HTTPError, ConnectionError, TimeoutError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from; transformers wraps the hub's errors in its own."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _without_safetensors(error: Exception) -> bool:
    return "file named" in str(error) and ".safetensors" in str(error)


def _pickled(path: str) -> bool:
    """Whether pickled weights of a hub id stand in the cache: they are all that it has."""
    from huggingface_hub.constants import HF_HUB_CACHE

    snapshots = Path(HF_HUB_CACHE) / f"models--{path.replace('/', '--')}" / "snapshots"
    return any(snapshots.glob("*/*.bin"))


def _first(error: Exception) -> str:
    text = str(error).strip()
    return f"{text.splitlines()[0]:.300}" if text else type(error).__name__
