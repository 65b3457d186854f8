"""Where things are, as absolute paths: a notebook's working folder is never to be relied on.

papermill and JupyterLab start kernels in different folders, so every path in this project starts
from one of the functions below. ``XLTLIB_HOME`` moves what a run writes (``runs/`` and
``figures/``) somewhere else, which tests and read-only checkouts need; ``XLTLIB_CACHE`` the models
that are converted once.
"""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
NOTEBOOKS = CHECKOUT / "notebooks"
LANGUAGES = PACKAGE / "languages"
PROFILES = PACKAGE / "profiles"
LOCK = CHECKOUT / "requirements.lock"
SHIPPED_DATA = PACKAGE / "data" / "shipped"
MINI_CHECKPOINTS = PACKAGE / "mini" / "checkpoints"
#: The project's own language models, by the names that a profile gives -> their folders there.
MINI_MODELS = {"mini": "lm", "mini-bytes": "lm_bytes"}


def expanded(given: Path | str) -> Path:
    """A path as somebody gives it, ``~`` for whoever has a home; another ``~name`` is a name."""
    return Path(os.path.expanduser(given))


def whole(path: Path) -> Path:
    """The absolute path, links followed as far as they lead: one in a circle is no error yet."""
    return Path(os.path.realpath(path))


def home() -> Path:
    """The folder that holds ``runs/`` and ``figures/``: ``$XLTLIB_HOME``, or else the checkout."""
    return whole(Path(os.environ.get("XLTLIB_HOME") or CHECKOUT))


def cache() -> Path:
    """Where models made from others are kept for all profiles: ``$XLTLIB_CACHE``, or ~/.cache."""
    return whole(Path(os.environ.get("XLTLIB_CACHE") or Path.home() / ".cache" / "xltlib"))


def runs(profile: str) -> Path:
    """``runs/<profile>``: one folder per cell, git-ignored."""
    return home() / "runs" / profile


def figures(profile: str) -> Path:
    """``figures/<profile>``: figures, ``tables/`` and ``index.html``, git-ignored."""
    return home() / "figures" / profile


def published(profile: str) -> Path:
    """``figures/published/<profile>`` of the checkout: what the repository shows of a profile.

    Written by ``python -m xltlib publish`` alone, wherever runs go.
    """
    return CHECKOUT / "figures" / "published" / profile
