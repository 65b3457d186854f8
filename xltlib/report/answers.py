"""The answers page: every item with what each method made of it, side by side, from records.

One page that opens from disk: its data are a block of JSON that a small script of our own puts on
the page as text, never as markup. Texts of a data set stand there only where its licence lets them
be passed on; of the others there are ids and scores, and the labels of tasks that choose among
them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from langcodes import standardize_tag

from .. import data, files
from ..config import language_name
from ..data import demonstrations
from ..data.card import answered, checksum
from ..data.licences import may_be_shown
from ..data.parallel import ENGLISH
from ..errors import XltError
from ..stats.labels import is_choice, is_extraction
from ..stats.metrics import of_task
from ..stats.panel import canonical, ordered, with_arms
from ..tasks import get as task_named
from ..text.spans import occurrences
from .gather import Arms
from .needs import listed
from .page import part, render

if TYPE_CHECKING:
    from ..config import Profile

ITEMS = 300  # of one data set and language; a page of more is slow to open on a phone
OUTPUT = 300  # characters of an output that could not be read
PLACE = ["task", "dataset", "language"]


@dataclass(frozen=True)
class Origin:
    """Where items are read from, and how many words of a text are kept by task, as in the run."""

    data_dir: Path | str | None = None
    document_words: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: "Profile") -> "Origin":
        return cls(profile.data_dir, profile.document_words)

    def load(self, dataset: str, task: str, language: str, split: data.Split) -> list[data.Example]:
        words = self.document_words.get(task)
        return data.load(dataset, task, language, split, self.data_dir, words=words)


def write(
    folder: Path,
    profile: str,
    records: pd.DataFrame | None,
    origin: Origin,
    notes: list[str],
    first: Arms | None = None,
) -> bool:
    """Write ``answers.html`` into ``folder``; whether there was anything to write.

    ``origin`` has the items, ``first`` says which arms a card shows at once; the others are folded
    under them.
    """
    if records is None or records.empty:
        return False
    first = first or Arms()
    rows = with_arms(records)
    rows = rows.assign(arm=rows["arm"].str.removesuffix(f" ({first.own})"))
    arms = ordered(rows["arm"])
    few = first.of(pd.DataFrame({"method": arms}))["method"].tolist()
    absent: dict[str, list[str]] = {}  # why texts cannot be shown -> whose
    groups = canonical(rows).groupby(PLACE, sort=False)
    places = [_place(*key, some, origin, first.same, absent) for key, some in groups]
    for why, whose in absent.items():
        notes.append(f"{why.format(listed(whose))}, so they are not shown.")
    page = render(
        "answers.html",
        part("answers.js"),
        title=f"All answers, profile {profile}",
        style=part("style.css") + part("answers.css"),
        profile=profile,
        data=embedded({"arms": arms, "first": few, "same": first.same or (), "places": places}),
    )
    files.write(folder / "answers.html", page)
    return True


def embedded(content: Any) -> str:
    """JSON that can stand inside a page: no text of it can end the block that it stands in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _place(
    task: str,
    dataset: str,
    language: str,
    rows: pd.DataFrame,
    origin: Origin,
    same: tuple[str, ...] | None,
    absent: dict[str, list[str]],
) -> dict[str, Any]:
    """What the page holds of one task, data set and language."""
    kind = "choice" if is_choice(task) else "entities" if is_extraction(task) else "text"
    metric = of_task(task)[0]
    ids = sorted(rows["example_id"].unique())
    items = _items(task, dataset, language, origin, rows, absent)
    allowed = may_be_shown(dataset, language)
    texts = items if allowed else {}
    shown = bool(texts) or kind == "choice"
    if len(ids) > ITEMS:
        ids = ids[:ITEMS]
    rows = rows[rows["example_id"].isin(ids)]
    scores = metric.item_scores(metric.statistics(rows)) / metric.top if len(rows) else []
    rows = rows.assign(_score=np.round(np.asarray(scores, dtype=float), 3))
    gold = rows.drop_duplicates("example_id").set_index("example_id")["gold"]
    english = _english(task, dataset, language, origin) if texts else {}
    shown_items = []
    for name in ids:
        item = {"id": name}
        if name in texts:
            item["t"] = _fields(texts[name])
        if name in english:
            item["e"] = english[name]
        if shown:
            item["g"] = _shown(gold[name], kind, texts.get(name))
        shown_items.append(item)
    runs: dict[str, dict[str, list]] = {}
    labels: dict[str, int] = {}
    for (shots, seed), some in rows.groupby(["shots", "seed"]):
        by_arm = {}
        for arm, mine in some.groupby("arm", sort=False):
            mine = mine.set_index("example_id").reindex(ids)
            answers = [
                [
                    None if pd.isna(r["_score"]) else r["_score"],
                    _shown(r["answer"], kind, texts.get(name)) if shown else None,
                    str(r["output"])[:OUTPUT] if _unread(r) and shown and texts else None,
                ]
                for name, r in mine.iterrows()
            ]
            by_arm[arm] = [
                _short(a, item.get("g"), kind, labels)
                for a, item in zip(answers, shown_items, strict=True)
            ]
        runs[f"{shots}/{seed}"] = by_arm
    return {
        "task": task,
        "dataset": dataset,
        "language": language,
        "title": f"{task_named(task).title} · {language_name(language)} · {dataset}",
        "tag": standardize_tag(language),
        "kind": kind,
        "metric": metric.label,
        "shown": bool(texts),
        "allowed": allowed,
        "of": int(gold.size if len(ids) < ITEMS else rows["example_id"].nunique()),
        "items": shown_items,
        "labels": list(labels),
        "runs": runs,
        "demos": _demonstrations(task, dataset, language, origin, rows, same, absent)
        if texts
        else {},
    }


