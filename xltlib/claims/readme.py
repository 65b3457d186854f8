"""README's verdicts and rules: what is published, put between its markers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from .. import files, paths
from ..config import language_name
from ..errors import XltError
from ..report import gather, which_way
from ..report.needs import listed
from ..report.tables import escape_markdown
from ..stats.agreement import VOTE
from .rules import UNTESTABLE

#: ``<!-- claims:mini -->`` begins the verdicts of the profile mini, ``<!-- rules:mini -->`` the way
#: to go in each of its languages; ``<!-- claims:end -->`` and ``<!-- rules:end -->`` end them.
BEGIN = re.compile(r"<!-- (?P<what>claims|rules):(?!end )(?P<profile>[A-Za-z0-9_-]+) -->")
_ENDS = re.compile(r"<!-- (?:claims|rules):end -->")
_BETWEEN = re.compile(f"{BEGIN.pattern}.*?<!-- (?P=what):end -->", re.DOTALL)


def readme_claims(profile: str, folder: Path | None = None) -> str:
    """The claims by their verdicts, from the published table of claims.

    Those that could not be tested are named by their numbers alone. ``folder`` holds ``tables/``
    (default: what is published of the profile). Raises :class:`XltError` when there is no such
    table.
    """
    path = _there(_tables(profile, folder) / "claims.csv", profile)
    table = pd.read_csv(path, keep_default_na=False)
    lines = []
    for verdict, rows in table.groupby("verdict", sort=False):
        told = [
            f"{row['claim']}, {escape_markdown(_inside(row['wording']).rstrip('.'))}"
            for _, row in rows.iterrows()
        ]
        said = listed(list(rows["claim"])) if verdict == UNTESTABLE else "; ".join(told)
        lines.append(f"- **{verdict.capitalize()}**: {said}.")
    return "\n".join(lines)


def readme_rules(profile: str, folder: Path | None = None, around: str = "") -> str:
    """What to do in each language, a paragraph each, from the published tables. Raises as above.

    First comes the task with most ways of those that are learned from labelled items. Others in
    which no way beats a program without a model are named together. Below stands what the arms do
    that were named, unless the text ``around`` has them in backticks.
    """
    below = _tables(profile, folder)
    known = [gather.read(_there(below / f"{which_way.TABLES[0]}.csv", profile))]
    known += [
        gather.read(path) if (path := below / f"{name}.csv").is_file() else None
        for name in which_way.TABLES[1:]
    ]
    learned = [] if known[1] is None else list(known[1]["task"].unique())
    ways = known[0]["task"].value_counts()
    main = max(learned, key=lambda task: ways.get(task, 0), default="")
    arms = known[0].loc[known[0]["arm"] != VOTE, "arm"].unique()
    names = re.compile(
        rf"\b({'|'.join(map(re.escape, sorted(arms, key=len, reverse=True)))})(?!\w)"
    )
    every = which_way.rules_table(*known)
    every = every.sort_values("task", key=lambda task: task != main, kind="stable")
    lost = (every["way"] == "none") & (every["task"] != main)
    paragraphs = []
    for language, rules in every[~lost].groupby("language", sort=False):
        heads = [which_way.title(task) for task in rules["task"]]
        heads[0] += f" in {language_name(language)}"
        said = [names.sub(r"`\1`", escape_markdown(rule)) for rule in rules["rule"]]
        paragraphs.append(" ".join(f"**{h}.** {t}" for h, t in zip(heads, said, strict=True)))
    beaten = [
        f"for {listed([_inside(which_way.title(t)) for t in tasks])} in "
        f"{listed([language_name(code) for code in languages])}"
        for tasks, languages in _alike(every[lost])
    ]
    if beaten:
        paragraphs.append(f"No method beats a simple program {'; '.join(beaten)}.")
    text = "\n\n".join(paragraphs)
    legend = _legend(below / "requirements.csv", text, around)
    return f"{text}\n\n{legend}" if legend else text


def _alike(rules: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The tasks of each language, and the languages that have the same ones."""
    tasks = rules.groupby("language", sort=False)["task"].agg(lambda t: tuple(sorted(set(t))))
    for same, languages in tasks.groupby(tasks, sort=False):
        yield same, sorted(languages.index)


def _inside(title: str) -> str:
    """A title as it stands within a sentence; one that begins with an abbreviation stays."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _legend(path: Path, text: str, around: str) -> str:
    """What the arms do that ``text`` names in backticks and ``around`` does not."""
    if not path.is_file():
        return ""
    told = gather.read(path).set_index("arm")["about"]
    named = [arm for arm in told.index if f"`{arm}`" in text and f"`{arm}`" not in around]
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
