"""``gathered``: all open text of a language that is at hand, in one order.

Always SIB-200's training sentences, which come with the project; with a data folder also what it
has of ``mono/<language>/lacuna_*.txt``, ``common_voice/<language>/sentences.txt``,
``hausa_voa/<language>/mono.txt`` and ``asp_stories/<language>/pages.tsv``. So an adaptation can be
tried without a folder, and is worth its name with one: the revision says which text it was.
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


def _files(language: str, root: Path | None) -> list[Path]:
    if root is None:
        return []
    return [path for name in _FILES for path in sorted(root.glob(name.format(language)))]


def _texts(language: str, root: Path | None) -> Iterator[str]:
    for example in sib200.SOURCE.read("topics", language, "demos", root):
        yield example.text
    for path in _files(language, root):
        lines = read_lines(path, PUBLISHER)
        if path.suffix == ".tsv":  # id, en, the language, licence
            at = lines[0].split("\t").index(language)
            lines = [line.split("\t")[at] for line in lines[1:]]
        yield from map(flat, lines)


def _lines(language: str, root: Path | None) -> list[str]:
    """Each text once, mixed, so that the first thousand are of all sources."""
    return sorted(dict.fromkeys(_texts(language, root)), key=lambda text: order(text, "gathered"))


def _revision(language: str, root: Path | None) -> str:
    own = sib200.SOURCE.revision(language, root)
    files = _files(language, root)
    return f"{own} {digest(files)}" if files else own


CORPUS = Corpus(
    name="gathered",
    published=sib200.SHIPPED,
    licence="CC BY-SA 4.0 (SIB-200), CC BY 4.0 or CC BY-NC 4.0 (Lacuna), CC0 1.0 (Common Voice), "
    "public domain (Voice of America), CC BY or CC BY-NC by story (African Storybook)",
    url=PUBLISHER,
    lines=_lines,
    revision=_revision,
    languages=lambda root: sib200.SHIPPED,
    leaks=("masakhaner2", "masakhaner2_dev", "hub:masakhaner2", "mafand"),  # as lacuna
    local=False,
)
