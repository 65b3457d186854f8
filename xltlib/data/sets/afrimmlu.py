"""AfriMMLU (Adelani et al. 2024, IrokoBench): exam questions of five subjects, four answers each.

Files: ``irokobench/<language>/afrimmlu_test.tsv``; demonstrations come from ``afrimmlu_dev.tsv``.
Where that file is missing, five questions of each subject are set aside from the test for them, and
``notes`` counts them: scores are then of 475 questions and not of the published 500.

No file has ids, and the languages do not have the questions in one order (international law stands
in another in English, Hausa and Luganda, microeconomics in English). So no two questions are said
to be translations of each other: an id names its language, and there is no human translation to
ask with.
"""

import ast
from collections.abc import Iterable
from pathlib import Path

from ...errors import XltError
from ..formats.delimited import flat, folders, numbered_rows
from ..items import Example, Split
from ..sample import order
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/masakhane-io/masakhane-nlu (IrokoBench/afrimmlu/<language>)"
COLUMNS = ("question", "choices", "answer", "subject")
LETTERS = ("A", "B", "C", "D")
SET_ASIDE = 5  # of each subject


def _path(language: str, part: str, root: Path | None) -> Path:
    return Path(root or ".") / "irokobench" / language / f"afrimmlu_{part}.tsv"


def _questions(language: str, part: str, root: Path | None) -> list[tuple[str, Example]]:
    """(subject, question) of a file."""
    path, found = _path(language, part, root), []
    for number, (line, row) in enumerate(numbered_rows(path, COLUMNS, PUBLISHER), 1):
        where = f"{path}, line {line}"
        if row["answer"] not in LETTERS:
            raise XltError(
                f"{where}: found the answer {row['answer']!r}, expected one of {', '.join(LETTERS)}"
            )
        options = _options(row["choices"], where)
        item = Example(
            f"{language}-{part}-{number}", language, {"question": flat(row["question"])},
            row["answer"], options,
        )  # fmt: skip
        found.append((row["subject"], item))
    return found


def _options(cell: str, where: str) -> tuple[str, ...]:
    """The four answers, which stand in a cell as Python writes a list."""
    try:
        given = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        given = None
    if not isinstance(given, list) or not all(isinstance(x, str) and x.strip() for x in given):
        raise XltError(
            f"{where}: found the choices {cell[:60]!r}, expected a list of texts such as "
            f"['1', '2', '3', '4']: get the file again from {PUBLISHER}"
        )
    if len(given) != len(LETTERS):
        raise XltError(
            f"{where}: found {len(given)} choices, expected {len(LETTERS)}, one for each of "
            f"{', '.join(LETTERS)}: get the file again from {PUBLISHER}"
        )
    return tuple(map(flat, given))


def _set_aside(questions: Iterable[tuple[str, Example]]) -> set[str]:
    """The ids of the test items that serve as demonstrations, chosen by a hash."""
    by_subject: dict[str, list[str]] = {}
    for subject, item in questions:
        by_subject.setdefault(subject, []).append(item.id)
    ranked = (sorted(ids, key=lambda i: order(i, "demonstrations")) for ids in by_subject.values())
    return {one for ids in ranked for one in ids[:SET_ASIDE]}


def _read(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    own = _path(language, "dev", root).exists()
    if own and split == "demos":
        return [item for _, item in _questions(language, "dev", root)]
    test = _questions(language, "test", root)
    aside = set() if own else _set_aside(test)
    return [item for _, item in test if (item.id in aside) == (split == "demos")]


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    test = _questions(language, "test", root)
    aside = len(test) - len(_read(task, language, "test", root))
    equal = sum(len(set(item.options)) < len(item.options) for _, item in test)
    counts = {
        "test items set aside as demonstrations: there is no afrimmlu_dev.tsv": aside,
        "test items with two answers in the same words": equal,
    }
    return {k: n for k, n in counts.items() if n}


SOURCE = Source(
    name="afrimmlu",
    tasks=("mmlu",),
    published=("eng", "hau", "kin", "lug"),
    licence="Apache-2.0 (repository)",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: (),
    languages=lambda root: folders(root, "irokobench", PUBLISHER),
    revision=revision_of_folder("irokobench", "afrimmlu_*.tsv"),
    notes=_notes,
)
