"""What a source of data is; :mod:`.registry` lists them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import XltError
from .formats.delimited import digest
from .items import Example, Split

Pairs = list[tuple[str, str]]


def _nothing(task: str, language: str, root: Path | None) -> dict[str, int]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set. ``root`` is the data folder in all callables, None for sources without one.

    ``copy``: of one of the hub's sets the data set that reads the same from its publisher's files.
    ``local``: it is read from the data folder, but for the languages ``shipped`` with the project,
    which need none.
    """

    name: str
    tasks: tuple[str, ...]
    published: tuple[str, ...]  # languages that are known to exist
    licence: str
    url: str
    read: Callable[[str, str, Split, Path | None], list[Example]]  # task, language, split, root
    labels: Callable[[str, str, Path | None], Iterable[str]]  # task, language, root
    languages: Callable[[Path | None], tuple[str, ...] | None]  # that can be loaded; None: any
    revision: Callable[[str, Path | None], str]  # language, root
    notes: Callable[[str, str, Path | None], dict[str, int]] = _nothing  # task, language, root
    local: bool = True
    generated: bool = False  # by this project: it has nothing of the world's text
    shipped: tuple[str, ...] = ()
    copy: str = ""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Monolingual text. ``leaks`` names the data sets whose test text stands in it.

    ``decontaminate``: whatever overlaps with the profile's test sets is dropped before training.
    ``audited``: it is small enough to be read whole by :func:`.audit.audit`, and has been.
    """

    name: str
    published: tuple[str, ...]
    licence: str
    url: str
    lines: Callable[[str, Path | None], Iterable[str]]  # language, root; may be a stream
    revision: Callable[[str, Path | None], str]  # language, root
    languages: Callable[[Path | None], tuple[str, ...] | None]  # None: whatever the user says
    leaks: tuple[str, ...] = ()
    local: bool = True
    decontaminate: bool = True
    audited: bool = False


def revision_of_folder(name: str, pattern: str) -> Callable[[str, Path | None], str]:
    """The revision of a data set that owns the files ``<data_dir>/<name>/<language>/<pattern>``."""

    def revision(language: str, root: Path | None) -> str:
        return digest((Path(root or ".") / name / language).glob(pattern))

    return revision


def pairs_by_id(source: Source, task: str, language: str, root: Path | None) -> Pairs:
    """(English, ``language``) texts of a set whose test items have the same ids in all languages.

    Raises :class:`XltError` where the two splits do not hold the same ids.
    """
    english, other = (
        {item.id: item.text for item in source.read(task, code, "test", root)}
        for code in ("eng", language)
    )
    if set(english) != set(other):
        raise XltError(
            f"{source.name}: the test splits of eng and {language} hold different sentences, so "
            "they are not parallel: get them from one release"
        )
    return [(text, other[name]) for name, text in english.items()]
