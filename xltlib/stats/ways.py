"""Which way, in my language? All arms of a place side by side: quality, price, needs, and a rule.

A *place* is a task, a data set and a language, a *way* an arm at one number of demonstrations: the
number that most arms were asked with (an arm's own largest where it was not asked with that), and
none, where it was asked so.
The best way is known from the answers alone, so its lead over another is tested within the family
of all pairs of ways of the place (Holm): whichever way comes out best, the chance that one of its
leads is called real and is none stays below 5 %.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from . import resample
from .agreement import VOTE, vote
from .cost import of_a_thousand
from .families import corrected
from .floor import with_floor
from .further import drawn_in
from .metrics import SCORED, of_task
from .paired import compare
from .panel import PLACE, Records, canonical, conditions, ordered, panels, pieces, with_models
from .resample import RESAMPLES
from .scores import scored

ALPHA = 0.05
NEEDS = ["labelled", "plain_text", "parallel_text", "translator", "asks_in", "bound"]
COLUMNS = [*PLACE, "shots", "arm", "n", "score", "low", "high", "behind", "behind_low"]
COLUMNS += ["behind_high", "p", "p_holm", "apart", "detectable", "reference", "baseline", "above"]
COLUMNS += ["flops", "elsewhere", *NEEDS]


def ways_table(
    records: Records,
    requirements: pd.DataFrame | None = None,
    baselines: pd.DataFrame | None = None,
    costs: pd.DataFrame | None = None,
    shots: int | None = None,
    resamples: int = RESAMPLES,
    seed: int = resample.SEED,
) -> pd.DataFrame:
    """All ways of every place by falling score, and the majority vote of those one can go.

    ``requirements`` says what each arm needs (columns arm and :data:`NEEDS`; none: not stated),
    ``baselines`` are headline scores without a model (:mod:`.floor`), ``costs`` comes from
    :func:`.cost.of_a_thousand` (default: without training), ``shots`` is the number of
    demonstrations to prefer.

    Answers made elsewhere (imports, known by having no cost) stand in the table, but have no vote.

    Columns: task, dataset, language, shots, arm, n, score, low, high; behind (the score of the best
    way that one can go, neither a bound nor elsewhere, less its own) with behind_low and
    behind_high, p, p_holm, apart (told apart from the best at 5 %), detectable, all empty for the
    best; reference and baseline (the best without a model), above (its interval lies above that);
    flops of a thousand answers, training included; elsewhere; and :data:`NEEDS`. Measured seconds
    are left out, so that the table is the same for a run made again. Raises :class:`XltError` where
    two arms answered other items.
    """
    whole = _ways(with_models(conditions(records)), shots)
    elsewhere = set(whole.loc[whole["elsewhere"], "arm"])
    closed = elsewhere | (
        set() if requirements is None else set(requirements.query("bound")["arm"])
    )
    costs = of_a_thousand(records) if costs is None else costs
    price, order = dict(list(costs.groupby(PLACE))), _order(whole)
    found = {}
    for rows, _ in pieces(records, (*SCORED, "seconds"), with_models):
        for key, place in _ways(rows, shots).groupby(PLACE, sort=False):
            here = price.get(key, costs.iloc[:0])
            found[key] = _of_place(place, order[key[0]], here, closed, resamples, seed)
    # as the table of all scores stands: where two are as good, its order holds
    tables, paid = zip(*(found[key] for key in sorted(found, key=_rank(order))), strict=True)
    scores = canonical(pd.concat(tables, ignore_index=True)).rename(columns={"method": "way"})
    table = with_floor(scores, _none if baselines is None or baselines.empty else baselines)
    table[["arm", "shots"]] = table["way"].str.rsplit(" ", n=1, expand=True)
    table["shots"] = table["shots"].astype(int)
    prices = pd.concat(paid, ignore_index=True).drop(columns="seconds")
    table = table.merge(prices, on=[*PLACE, "shots", "arm"], how="left")
    table = table.merge(_needs(requirements, table["arm"]), on="arm", how="left")
    table["elsewhere"] = table["arm"].isin(elsewhere)
    tops = {(t, m.name): m.top for t in table["task"].unique() for m in of_task(t)}
    top = [tops[key] for key in zip(table["task"], table["metric"], strict=True)]
    for column in _SCORES:
        table[column] = table[column].astype(float) / top
    table["apart"] = table["p_holm"].astype(float) <= ALPHA
    places = dict.fromkeys(map(tuple, canonical(table)[PLACE].to_numpy()))
    number = {key: i for i, key in enumerate(places)}
    at = table.assign(_place=[number[tuple(key)] for key in table[PLACE].to_numpy()]).sort_values(
        ["_place", "score"], ascending=[True, False], kind="stable"
    )
    return at[COLUMNS].reset_index(drop=True)


_SCORES = ("score", "low", "high", "baseline", "behind", "behind_low", "behind_high", "detectable")
_none = pd.DataFrame(columns=[*PLACE, "reference", "score"]).astype({"score": float})


def open_ways(ways: pd.DataFrame) -> pd.DataFrame:
    """Those of a table of ways, in memory or read back, that one can go.

    Neither bounds, translated by people, nor answered elsewhere.
    """
    closed = ways[["bound", "elsewhere"]].astype(str).eq("True").any(axis=1)
    return ways[~closed]


def _ways(rows: pd.DataFrame, shots: int | None) -> pd.DataFrame:
    """Of each arm the rows with the number of demonstrations that it is compared with, and with
    none; ``way`` names arm and number."""
    kept = []
    for _, place in rows.groupby(PLACE, sort=False):
        common = _common(place) if shots is None else shots
        for _, mine in place.groupby("arm", sort=False):
            has = set(mine["shots"])
            wanted = {0, common} & has if common in has else {0, max(has)} & has
            kept.append(mine[mine["shots"].isin(wanted)])
    chosen = pd.concat(kept, ignore_index=True)
    return chosen.assign(way=chosen["arm"] + " " + chosen["shots"].astype(str))


def _common(place: pd.DataFrame) -> int:
    """The number of demonstrations that most arms of a place were asked with here, of several the
    largest."""
    own = place[~place["elsewhere"]]
    asked = (own if len(own) else place).groupby("shots")["arm"].nunique()
    return int(max(asked.index, key=lambda k: (asked[k], k)))


def _order(whole: pd.DataFrame) -> dict[str, list[str]]:
    """The ways of each task as its places show them, their votes last."""
    ways: dict[str, list[str]] = {}
    votes: dict[str, list[str]] = {}
    for (task, *_), place in whole.groupby(PLACE, sort=False):
        ways.setdefault(task, []).extend(place["way"].unique())
        votes.setdefault(task, []).append(_vote_at(_common(place)))
    return {task: ordered([*ways[task], *votes[task]]) for task in ways}


def _rank(order: Collection[str]) -> Callable[[tuple], tuple]:
    tasks = {task: i for i, task in enumerate(order)}
    return lambda place: (tasks[place[0]], *place[1:])


def _vote_at(shots: int) -> str:
    return f"{VOTE} {shots}"


def _of_place(
    rows: pd.DataFrame,
    order: Sequence[str],
    costs: pd.DataFrame,
    closed: set[str],
    resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One place's ways and their vote: scores with the best one's lead, and what each costs."""
    rows, costs = _with_vote(rows, costs, closed)
    out = set(rows.loc[rows["arm"].isin(closed), "way"])
    same = (
        rows.drop(columns=["arm", "shots", "elsewhere"])
        .rename(columns={"way": "arm"})
        .assign(shots=0)
    )
    scores = scored(same, order, "headline", resamples, seed).drop(columns="shots")
    leads = _leads(same, order, scores, out, resamples, seed)
    return scores.merge(leads, on="method", how="left"), costs


