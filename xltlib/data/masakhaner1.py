"""MasakhaNER 1.0 (Adelani et al. 2021): named entities in news, four types.

Files: ``masakhaner1/<language>/{train,test}.txt``, CoNLL. Demonstrations come from train, without
the sentences that stand in test too (kin 1, lug 1). Duplicates inside test (kin 36) are the
published test set and stay; :func:`notes` counts them.
"""

from pathlib import Path

from . import Example
from .conll import Sentence, parse, spans
from .files import folders, read_text
from .source import Source, revision_of_folder
from .text import key

TYPES = ("DATE", "LOC", "ORG", "PER")
PUBLISHER = "github.com/masakhane-io/masakhane-ner (data/<language>)"


def _sentences(language: str, file: str, root: Path | None) -> list[Sentence]:
    path = Path(root or ".") / "masakhaner1" / language / f"{file}.txt"
    return parse(read_text(path, PUBLISHER), path, TYPES)


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    file = {"demos": "train", "test": "test"}[split]
    sentences = _sentences(language, file, root)
    held_out = set()
    if split == "demos":
        held_out = {key(s.text) for s in _sentences(language, "test", root)}
    return [
        Example(f"{file}-{number}", language, s.text, spans(s)[0])
        for number, s in enumerate(sentences, 1)
        if key(s.text) not in held_out
    ]


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    train, test = (_sentences(language, file, root) for file in ("train", "test"))
    texts = [s.text for s in test]
    held_out = {key(t) for t in texts}
    return {
        "train sentences": len(train),
        "train sentences left out: they stand in test": sum(key(s.text) in held_out for s in train),
        "orphan I- tags repaired in train": sum(spans(s)[1] for s in train),
        "test sentences": len(test),
        "test sentences that repeat another": len(texts) - len(set(texts)),
        "orphan I- tags repaired in test": sum(spans(s)[1] for s in test),
        "test sentences without an entity": sum(not spans(s)[0] for s in test),
    }


SOURCE = Source(
    name="masakhaner1",
    tasks=("ner",),
    published=("hau", "kin", "lug"),
    licence="CC BY-NC 4.0",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: TYPES,
    languages=lambda root: folders(root, "masakhaner1", PUBLISHER),
    revision=revision_of_folder("masakhaner1", "t*.txt"),
    notes=_notes,
)
