"""Data sets and corpora by name: what there is of them, and reading it."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from .. import paths
from ..config import tables
from ..errors import XltError, not_one_of
from .formats.rows import no_text
from .items import SPLITS, Example, Split

if TYPE_CHECKING:
    import pandas as pd

    from .leaks.decontaminate import Decontaminated
    from .source import Corpus, Source


_MOST = 64  # splits in memory at a time: a profile's, twice over
_kept: dict[tuple, tuple[str | None, tuple[Example, ...]]] = {}  # what was read -> revision, items


def load(
    dataset: str,
    task: str,
    language: str,
    split: Split,
    data_dir: Path | str | None = None,
    limit: int | None = None,
    words: int | None = None,
) -> list[Example]:
    """The examples of a split: ``demos`` is the pool of demonstrations, ``test`` is scored.

    ``limit`` keeps that many, chosen by a hash of their ids (see :func:`.sample.sample`), ``words``
    that many words of each text (see :meth:`.items.Example.cut`). Raises
    :class:`XltError` for an unknown data set, task, language or split, for a missing ``data_dir``
    or file, and for a malformed line, which it names.
    """
    from .sample import sample

    source, root = _checked(dataset, task, language, data_dir)
    if split not in SPLITS:
        raise not_one_of("split", split, SPLITS)
    examples = _read(source, dataset, task, language, split, root)
    kept = list(examples) if limit is None else sample(examples, limit)
    return kept if words is None else [example.cut(words) for example in kept]


def _read(
    source: "Source", dataset: str, task: str, language: str, split: Split, root: Path | None
) -> tuple[Example, ...]:
    """A split, checked. What was read stays in memory for as long as its files are the same."""
    key = (source.read, dataset, task, language, split, root)
    try:
        revision = source.revision(language, root)
    except XltError:  # reading says better what is wrong
        revision = None
    known = _kept.pop(key, None)
    if known is None or revision is None or known[0] != revision:
        examples = tuple(source.read(task, language, split, root))
        if not examples:
            raise XltError(
                f"{dataset} has no {split} examples for the task {task!r} in {language!r}"
            )
        _checked_items(examples, f"{dataset} {task} {language} {split}")
        known = revision, examples
    _kept[key] = known  # the latest last
    while len(_kept) > _MOST:
        _kept.pop(next(iter(_kept)), None)
    return known[1]


def labels(
    dataset: str, task: str, language: str, data_dir: Path | str | None = None
) -> tuple[str, ...]:
    """The data's own labels, sorted: topics, or entity types (ner); empty for summarization."""
    source, root = _checked(dataset, task, language, data_dir)
    return tuple(sorted(source.labels(task, language, root)))


def notes(
    dataset: str, task: str, language: str, data_dir: Path | str | None = None
) -> dict[str, int]:
    """What the loader repaired, left out or set aside, in counts; empty when nothing.

    Files that were read in place of the hub are counted, too.
    """
    source, root = _checked(dataset, task, language, data_dir)
    found = source.notes(task, language, root)
    if source.name != dataset:
        files = len(list((Path(root or ".") / source.name / language).iterdir()))
        found = {f"files of {source.name} read in place of the hub": files} | found
    return found


def corpus(source: str, language: str, data_dir: Path | str | None = None) -> list[str]:
    """All monolingual lines of a corpus, as published but for blank lines and outer white space.

    See ``leaks`` in ``corpora_table()`` first: a corpus may hold the test text of a data set.
    """
    found, root = _checked_corpus(source, language, data_dir)
    return list(found.lines(language, root))


def training_text(
    source: str,
    language: str,
    data_dir: Path | str | None = None,
    limit: int | None = None,
    test_texts: Sequence[str] = (),
) -> "Decontaminated":
    """The first ``limit`` documents of a corpus (None: all) that may be trained on, with counts.

    ``source`` is a corpus or the path of a text file. Of all but the generated one, whatever
    overlaps with ``test_texts`` is dropped, and a stream is read no further than it must be.
    """
    from .leaks.decontaminate import Decontaminated, decontaminate

    found, root = _checked_corpus(source, language, data_dir)
    if found.decontaminate:
        return decontaminate(found.lines(language, root), test_texts, limit)
    lines = list(islice(found.lines(language, root), limit))
    return Decontaminated(lines, read=len(lines))


def is_decontaminated(source: str) -> bool:
    """Whether a corpus is cleaned of the profile's test texts before it is trained on."""
    return _corpus(source).decontaminate


def leaked_sets(source: str) -> tuple[str, ...]:
    """The data sets whose test text stands in a corpus: not to be evaluated after LAFT on it."""
    return _corpus(source).leaks


def revision(dataset: str, language: str, data_dir: Path | str | None = None) -> str:
    """SHA-256 over all files that a data set or corpus has in a language (mini: the generator's).

    Any change of the data, however small, changes it. Of web text it is that of the commit and
    the files' names.
    """
    from .corpora.textfile import is_path
    from .registry import CORPORA, SOURCES

    if dataset not in SOURCES and (dataset in CORPORA or is_path(dataset)):
        found, root = _checked_corpus(dataset, language, data_dir)
        return found.revision(language, root)
    source = source_of(dataset, language, data_dir)
    root = _root(dataset, source.local, data_dir, language in source.shipped)
    _in_languages(dataset, language, source.languages(root), root)
    return source.revision(language, root)


