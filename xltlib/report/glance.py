"""The table of ways at a glance, for README: what to do in each language, as Markdown."""

import re
from collections.abc import Iterator

import pandas as pd

from ..config import language_name
from ..data.parallel import ENGLISH
from ..stats.agreement import VOTE
from ..stats.panel import PLACE
from ..stats.ways import open_ways
from .needs import listed
from .scale import inside, measured_by
from .tables import escape_markdown
from .which_way import cheapest, heading, reached, rules_table, short, title


def glance(
    ways: pd.DataFrame, curve: pd.DataFrame | None = None, worth: pd.DataFrame | None = None
) -> str:
    """What to do, task by task, from a table of ways.

    First comes the task with most ways of those that are learned from labelled items (``curve``):
    a paragraph for each language, which is the rule of its place. Of the others it is said which
    way to go where one beats a program without a model; the rest share one sentence. English, there
    for comparison, is left out beside other languages. Tables as :func:`.which_way.rules_table`
    takes them.
    """
    foreign = ways[ways["language"] != ENGLISH]
    ways = _coded(foreign if len(foreign) else ways, "arm")
    worth = None if worth is None else _coded(worth, "method")
    learned = set() if curve is None else set(curve["task"])
    counts = ways["task"].value_counts()
    main = max(sorted(learned & set(counts.index)), key=lambda task: counts[task], default="")
    places = pd.DataFrame(_places(ways[ways["task"] != main]))
    told = list(_main(ways[ways["task"] == main], curve, worth))
    if len(places):
        for task, rows in places[places["take"].notna()].groupby("task", sort=False):
            said = [f"{way} in {listed(_scores(mine))}" for way, mine in _grouped(rows, "take")]
            told.append(
                f"**{title(str(task))} ({measured_by(str(task))}).** Use {'; '.join(said)}."
            )
        told.append(_lost(places))
    return "\n\n".join(filter(None, told))


def pieces(paragraph: str) -> list[tuple[str, str]]:
    """A paragraph of :func:`glance` for a page: its plain words, each part ``strong``, ``code`` or
    neither."""
    found = []
    for one in re.split(r"(\*\*[^*]+\*\*|`[^`]*`)", paragraph):
        kind = "strong" if one[:2] == "**" else "code" if one[:1] == "`" else ""
        plain = one[2:-2] if kind == "strong" else one[1:-1] if kind == "code" else one
        found.append((kind, plain if kind == "code" else re.sub(r"\\(.)", r"\1", plain)))
    return [(kind, plain) for kind, plain in found if plain]


def _coded(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """The table with the names of arms as code; the vote is none."""
    names = table[column]
    return table.assign(**{column: names.where(names == VOTE, "`" + names + "`")})


def _main(
    ways: pd.DataFrame, curve: pd.DataFrame | None, worth: pd.DataFrame | None
) -> Iterator[str]:
    """A paragraph for each place of one task: what it is, and its rule."""
    rules = rules_table(ways, curve, worth)
    several = rules.groupby("language")["dataset"].transform("nunique") > 1
    for at, row in rules.iterrows():
        where = language_name(row["language"]) if at else heading(row["task"], row["language"])
        measure = "" if at else f" ({measured_by(row['task'])})"
        of_set = f" ({row['dataset']})" if several[at] else ""
        yield f"**{where}{of_set}{measure}.** {_escaped(row['rule'])}"


def _escaped(rule: str) -> str:
    """A rule as Markdown, the names of its ways as code."""
    parts = re.split("(`[^`]*`)", rule)
    return "".join(one if one[:1] == "`" else escape_markdown(one) for one in parts)


def _places(ways: pd.DataFrame) -> Iterator[dict]:
    """A line for each place: the way to go, missing where none beats the program, and its score."""
    several = ways.groupby(["task", "language"])["dataset"].nunique()
    for (task, dataset, language), place in ways.groupby(PLACE, sort=False):
        mine = open_ways(place)
        if mine.empty:
            continue
        above = mine[mine["above"]]
        take = cheapest(above) if len(above) else None
        name = language_name(str(language))
        yield {
            "task": task,
            "place": f"{name} ({dataset})" if several[task, language] > 1 else name,
            "take": None if take is None else short(take),
            "reached": "" if take is None else reached(take),
        }


def _grouped(rows: pd.DataFrame, by: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of each value, the value of most rows first."""
    values = rows[by].value_counts(sort=False)
    for value in values.sort_values(ascending=False, kind="stable").index:
        yield str(value), rows[rows[by] == value]


def _scores(rows: pd.DataFrame) -> list[str]:
    """``Hausa (0.53 [0.46, 0.60])`` of each row."""
    return [f"{r.place} ({escape_markdown(r.reached)})" for r in rows.itertuples()]


def _lost(rows: pd.DataFrame) -> str:
    """The tasks, and the languages of others, in which no way beats a program without a model."""
    if rows["take"].notna().all():
        return ""
    lost = rows["take"].isna().groupby(rows["task"], sort=False)
    whole = [inside(title(str(task))) for task in lost.all().index[lost.all()]]
    said = [f"for {listed(sorted(whole), 'or')}"] if whole else []
    for task in lost.any().index[lost.any() & ~lost.all()]:
        mine = rows[(rows["task"] == task) & rows["take"].isna()]
        said.append(f"for {inside(title(str(task)))} in {listed(list(mine['place']), 'or')}")
    return f"No method beats a simple program {', nor '.join(said)}."
