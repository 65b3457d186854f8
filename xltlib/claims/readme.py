"""README's tables of verdicts: what is published, put between its markers."""

import re
from pathlib import Path

import pandas as pd

from .. import files, paths
from ..errors import XltError
from ..report.tables import escape_markdown

#: ``<!-- claims:mini -->`` begins the table of the profile mini.
BEGIN = re.compile(r"<!-- claims:(?!end )(?P<profile>[A-Za-z0-9_-]+) -->")
END = "<!-- claims:end -->"
_BETWEEN = re.compile(f"{BEGIN.pattern}.*?{END}", re.DOTALL)


def readme_table(profile: str, folder: Path | None = None) -> str:
    """Claim, verdict and one line of evidence as Markdown, from the published table of claims.

    ``folder`` holds ``tables/`` (default: what is published of the profile). Raises
    :class:`XltError` when there is no such table.
    """
    path = (folder or paths.published(profile)) / "tables" / "claims.csv"
    if not path.is_file():
        raise XltError(
            f"{path} is missing: run the profile, then python -m xltlib publish --profile {profile}"
        )
    table = pd.read_csv(path, keep_default_na=False)
    lines = ["| | claim | verdict | evidence |", "|---|---|---|---|"]
    for _, row in table.iterrows():
        claim = f"{row['wording']} ({row['source']})"
        said = escape_markdown(row["in_short"] or row["evidence"])
        cells = [row["claim"], escape_markdown(claim), f"**{row['verdict']}**", said]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def update_readme(
    path: Path | None = None, check: bool = False, folder: Path | None = None
) -> bool:
    """Put the published verdicts between README's markers; whether that changes the file.

    Each marker names its profile; text without markers is left alone. ``check`` writes nothing.
    Raises :class:`XltError` when there is no README or a marker stands alone.
    """
    path = path or paths.CHECKOUT / "README.md"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise XltError(f"cannot read {path}: {error.strerror}") from error
    begins, whole = len(BEGIN.findall(text)), len(_BETWEEN.findall(text))
    if not begins == whole == text.count(END):
        raise XltError(
            f"{path} must have {END} after each <!-- claims:PROFILE -->: it has {begins} that "
            f"begin and {text.count(END)} that end"
        )

    def filled(found: re.Match[str]) -> str:
        name = found["profile"]
        return f"<!-- claims:{name} -->\n{readme_table(name, folder)}\n{END}"

    new = _BETWEEN.sub(filled, text)
    if new != text and not check:
        files.write(path, new)
    return new != text
