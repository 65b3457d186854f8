"""MasakhaNER 1.0 (Adelani et al. 2021) and 2.0 (2022): named entities in news, four types.

Files: ``masakhaner1/<language>/{train,test}.txt`` and ``masakhaner2/...``, CoNLL. Demonstrations
come from train, without the sentences that stand in test too (1.0: kin 1, lug 1). Duplicates
inside test (1.0: kin 36) are the published test set and stay; ``notes`` counts them.
``masakhaner2_dev`` is 2.0 with its development sentences (``dev.txt``) in the place of the test's:
for work that leaves the test alone, and where its file is not at hand.
"""

from functools import partial
from pathlib import Path

from ...text.key import key
from ..formats.conll import Sentence, parse, spans
from ..formats.delimited import folders, read_text
from ..items import Example
from ..source import Source, revision_of_folder

TYPES = ("DATE", "LOC", "ORG", "PER")
PUBLISHERS = {
    "masakhaner1": "github.com/masakhane-io/masakhane-ner (data/<language>)",
    "masakhaner2": "github.com/masakhane-io/masakhane-ner (MasakhaNER2.0/data/<language>)",
}


#: Data set -> its folder, and the file that is answered.
_FILES = {
    "masakhaner1": ("masakhaner1", "test"),
    "masakhaner2": ("masakhaner2", "test"),
    "masakhaner2_dev": ("masakhaner2", "dev"),
}


def _sentences(name: str, language: str, split: str, root: Path | None) -> list[Sentence]:
    folder, answered = _FILES[name]
    file = "train" if split == "demos" else answered
    path = Path(root or ".") / folder / language / f"{file}.txt"
    return parse(read_text(path, PUBLISHERS[folder]), path, TYPES)


def _read(name: str, task: str, language: str, split: str, root: Path | None) -> list[Example]:
    file = "train" if split == "demos" else _FILES[name][1]
    sentences = _sentences(name, language, split, root)
    held_out = set()
    if split == "demos":
        held_out = {key(s.text) for s in _sentences(name, language, "test", root)}
    return [
        Example(f"{file}-{number}", language, {"text": s.text}, spans(s)[0])
        for number, s in enumerate(sentences, 1)
        if key(s.text) not in held_out
    ]


def _notes(name: str, task: str, language: str, root: Path | None) -> dict[str, int]:
    train, test = (_sentences(name, language, split, root) for split in ("demos", "test"))
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


def _source(name: str) -> Source:
    folder, answered = _FILES[name]
    return Source(
        name=name,
        tasks=("ner",),
        published=("hau", "kin", "lug"),
        licence="CC BY-NC 4.0",
        url=PUBLISHERS[folder],
        read=partial(_read, name),
        labels=lambda task, language, root: TYPES,
        languages=lambda root: folders(root, folder, PUBLISHERS[folder]),
        revision=revision_of_folder(folder, "t*.txt" if answered == "test" else "[dt]*[nv].txt"),
        notes=partial(_notes, name),
    )


SOURCES = tuple(map(_source, _FILES))
