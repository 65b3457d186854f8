"""The table of ways put into words: what to do in a language with labelled items, and without."""

import re

import pandas as pd

from ..config import language_name
from ..stats.agreement import VOTE
from ..stats.panel import PLACE
from ..stats.ways import open_ways
from ..tasks import every as every_task
from .needs import is_true, lacking, listed, needed
from .scale import measured_by, points

#: The tables of a run that a rule is made of: the ways, and two that a run may lack.
TABLES = ("which_way", "learning_curve", "score_by_translation")
#: Baselines in words (:mod:`xltlib.validity.baselines`), and whether they need labelled items.
BASELINES = {
    "majority class": ("always giving the commonest label", False),
    "TF-IDF and logistic regression": ("a word-counting classifier", True),
    "first words": ("the first words of the article", False),
    "capitalised words": ("taking capitalised words for names", False),
    "longest answer": ("taking the longest of the answers", False),
    "commonest answer": ("always giving the commonest answer", False),
    "longest name": ("taking the longest name of the passage", False),
    "longest common phrase": ("the longest phrase that question and passage share", False),
    "copy": ("copying the sentence", False),
    "commonest number": ("always giving the commonest number", False),
    "last number of the problem": ("giving the last number of the problem", False),
    "sum of the problem's numbers": ("adding up the problem's numbers", False),
}
_VOTE_OF = re.compile(r"vote of (?P<count>\d+) demonstrations \((?P<by>\w+)\)")
_ALIKE = {"nearest": "most similar ones", "nearest_words": "that share most words",
          "bm25": "best matches by BM25"}  # fmt: skip
_TITLES = {task.name: task.title for task in every_task()}
_JOINED = {task.name: task.joined for task in every_task()}


