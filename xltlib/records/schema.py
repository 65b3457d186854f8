"""Records: one row per (cell, shots, seed, test item), with all that statistics and figures need.

Statistics and figures read records and nothing else, so records that were made elsewhere can be
put beside our own. Files are Parquet, written to a temporary name and renamed, so that a file that
exists is whole. Records grow: a file says by which version of the schema it was written, and what a
column means that it does not have yet is null, which is what it is in a file that was read.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .. import files, tasks
from ..errors import XltError

_TEXT, _INT, _FLOAT, _BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()

#: Goes up when a column is added or comes to mean something else; 1 had no version in its files.
VERSION = 4
_VERSION_KEY = b"schema_version"
#: Files that are joined at a time: apart, the columns of one take some 70 KB, however few its rows.
_TOGETHER = 200

#: The per-item score columns, each of the tasks that declare it: null in rows of the others.
SCORES = list(dict.fromkeys(column for task in tasks.every() for column in task.columns))

#: Column -> type.
SCHEMA = pa.schema(
    {
        "cell_id": _TEXT,
        "profile": _TEXT,
        "model": _TEXT,
        "model_revision": _TEXT,
        "translator": _TEXT,  # empty but for translate
        "translator_revision": _TEXT,
        "arm": _TEXT,  # the named configuration of a method that is compared; by default its name
        "method": _TEXT,
        "given": _TEXT,  # the method's parameters in this arm, JSON; null where it has none
        "task": _TEXT,
        "dataset": _TEXT,
        "language": _TEXT,  # ISO 639-3 of the test item
        "test_sha256": _TEXT,  # of the test split as it was loaded, the one on the data set's card
        "demos_sha256": _TEXT,  # of the split they are drawn from; null at 0 shots and of imports
        "prompt_language": _TEXT,  # of the prompt: eng for translate
        "shots": _INT,
        "seed": _INT,  # draws the demonstrations
        "example_id": _TEXT,
        "prompt_sha256": _TEXT,
        "prompt_tokens": _INT,
        "truncated_tokens": _INT,  # document tokens cut away, demonstrations' and the item's
        "output_tokens": _INT,
        "output": _TEXT,  # raw, as the model wrote it (likelihood: the text of the option chosen)
        "scoring": _TEXT,  # of options: likelihood, constrained or parsed; null where text is asked
        "option_scores": _TEXT,  # of likelihood: JSON, see xltlib.tasks.readings.OptionScores
        "reading": _TEXT,  # of likelihood: how the answer was made of them
        "tied": _BOOL,  # of likelihood: whether another option had the same score
        "answer": _TEXT,  # parsed, JSON, in the item's language; null when INVALID
        "valid": _BOOL,
        "gold": _TEXT,  # JSON
        "dropped": _INT,  # entities that could not be projected back
        **dict.fromkeys(SCORES, _FLOAT),
        "seconds": _FLOAT,  # this item's share of the measured time
        "flops": _FLOAT,  # this item's share, language model and translator
        "model_tokens": _FLOAT,  # this item's share of the tokens that the language model read
        "distinct_tokens": _FLOAT,  # the same, had no token been read twice
        "answers_cut": _FLOAT,  # share of this part's answers that ended at max_new_tokens
        "translations_cut": _FLOAT,  # translated pieces that did, an item; null without translator
    },
    metadata={_VERSION_KEY: str(VERSION).encode()},
)

#: Columns that every version of the schema has: a file without them is none of records.
_LATER = {"arm", "given", "option_scores", "reading", "tied", "answers_cut", "translations_cut"}
_ALWAYS = set(SCHEMA.names) - _LATER - set(SCORES)

#: What identifies a row.
KEY = [
    "profile",
    "model",
    "arm",
    "method",
    "task",
    "dataset",
    "language",
    "shots",
    "seed",
    "example_id",
]


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write records to ``path`` atomically; an ``arm`` that is not named is the method's own.

    Raises :class:`XltError` for missing or unknown columns, wrong types, repeated rows, and when
    the disk is full or the folder not writable.
    """
    names = set(SCHEMA.names)
    if "method" in rows:
        arm = rows["arm"] if "arm" in rows else rows["method"]
        rows = rows.assign(arm=arm.fillna(rows["method"]))
    if missing := names - set(rows.columns):
        raise XltError(f"records for {path} lack the columns {sorted(missing)}")
    if unknown := set(rows.columns) - names:
        raise XltError(f"records for {path} have unknown columns {sorted(unknown)}")
    if rows.duplicated(KEY).any():
        again = rows.loc[rows.duplicated(KEY), KEY].iloc[0].to_dict()
        raise XltError(f"records for {path} hold a row twice: {again}")
    try:
        table = pa.Table.from_pandas(rows[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise XltError(f"records for {path} do not fit the schema: {error}") from error
    told = (table.schema.metadata or {}) | SCHEMA.metadata
    table = table.replace_schema_metadata(told)
    files.write_by(path, lambda part: pq.write_table(table, part, compression="zstd"))


def read(paths: Iterable[Path], columns: Collection[str] | None = None) -> pd.DataFrame:
    """All rows of several record files, in the order given.

    ``columns``: those wanted besides what names a row, its cell and its data; by default all.
    Raises :class:`XltError` that names the file when one is missing, truncated or of another
    schema, with what to do.
    """
    named = {*KEY, "cell_id", "test_sha256"}
    schema = SCHEMA
    if columns is not None:
        wanted = [f for f in SCHEMA if f.name in named or f.name in columns]
        schema = pa.schema(wanted, SCHEMA.metadata)
    joined: list[pa.Table] = []
    tables: list[pa.Table] = []
    for path in paths:
        try:
            # small files: threads and reading ahead cost more than they save
            file = pq.ParquetFile(path, pre_buffer=False)
            here = file.schema_arrow
            held = [name for name in schema.names if name in here.names]
            table = file.read(held, use_threads=False)
        except (OSError, pa.ArrowInvalid) as error:
            raise XltError(
                f"{path} is not a readable records file ({error}): delete its folder and run the "
                "same command again, only that cell is made anew"
            ) from error
        _check(here, path)
        tables.append(_upgraded(table, schema))
        if len(tables) == _TOGETHER:
            joined.append(pa.concat_tables(tables).combine_chunks())
            tables.clear()
    if not (joined or tables):
        return schema.empty_table().to_pandas()
    return pa.concat_tables([*joined, *tables]).combine_chunks().to_pandas()


def _check(found: pa.Schema, path: Path) -> None:
    """Raise :class:`XltError` for a file of a later version and for columns that are not known."""
    version = int((found.metadata or {}).get(_VERSION_KEY, b"1"))
    wrong = [f"{f.name} ({f.type})" for f in found if f.name not in SCHEMA.names]
    wrong += [
        f"{f.name} ({f.type}, not {SCHEMA.field(f.name).type})"
        for f in found
        if f.name in SCHEMA.names and f.type != SCHEMA.field(f.name).type
    ]
    wrong += [f"no {name}" for name in sorted(_ALWAYS - set(found.names))]
    if version > VERSION or wrong:
        raise XltError(
            f"{path} holds other columns than records have (version {version}, here {VERSION}: "
            f"{', '.join(wrong) or 'a later version'}), so another version made it: delete its "
            "folder, then run or import again"
        )


def _upgraded(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A file's table with the columns of today, those that it lacks filled.

    ``arm`` is filled with the method, which is what it was before there were arms.
    """
    columns = []
    for field in schema:
        if field.name in table.schema.names:
            columns.append(table[field.name])
        elif field.name == "arm":
            columns.append(table["method"])
        else:
            columns.append(pa.nulls(len(table), field.type))
    return pa.table(columns, schema=schema)
