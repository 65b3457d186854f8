"""README's verdicts and rules: what is published, put between its markers."""

import re
from pathlib import Path

import pandas as pd

from .. import files, paths
from ..errors import XltError
from ..report import gather, which_way
from ..report.tables import escape_markdown

#: ``<!-- claims:mini -->`` begins the verdicts of the profile mini, ``<!-- rules:mini -->`` the way
#: to go in each of its languages; ``<!-- claims:end -->`` and ``<!-- rules:end -->`` end them.
BEGIN = re.compile(r"<!-- (?P<what>claims|rules):(?!end )(?P<profile>[A-Za-z0-9_-]+) -->")
_ENDS = re.compile(r"<!-- (?:claims|rules):end -->")
_BETWEEN = re.compile(f"{BEGIN.pattern}.*?<!-- (?P=what):end -->", re.DOTALL)


def readme_table(profile: str, folder: Path | None = None) -> str:
    """Each claim and its verdict as Markdown, from the published table of claims.

    ``folder`` holds ``tables/`` (default: what is published of the profile). Raises
    :class:`XltError` when there is no such table.
    """
    path = _there(_tables(profile, folder) / "claims.csv", profile)
    table = pd.read_csv(path, keep_default_na=False)
    lines = ["| | claim | verdict |", "|---|---|---|"]
    for _, row in table.iterrows():
        cells = [row["claim"], escape_markdown(row["wording"]), f"**{row['verdict']}**"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def readme_rules(profile: str, folder: Path | None = None) -> str:
    """What to do in each language, a paragraph each, from the published tables. Raises as above.

    Tasks that are learned from labelled items, of which there is most to say, come first.
    """
    below = _tables(profile, folder)
    known = [gather.read(_there(below / f"{which_way.TABLES[0]}.csv", profile))]
    known += [
        gather.read(path) if (path := below / f"{name}.csv").is_file() else None
        for name in which_way.TABLES[1:]
    ]
    rules = which_way.rules_table(*known)
    learned = set() if known[1] is None else set(known[1]["task"])
    rules = rules.sort_values("task", key=lambda task: ~task.isin(learned), kind="stable")
    paragraphs: dict[str, list[str]] = {}
    for _, row in rules.iterrows():
        said = paragraphs.setdefault(row["language"], [])
        where = which_way.heading(*row[["task", "language"]])
        where = where.partition(" in ")[0] if said else where
        said.append(f"**{where}.** {escape_markdown(row['rule'])}")
    return "\n\n".join(" ".join(said) for said in paragraphs.values())


def _tables(profile: str, folder: Path | None) -> Path:
    return (folder or paths.published(profile)) / "tables"


def _there(path: Path, profile: str) -> Path:
    if not path.is_file():
        raise XltError(
            f"{path} is missing: run the profile, then python -m xltlib publish --profile {profile}"
        )
    return path


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
