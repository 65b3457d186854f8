"""Records as samples of lm-evaluation-harness, for its viewers and for those who use its files.

One JSON Lines file for each arm, task, data set, language, shot count and seed, as
``--log_samples`` writes it: the document, the target, what was answered, and the scores. Prompts
are not in records; their hashes are. Every file can be imported again (:mod:`.imported`) to the
same answers and scores, and is checked for that before it is written.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .. import data, files, tasks
from ..config import Profile, load_language
from ..data import Example
from ..errors import XltError
from ..records import schema as records

#: What one file holds the answers of.
_FILE = [name for name in records.KEY if name != "example_id"]


@dataclass(frozen=True)
class Exported:
    """One file, or why there is none of these answers."""

    name: str
    path: Path | None
    again: str = ""  # the options of `import` that make the same records of it
    left_out: str = ""

    def line(self) -> str:
        """A line for readers."""
        if self.path is None:
            return f"{self.name} is left out: {self.left_out}"
        return f"{self.path}\n  python -m xltlib import {self.path} {self.again}"


def export(rows: pd.DataFrame, profile: Profile, folder: Path) -> list[Exported]:
    """Write the records ``rows`` of a profile to ``folder``.

    Raises :class:`XltError` where there are no records, and where the data that were answered
    cannot be read or are no longer what they were.
    """
    if rows.empty:
        raise XltError("there are no records to export: run some cells first, or name others")
    made = []
    for key, some in rows.groupby(_FILE, sort=False, dropna=False):
        made.append(_one(dict(zip(_FILE, key, strict=True)), some, profile, folder))
    return made


def _one(key: dict[str, Any], rows: pd.DataFrame, profile: Profile, folder: Path) -> Exported:
    task, where = tasks.get(key["task"]), (key["dataset"], key["task"], key["language"])
    test = data.load(*where, "test", profile.data_dir)
    labels = data.labels(*where, profile.data_dir)
    at = {item.id: number for number, item in enumerate(test)}
    if unknown := sorted(set(rows["example_id"]) - at.keys()):
        raise XltError(
            f"the records of {' '.join(where)} answer {unknown[0]!r}, which is none of its test "
            "items: the data have changed since, run these cells again"
        )
    items = [test[at[name]] for name in rows["example_id"]]
    name = (
        f"samples_{key['arm']}-{'-'.join(where)}-{key['shots']}-shots-seed-{key['seed']}"
        f"-{_safe(str(key['model']))}"
    )
    said = _said(task, rows, items, labels)
    if said is None:
        why = "its answers were carried back from another language, and no output says them"
        return Exported(name, None, left_out=why)
    outputs, language = said
    lines = []
    for row, item, output in zip(rows.to_dict("records"), items, outputs, strict=True):
        scores = {column: row[column] for column in task.columns}
        lines.append(
            {
                "doc_id": at[item.id],
                "doc": {"id": item.id, **item.fields}
                | ({"choices": list(item.options)} if item.options else {}),
                "target": json.loads(row["gold"]),
                "resps": [[output]],
                "filtered_resps": [output],
                "filter": "none",
                "metrics": list(scores),
                "prompt_hash": row["prompt_sha256"],
            }
            | scores
        )
    path = folder / f"{name}.jsonl"
    files.write(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    options = {"task": key["task"], "dataset": key["dataset"], "language": key["language"]}
    options |= {"method": key["method"], "model": f"{_safe(str(key['model']))}-exported"}
    options |= {"shots": key["shots"], "seed": key["seed"], "id-column": "id"}
    options |= {"profile": profile.name}
    options |= {"data-dir": profile.data_dir} if profile.data_dir else {}
    options |= {"prompt-language": language} if language != key["language"] else {}
    options |= {"limit": len(rows)} if len(rows) < len(test) else {}
    again = " ".join(f"--{option} {shlex.quote(str(given))}" for option, given in options.items())
    return Exported(name, path, again)


def _said(
    task: tasks.Task, rows: pd.DataFrame, items: Sequence[Example], labels: Sequence[str]
) -> tuple[list[str], str] | None:
    """Texts that are read as the records' answers, and in which language's words.

    The raw outputs where they are; else, of answers that were translated back, the answers. None
    where neither is.
    """
    wanted = [None if pd.isna(answer) else answer for answer in rows["answer"]]
    told = [json.loads(answer) if answer is not None else "" for answer in wanted]
    raw = (rows["output"].tolist(), rows["prompt_language"].iloc[0])
    back = ([text if isinstance(text, str) else "" for text in told], rows["language"].iloc[0])
    for outputs, code in (raw, back):
        language = load_language(code)
        read = [
            task.answer_json(task.parse(output, item, language, labels))
            for output, item in zip(outputs, items, strict=True)
        ]
        if read == wanted:
            return outputs, code
    return None


def _safe(name: str) -> str:
    """A model's name as a part of a file's."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
