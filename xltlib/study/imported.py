"""Predictions made elsewhere become records beside our own.

They are matched to the gold by id or by exact text, parsed and scored by the tasks' own code, and
written to ``runs/<profile>/imported-<hash>/`` with a manifest, so that every table, figure and
report takes them in. The hash is of what the records say: the same file imported twice is one
import, and a change of parser, gold or file is another, of which the newest counts.
"""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .. import data, files, methods, paths, stats, tasks
from ..config import Profile, load_language, load_profile
from ..data import Example
from ..data.card import checksum
from ..data.sample import sample
from ..errors import XltError, not_one_of
from ..records import provenance, results
from ..records import schema as records
from ..report import artifacts
from ..runs import manifest
from . import proposals
from .prediction_files import POSITION, Columns, Prediction, read
from .request import Request

_SHOWN = 5  # mismatches listed of each kind


@dataclass
class Outcome:
    """What became of the predictions; every one is matched, unmatched or a duplicate."""

    folder: Path
    read: int = 0
    matched: int = 0
    valid: int = 0
    unmatched: list[str] = field(default_factory=list)  # where: no such test item
    duplicate: list[str] = field(default_factory=list)  # where: said before, in the same words
    invalid: list[str] = field(default_factory=list)  # where: no answer in the output
    missing: list[str] = field(default_factory=list)  # ids of test items without a prediction
    score: str = ""  # the headline metric with its interval, on all items of the import
    hints: list[str] = field(default_factory=list)  # what the file seems to mean instead

    @property
    def counts(self) -> dict[str, int]:
        return {
            "read": self.read,
            "matched": self.matched,
            "unmatched": len(self.unmatched),
            "duplicate": len(self.duplicate),
            "valid": self.valid,
            "invalid": len(self.invalid),
            "missing": len(self.missing),
        }

    def report(self) -> str:
        """Counts, then the first mismatches of each kind."""
        lines = [", ".join(f"{n} {name}" for name, n in self.counts.items())]
        for name in ("unmatched", "duplicate", "invalid", "missing"):
            if found := getattr(self, name):
                more = f" ... ({len(found)})" if len(found) > _SHOWN else ""
                lines.append(f"{name}: {', '.join(found[:_SHOWN])}{more}")
        return "\n".join([*lines, *([self.score] if self.score else []), *self.hints])


def import_predictions(request: Request) -> Outcome:
    """Make records of a prediction file.

    Raises :class:`XltError` for an unknown task, language, method or data set, a file that is not
    as it should be, predictions that contradict each other, and test items without a prediction,
    unless ``missing_invalid`` counts those as INVALID.
    """
    profile = load_profile(request.profile, data_dir=request.data_dir)
    dataset = _dataset(profile, request)
    _check(profile, request)
    gold = data.load(dataset, request.task, request.language, "test", profile.data_dir)
    kept = {e.id for e in (gold if request.limit is None else sample(gold, request.limit))}
    columns = Columns(request.answer_column, request.id_column, request.text_column)
    labels = data.labels(dataset, request.task, request.language, profile.data_dir)
    try:
        predictions = read(request.file, columns, request.format, request.filter)
    except XltError as error:
        if perhaps := proposals.columns(request, gold):
            raise XltError(f"{error}\n{perhaps}") from error
        raise
    outcome = Outcome(Path(), read=len(predictions))
    said = _matched(predictions, gold, kept, request, outcome)
    outcome.missing = [e.id for e in gold if e.id in kept and e.id not in said]
    if not said or (outcome.missing and not request.missing_invalid):
        raise XltError(
            f"{request.file}: {len(outcome.missing)} test items of {dataset} have no prediction\n"
            f"{outcome.report()}\nMatch by another column, say with --limit how many items the "
            "predictions are of, or count what is missing as INVALID with --missing-invalid"
        )
    rows = _rows(
        profile, dataset, [e for e in gold if e.id in kept], said, request, outcome, labels
    )
    outcome.score = _score(rows)
    items = {e.id: e for e in gold}
    for hint in (
        proposals.language(said, items, request, profile, labels),
        proposals.entities(said, items, request, labels),
    ):
        outcome.hints += [hint] if hint else []
    _write(profile, dataset, rows.assign(test_sha256=checksum(gold)), request, outcome)
    return outcome


def _score(rows: pd.DataFrame) -> str:
    (one,) = stats.score_table(rows, "headline", resamples=2000).to_dict("records")
    metric = stats.metric(one["metric"])
    return (
        f"{metric.label} {one['score']:.3f} [{one['low']:.3f}, {one['high']:.3f}] on all "
        f"{one['n']} items of the import ({one['interval']}; tables show those of them that the "
        "profile's own cells answer)"
    )


def _dataset(profile: Profile, request: Request) -> str:
    """The data set meant, which must be one of the profile's."""
    tasks.get(request.task)
    offered = [
        d.name
        for d in profile.datasets
        if d.task == request.task and request.language in d.languages
    ]
    if not offered:
        sets = [f"{d.name} ({d.task}: {', '.join(d.languages)})" for d in profile.datasets]
        raise XltError(
            f"profile {profile.name!r} has no data set for the task {request.task!r} in "
            f"{request.language!r}: it has {'; '.join(sets)}"
        )
    if not request.dataset and len(offered) > 1:
        raise not_one_of("dataset", "", offered, "say with --dataset which one was answered")
    if request.dataset and request.dataset not in offered:
        raise not_one_of("dataset", request.dataset, offered)
    return request.dataset or offered[0]


