"""A data set's card: where it is from, under which licence, how much of it there is, and checksums
of what was loaded, which stand in the records, too.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path

from .items import SPLITS, Example
from .load import load, source_of


def card(
    dataset: str, task: str, language: str, data_dir: Path | str | None = None
) -> dict[str, str | int]:
    """The card of one data set's task in one language.

    Keys: dataset, task, language, source (repository or generator), licence, demos and test (items
    of each split), demos_sha256 and test_sha256 (:func:`checksum` of each). Raises
    :class:`XltError` as :func:`xltlib.data.load` does.
    """
    splits = {split: load(dataset, task, language, split, data_dir) for split in SPLITS}
    source = source_of(dataset, language, data_dir)
    return {
        "dataset": dataset,
        "task": task,
        "language": language,
        "source": source.url,
        "licence": source.licence,
        **{split: len(items) for split, items in splits.items()},
        **{f"{split}_sha256": checksum(items) for split, items in splits.items()},
    }


def answered(test: Sequence[Example], sums: Collection[str]) -> dict[str, Example] | None:
    """Test items by id; None where they are others than those that were answered.

    ``sums`` are the :func:`checksum` of what was answered; without any, it is not known.
    """
    if sums and checksum(test) not in sums:
        return None
    return {item.id: item for item in test}


def checksum(examples: Sequence[Example]) -> str:
    """SHA-256 over ids, texts and gold answers, in order: of the data as used, whatever file."""
    total = hashlib.sha256()
    for e in examples:
        # An only text stands for itself, so that the sums of earlier records hold.
        texts = e.text if len(e.fields) == 1 else e.fields
        told = [e.id, e.language, texts, e.gold, *([e.options] if e.options else [])]
        total.update(json.dumps(told, ensure_ascii=False).encode())
        total.update(b"\n")
    return total.hexdigest()
