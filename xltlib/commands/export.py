"""The command ``export``: records as samples of lm-evaluation-harness."""

from pathlib import Path
from typing import Annotated

import typer


def add(app: typer.Typer) -> None:
    """Put the command into the command line ``app``."""
    app.command()(export)


def export(
    out: Annotated[Path, typer.Argument(help="The folder to write to.")],
    profile: Annotated[str, typer.Option(help="A profile's name, or its file.")] = "mini",
    data_dir: Annotated[str | None, typer.Option(help="Folder of publishers' files.")] = None,
    tasks: Annotated[str, typer.Option(help="Of these tasks alone, as topics,ner.")] = "",
    arms: Annotated[str, typer.Option(help="Of these arms alone, as prompt,laft.")] = "",
) -> None:
    """Write a profile's records as the files that lm-eval's --log_samples writes."""
    from ..config import load_profile
    from ..records import results
    from ..study import exported

    spec = load_profile(profile, data_dir=data_dir)
    rows = results.read(spec.name)
    for column, asked in (("task", tasks), ("arm", arms)):
        if asked:
            rows = rows[rows[column].isin(asked.split(","))]
    for one in exported.export(rows, spec, out):
        print(one.line())
