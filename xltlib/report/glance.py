"""The table of ways at a glance, for README: a few sentences and a small table, as Markdown."""

from collections.abc import Iterator

import pandas as pd

from ..config import language_name
from ..stats.agreement import VOTE
from ..stats.panel import PLACE
from .needs import is_true, listed
from .tables import escape_markdown
from .which_way import (
    at_place,
    cheapest,
    guesses,
    in_words,
    open_ways,
    reached,
    short,
    title,
    without_items,
)


def glance(ways: pd.DataFrame, curve: pd.DataFrame | None = None) -> str:
    """What to do, task by task, from a table of ways and what labelled items buy without a model.

    First comes the task with most ways of those that are learned from labelled items (``curve``):
    sentences, and a table with a line for each language. Of the others it is said which way to go
    where one beats a program without a model; the rest share one sentence. Tables as
    :func:`.which_way.rules_table` takes them.
    """
    learned = set() if curve is None else set(curve["task"])
    counts = ways["task"].value_counts()
    main = max(sorted(learned & set(counts.index)), key=lambda task: counts[task], default="")
    places = pd.DataFrame(_places(ways, curve))
    if places.empty:
        return ""
    told = [_main(places[places["task"] == main])] if main else []
    others = places[places["task"] != main]
    for task, rows in others[others["take"].notna()].groupby("task", sort=False):
        said = [f"{way} in {listed(_scores(mine))}" for way, mine in _grouped(rows, "take")]
        told.append(f"**{title(str(task))}.** Use {'; '.join(said)}.")
    return "\n\n".join(filter(None, [*told, _lost(others)]))


def _places(ways: pd.DataFrame, curve: pd.DataFrame | None) -> Iterator[dict]:
    """A line for each place: which way, program and way without items are best, and their scores.

    ``take`` is the way to go, missing where none beats the program; ``kind`` is ``use``, ``level``
    or ``program``, whichever of the best way and the program scores higher.
    """
    several = ways.groupby(["task", "language"])["dataset"].nunique()
    for key, place in ways.groupby(PLACE, sort=False):
        task, dataset, language = key
        place, here = place.reset_index(drop=True), at_place(curve, key)
        mine = open_ways(place)
        if mine.empty:
            continue
        above = mine[mine["above"]]
        first, free = mine.iloc[0], without_items(mine)
        take = cheapest(above) if len(above) else None
        best = first if take is None else take
        bounds = place[place["bound"].map(is_true) & ~place["elsewhere"].map(is_true)]
        level = "level" if first["score"] > first["baseline"] else "program"
        name = language_name(str(language))
        yield {
            "task": task,
            "place": f"{name} ({dataset})" if several[task, language] > 1 else name,
            "kind": level if take is None else "use",
            "take": None if take is None else f"{_arm(take)}{_count(take)}",
            "best": _arm(best),
            "reached": reached(best),
            "program": in_words(first["reference"])[0],
            "baseline": "" if pd.isna(first["baseline"]) else f"{first['baseline']:.2f}",
            "pool": 0 if here.empty else int(here["labelled"].max()),
            "free": "" if free is None else _arm(free),
            "free_reached": "" if free is None else reached(free),
            "guesses": free is not None and len(here) > 0 and guesses(free, here),
            "human": f"{bounds.iloc[0]['score']:.2f}" if len(bounds) else "",
        }


def _arm(way: pd.Series) -> str:
    return short(way) if way["arm"] == VOTE else f"`{way['arm']}`"


def _count(way: pd.Series) -> str:
    """`` with 4 demonstrations``."""
    return "" if way["arm"] == VOTE else short(way).removeprefix(str(way["arm"]))


def _grouped(rows: pd.DataFrame, by: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of each value, the value of most rows first."""
    values = rows[by].value_counts(sort=False)
    for value in values.sort_values(ascending=False, kind="stable").index:
        yield str(value), rows[rows[by] == value]


def _scores(rows: pd.DataFrame) -> list[str]:
    """``Hausa (0.53 [0.46, 0.60])`` of each row."""
    return [f"{r.place} ({escape_markdown(r.reached)})" for r in rows.itertuples()]


def _main(rows: pd.DataFrame) -> str:
    """The sentences on one task, and its table."""
    said = []
    for pool, mine in rows.groupby("pool", sort=False):
        lead = f"With {pool:,} labelled texts" if pool else "With labelled texts"
        for sentence in _with_items(mine):
            between = " " if sentence.startswith("in ") else ", "
            said.append(lead + between + sentence if lead else sentence[:1].upper() + sentence[1:])
            lead = ""
    known = rows[~rows["guesses"] & (rows["free"] != "")]
    free = [f"{way} in {listed(list(mine['place']))}" for way, mine in _grouped(known, "free")]
    if free:
        said.append(f"Without any, use {(', and ' if len(free) == 2 else '; ').join(free)}.")
    if len(unknown := rows[rows["guesses"]]):
        where = listed(list(unknown["place"]))
        said.append(
            f"Without any in {where}, no method is clearly better than giving the commonest label."
        )
    head = ["language", "best method", "best program", "best method without labelled texts"]
    lines = [
        [
            row.place,
            f"{row.best} {escape_markdown(row.reached)}",
            row.baseline,
            f"{row.free} {escape_markdown(row.free_reached)}".strip(),
            row.human,
        ]
        for row in rows.itertuples()
    ]
    if rows["human"].any():
        head.append("by human translations")
    table = [head, ["---"] * len(head), *(line[: len(head)] for line in lines)]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
    return f"**{title(str(rows['task'].iloc[0]))}.** {' '.join(said)}\n\n{text}"


def _with_items(rows: pd.DataFrame) -> Iterator[str]:
    """What to do with the labelled items: a sentence for each way to go, and each program."""
    for way, mine in _grouped(rows[rows["kind"] == "use"], "take"):
        yield f"use {way} in {listed(list(mine['place']))}."
    for program, mine in _grouped(rows[rows["kind"] == "program"], "program"):
        yield (
            f"you need no language model in {listed(list(mine['place']))}: "
            f"{program} scored higher than any method."
        )
    for program, mine in _grouped(rows[rows["kind"] == "level"], "program"):
        yield f"in {listed(list(mine['place']))}, no method is clearly better than {program}."


def _lost(rows: pd.DataFrame) -> str:
    """The tasks, and the languages of others, in which no way beats a program without a model."""
    if rows.empty or rows["take"].notna().all():
        return ""
    lost = rows["take"].isna().groupby(rows["task"], sort=False)
    whole = [_inside(title(str(task))) for task in lost.all().index[lost.all()]]
    said = [f"for {listed(sorted(whole), 'or')}"] if whole else []
    for task in lost.any().index[lost.any() & ~lost.all()]:
        mine = rows[(rows["task"] == task) & rows["take"].isna()]
        said.append(f"for {_inside(title(str(task)))} in {listed(list(mine['place']), 'or')}")
    return f"No method beats a simple program {', nor '.join(said)}."


def _inside(text: str) -> str:
    """A title as it stands within a sentence; one that begins with an abbreviation stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
