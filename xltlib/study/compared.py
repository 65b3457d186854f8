"""Two prediction files on one gold file, compared item by item, without profile and model.

Outputs are read and scored by the task's own code, as everywhere. The test, the interval and its
resamples are those of :func:`xltlib.stats.paired_table`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from .. import stats, tasks
from ..config import Language, load_language
from ..data import Example
from ..data.formats.rows import rows as read_rows
from ..errors import XltError, not_one_of
from ..tasks import entities
from .prediction_files import Columns, Prediction, read

KINDS = ("csv", "tsv", "jsonl", "parquet")
_SHOWN = 5  # ids named of each kind


@dataclass(frozen=True)
class Comparison:
    """Which files, and how to read them. An empty ``language``: outputs hold the gold's labels."""

    a: Path
    b: Path
    gold: Path
    task: str = "topics"
    language: str = ""
    id_column: str = "id"
    gold_column: str = "gold"
    text_column: str = "text"
    answer_column: str = ""
    missing_invalid: bool = False


@dataclass(frozen=True)
class Compared:
    """What came out: a row of :func:`xltlib.stats.paired_table` for each metric, the headline
    first, and the number of answers that could be read, by name."""

    table: pd.DataFrame
    valid: Mapping[str, int]

    def report(self) -> str:
        """The headline with its test, then the further scores with their intervals alone."""
        first, *others = self.table.to_dict("records")
        n = first["n"]
        counts = (f"{name} {count} of {n}" for name, count in self.valid.items())
        lines = [f"{n} items; outputs in which an answer stands: {', '.join(counts)}"]
        lines.append(_scores(first))
        lines.append(
            f"{first['method_a']} is better on {first['wins']} items, {first['method_b']} on "
            f"{first['losses']}; {first['test']}, p = {_p(first['p'])}"
        )
        if pd.notna(first["detectable"]):
            lines.append(
                f"smallest difference that {n} such items would show with 80 % power: "
                f"{first['detectable']:.3f}"
            )
        return "\n".join([*lines, *map(_scores, others)])


def compare(wanted: Comparison) -> Compared:
    """Score both files against the gold, and test their difference on the same items.

    Raises :class:`XltError` that names file and line: for a file that is not as it should be, an
    item that stands twice, a prediction of no item, and items without a prediction unless
    ``missing_invalid`` counts those as INVALID.
    """
    task = tasks.get(wanted.task)
    if wanted.task == "ner" and not wanted.language:
        raise XltError(
            "`language` is missing: entities are written with a language's tags and its word for "
            "none, give it with --language"
        )
    found = _gold(wanted)
    labels = sorted({one.answer for one in found}) if task.kind == "choose" else []
    language = load_language(wanted.language) if wanted.language else _plain(labels)
    items = [
        Example(one.id, language.code, {"text": one.text}, _typed(wanted, one, language))
        for one in found
    ]
    if task.name == "ner":
        labels = list(language.entity_types)
    table, valid = [], {}
    for name, path in zip(_names(wanted.a, wanted.b), (wanted.a, wanted.b), strict=True):
        said = _answers(path, items, wanted)
        answers = [
            task.parse(said[e.id].output, e, language, labels) if e.id in said else tasks.INVALID
            for e in items
        ]
        valid[name] = sum(answer is not tasks.INVALID for answer in answers)
        for item, answer in zip(items, answers, strict=True):
            table.append(_row(name, task, item, answer) | {"language": language.code})
    return Compared(stats.paired_table(pd.DataFrame(table), "all"), valid)


class _Gold(NamedTuple):
    """An item as the gold file has it."""

    where: str  # "line 7" or "row 7"
    id: str
    text: str  # of entities only
    answer: str


