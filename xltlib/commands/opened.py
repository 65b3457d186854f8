"""The command ``open``: a profile's page in the browser."""

import os
from pathlib import Path
from typing import Annotated

import typer

from .. import paths
from ..errors import XltError


def add(app: typer.Typer) -> None:
    """Put the command into the command line ``app``."""
    app.command("open")(open_)


def open_(
    profile: Annotated[
        str, typer.Option(help="A profile's name, or the path of its YAML file.")
    ] = "mini",
) -> None:
    """Open a profile's page in the browser: that of the last run, or else the published one."""
    import webbrowser

    from ..config import load_profile

    name = load_profile(profile).name
    pages = [folder(name) / "index.html" for folder in (paths.figures, paths.published)]
    found = next((page for page in pages if page.is_file()), None)
    if found is None:
        raise XltError(
            f"profile {name!r} has no page yet: run ./run_all.sh --profile {profile} first"
        )
    print(short(found))
    webbrowser.open(found.as_uri())


def short(path: Path) -> str:
    """A path as it is best typed from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