def _short(answer: list, gold: Any, kind: str, labels: dict[str, int]) -> Any:
    """An answer as few characters, for the script to read: see ``whole`` in ``answers.js``.

    ``[score, answer]``, and the output where no answer could be read; of a label its place among
    ``labels`` alone, where its score is whether it is the gold one; a score alone where no text may
    be shown.
    """
    score, said, output = answer
    if kind == "choice" and isinstance(said, str) and score == float(said == gold):
        return labels.setdefault(said, len(labels))
    if output is not None:
        return answer
    return score if said is None and kind != "choice" else [score, said]


def _unread(row: pd.Series) -> bool:
    return not pd.isna(row["_score"]) and not bool(row["valid"]) and not pd.isna(row["output"])


def _items(
    task: str,
    dataset: str,
    language: str,
    origin: Origin,
    rows: pd.DataFrame,
    absent: dict[str, list[str]],
) -> dict[str, data.Example]:
    """The test items by id, where they can be loaded and are those that were answered."""
    try:
        test = origin.load(dataset, task, language, "test")
    except XltError:
        absent.setdefault("The texts of {} are not here", []).append(
            f"{dataset} in {language_name(language)}"
        )
        return {}
    found = answered(test, set(rows["test_sha256"].dropna()))
    if found is None:
        why = "The texts of {} are not those that were answered"
        absent.setdefault(why, []).append(f"{dataset} in {language_name(language)}")
    return found or {}


def _english(task: str, dataset: str, language: str, origin: Origin) -> dict[str, list[str]]:
    """The same items in English, of data sets that are parallel."""
    if language == ENGLISH:
        return {}
    try:
        items = origin.load(dataset, task, ENGLISH, "test")
    except XltError:
        return {}
    return {item.id: list(item.fields.values()) for item in items}


def _demonstrations(
    task: str,
    dataset: str,
    language: str,
    origin: Origin,
    rows: pd.DataFrame,
    same: tuple[str, ...] | None,
    absent: dict[str, list[str]],
) -> dict[str, list[dict]]:
    """Seed -> the demonstrations of the arms ``same``, which every one of their prompts shows.

    As many as any of them was shown; fewer shots are the first of them.
    """

    def without(why: str) -> dict:
        absent.setdefault(f"The demonstrations of {{}} {why}", []).append(
            f"{dataset} in {language_name(language)} ({task_named(task).title})"
        )
        return {}

    shown = rows[rows["shots"] > 0]
    if same is None:
        why = "cannot be told apart by arm without a table of requirements that has `same`"
        return without(why) if len(shown) else {}
    shown = shown[shown["arm"].isin(same)]
    if shown.empty:
        return {}
    try:
        pool = origin.load(dataset, task, language, "demos")
        test = origin.load(dataset, task, language, "test")
    except XltError:
        return without("are not here")
    if set(shown["demos_sha256"].dropna()) != {checksum(pool)}:
        return without("are not those that were shown")
    drawn, kind = {}, "choice" if is_choice(task) else "text"
    for seed, some in shown.groupby("seed"):
        most = int(some["shots"].max())
        chosen = demonstrations.draw(pool, task, most, int(seed), test, task_named(task).groups)
        drawn[str(seed)] = [{"t": _fields(d), "g": _written(d, kind)} for d in chosen]
    return drawn


def _written(item: data.Example, kind: str) -> str:
    if isinstance(item.gold, str):
        return item.gold
    return "; ".join(f"{s.type}: {item.text[s.start : s.end]}" for s in item.gold) or "–"


def _fields(item: data.Example) -> list[str]:
    return list(item.fields.values())


def _shown(answer: object, kind: str, item: data.Example | None) -> Any:
    """A gold answer or a parsed one for the page: text, or entities as [type, surface, start]."""
    if answer is None or pd.isna(answer):
        return None
    found = json.loads(str(answer))
    if kind != "entities" or not isinstance(found, list):
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    marks = []
    for type_, surface, occurrence in found:
        starts = occurrences(item.text, surface) if item is not None else []
        at = starts[occurrence] if 0 <= occurrence < len(starts) else -1
        marks.append([str(type_), surface, at])
    return marks