def source_of(dataset: str, language: str, data_dir: Path | str | None = None) -> "Source":
    """Where a data set is read from in a language: of the hub's, the publisher's files come first.

    They do where ``data_dir`` has a folder of them for the language. A table of the profile that
    was loaded last is a data set, too.
    """
    from . import table
    from .registry import SOURCES

    if own := tables(dataset):
        if dataset in SOURCES:
            raise XltError(
                f"the profile's table is named {dataset!r}, which is a published data set: give it "
                "a `name` of its own"
            )
        return table.source(dataset, own)
    if dataset not in SOURCES:
        todo = "name one of these, or give it a `table` in the profile's datasets"
        raise not_one_of("dataset", dataset, SOURCES, todo)
    found = SOURCES[dataset]
    if found.copy and data_dir is not None:
        folder = paths.expanded(data_dir) / found.copy / language
        return SOURCES[found.copy] if folder.is_dir() else found
    return found


def is_at_hand(dataset: str, language: str, data_dir: Path | str | None = None) -> bool:
    """Whether a data set can be read here: from a data folder, the project itself or the hub."""
    return not lacking(dataset, language, data_dir)


def lacking(dataset: str, language: str, data_dir: Path | str | None = None) -> str:
    """Why a data set has nothing in a language here; nothing where it can be read."""
    source = source_of(dataset, language, data_dir)
    if not source.local:
        return ""  # the hub is not asked
    try:
        root = _root(dataset, source.local, data_dir, language in source.shipped)
        _in_languages(dataset, language, source.languages(root), root)
    except XltError as error:
        return str(error)
    return ""


def datasets() -> "pd.DataFrame":
    """All data sets and tasks, with the languages known to be published, licence and source."""
    import pandas as pd

    from .registry import SOURCES

    return pd.DataFrame(
        [
            {
                "dataset": s.name,
                "task": task,
                "languages": ", ".join(s.published),
                "needs data_dir": s.local and not set(s.published) <= set(s.shipped),
                "licence": s.licence,
                "source": s.url,
            }
            for s in SOURCES.values()
            for task in s.tasks
        ]
    )


def corpora_table() -> "pd.DataFrame":
    """All monolingual corpora for LAFT, with the data sets whose test text they hold (leaks).

    ``decontaminated``: what overlaps with a profile's test sets is dropped before training.
    """
    import pandas as pd

    from .registry import CORPORA

    return pd.DataFrame(
        [
            {
                "corpus": c.name,
                "languages": ", ".join(c.published),
                "needs data_dir": c.local,
                "leaks": ", ".join(c.leaks),
                "decontaminated": c.decontaminate,
                "licence": c.licence,
                "source": c.url,
            }
            for c in CORPORA.values()
        ]
    )


def _checked(
    dataset: str, task: str, language: str, data_dir: Path | str | None
) -> tuple["Source", Path | None]:
    source = source_of(dataset, language, data_dir)
    if task not in source.tasks:
        raise not_one_of("task", task, source.tasks, f"{dataset} serves no other task")
    root = _root(dataset, source.local, data_dir, language in source.shipped)
    _in_languages(dataset, language, source.languages(root), root)
    return source, root


def _checked_corpus(
    name: str, language: str, data_dir: Path | str | None
) -> tuple["Corpus", Path | None]:
    found = _corpus(name)
    root = _root(name, found.local, data_dir) or (paths.expanded(data_dir) if data_dir else None)
    _in_languages(name, language, found.languages(root), root)
    return found, root


def _corpus(name: str) -> "Corpus":
    from .corpora import textfile
    from .registry import CORPORA

    if name in CORPORA:
        return CORPORA[name]
    if textfile.is_path(name):
        return textfile.corpus(name)
    todo = "name one of these, or the path of a text file (.txt or .txt.gz, a document a line)"
    raise not_one_of("corpus", name, CORPORA, todo)


def _root(
    name: str, local: bool, data_dir: Path | str | None, shipped: bool = False
) -> Path | None:
    """The data folder of a source that reads one; None for the others, and where none is needed."""
    if not local or (shipped and data_dir is None):
        return None
    if data_dir is None:
        raise XltError(
            f"{name} is read from its publisher's files: say where they are with --data-dir "
            "(`data_dir`), a folder laid out as <data_dir>/<dataset>/<language>/<file>"
        )
    root = paths.expanded(data_dir)
    if not root.is_dir():
        raise XltError(f"`data_dir` must be a folder, but there is none at {root}")
    return root


def _in_languages(
    name: str, language: str, available: Iterable[str] | None, root: Path | None
) -> None:
    """``available`` None: any language whatever."""
    if available is not None and language not in (known := tuple(available)):
        where = f"these are the languages of {name}" + (f" in {root}" if root else "")
        raise not_one_of("language", language, known, where)


def _checked_items(examples: Sequence[Example], where: str) -> None:
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise XltError(f"{where}: the id {example.id!r} stands there twice: remove one of them")
        seen.add(example.id)
        gold = [example.gold] if isinstance(example.gold, str) else []
        if wrong := no_text("\n".join([example.id, *example.texts, *gold])):
            raise XltError(f"{where}: item {example.id!r} holds {wrong}: take it out")
