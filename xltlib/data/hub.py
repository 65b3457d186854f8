"""Data sets of the Hugging Face hub, through the ``datasets`` library.

Only Parquet and plain files are read, never a loading script: script data sets are taken from the
hub's own conversion, the revision ``refs/convert/parquet``. ``datasets`` is imported on use.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import XltError, not_one_of
from . import Example
from .conll import Sentence, spans
from .files import flat
from .source import Source

_PARQUET = "refs/convert/parquet"


@dataclass(frozen=True)
class HubSet:
    """Where a data set is and what its columns are called."""

    repo: str
    revision: str | None
    configs: Mapping[str, str]  # language -> configuration
    gold: Mapping[str, str]  # task -> column
    text: str
    licence: str
    local: str  # the way without a network
    pool: str = "train"


_SETS = {
    "hub:masakhanews": HubSet(
        "masakhane/masakhanews",
        _PARQUET,
        {"eng": "eng", "hau": "hau", "lug": "lug"},
        {"topics": "label", "summarization": "headline"},
        "text",
        "AFL-3.0 (its card)",
        "use the data set masakhanews with --data-dir",
    ),
    "hub:masakhaner2": HubSet(
        "masakhane/masakhaner2",
        _PARQUET,
        {"hau": "hau", "kin": "kin", "lug": "lug"},
        {"ner": "ner_tags"},
        "tokens",
        "AFL-3.0 (its card)",
        "use the data set masakhaner1 with --data-dir",
    ),
    "hub:sib200": HubSet(
        "Davlan/sib200",
        None,
        {"eng": "eng_Latn", "hau": "hau_Latn", "kin": "kin_Latn", "lug": "lug_Latn"},
        {"topics": "category"},
        "text",
        "CC BY-SA 4.0",
        "use the data set sib200 with --data-dir",
    ),
    "hub:xlsum": HubSet(
        "csebuetnlp/xlsum",
        _PARQUET,
        {"eng": "english", "hau": "hausa"},
        {"summarization": "summary"},
        "text",
        "CC BY-NC-SA 4.0",
        "use masakhanews or rw_news (headlines) with --data-dir",
    ),
}


def fetch(name: str, language: str, split: str) -> Any:
    """The ``datasets.Dataset`` of one configuration and split, downloaded or from its cache."""
    entry = _SETS[name]
    try:
        import datasets
    except ImportError as error:
        raise XltError(f"{name} needs the package `datasets`: pip install 'datasets>=5'") from error
    part = entry.pool if split == "demos" else "test"
    try:
        return datasets.load_dataset(
            entry.repo, entry.configs[language], split=part, revision=entry.revision
        )
    # The library raises a dozen kinds of errors for one cause: the set cannot be had.
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise XltError(
            f"{name}: cannot load {entry.repo} ({entry.configs[language]}, {part}) from the hub, "
            f"which is offline, unreachable or has changed ({type(error).__name__}: {reason}): "
            f"check the network and HF_HUB_OFFLINE, or {entry.local} and the publisher's files"
        ) from error


def examples(
    rows: Any, text: str, gold: str, task: str, language: str, prefix: str
) -> list[Example]:
    """Examples of a ``datasets.Dataset``: class numbers become names, BIO tags become spans."""
    if missing := {text, gold} - set(rows.column_names):
        raise not_one_of("column", sorted(missing)[0], rows.column_names, "the hub set has changed")
    feature = rows.features[gold]
    names = getattr(getattr(feature, "feature", feature), "names", None)

    def named(value: object) -> str:
        return names[value] if names and isinstance(value, int) else str(value)

    found = []
    for number, row in enumerate(rows, 1):
        if task == "ner":
            sentence = Sentence(tuple(row[text]), tuple(map(named, row[gold])))
            content, answer = sentence.text, spans(sentence)[0]
        else:
            content, answer = flat(row[text] or ""), flat(named(row[gold]))
        if not content or (task != "ner" and not answer):
            raise XltError(f"{prefix}, row {number}: no text in {text!r} or {gold!r}")
        name = str(row.get("index_id", f"{prefix}-{number}"))
        found.append(Example(name, language, content, answer))
    return found


def _read(name: str, task: str, language: str, split: str, root: Path | None) -> list[Example]:
    entry = _SETS[name]
    rows = fetch(name, language, split)
    prefix = entry.pool if split == "demos" else "test"
    return examples(rows, entry.text, entry.gold[task], task, language, prefix)


def _labels(name: str, task: str, language: str, root: Path | None) -> Iterable[str]:
    found = _read(name, task, language, "test", root) + _read(name, task, language, "demos", root)
    if task == "topics":
        return {str(e.gold) for e in found}
    return {s.type for e in found for s in e.gold} if task == "ner" else ()


def _revision(name: str, language: str, root: Path | None) -> str:
    """SHA-256 over the rows themselves: it needs no network once they are in the cache."""
    total = hashlib.sha256()
    for split in ("demos", "test"):
        for row in fetch(name, language, split):
            total.update(json.dumps(row, sort_keys=True, default=str).encode())
    return total.hexdigest()


def _source(name: str, entry: HubSet) -> Source:
    return Source(
        name=name,
        tasks=tuple(entry.gold),
        published=tuple(entry.configs),
        licence=entry.licence,
        url=f"huggingface.co/datasets/{entry.repo}",
        read=partial(_read, name),
        labels=partial(_labels, name),
        languages=lambda root: tuple(entry.configs),
        revision=partial(_revision, name),
        local=False,
    )


SOURCES = tuple(_source(name, entry) for name, entry in _SETS.items())