def _gold(wanted: Comparison) -> list[_Gold]:
    kind = wanted.gold.suffix.lower().lstrip(".")
    if kind not in KINDS:
        raise not_one_of("gold", wanted.gold.name, [f"*.{kind}" for kind in KINDS])
    name, answer, text = wanted.id_column, wanted.gold_column, wanted.text_column
    columns = [name, answer] + ([text] if wanted.task == "ner" else [])
    found: dict[str, _Gold] = {}
    for where, row in read_rows(wanted.gold, kind, columns):
        one = _Gold(where, row[name].strip(), row.get(text, ""), row[answer].strip())
        if one.id in found:
            raise XltError(
                f"{wanted.gold}, {where}: the id {one.id!r} stands in {found[one.id].where}, too: "
                "give every item an id of its own"
            )
        found[one.id] = one
    return list(found.values())


def _typed(wanted: Comparison, one: _Gold, language: Language) -> Any:
    """The right answer as its task has it: entities are written as answers are."""
    if wanted.task != "ner":
        return one.answer
    types = {name: name for name in language.entity_types}
    for tags in (types, language.entity_types):
        said = entities.read(one.answer, one.text, tags, language.none)
        spans = [entities.locate(one.text, entity) for entity in said or ()]
        if said is not None and all(span and span.type in types for span in spans):
            return tuple(sorted(span for span in spans if span))
    raise XltError(
        f"{wanted.gold}, {one.where}: found {one.answer!r:.60}, expected entities of the text as "
        f"`{next(iter(types))}: surface; ...` with the types {', '.join(types)}, or "
        f"{language.none!r}"
    )


def _plain(labels: Iterable[str]) -> Language:
    """A language in which each label is its own word: outputs hold labels as the gold has them."""
    return Language(
        code="und",
        name="as in the gold file",
        flores="und_Latn",
        prompts={},
        labels={label: label for label in labels},
        entity_types={},
        none="none",
    )


def _answers(path: Path, items: Sequence[Example], wanted: Comparison) -> dict[str, Prediction]:
    """Item's id -> what the file says of it."""
    known = {item.id for item in items}
    said: dict[str, Prediction] = {}
    for one in read(path, Columns(wanted.answer_column, wanted.id_column)):
        name = (one.id or "").strip()
        if name not in known:
            raise XltError(
                f"{path}, {one.where}: {wanted.gold} has no item {name!r}: compare files on the "
                "same items, or name the column of ids with --id-column"
            )
        if name in said:
            raise XltError(
                f"{path}, {one.where}: item {name!r} was answered in {said[name].where}, too: keep "
                "one of them"
            )
        said[name] = one
    missing = [item.id for item in items if item.id not in said]
    if missing and not wanted.missing_invalid:
        more = " ..." if len(missing) > _SHOWN else ""
        raise XltError(
            f"{path}: no prediction for {len(missing)} of {len(items)} items of {wanted.gold}: "
            f"{', '.join(missing[:_SHOWN])}{more}: add them, or count them as INVALID with "
            "--missing-invalid"
        )
    return said


def _names(a: Path, b: Path) -> tuple[str, str]:
    """Names for two files that tell them apart: of the shortest kind that does."""
    for one, other in ((a.stem, b.stem), (a.name, b.name), (str(a), str(b))):
        if one != other:
            return one, other
    raise XltError(f"`a` and `b` are the same file {a}: give two files of predictions")


def _row(name: str, task: tasks.Task, item: Example, answer: Any) -> dict[str, Any]:
    return {
        "arm": name,
        "method": name,
        "model": name,
        "task": task.name,
        "dataset": "gold",
        "shots": 0,
        "seed": 0,
        "example_id": item.id,
        "answer": task.answer_json(answer),
        "gold": task.gold_json(item),
        "valid": answer is not tasks.INVALID,
    } | task.score(answer, item)


def _scores(row: Mapping[str, Any]) -> str:
    """One metric of both, and their difference with its interval."""
    between = f"[{row['low']:+.3f}, {row['high']:+.3f}]" if pd.notna(row["low"]) else "[unknown]"
    return (
        f"{stats.metric(row['metric']).label}: {row['method_a']} {row['score_a']:.3f}, "
        f"{row['method_b']} {row['score_b']:.3f}, difference {row['difference']:+.3f} {between} "
        "(95 %, paired bootstrap over items)"
    )


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"