def _with_vote(
    place: pd.DataFrame, costs: pd.DataFrame, closed: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A place's ways and their majority, which costs what its voters cost, training included.

    Those vote that one can go, each arm with its largest number of demonstrations here.
    """
    common = _common(place)
    most = place[place["shots"] == place.groupby("arm")["shots"].transform("max")]
    cast = vote(most.drop(columns="way").assign(shots=common), leave_out=closed)
    if cast.empty:
        return place, costs
    voters = most.loc[~most["arm"].isin(closed), ["arm", "shots"]].drop_duplicates()
    mine = costs.merge(voters, on=["arm", "shots"])
    whole = {u: mine[u].sum(skipna=False) for u in ("flops", "seconds")}
    key = {name: place[name].iloc[0] for name in PLACE}
    line = pd.DataFrame([key | {"shots": common, "arm": VOTE} | whole])
    ways = pd.concat([place, cast.assign(way=_vote_at(common))], ignore_index=True)
    return ways, pd.concat([costs, line], ignore_index=True)


def _leads(
    rows: pd.DataFrame,
    order: Sequence[str],
    scores: pd.DataFrame,
    closed: set[str],
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """What the best way of a place that one can go is ahead of the others; all pairs tested."""
    table = []
    (panel,) = panels(rows, of_task(rows["task"].iloc[0])[0], order)
    if pairs := compare(panel, resamples, seed):
        tested = drawn_in(pd.DataFrame(pairs), (), seed, resamples)
        open_ = scores[~scores["method"].isin(closed)]
        can = open_ if len(open_) else scores
        best = can.loc[can["score"].idxmax(), "method"]
        for _, row in corrected(tested, ()).iterrows():
            if best not in (row["method_a"], row["method_b"]):
                continue
            first = row["method_a"] == best
            sign = 1 if first else -1
            low, high = sorted((sign * row["low"], sign * row["high"]))
            line = {"method": row["method_b"] if first else row["method_a"]}
            line |= {"behind": sign * row["difference"], "behind_low": low}
            line |= {"behind_high": high, "p": row["p"], "p_holm": row["p_holm"]}
            table.append(line | {"detectable": row["detectable"]})
    columns = ["method", "behind", "behind_low", "behind_high", "p", "p_holm", "detectable"]
    return pd.DataFrame(table, columns=columns)


def _needs(requirements: pd.DataFrame | None, arms: pd.Series) -> pd.DataFrame:
    """What each arm needs; the vote all that its voters do, other unknown arms nothing stated."""
    names = ordered(arms)
    if requirements is None:
        return pd.DataFrame({"arm": names} | dict.fromkeys(NEEDS, "")).assign(bound=False)
    voters = requirements[~requirements["bound"] & requirements["arm"].isin(names)]
    found = [requirements[requirements["arm"].isin(names)]]
    if VOTE in names and len(voters):
        whole: dict[str, bool | str] = {
            c: bool(voters[c].any()) for c in ("plain_text", "parallel_text")
        }
        whole |= {"labelled": "; ".join(ordered(voters["labelled"]))}
        whole |= {"translator": ", ".join(t for t in ordered(voters["translator"]) if t)}
        whole |= {"asks_in": ", ".join(ordered(voters["asks_in"])), "bound": False}
        found.append(pd.DataFrame([{"arm": VOTE, **whole}]))
    table = pd.concat(found, ignore_index=True)
    rest = [name for name in names if name not in set(table["arm"])]
    unknown = pd.DataFrame({"arm": rest} | dict.fromkeys(NEEDS, "")).assign(bound=False)
    return pd.concat([table, unknown], ignore_index=True) if rest else table


def cost_of_ways(ways: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """The price of each way: flops and measured seconds of a thousand answers, training included.

    Columns: task, dataset, language, shots, arm, score, flops, seconds. The vote's seconds are
    those of its voters.
    """
    known = [*PLACE, "shots", "arm", "score", "flops", "bound", "elsewhere"]
    table = ways[known].merge(
        costs[[*PLACE, "shots", "arm", "seconds"]], on=[*PLACE, "shots", "arm"], how="left"
    )
    for _, place in table.groupby(PLACE, sort=False):
        mine = open_ways(place)
        voters = mine[mine["arm"] != VOTE]
        voters = voters[voters["shots"] == voters.groupby("arm")["shots"].transform("max")]
        at = place.index[place["arm"] == VOTE]
        table.loc[at, "seconds"] = float(np.sum(voters["seconds"].to_numpy(float)))
    return table.drop(columns=["bound", "elsewhere"])
