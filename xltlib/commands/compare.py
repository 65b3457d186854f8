"""The command ``compare``: two prediction files on one gold file."""

from pathlib import Path
from typing import Annotated

import typer


def add(app: typer.Typer) -> None:
    """Put the command into the command line ``app``."""
    app.command()(compare)


def compare(
    a: Annotated[Path, typer.Argument(help="CSV, TSV, JSON Lines, Parquet, --log_samples.")],
    b: Annotated[Path, typer.Argument(help="Another one, on the same items.")],
    gold: Annotated[Path, typer.Option(help="CSV, TSV, JSON Lines or Parquet of right answers.")],
    task: Annotated[str, typer.Option(help="What was asked, as topics.")] = "topics",
    language: Annotated[
        str, typer.Option(help="Whose label words the outputs hold (labels as the gold has them).")
    ] = "",
    id_column: Annotated[str, typer.Option(help="Column of ids, in all three files.")] = "id",
    gold_column: Annotated[str, typer.Option(help="Column of right answers.")] = "gold",
    text_column: Annotated[str, typer.Option(help="Column of texts (of entities only).")] = "text",
    answer_column: Annotated[str, typer.Option(help="Column of outputs (output, resps).")] = "",
    missing_invalid: Annotated[
        bool, typer.Option("--missing-invalid", help="No prediction counts as INVALID.")
    ] = False,
) -> None:
    """Say which of two prediction files is better, by how much and how sure that is: no model."""
    given = dict(locals())
    from ..study import compared

    print(compared.compare(compared.Comparison(**given)).report())
