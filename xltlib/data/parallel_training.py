"""Parallel text to train a translator on, cleaned of everything that stands in a test set.

Folders as for the other sets, ``<data_dir>/<set>/<language>/<file>``: MAFAND-MT's train and dev in
its publisher's form; the others as tables ``id, en, <language>``, one pair a line, without quoting.
SIB-200's training sentences are paired by their ids.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import paths
from ..errors import XltError
from .formats.delimited import flat, numbered_rows
from .leaks.decontaminate import Index
from .load import load, source_of
from .parallel import ENGLISH, pairs
from .sets import by_document
from .sets.mafand import parallel as mafand

#: set -> its file in a language's folder, and where it is from
TABLES = {
    **{name: (file, publisher) for name, (file, publisher, *_) in by_document.SETS.items()},
    "salt": ("train.tsv", "github.com/SunbirdAI/salt-data-archive"),
    "gamayun": ("train.tsv", "github.com/translatorswb/Gamayun-kits"),
    "asp_stories": ("pages.tsv", "github.com/global-asp/asp-source"),
}
_RATIO = 3.0  # a pair with a side that many times the other's length is no translation


@dataclass(frozen=True)
class TrainingPairs:
    """(English, other) pairs, and for each set how many were read, dropped and kept."""

    pairs: tuple[tuple[str, str], ...]
    counts: dict[str, dict[str, int]]

    @property
    def sha256(self) -> str:
        """What identifies the text."""
        return hashlib.sha256("\n".join("\t".join(p) for p in self.pairs).encode()).hexdigest()

    @staticmethod
    def together(several: "Iterable[TrainingPairs]") -> str:
        """What identifies the text of several languages."""
        return hashlib.sha256(" ".join(one.sha256 for one in several).encode()).hexdigest()


def training_pairs(
    language: str, data_dir: Path | str | None, test_texts: Sequence[str] = ()
) -> TrainingPairs:
    """All pairs of the sets in ``data_dir`` for ``language`` that overlap with no test text.

    A pair is dropped when either side overlaps with one of ``test_texts`` (both languages') or of
    the parallel sets' own test splits, when it stands there twice, when a side is empty or copied,
    or three times as long as the other. Raises :class:`XltError` when nothing is left.
    """
    root = paths.expanded(data_dir) if data_dir is not None else None
    found = dict(_sets(language, root))
    tests = {
        text
        for name in ("mafand", "sib200")
        if name in found
        for pair in pairs(name, language, root)
        for text in pair
    }
    index = Index(sorted(tests | set(test_texts)))
    counts: dict[str, dict[str, int]] = {}
    kept: dict[tuple[str, str], None] = {}
    for name, read in found.items():
        own = {"read": len(read), "leaks": 0, "unlike": 0, "twice": 0, "kept": 0}
        for pair in ((flat(a), flat(b)) for a, b in read):
            if not _alike(*pair):
                own["unlike"] += 1
            elif pair in kept:
                own["twice"] += 1
            elif any(index.holds(side) for side in pair):
                own["leaks"] += 1
            else:
                own["kept"] += 1
                kept[pair] = None
        counts[name] = own
    if not kept:
        raise XltError(
            f"no parallel text to train on for {language!r} (`data_dir` is {data_dir}): looked for "
            f"mafand, sib200, {', '.join(TABLES)}; put one there as "
            f"<data_dir>/<set>/{language}/<file>"
        )
    return TrainingPairs(tuple(kept), counts)


def _sets(language: str, root: Path | None) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    if root is not None:
        folder = root / "mafand" / language
        splits = [s for s in ("train", "dev") if (folder / f"{s}.tsv").is_file()]
        if splits:
            yield "mafand", [pair for s in splits for pair in mafand(language, s, root)]
        for name, (file, publisher) in TABLES.items():
            path = root / name / language / file
            if path.is_file():
                yield name, _table(path, language, publisher)
    if language in (source_of("sib200", language, root).languages(root) or ()):
        english, other = (
            {e.id: e.text for e in load("sib200", "topics", code, "demos", root)}
            for code in (ENGLISH, language)
        )
        yield "sib200", [(english[i], other[i]) for i in english if i in other]


def _table(path: Path, language: str, publisher: str) -> list[tuple[str, str]]:
    rows = numbered_rows(path, ("en", language), publisher, filled=False, quoted=False)
    return [(row["en"], row[language]) for _, row in rows]


def _alike(a: str, b: str) -> bool:
    """Whether two texts may be translations of one another."""
    short, long = sorted((len(a), len(b)))
    return short > 0 and a != b and long <= _RATIO * short + 20