def _check(profile: Profile, request: Request) -> None:
    methods.get(request.method)
    for name in ("shots", "seed"):
        if getattr(request, name) < 0:
            raise XltError(f"`{name}` must be 0 or more, but got {getattr(request, name)}")
    if not request.model.strip():
        raise XltError("`model` must name the model that made the predictions, but it is empty")
    if (request.separator or request.tags) and request.task != "ner":
        raise XltError(
            f"`separator` and `tags` are for entities (ner), not for {request.task!r}: leave them "
            "out"
        )
    if request.model == profile.model.path:
        raise XltError(
            f"`model` must not be {request.model!r}, which is the model of profile "
            f"{profile.name!r}: imported and own results would become one, choose another name"
        )


def _plain(text: str) -> str:
    """Text as it is matched: the same characters, however composed and spaced."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _matched(
    predictions: Sequence[Prediction],
    gold: Sequence[Example],
    kept: set[str],
    request: Request,
    outcome: Outcome,
) -> dict[str, Prediction]:
    """Test item's id -> its prediction; the rest goes into the outcome."""
    by_id = {e.id: e for e in gold}
    if request.id_column == POSITION:
        by_id = {str(number): e for number, e in enumerate(gold)}
    by_text: dict[str, list[Example]] = defaultdict(list)
    for example in gold:
        by_text[_plain(example.text)].append(example)
    said: dict[str, Prediction] = {}
    for one in predictions:
        if one.id is not None:
            item = by_id.get(one.id)
            if item and one.text is not None and _plain(one.text) != _plain(item.text):
                outcome.unmatched.append(f"{one.where} (id {one.id!r} has another text)")
                continue
        else:
            same = by_text.get(_plain(one.text or ""), [])
            # A set may hold one text several times: the predictions answer them in order.
            item = next((e for e in same if e.id not in said), same[-1] if same else None)
        if item is None or item.id not in kept:
            name = f"id {one.id!r}" if one.id is not None else f"text {(one.text or '')[:40]!r}"
            outcome.unmatched.append(f"{one.where} ({name})")
        elif item.id not in said:
            said[item.id] = one
        elif said[item.id].output == one.output:
            outcome.duplicate.append(f"{one.where} (as {said[item.id].where})")
        else:
            raise XltError(
                f"{request.file}, {one.where}: another answer to item {item.id!r} than "
                f"{said[item.id].where} has: keep one of them (several runs are several files, "
                "each imported with its own --seed)"
            )
    outcome.matched = len(said)
    return said


def _rows(
    profile: Profile,
    dataset: str,
    items: Sequence[Example],
    said: dict[str, Prediction],
    request: Request,
    outcome: Outcome,
    labels: Sequence[str],
) -> pd.DataFrame:
    """The records; what is not known of another program's run (tokens, seconds) is null."""
    task = tasks.get(request.task)
    prompt_language = load_language(request.prompt_language or request.language)
    separator = request.separator.replace("\\n", "\n")
    tags = proposals.tags_of(request.tags, labels)
    revision = hashlib.sha256(request.file.read_bytes()).hexdigest()[:16]
    rows = []
    for item in items:
        one = said.get(item.id)
        answer = tasks.INVALID
        if one is not None:
            output = one.output
            if separator or tags:
                output = proposals.entity_line(output, separator, tags, prompt_language)
            answer = task.parse(output, item, prompt_language, labels)
        valid = answer is not tasks.INVALID
        if one is not None and not valid:
            outcome.invalid.append(f"{one.where} ({one.output[:40]!r})")
        outcome.valid += valid
        rows.append(
            dict.fromkeys(records.SCHEMA.names)
            | {
                "cell_id": "",
                "profile": profile.name,
                "model": request.model,
                "model_revision": f"file {revision}",
                "translator": "",
                "translator_revision": "",
                "arm": request.method,
                "method": request.method,
                "task": request.task,
                "dataset": dataset,
                "language": request.language,
                "prompt_language": prompt_language.code,
                "shots": request.shots,
                "seed": request.seed,
                "example_id": item.id,
                "prompt_sha256": "",
                "output": one.output if one is not None else "",
                "answer": task.answer_json(answer),
                "valid": valid,
                "gold": task.gold_json(item),
                "dropped": 0,
            }
            | task.score(answer, item)
        )
    return pd.DataFrame(rows)


def _write(
    profile: Profile, dataset: str, rows: pd.DataFrame, request: Request, outcome: Outcome
) -> None:
    """Records, then the manifest that makes them count."""
    cell = f"{results.IMPORTED}{artifacts.records_hash(rows.astype(str))[:16]}"
    outcome.folder = paths.runs(profile.name) / cell
    path = outcome.folder / manifest.RECORDS
    records.write(rows.assign(cell_id=cell), path)
    what = [request.method, request.task, dataset, request.language, request.model]
    told = ("shots", "seed", "limit", "filter", "prompt_language", "missing_invalid")
    told += ("separator", "tags")
    content = {
        "cell": cell,
        "label": f"imported {' '.join(what)}, {request.shots} shots, seed {request.seed}",
        "kind": "imported",
        "parameters": {
            "file": request.file.name,
            "file_sha256": provenance.file_sha256(request.file),
            "task": request.task,
            "dataset": dataset,
            "language": request.language,
            "method": request.method,
            "model": request.model,
        }
        | {name: getattr(request, name) for name in told},
        "inputs": {"data": data.revision(dataset, request.language, profile.data_dir)},
        "counts": outcome.counts,
        "first": {n: getattr(outcome, n)[:_SHOWN] for n in ("unmatched", "duplicate", "invalid")},
        "depends_on": {},
        "artifacts": {
            f"runs/{profile.name}/{cell}/{manifest.RECORDS}": provenance.file_facts(path)
        },
        "seconds": 0.0,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    files.write(outcome.folder / manifest.NAME, text)
