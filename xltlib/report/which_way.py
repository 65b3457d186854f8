"""The table of ways put into a rule: which way to go in a language, and when to go none of them."""

from collections.abc import Callable

import pandas as pd

from ..config import language_name
from ..stats.agreement import VOTE
from ..stats.conclusions import p_text
from ..stats.panel import PLACE

#: What a reader may lack -> whether a way does without it.
WITHOUT: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "labelled items of its own": lambda t: (
        (t["shots"] == 0) | t["labelled"].str.contains(" in ", na=False)
    ),
    "a collection of labelled items to choose from": lambda t: (
        ~t["labelled"].str.contains("pool", na=False)
    ),
    "text to train on": lambda t: ~_true(t["plain_text"]),
    "parallel text": lambda t: ~_true(t["parallel_text"]),
    "a translator": lambda t: t["translator"].fillna("") == "",
}


def _true(column: pd.Series) -> pd.Series:
    return column.map(_is).astype(bool)


def _is(value: object) -> bool:
    """Whether a cell says yes, in memory or as a table was saved and read back."""
    return str(value) == "True"


def rules_table(ways: pd.DataFrame, curve: pd.DataFrame | None = None) -> pd.DataFrame:
    """One decision rule for each place, from a table of :func:`xltlib.stats.ways.ways_table`.

    ``curve`` has what needs no model by labelled items
    (:func:`xltlib.validity.learning_curve.learning_curve`): with it a rule says what to do without
    labelled items, and how many of them are worth as much.
    Columns: task, dataset, language, way (the one to go; ``none`` under the floor), rule.
    """
    table = []
    for key, place in ways.groupby(PLACE, sort=False):
        way, rule = _rule(place.reset_index(drop=True), curve)
        table.append(dict(zip(PLACE, key, strict=True)) | {"way": way, "rule": rule})
    return pd.DataFrame(table, columns=[*PLACE, "way", "rule"])


def sections(
    ways: pd.DataFrame | None, curve: pd.DataFrame | None = None
) -> list[tuple[str, str, pd.DataFrame]]:
    """For each place of a table of ways: its heading, its rule, and its ways for a reader.

    The table has scores with intervals, what a way lies behind the best one that can be gone (a
    star: told apart), whether it is above the floor, operations for a thousand answers, and needs.
    """
    if ways is None or ways.empty:
        return []
    found = []
    for key, place in ways.groupby(PLACE, sort=False):
        place = place.reset_index(drop=True)
        task, dataset, language = key
        heading = f"{task.capitalize()} in {language_name(language)} ({dataset})"
        found.append((heading, _rule(place, curve)[1], _readable(place)))
    return found


