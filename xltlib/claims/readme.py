"""README's verdicts and rules: what is published, put between its markers."""

import re
from pathlib import Path

import pandas as pd

from .. import files, paths
from ..errors import XltError
from ..report.tables import escape_markdown

#: ``<!-- claims:mini -->`` begins the verdicts of the profile mini, ``<!-- rules:mini -->`` the way
#: to go in each of its languages; ``<!-- claims:end -->`` and ``<!-- rules:end -->`` end them.
BEGIN = re.compile(r"<!-- (?P<what>claims|rules):(?!end )(?P<profile>[A-Za-z0-9_-]+) -->")
_ENDS = re.compile(r"<!-- (?:claims|rules):end -->")
_BETWEEN = re.compile(f"{BEGIN.pattern}.*?<!-- (?P=what):end -->", re.DOTALL)


def readme_table(profile: str, folder: Path | None = None) -> str:
    """Claim, verdict and one line of evidence as Markdown, from the published table of claims.

    ``folder`` holds ``tables/`` (default: what is published of the profile). Raises
    :class:`XltError` when there is no such table.
    """
    table = _published("claims", profile, folder)
    lines = ["| | claim | verdict | evidence |", "|---|---|---|---|"]
    for _, row in table.iterrows():
        claim = f"{row['wording']} ({row['source']})"
        said = escape_markdown(row["in_short"] or row["evidence"])
        cells = [row["claim"], escape_markdown(claim), f"**{row['verdict']}**", said]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def readme_rules(profile: str, folder: Path | None = None) -> str:
    """The published rules, a paragraph for each task and language. Raises as above."""
    rules = _published("which_way_rule", profile, folder)["rule"]
    return "\n\n".join(f"- {escape_markdown(rule)}" for rule in rules)


def _published(name: str, profile: str, folder: Path | None) -> pd.DataFrame:
    path = (folder or paths.published(profile)) / "tables" / f"{name}.csv"
    if not path.is_file():
        raise XltError(
            f"{path} is missing: run the profile, then python -m xltlib publish --profile {profile}"
        )
    return pd.read_csv(path, keep_default_na=False)


WRITTEN = {"claims": readme_table, "rules": readme_rules}


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
    ends = len(_ENDS.findall(text))
    if not begins == whole == ends:
        raise XltError(
            f"{path} must have <!-- claims:end --> after each <!-- claims:PROFILE --> (or of "
            f"rules): it has {begins} that begin and {ends} that end"
        )

    def filled(found: re.Match[str]) -> str:
        what, name = found["what"], found["profile"]
        return f"<!-- {what}:{name} -->\n{WRITTEN[what](name, folder)}\n<!-- {what}:end -->"

    new = _BETWEEN.sub(filled, text)
    if new != text and not check:
        files.write(path, new)
    return new != text
