"""AfriSenti (Muhammad et al. 2023): tweets, positive, neutral or negative.

Files: ``afrisenti/<language>/{train,test}.tsv``, a tweet and its label with a tab between, nothing
quoted. Tweets of train that stand in test, too (kin 29), are no demonstrations; ``notes`` counts
them. The tweets are their authors': no page of this project shows one.
"""

from pathlib import Path

from ...errors import XltError
from ...text.key import key
from ..formats.delimited import flat, folders, read_text
from ..items import Example, Split
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/afrisenti-semeval/afrisent-semeval-2023 (data/<language>)"
HEADER = "tweet\tlabel"
LABELS = ("negative", "neutral", "positive")


def _tweets(part: str, language: str, root: Path | None) -> list[Example]:
    path = Path(root or ".") / "afrisenti" / language / f"{part}.tsv"
    head, *lines = read_text(path, PUBLISHER).split("\n")
    if head.rstrip("\r") != HEADER:
        raise XltError(
            f"{path}, line 1: found {head[:40]!r}, expected the header {HEADER!r}: get the file "
            f"again from {PUBLISHER}"
        )
    found = []
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        if len(cells) != 2 or cells[1] not in LABELS or not cells[0].strip():
            raise XltError(
                f"{path}, line {number}: found {len(cells)} cells that end with "
                f"{cells[-1][:40]!r}, expected a tweet, a tab and one of {', '.join(LABELS)}"
            )
        found.append(Example(f"{part}-{number - 1}", language, {"text": flat(cells[0])}, cells[1]))
    if not found:
        raise XltError(f"{path} has a header and no tweet: get the file again from {PUBLISHER}")
    return found


def _read(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    test = _tweets("test", language, root)
    if split == "test":
        return test
    held_out = {key(e.text) for e in test}
    return [e for e in _tweets("train", language, root) if key(e.text) not in held_out]


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    train = _tweets("train", language, root)
    kept = _read(task, language, "demos", root)
    return {"train tweets left out: they stand in test": len(train) - len(kept)}


SOURCE = Source(
    name="afrisenti",
    tasks=("sentiment",),
    published=("hau", "kin"),
    licence="CC BY 4.0 (labels); no statement of the tweets' authors",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: LABELS,
    languages=lambda root: folders(root, "afrisenti", PUBLISHER),
    revision=revision_of_folder("afrisenti", "t*.tsv"),
    notes=_notes,
)
