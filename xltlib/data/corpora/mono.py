"""Monolingual text for LAFT.

Files: ``mono/<language>/<prefix>*.txt``, one file per source and language. MasakhaNER 1.0 was
annotated from ``masakhaner1_text``, MasakhaNER 2.0 and MAFAND (lug) from ``lacuna``: training on
them and scoring on those sets measures memory, which is what ``leaks`` warns of. Single sentences
of other test sets stand in them as well, and are dropped before training.

The transcripts of Common Voice are ``mono/<language>/common_voice_validated.tsv``, the file
``validated.tsv`` of a release. Since October 2025 releases are at the Mozilla Data Collective
alone, which asks for an account; no file was at hand, the columns are those that its users read.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import XltError
from ..formats.delimited import digest, flat, read_lines, read_text
from ..source import Corpus

NER = "github.com/masakhane-io/masakhane-ner (text_by_language)"
LACUNA = "github.com/masakhane-io/lacuna_pos_ner (language_corpus)"
STORIES = "github.com/AI-Lab-Makerere/Data4Good (African story books)"
VOICE = "datacollective.mozillafoundation.org (Common Voice, scripted speech: validated.tsv)"


def _finder(pattern: str, publisher: str) -> Callable[[str, Path | None], Path]:
    def file(language: str, root: Path | None) -> Path:
        folder = Path(root or ".") / "mono" / language
        found = sorted(folder.glob(pattern))
        if len(found) != 1:
            raise XltError(
                f"{folder} must have one file {pattern}, but has "
                f"{', '.join(p.name for p in found) or 'none'}: get it from {publisher}"
            )
        return found[0]

    return file


def _languages(pattern: str) -> Callable[[Path | None], tuple[str, ...]]:
    def languages(root: Path | None) -> tuple[str, ...]:
        found = (Path(root or ".") / "mono").glob(f"*/{pattern}")
        return tuple(sorted({p.parent.name for p in found}))

    return languages


def _plain(pattern: str, publisher: str) -> Callable[[str, Path | None], list[str]]:
    find = _finder(pattern, publisher)
    return lambda language, root: read_lines(find(language, root), publisher)


def _stories(language: str, root: Path | None) -> list[str]:
    """One line per text box of the story books.

    The file is Mac text (Mac Roman, records end with CR) whose quoted cells hold the page's line
    breaks; these are layout, and are read as spaces.
    """
    path = _finder("data4good_stories_*.txt", STORIES)(language, root)
    text = read_text(path, STORIES, "mac_roman")
    try:
        rows = list(csv.reader(text.replace("\n", "\v").split("\r"), strict=True))
    except csv.Error as error:
        raise XltError(f"{path}: broken quoting ({error}): get it again from {STORIES}") from error
    return [line for row in rows if (line := flat(", ".join(row)))]


def _transcripts(language: str, root: Path | None) -> list[str]:
    """The sentences of a Common Voice table, each once, in the order of the file.

    The table is tab-separated and not quoted; a sentence has a row for each of its recordings.
    """
    path = _finder("common_voice_*.tsv", VOICE)(language, root)
    rows = [line.removesuffix("\r").split("\t") for line in read_text(path, VOICE).split("\n")]
    header, rows = rows[0], [row for row in rows[1:] if row != [""]]
    if "sentence" not in header:
        raise XltError(
            f"{path}: no column 'sentence': found the columns {header}, expected validated.tsv of "
            f"{VOICE}"
        )
    if short := [n for n, row in enumerate(rows, 2) if len(row) != len(header)]:
        raise XltError(
            f"{path}, row {short[0]}: found another number of cells than {len(header)}: the file "
            f"is cut off or was edited; get it again from {VOICE}"
        )
    if not rows:
        raise XltError(f"{path} has a header and no rows: get it again from {VOICE}")
    at = header.index("sentence")
    return list(dict.fromkeys(text for row in rows if (text := flat(row[at]))))


def _corpus(prefix: str, publisher: str, suffix: str = "txt", **entry: Any) -> Corpus:
    pattern = f"{prefix}_*.{suffix}"
    find = _finder(pattern, publisher)
    entry.setdefault("lines", _plain(pattern, publisher))
    entry.setdefault("name", prefix)
    return Corpus(
        url=publisher,
        revision=lambda language, root: digest([find(language, root)]),
        languages=_languages(pattern),
        **entry,
    )


CORPORA = (
    _corpus(
        "lacuna",
        LACUNA,
        published=("hau", "kin", "lug"),
        licence="CC BY 4.0 (READMEs of hau and kin), CC BY-NC 4.0 (repository)",
        leaks=("masakhaner2", "masakhaner2_dev", "hub:masakhaner2", "mafand"),
        audited=True,
    ),
    _corpus(
        "masakhaner1",
        NER,
        name="masakhaner1_text",
        published=("hau", "kin", "lug"),
        licence="of the news sites (VOA Hausa, Igihe, Bukedde), unspecified",
        leaks=("masakhaner1", "hub:masakhaner1"),
        audited=True,
    ),
    _corpus(
        "data4good_stories",
        STORIES,
        published=("lug",),
        licence="CC0 1.0",
        lines=_stories,
        audited=True,
    ),
    _corpus(
        "common_voice",
        VOICE,
        "tsv",
        published=("hau", "kin", "lug"),
        licence="CC0 1.0",
        lines=_transcripts,
    ),
)
