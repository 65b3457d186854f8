"""README's verdicts and rules: what is published, put between its markers."""

import re
from pathlib import Path

import pandas as pd

from .. import files, paths
from ..errors import XltError
from ..report import gather
from ..report.build import saved
from ..report.glance import glance
from ..report.tables import escape_markdown
from ..report.which_way import TABLES

#: ``<!-- claims:mini -->`` begins the verdicts of the profile mini, ``<!-- rules:mini -->`` the way
#: to go in each of its languages; ``<!-- claims:end -->`` and ``<!-- rules:end -->`` end them.
BEGIN = re.compile(r"<!-- (?P<what>claims|rules):(?!end )(?P<profile>[A-Za-z0-9_-]+) -->")
_ENDS = re.compile(r"<!-- (?:claims|rules):end -->")
_BETWEEN = re.compile(f"{BEGIN.pattern}.*?<!-- (?P=what):end -->", re.DOTALL)


def readme_claims(profile: str, folder: Path | None = None) -> str:
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


def readme_rules(profile: str, folder: Path | None = None, around: str = "") -> str:
    """What to do, task by task (:mod:`xltlib.report.glance`), from the published tables.

    Below stands what the arms do that were named, unless the text ``around`` has them in backticks.
    Raises as above.
    """
    below = _tables(profile, folder)
    _there(below / f"{TABLES[0]}.csv", profile)
    text = glance(*(saved(below, name) for name in TABLES))
    legend = _legend(below / "requirements.csv", text, around)
    return f"{text}\n\n{legend}" if legend else text


def _legend(path: Path, text: str, around: str) -> str:
    """What the arms do that ``text`` names in backticks, or their descriptions do, and ``around``
    does not."""
    if not path.is_file():
        return ""
    told = gather.read(path).set_index("arm")["about"]
    named = [arm for arm in told.index if f"`{arm}`" in text]
    for arm in named:  # which grows by those that a description refers to
        named += [n for n in told.index if f"as {n}," in f"{told[arm]}," and n not in named]
    named = [arm for arm in told.index if arm in named and f"`{arm}`" not in around]
    return "; ".join(f"`{arm}`: {escape_markdown(told[arm])}" for arm in named) + "." * bool(named)


def _tables(profile: str, folder: Path | None) -> Path:
    return (folder or paths.published(profile)) / "tables"


def _there(path: Path, profile: str) -> Path:
    if not path.is_file():
        raise XltError(
            f"{path} is missing: run the profile, then python -m xltlib publish --profile {profile}"
        )
    return path


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
        if what == "claims":
            written = readme_claims(name, folder)
        else:
            written = readme_rules(name, folder, around)
        return f"<!-- {what}:{name} -->\n{written}\n<!-- {what}:end -->"

    around = _BETWEEN.sub("", text)
    new = _BETWEEN.sub(filled, text)
    if new != text and not check:
        files.write(path, new)
    return new != text
