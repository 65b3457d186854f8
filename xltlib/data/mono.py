"""Monolingual text for LAFT.

Files: ``mono/<language>/<prefix>*.txt``, one file per source and language. MasakhaNER 1.0 was
annotated from ``masakhaner1_text``, MasakhaNER 2.0 and MAFAND (lug) from ``lacuna``: training on
them and scoring on those sets measures memory, which is what ``leaks`` warns of.
"""

import csv
from collections.abc import Callable
from pathlib import Path

from ..errors import XltError
from .files import flat, read_lines, read_text
from .source import Corpus

NER = "github.com/masakhane-io/masakhane-ner (text_by_language)"
LACUNA = "github.com/masakhane-io/lacuna_pos_ner (language_corpus)"
STORIES = "github.com/AI-Lab-Makerere/Data4Good (African story books)"


def _finder(prefix: str, publisher: str) -> Callable[[str, Path | None], list[Path]]:
    def files(language: str, root: Path | None) -> list[Path]:
        folder = Path(root or ".") / "mono" / language
        found = sorted(folder.glob(f"{prefix}_*.txt"))
        if len(found) != 1:
            raise XltError(
                f"{folder} must have one file {prefix}_*.txt, but has "
                f"{', '.join(p.name for p in found) or 'none'}: get it from {publisher}"
            )
        return found

    return files


def _languages(prefix: str) -> Callable[[Path | None], tuple[str, ...]]:
    def languages(root: Path | None) -> tuple[str, ...]:
        found = (Path(root or ".") / "mono").glob(f"*/{prefix}_*.txt")
        return tuple(sorted({p.parent.name for p in found}))

    return languages


def _plain(prefix: str, publisher: str) -> Callable[[str, Path | None], list[str]]:
    find = _finder(prefix, publisher)
    return lambda language, root: read_lines(find(language, root)[0], publisher)


def _stories(language: str, root: Path | None) -> list[str]:
    """One line per text box of the story books.

    The file is Mac text (Mac Roman, records end with CR) whose quoted cells hold the page's line
    breaks; these are layout, and are read as spaces.
    """
    path = _finder("data4good_stories", STORIES)(language, root)[0]
    text = read_text(path, STORIES, "mac_roman")
    try:
        rows = list(csv.reader(text.replace("\n", "\v").split("\r"), strict=True))
    except csv.Error as error:
        raise XltError(f"{path}: broken quoting ({error}): get it again from {STORIES}") from error
    return [line for row in rows if (line := flat(", ".join(row)))]


def _corpus(prefix: str, publisher: str, **entry: object) -> Corpus:
    entry = {"lines": _plain(prefix, publisher), "name": prefix} | entry
    return Corpus(
        url=publisher, files=_finder(prefix, publisher), languages=_languages(prefix), **entry
    )


CORPORA = (
    _corpus(
        "lacuna",
        LACUNA,
        published=("hau", "kin", "lug"),
        licence="CC BY 4.0 (READMEs of hau and kin), CC BY-NC 4.0 (repository)",
        leaks=("hub:masakhaner2", "mafand"),
    ),
    _corpus(
        "masakhaner1",
        NER,
        name="masakhaner1_text",
        published=("hau", "kin", "lug"),
        licence="of the news sites (VOA Hausa, Igihe, Bukedde), unspecified",
        leaks=("masakhaner1",),
    ),
    _corpus(
        "data4good_stories",
        STORIES,
        published=("lug",),
        licence="CC0 1.0",
        lines=_stories,
    ),
)
