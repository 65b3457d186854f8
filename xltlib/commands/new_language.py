"""Commands for a language of one's own: ``new-language``."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..errors import XltError


def add(app: typer.Typer) -> None:
    """Put the commands into the command line ``app``."""
    app.command("new-language")(new_language)


def new_language(
    code: Annotated[str, typer.Argument(help="The language's ISO 639-3 code, as swa.")],
    tables: Annotated[
        list[Path], typer.Option("--from", help="A table; or twice: demonstrations, test items.")
    ],
    task: Annotated[str, typer.Option(help="What the table is for.")] = "topics",
    like: Annotated[str, typer.Option(help="The language whose words stand beside.")] = "eng",
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("my"),
    name: Annotated[str, typer.Option(help="The language's name (as listed).")] = "",
    flores: Annotated[str, typer.Option(help="Its code in FLORES-200 (as listed).")] = "",
    text_column: Annotated[
        str, typer.Option(help="Column of the text; field=column,... for several.")
    ] = "",
    gold_column: Annotated[str, typer.Option(help="Column of the correct answers.")] = "",
    profile: Annotated[str, typer.Option(help="The profile whose models are taken.")] = "mini",
) -> None:
    """Write a language and a profile of your own, from a table of your data."""
    from ..check.new_language import Wanted
    from ..check.new_language import new_language as begin

    wanted = Wanted(
        code, tuple(tables), task, like, out, name, flores, text_column, gold_column, profile
    )
    made = begin(wanted, _ask)
    for path in made:
        todo = path.read_text(encoding="utf-8").count("TODO")
        print(f"written: {path}" + (f" ({todo} places marked TODO)" if todo else ""))
    print(f"then: python -m xltlib check {made[1]}")
    print(f"then: python -m xltlib run --profile {made[1]} --methods prompt")


def _ask(question: str, choices: Sequence[str]) -> str:
    """Ask on the terminal; where nobody can answer, say what was to be given."""
    offered = f": one of {', '.join(choices)}" if choices else ""
    if not sys.stdin.isatty():
        raise XltError(f"give {question}{offered}")
    said = ""
    while not said or (choices and said not in choices):
        said = typer.prompt(f"{question}{offered}").strip()
    return said
