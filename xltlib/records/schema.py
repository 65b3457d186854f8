"""Records: one row per (cell, shots, seed, test item), with all that statistics and figures need.

Statistics and figures read records and nothing else, so records that were made elsewhere can be
put beside our own. Files are Parquet, written to a temporary name and renamed, so that a file that
exists is whole.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .. import files
from ..errors import XltError

_TEXT, _INT, _FLOAT, _BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()

#: Column -> type. A score column is null where the task does not have it.
SCHEMA = pa.schema(
    {
        "cell_id": _TEXT,
        "profile": _TEXT,
        "model": _TEXT,
        "model_revision": _TEXT,
        "translator": _TEXT,  # empty but for translate
        "translator_revision": _TEXT,
        "method": _TEXT,
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
        "output": _TEXT,  # raw, as the model wrote it (likelihood: the label word of highest score)
        "scoring": _TEXT,  # of labels: likelihood, constrained or parsed; null where text is asked
        "answer": _TEXT,  # parsed, JSON, in the item's language; null when INVALID
        "valid": _BOOL,
        "gold": _TEXT,  # JSON
        "dropped": _INT,  # entities that could not be projected back
        "correct": _FLOAT,  # topics
        "tp": _FLOAT,  # ner, entity spans
        "fp": _FLOAT,
        "fn": _FLOAT,
        "rouge1": _FLOAT,  # summarization, F-measure in 0..1
        "rouge2": _FLOAT,
        "rougeL": _FLOAT,
        "chrf": _FLOAT,  # 0..100 as sacrebleu has it
        "seconds": _FLOAT,  # this item's share of the measured time
        "flops": _FLOAT,  # this item's share, language model and translator
        "model_tokens": _FLOAT,  # this item's share of the tokens that the language model read
        "distinct_tokens": _FLOAT,  # the same, had no token been read twice
    }
)

#: The per-item score columns.
SCORES = ["correct", "tp", "fp", "fn", "rouge1", "rouge2", "rougeL", "chrf"]

#: What identifies a row.
KEY = ["profile", "model", "method", "task", "dataset", "language", "shots", "seed", "example_id"]


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write records to ``path`` atomically.

    Raises :class:`XltError` for missing or unknown columns, wrong types, repeated rows, and when
    the disk is full or the folder not writable.
    """
    names = set(SCHEMA.names)
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
    files.write_by(path, lambda part: pq.write_table(table, part))


def read(paths: Iterable[Path]) -> pd.DataFrame:
    """All rows of several record files, in the order given.

    Raises :class:`XltError` that names the file when one is missing, truncated or of another
    schema, with what to do.
    """
    tables = []
    for path in paths:
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise XltError(
                f"{path} is not a readable records file ({error}): delete its folder and run the "
                "same command again, only that cell is made anew"
            ) from error
        if not table.schema.equals(SCHEMA, check_metadata=False):
            differ = set(map(str, SCHEMA)) ^ set(map(str, table.schema))
            raise XltError(
                f"{path} holds other columns than records have, so another version made it "
                f"({', '.join(sorted(differ))}): delete its folder, then run or import again"
            )
        tables.append(table)
    if not tables:
        return SCHEMA.empty_table().to_pandas()
    return pa.concat_tables(tables).to_pandas()
