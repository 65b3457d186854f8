"""A data set of one's own, from a table that a profile describes.

It is read as strictly as the publishers' files, and has the licence and the source that its owner
gives. One file may hold both splits; see :func:`_divided`.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..config import TableSpec
from ..errors import XltError
from .formats.conll import parse, spans
from .formats.delimited import flat, read_text
from .formats.rows import OWNER, Row, Wrong, raised, rows
from .items import SPLITS, Example, Split
from .sample import order
from .source import Source

Tables = Mapping[str, TableSpec]


def source(name: str, tables: Tables) -> Source:
    """The data set that a profile's tables are, one for each of its tasks."""
    first = next(iter(tables.values()))
    return Source(
        name=name,
        tasks=tuple(tables),
        published=(),
        licence=first.licence,
        url=first.source,
        read=lambda task, language, split, root: _examples(tables[task], language, split),
        labels=lambda task, language, root: _labels(tables[task], language),
        languages=lambda root: None,
        revision=partial(_revision, tables),
        notes=lambda task, language, root: _notes(tables[task], language),
        local=False,
    )


def path(table: TableSpec, language: str, split: Split) -> Path:
    """The file of a language and a split."""
    name = table.names.get(language, language)
    return Path(table.file.format(language=name, split=table.splits[split]))


def lines(table: TableSpec, language: str, split: Split) -> dict[str, str]:
    """Id -> file and line of each item that can be read; of a table with columns."""
    file = path(table, language, split)
    left_out: list[XltError] = []
    try:
        found = _located(table, language, split, left_out.append)
        return {e.id: f"{file}, {where}" for where, e in found}
    except XltError:
        return {}


def readable(table: TableSpec, language: str, split: Split) -> tuple[list[Example], list[XltError]]:
    """The items that can be read and every row's mistake, where :func:`source` stops at the first.

    Of CoNLL all or none, and the first mistake.
    """
    wrong: list[XltError] = []
    try:
        if table.kind == "conll":
            return _examples(table, language, split), []
        made = [e for _, e in _located(table, language, split, wrong.append)]
        if "{split}" not in table.file and not table.split:
            made = _divided(table, made, split)
        return made, wrong
    except XltError as error:
        return [], [*wrong, error]


def _examples(table: TableSpec, language: str, split: Split) -> list[Example]:
    file = path(table, language, split)
    whole = "{split}" not in table.file
    if table.kind == "conll":
        prefix = "row" if whole else table.splits[split]
        made = [
            Example(f"{prefix}-{number}", language, {"text": s.text}, spans(s)[0])
            for number, s in enumerate(parse(read_text(file, OWNER), file, None), 1)
        ]
    else:
        made = [e for _, e in _located(table, language, split)]
    return _divided(table, made, split) if whole and not table.split else made


def _located(
    table: TableSpec, language: str, split: Split, wrong: Wrong = raised
) -> list[tuple[str, Example]]:
    """(where it stands, item) of each row of the split, or of all where nothing says which."""
    file = path(table, language, split)
    prefix = "row" if "{split}" not in table.file else table.splits[split]
    found = list(enumerate(_rows(table, file, wrong), 1))
    if table.split:
        values = {row[table.split] for _, (_, row) in found}
        if missing := set(table.splits.values()) - values:
            raise XltError(
                f"{file}: no row has {', '.join(map(repr, sorted(missing)))} in the column "
                f"{table.split!r}: found {', '.join(map(repr, sorted(values)))}: name its splits "
                "under table.splits"
            )
        found = [one for one in found if one[1][1][table.split] == table.splits[split]]
    made = []
    # ids are often numbered anew in each split: those of demonstrations say where they are from
    apart = bool(table.split) or "{split}" in table.file
    front = f"{table.splits['demos']}-" if apart and split == "demos" else ""
    for number, row in found:
        name = f"{front}{row[1][table.id].strip()}" if table.id else f"{prefix}-{number}"
        try:
            made.append((row[0], _example(table, file, language, row, name)))
        except XltError as error:
            wrong(error)
    return made


def _rows(table: TableSpec, file: Path, wrong: Wrong = raised) -> list[Row]:
    named = [*table.columns.values(), *table.options, table.gold, table.id, table.split]
    columns = list(dict.fromkeys(filter(None, named)))
    return rows(file, table.kind, columns, table.delimiter, table.quoted, wrong)


def _example(table: TableSpec, file: Path, language: str, row: Row, name: str) -> Example:
    where, cells = row
    texts = {field: flat(cells[column]) for field, column in table.columns.items()}
    gold = flat(cells[table.gold])
    options = tuple(flat(cells[column]) for column in table.options)
    if not options:
        return Example(name, language, texts, gold)
    if gold in table.options:  # the name of a column stands for what it holds
        gold = options[table.options.index(gold)]
    if gold not in options or len(set(options)) < len(options):
        raise XltError(
            f"{file}, {where}: found the answer {gold!r} among the options {list(options)}, "
            "expected one of them, or its column, and no option twice"
        )
    return Example(name, language, texts, gold, options)


def _divided(table: TableSpec, examples: list[Example], split: Split) -> list[Example]:
    """One split of a file that says of no row which it is in.

    Texts are ordered by a hash of their words and the seed, and the first ``demos`` of them are
    demonstrations: items with the same words are on the same side.
    """
    words = {e.id: e.key for e in examples}
    ranked = sorted(set(words.values()), key=lambda text: order(text, f"table {table.seed}"))
    if len(ranked) < 2:
        raise XltError(
            f"{table.file} has {len(ranked)} text: a file that is divided into demonstrations and "
            "test items needs two or more"
        )
    cut = min(max(1, round(table.demos * len(ranked))), len(ranked) - 1)
    chosen = set(ranked[:cut] if split == "demos" else ranked[cut:])
    return [e for e in examples if words[e.id] in chosen]


def _all(table: TableSpec, language: str) -> list[Example]:
    return [e for split in SPLITS for e in _examples(table, language, split)]


def _labels(table: TableSpec, language: str) -> set[str]:
    """The labels that occur in either split; none where answers are texts or each item's own."""
    if table.kind == "conll":
        return {s.type for e in _all(table, language) for s in e.gold}
    if table.answers == "texts" or table.options:
        return set()
    return {e.gold for e in _all(table, language)}


def _notes(table: TableSpec, language: str) -> dict[str, int]:
    """How a file was divided, where it was, and how many tags were repaired."""
    counts = {}
    if "{split}" not in table.file and not table.split:
        for split in SPLITS:
            counts[f"{split} items divided off by a hash of their text"] = len(
                _examples(table, language, split)
            )
    if table.kind == "conll":
        files = dict.fromkeys(path(table, language, split) for split in SPLITS)
        repaired = sum(
            spans(s)[1] for file in files for s in parse(read_text(file, OWNER), file, None)
        )
        counts |= {"orphan I- tags repaired": repaired} if repaired else {}
    return counts


def _revision(tables: Tables, language: str, root: Path | None) -> str:
    """SHA-256 over the files' contents and what the profile says of their columns and division.

    Where they lie and how they are called makes no difference.
    """
    total = hashlib.sha256()
    for task, table in sorted(tables.items()):
        said = table.model_dump(mode="json", exclude={"file", "names", "licence", "source"})
        total.update(json.dumps([task, said], sort_keys=True).encode())
        for split in SPLITS:
            file = path(table, language, split)
            try:
                total.update(hashlib.sha256(file.read_bytes()).digest())
            except OSError as error:
                raise XltError(f"cannot read {file}: {error.strerror}") from error
    return total.hexdigest()
