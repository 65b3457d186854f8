"""AfriMMLU (Adelani et al. 2024, IrokoBench): exam questions of five subjects, four answers each.

Files: ``irokobench/<language>/afrimmlu_test.tsv``; demonstrations come from ``afrimmlu_dev.tsv``.
Where that file is missing, five questions of each subject are set aside from the test for them, and
``notes`` counts them: scores are then of 475 questions and not of the published 500.

No file has ids, and not all subjects have their questions in one order (international law stands
in another in English, Hausa and Luganda, microeconomics in English). So an id of ``afrimmlu`` names
its language, and it has no human translation to ask with.

``afrimmlu_parallel`` has: it is the three subjects that are in one order, elementary mathematics,
global facts and geography, under ids that all languages share. Their right letters are English's in
298 (Hausa), 300 (Kinyarwanda) and 300 (Luganda) of 300; of 194 English questions with numbers
(outside geography) 192, 194 and 194 share one with the question in their place, at most 80 with one
that stands any number of places further on. Left out are Hausa's two (they stand in each other's
place), and questions of which a text stands for two English ones: a translation that is looked up
by its text would be the wrong one (two Hausa questions of geography are printed in the place of two
others, and numbers are mistaken).
"""

import ast
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ...errors import XltError
from ..formats.delimited import digest, flat, folders, numbered_rows
from ..items import Example, Split
from ..sample import order
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/masakhane-io/masakhane-nlu (IrokoBench/afrimmlu/<language>)"
COLUMNS = ("question", "choices", "answer", "subject")
LETTERS = ("A", "B", "C", "D")
SET_ASIDE = 5  # of each subject
ENGLISH = "eng"
IN_ORDER = ("elementary_mathematics", "global_facts", "high_school_geography")
_AGREE = 0.9  # of a language's right letters are English's, or its file is another release's


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


def _numbered(language: str, root: Path | None) -> list[tuple[str, Example]]:
    """(subject, question) of the subjects that are in order, by ids that all languages share."""
    found: dict[str, list[Example]] = {subject: [] for subject in IN_ORDER}
    for subject, item in _questions(language, "test", root):
        if subject in found:
            place = len(found[subject]) + 1
            found[subject].append(replace(item, id=f"{subject}-{place}"))
    return [(subject, item) for subject, items in found.items() for item in items]


def _parallel(language: str, root: Path | None) -> tuple[list[Example], dict[str, int]]:
    """The questions that are English ones translated, and why how many others are left out."""
    own = [item for _, item in _numbered(language, root)]
    english = {item.id: item for _, item in _numbered(ENGLISH, root)}
    same = [e for e in own if e.id in english and english[e.id].gold == e.gold]
    if len(same) < _AGREE * len(own):
        raise XltError(
            f"{_path(language, 'test', root)}: {len(same)} of {len(own)} right letters are those "
            f"of {_path(ENGLISH, 'test', root)}, expected nearly all: the questions do not stand "
            f"in one order, get both files from one release of {PUBLISHER}"
        )
    meant = defaultdict(set)
    for item in same:
        for text, counterpart in zip(item.texts, english[item.id].texts, strict=True):
            meant[text].add(counterpart)
    kept = [item for item in same if all(len(meant[text]) == 1 for text in item.texts)]
    return kept, {
        "questions left out: English has another answer in their place": len(own) - len(same),
        "questions left out: a text of theirs stands for two in English": len(same) - len(kept),
    }


def _read_parallel(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    kept, aside = _parallel(language, root)[0], _set_aside(_numbered(language, root))
    return [item for item in kept if (item.id in aside) == (split == "demos")]


def _notes_parallel(task: str, language: str, root: Path | None) -> dict[str, int]:
    left_out = _parallel(language, root)[1]
    aside = len(_read_parallel(task, language, "demos", root))
    counts = {"questions set aside as demonstrations": aside} | left_out
    return {k: n for k, n in counts.items() if n}


def _beside_english(root: Path | None) -> tuple[str, ...]:
    found = folders(root, "irokobench", PUBLISHER)
    if not (english := _path(ENGLISH, "test", root)).exists():
        raise XltError(
            f"no file {english}, whose questions are translated: get it from {PUBLISHER}"
        )
    return found


_EXAMS = Source(
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
SOURCES = (
    _EXAMS,
    replace(
        _EXAMS,
        name="afrimmlu_parallel",
        read=_read_parallel,
        languages=_beside_english,
        revision=lambda language, root: digest(
            {_path(code, "test", root) for code in (language, ENGLISH)}
        ),
        notes=_notes_parallel,
    ),
)
