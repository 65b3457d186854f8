"""``gathered``: all open text of a language that is at hand, in one order.

Always SIB-200's training sentences, which come with the project; with a data folder also what it
has of ``mono/<language>/lacuna_*.txt``, ``common_voice/<language>/sentences.txt``,
``hausa_voa/<language>/mono.txt`` and ``asp_stories/<language>/pages.tsv``, and for English the
English sides of three parallel sets. So an adaptation can be tried without a folder, and is worth
its name with one: the revision says which text it was.
"""

from collections.abc import Iterator
from pathlib import Path

from ..formats.delimited import digest, flat, read_lines
from ..sample import order
from ..sets import sib200
from ..source import Corpus

PUBLISHER = "several: see data/corpora/gathered.py"
_FILES = (
    "mono/{}/lacuna_*.txt",
    "common_voice/{}/sentences.txt",
    "hausa_voa/{}/mono.txt",
    "asp_stories/{}/pages.tsv",
)
_ENGLISH = (
    "asp_stories/*/pages.tsv",
    "gamayun/*/train.tsv",
    "salt/*/train.tsv",
)
_PIVOT = "eng"
_BLOCK = 50  # lines of a file that stay together, since a line may go on from the one before


def _files(language: str, root: Path | None) -> list[Path]:
    if root is None:
        return []
    names = _ENGLISH if language == _PIVOT else _FILES
    return [path for name in names for path in sorted(root.glob(name.format(language)))]


def _texts(language: str, root: Path | None) -> Iterator[list[str]]:
    """The lines of each source."""
    yield [example.text for example in sib200.SOURCE.read("topics", language, "demos", root)]
    for path in _files(language, root):
        lines = read_lines(path, PUBLISHER)
        if path.suffix == ".tsv":  # id, en, the language, perhaps a licence
            at = lines[0].split("\t").index("en" if language == _PIVOT else language)
            lines = [line.split("\t")[at] for line in lines[1:]]
        yield [flat(line) for line in lines]


def _lines(language: str, root: Path | None) -> list[str]:
    """Each text once, in blocks that are mixed, so that the first thousands are of all sources."""
    seen: set[str] = set()
    blocks: list[list[str]] = []
    for lines in _texts(language, root):
        new = [line for line in dict.fromkeys(lines) if line and line not in seen]
        seen.update(new)
        blocks += [new[i : i + _BLOCK] for i in range(0, len(new), _BLOCK)]
    blocks.sort(key=lambda block: order(block[0], "gathered"))
    return [line for block in blocks for line in block]


def _revision(language: str, root: Path | None) -> str:
    own = f"{sib200.SOURCE.revision(language, root)} in blocks of {_BLOCK}"
    files = _files(language, root)
    return f"{own} {digest(files)}" if files else own


CORPUS = Corpus(
    name="gathered",
    published=sib200.SHIPPED,
    licence="CC BY-SA 4.0 (SIB-200), CC BY 4.0 or CC BY-NC 4.0 (Lacuna), CC0 1.0 (Common Voice), "
    "public domain (Voice of America), CC BY or CC BY-NC by story (African Storybook); of English "
    "CC BY 4.0 (SALT) and the publishers' own (Gamayun, Tatoeba)",
    url=PUBLISHER,
    lines=_lines,
    revision=_revision,
    languages=lambda root: sib200.SHIPPED,
    leaks=("masakhaner2", "masakhaner2_dev", "hub:masakhaner2", "mafand"),  # as lacuna
    local=False,
)