def rules_table(
    ways: pd.DataFrame, curve: pd.DataFrame | None = None, worth: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What to do in each place, from a table of :func:`xltlib.stats.ways.ways_table`.

    ``curve`` has what needs no model by labelled items
    (:func:`xltlib.validity.learning_curve.learning_curve`): with it a rule says how many there are,
    and how many are worth as much as the model. ``worth`` has scores by the chrF of what was read
    (:func:`xltlib.validity.translators.score_by_quality`): with it a rule says which is enough.
    Columns: task, dataset, language, way (the one to go; ``none`` under the floor), rule.
    """
    table = []
    for key, place in ways.groupby(PLACE, sort=False):
        way, rule = _rule(place.reset_index(drop=True), at_place(curve, key), at_place(worth, key))
        table.append(dict(zip(PLACE, key, strict=True)) | {"way": way, "rule": rule})
    return pd.DataFrame(table, columns=[*PLACE, "way", "rule"])


def heading(task: str, language: str) -> str:
    """``Topic classification in Hausa``, ``Translation into English from Hausa``."""
    return f"{title(task)} {_JOINED.get(task, 'in')} {language_name(language)}"


def title(task: str) -> str:
    """``Topic classification``."""
    return _TITLES.get(task, task)


def sections(
    ways: pd.DataFrame | None,
    curve: pd.DataFrame | None = None,
    worth: pd.DataFrame | None = None,
) -> list[tuple[str, str, str, pd.DataFrame]]:
    """For each place of a table of ways: heading, rule, what else there is to say, and its ways.

    The table has scores with intervals, what a way lies behind the best one that can be gone (a
    star: told apart), whether it is above the floor, operations for a thousand answers, and needs.
    """
    if ways is None or ways.empty:
        return []
    rules = rules_table(ways, curve, worth)["rule"]
    found = []
    for rule, (key, place) in zip(rules, ways.groupby(PLACE, sort=False), strict=True):
        place = place.reset_index(drop=True)
        task, dataset, language = key
        named = f"{heading(task, language)} ({dataset}): {measured_by(task)}"
        found.append((named, rule, _more(place, at_place(curve, key)), _readable(place)))
    return found


def at_place(table: pd.DataFrame | None, key: tuple) -> pd.DataFrame:
    if table is None or table.empty:
        return pd.DataFrame()
    return table[(table[PLACE] == list(key)).all(axis=1)]


def _readable(place: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for _, way in place.iterrows():
        behind = way["behind"]
        star = " *" if way["apart"] else ""
        flops = way["flops"]
        closed = "translated by people" if is_true(way["bound"]) else ""
        closed = "made elsewhere" if is_true(way["elsewhere"]) else closed
        closed = "what all ways need" if way["arm"] == VOTE else closed
        lines.append(
            {
                "way": "vote of all ways" if way["arm"] == VOTE else way["arm"],
                "demonstrations": str(way["shots"]),
                "score": reached(way),
                "behind": ""
                if pd.isna(behind)
                else f"{points(behind, way['task'], '+')}{star}".replace("-", "−"),
                "above the floor": "yes" if way["above"] else "no",
                "operations": "" if pd.isna(flops) else f"{flops:.1e}",
                "needs": closed or listed(needed(way)),
            }
        )
    return pd.DataFrame(lines)


def _rule(place: pd.DataFrame, curve: pd.DataFrame, worth: pd.DataFrame) -> tuple[str, str]:
    """(way to go, the rule in words) of one place, whose ways stand by falling score."""
    ways = open_ways(place)
    if ways.empty:
        return "none", "No way of this profile was tried here."
    above = ways[ways["above"]]
    take = cheapest(above) if len(above) else None
    said = [_best(ways, take, curve)]
    if take is None or take["shots"]:
        said.append(_unlabelled(ways, curve, worth))
    said.append(_translated(place, worth))
    return "none" if take is None else take["arm"], " ".join(filter(None, said))


def cheapest(above: pd.DataFrame) -> pd.Series:
    """The way to go: of those above the floor and not told apart from the best, the cheapest."""
    level = above[(above.index == above.index[0]) | ~above["apart"]]
    priced = level[level["flops"].notna()]
    return priced.loc[priced["flops"].idxmin()] if len(priced) else above.iloc[0]


def _best(ways: pd.DataFrame, take: pd.Series | None, curve: pd.DataFrame) -> str:
    """What to do with whatever labelled items there are."""
    first = ways.iloc[0]
    known, labelled = in_words(first["reference"])
    pool = int(curve["labelled"].max()) if len(curve) else None
    floor = points(first["baseline"], first["task"])
    if take is None:
        lead = f"{_with(pool)}, " if labelled else ""
        if first["score"] > first["baseline"]:
            said = f"{lead}{_named(first)} is not clearly better than {known}"
            return f"{said} ({floor}), which needs no language model."
        need = "you need no language model" if labelled else "no method beats a simple program"
        return (
            f"{lead}{need if lead else _capital(need)}: {known} scored {floor}, and "
            f"the best method, {_name(first)}, {reached(first)}."
        )
    chosen = "pool" in str(take["labelled"])
    lead = f"{_with(pool if chosen else take['shots'])}, use" if take["shots"] else "Use"
    said = f"{lead} {_named(take) if chosen else _free(take)}{_needing(take)}"
    if pd.notna(first["baseline"]):
        said += f"; {known} scored {floor} without a language model"
    return said + "."


def _unlabelled(ways: pd.DataFrame, curve: pd.DataFrame, worth: pd.DataFrame) -> str:
    """What to do without labelled items; its needs, where nothing is said of translations."""
    best = without_items(ways)
    if best is None:
        return ""
    if curve.empty:
        worth_it = best["above"] and best.name != ways.index[0]
        return f"Without demonstrations, the best is {_free(best)}." if worth_it else ""
    if guesses(best, curve):
        return (
            f"With none, no method is clearly better than always giving the commonest label "
            f"({_constant(curve):.2f}); the best is {_free(best)}."
        )
    known = not worth.empty and is_true(best["parallel_text"])
    return f"With none, use {_free(best)}{'' if known else _needing(best)}."


def without_items(ways: pd.DataFrame) -> pd.Series | None:
    """The best of the ways that show nothing."""
    free = ways[(ways["shots"] == 0) & (ways["arm"] != VOTE)]
    return None if free.empty else free.iloc[0]


def _learner(curve: pd.DataFrame) -> str:
    """The program that learns most from all the labelled items."""
    whole = curve[curve["labelled"] == curve["labelled"].max()]
    return whole.sort_values("score")["method"].iloc[-1]


def _constant(curve: pd.DataFrame) -> float:
    """The score of what learns nothing but the commonest label; nan where it was not asked."""
    return curve[curve["method"] != _learner(curve)]["score"].max()


def guesses(way: pd.Series, curve: pd.DataFrame) -> bool:
    """Whether a way is not clearly better than always giving the commonest label."""
    return bool(way["low"] <= _constant(curve))  # nothing is below nan


def _matched(ways: pd.DataFrame, curve: pd.DataFrame) -> str:
    """How many labelled items make an ordinary program as good as the best way without any."""
    best = without_items(ways)
    if best is None or curve.empty:
        return ""
    if guesses(best, curve):
        return ""
    name = _learner(curve)
    learned = curve[curve["method"] == name].sort_values("labelled")
    enough = learned[learned["score"] >= best["score"]]["labelled"]
    program, most = in_words(name)[0], learned["labelled"].max()
    if enough.empty:
        return f"Even with {most:,} labelled texts, {program} does not do as well as {_free(best)}."
    return f"To do as well as {_free(best)}, {program} needs {enough.iloc[0]:,} labelled texts."


def _free(way: pd.Series) -> str:
    """A way without its number of demonstrations."""
    return f"{way['arm']} ({reached(way)})"


def _translated(place: pd.DataFrame, worth: pd.DataFrame) -> str:
    """How good a translation must be to be worth asking in English: of those that were read."""
    said = _worthwhile(place, worth)
    bounds = place[place["bound"].map(is_true) & ~place["elsewhere"].map(is_true)]
    if len(bounds):
        whose = f"{said}; human ones" if said else "Human translations"
        said = f"{whose} led to {points(bounds.iloc[0]['score'], bounds.iloc[0]['task'])}"
    return f"{said}." if said else ""


def _worthwhile(place: pd.DataFrame, worth: pd.DataFrame) -> str:
    """The least chrF that beat every way of asking about the text as it is, without a full stop.

    Of machines alone; and it beats them where its interval lies above theirs.
    """
    shown = place[(place["labelled"] == "shown") & ~place["elsewhere"].map(is_true)]
    if worth.empty or shown.empty:  # only ways with the same demonstrations are compared
        return ""
    without, people = shown["translator"].fillna("") == "", shown["bound"].map(is_true)
    read = worth[worth["method"].isin(shown.loc[~without & ~people, "arm"])].sort_values("chrf")
    asked = shown[without & shown["shots"].isin(read["shots"])]
    if read.empty or asked.empty:
        return ""
    helps = (read["low"] > asked["high"].max()).to_numpy()
    if not helps.any():
        said = "No translation was good enough to beat the untranslated text"
        return said if place["above"].any() else ""  # under the floor it would be no news
    least = read["chrf"][helps].iloc[0]
    below = read["chrf"][read["chrf"] < least]
    if len(below):
        less = f", one of {below.iloc[-1]:.0f} does not"
        return f"A translation of chrF {least:.0f} beats the untranslated text{less}"
    poorest = ", the poorest tried," if read["chrf"].nunique() > 1 else ""
    return f"A translation of chrF {least:.0f}{poorest} beats the untranslated text"


def _elsewhere(place: pd.DataFrame) -> str:
    """What other people's models reached."""
    others = place[place["elsewhere"].map(is_true).astype(bool)]
    if others.empty:
        return ""
    model = others.iloc[0]["arm"].partition(" (")[2].removesuffix(")")
    score = points(others.iloc[0]["score"], others.iloc[0]["task"])
    return f"{model}, asked elsewhere, scored {score}."


def _more(place: pd.DataFrame, curve: pd.DataFrame) -> str:
    """What a reader may ask next: how many ways are as good, and what to do without each need."""
    ways = open_ways(place)
    above = ways[ways["above"]]
    said = [_matched(ways, curve), _elsewhere(place)]
    if above.empty:
        return " ".join(filter(None, said))
    take, best = cheapest(above), above.iloc[0]
    level = above[(above.index == above.index[0]) | ~above["apart"]]
    if len(level) > 1:
        smallest = level["detectable"].max()
        unseen = f"; a difference below {points(smallest, take['task'])} could have gone unseen"
        others = listed([short(way) for at, way in level.iterrows() if at != take.name])
        said.append(f"Not told apart from it: {others}{unseen if pd.notna(smallest) else ''}.")
    if take.name != best.name and pd.notna(price := best["flops"] / take["flops"]):
        said.append(
            f"The highest score is that of {_named(best)}, which costs {_times(price)} as much."
        )
    for what, left in lacking(above, take):
        if left.empty:
            said.append(f"Without {what} no way here is above the floor.")
        else:
            said.append(f"Without {what}: {_named(left.iloc[0])}.")
    return " ".join(filter(None, said))


def in_words(reference: object) -> tuple[str, bool]:
    """(a baseline in words, whether it needs labelled items)."""
    if pd.isna(reference):
        return "", False
    if vote := _VOTE_OF.fullmatch(str(reference)):
        kind = _ALIKE.get(vote["by"], f"that {vote['by']} ranks highest")
        return f"a vote of the {vote['count']} {kind}", True
    return BASELINES.get(str(reference), (str(reference), True))


def _with(count: int | None) -> str:
    if count is None:
        return "With labelled texts"
    return f"With {count:,} labelled text{'' if count == 1 else 's'}"


def _needing(way: pd.Series) -> str:
    parts = needed(way, items=False)
    return f", which needs {listed(parts)}" if parts else ""


def reached(way: pd.Series) -> str:
    score, low, high = (points(way[c], way["task"]) for c in ("score", "low", "high"))
    return f"{score} [{low}, {high}]"


def _named(way: pd.Series) -> str:
    return f"{short(way)} ({reached(way)})"


def _name(way: pd.Series) -> str:
    return "the vote of all ways" if way["arm"] == VOTE else str(way["arm"])


def short(way: pd.Series) -> str:
    if way["arm"] == VOTE:
        return _name(way)
    if not way["shots"]:
        return f"{way['arm']} without demonstrations"
    if "learned" in str(way["labelled"]):
        return f"{way['arm']} trained on {way['shots']} texts"
    return f"{way['arm']} with {way['shots']} demonstration{'' if way['shots'] == 1 else 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"