def _readable(place: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for _, way in place.iterrows():
        behind = way["behind"]
        star = " *" if way["apart"] else ""
        flops = way["flops"]
        closed = "translated by people" if _is(way["bound"]) else ""
        closed = "made elsewhere" if _is(way["elsewhere"]) else closed
        lines.append(
            {
                "way": "vote of all ways" if way["arm"] == VOTE else way["arm"],
                "demonstrations": str(way["shots"]),
                "score": f"{way['score']:.2f} [{way['low']:.2f}, {way['high']:.2f}]",
                "behind": "" if pd.isna(behind) else f"{behind:+.2f}{star}".replace("-", "−"),
                "above the floor": "yes" if way["above"] else "no",
                "operations": "" if pd.isna(flops) else f"{flops:.1e}",
                "needs": closed or _needing(way).removeprefix(", which needs "),
            }
        )
    return pd.DataFrame(lines)


def _unlabelled(open_ways: pd.DataFrame, curve: pd.DataFrame | None) -> str:
    """What to do without labelled items, and how many of them an ordinary program needs instead."""
    free = open_ways[(open_ways["shots"] == 0) & (open_ways["arm"] != VOTE)]
    if curve is None or curve.empty or free.empty:
        return ""
    here = curve[curve[PLACE].eq(free.iloc[0][PLACE].to_list()).all(axis=1)]
    if here.empty:
        return ""
    best, size = free.iloc[0], here["labelled"].max()
    name = here[here["labelled"] == size].sort_values("score")["method"].iloc[-1]
    learned = here[here["method"] == name].sort_values("labelled")
    constant = here[here["method"] != name]["score"].max()
    if pd.notna(constant) and best["low"] <= constant:
        return " Without labelled items no way is above the commonest label."
    enough = learned[learned["score"] >= best["score"]]["labelled"]
    found = f" Without labelled items take {_named(best)}{_needing(best)}; {name} "
    if enough.empty:
        return f"{found}does not reach that with {size} labelled items."
    return f"{found}needs {enough.iloc[0]} labelled items, of the numbers tried, to reach that."


def _rule(place: pd.DataFrame, curve: pd.DataFrame | None = None) -> tuple[str, str]:
    """(way to go, the rule in words) of one place, whose ways stand by falling score."""
    where = f"{place['task'][0].capitalize()} in {language_name(place['language'][0])}"
    others_here = place[_true(place["elsewhere"])]
    open_ways = place[~_true(place["bound"]) & ~_true(place["elsewhere"])]
    base = place.iloc[0]
    if open_ways.empty:
        return "none", f"{where}: no way of this profile was gone here."
    above = open_ways[open_ways["above"]]
    beside = _beside(place[_true(place["bound"])], others_here)
    if above.empty:
        best = open_ways.iloc[0]
        return "none", (
            f"{where}: none of these ways. The best of them, {_named(best)}, is not above "
            f"{base['reference']} ({base['baseline']:.2f}), which needs no language model. Use "
            "that where you have the labelled items that it needs; which of the ways is better "
            f"says nothing there.{_unlabelled(open_ways, curve)}{beside}"
        )
    best = above.iloc[0]
    level = above[(above.index == best.name) | ~above["apart"]]
    priced = level[level["flops"].notna()]
    take = priced.loc[priced["flops"].idxmin()] if len(priced) else best
    said = [f"{where}: take {_named(take)}{_needing(take)}."]
    if take.name != best.name:
        lead = f" ({p_text(take['p_holm'])})" if pd.notna(take["p_holm"]) else ""
        more = best["flops"] / take["flops"]
        price = f" and costs {_times(more)} as much" if pd.notna(more) else ""
        highest = _named(best)
        said.append(
            f"{highest[0].upper()}{highest[1:]} scores highest, but is not told apart from "
            f"it{lead}{price}."
        )
    others = [one for i, one in level.iterrows() if i not in (take.name, best.name)]
    if others:
        said.append(f"Not told apart either: {_list([_short(o) for o in others])}.")
    if len(level) > 1:
        smallest = level["detectable"].max()
        if pd.notna(smallest):
            said.append(f"A difference below {smallest:.2f} could have gone unseen.")
    said += _without(above, take)
    below = open_ways[~open_ways["above"]]
    if len(below) and pd.notna(base["baseline"]):
        said.append(
            f"Not above {base['reference']} ({base['baseline']:.2f}), which needs no language "
            f"model: {_list([_short(o) for _, o in below.iterrows()])}."
        )
    return take["arm"], " ".join(said) + beside


def _beside(bounds: pd.DataFrame, elsewhere: pd.DataFrame) -> str:
    """What was reached by ways that are not open: translations by people, other people's models."""
    said = ""
    if len(bounds):
        said += f" With translations by people {_named(bounds.iloc[0])}."
    if len(elsewhere):
        said += f" Answers made elsewhere to the same items: {_named(elsewhere.iloc[0])} at best."
    return said


def _without(above: pd.DataFrame, take: pd.Series) -> list[str]:
    """For what the way to go needs: the best way above the floor for those who lack it."""
    said = []
    stated = above[above["asks_in"].fillna("") != ""]
    for what, lacks in WITHOUT.items():
        if take.name not in stated.index or lacks(stated)[take.name]:
            continue
        left = stated[lacks(stated)]
        if left.empty:
            said.append(f"Without {what} no way here is above the floor.")
        else:
            said.append(f"Without {what}: {_named(left.iloc[0])}.")
    return said


def _named(way: pd.Series) -> str:
    return f"{_short(way)} ({way['score']:.2f} [{way['low']:.2f}, {way['high']:.2f}])"


def _short(way: pd.Series) -> str:
    if way["arm"] == VOTE:
        return "the vote of all ways"
    return f"{way['arm']} with {way['shots']} demonstration{'' if way['shots'] == 1 else 's'}"


def _needing(way: pd.Series) -> str:
    """What a way needs, as a clause; nothing where it is not stated."""
    if pd.isna(way["asks_in"]) or not way["asks_in"]:
        return ""
    parts = []
    if way["shots"]:
        kind = {"shown": f"{way['shots']} labelled items", "pool": "a collection of labelled items"}
        for one in str(way["labelled"]).split("; "):
            how, _, code = one.partition(" in ")
            parts.append(kind.get(how, how) + (f" in {language_name(code)}" if code else ""))
    parts += ["text to train on"] if _is(way["plain_text"]) else []
    parts += ["parallel text"] if _is(way["parallel_text"]) else []
    translator = "" if pd.isna(way["translator"]) else way["translator"]
    parts += [f"a translator ({translator})"] if translator else []
    return f", which needs {_list(parts)}" if parts else ", which needs nothing more"


def _list(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"
