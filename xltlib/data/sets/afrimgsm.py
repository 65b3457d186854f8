"""AfriMGSM (Adelani et al. 2024, IrokoBench): school problems in words, parallel in all languages.

Files: ``irokobench/<language>/afrimgsm_test.tsv``, a problem and a number. The demonstrations are
eight problems with their reasoning, written for this project in four languages (``word_problems``
beside this module); nobody has reviewed their Hausa, Kinyarwanda and Luganda yet. An example's id
is its place in the file, which it has in common with its translations.
"""

from pathlib import Path

from ...errors import XltError
from ..formats.delimited import digest, flat, folders, numbered_rows
from ..items import Example, Split
from ..source import Source

PUBLISHER = "github.com/masakhane-io/masakhane-nlu (IrokoBench/afrimgsm/<language>)"
COLUMNS = ("question", "answer")
WORKED = Path(__file__).with_name("word_problems")


def _path(language: str, root: Path | None) -> Path:
    return Path(root or ".") / "irokobench" / language / "afrimgsm_test.tsv"


def _read(task: str, language: str, split: Split, root: Path | None) -> list[Example]:
    if split == "demos":
        rows = numbered_rows(WORKED / f"{language}.tsv", COLUMNS, "this project's repository")
        return [
            Example(f"worked-{number}", language, {"text": flat(row["question"])}, row["answer"])
            for number, (_, row) in enumerate(rows, 1)
        ]
    path, found = _path(language, root), []
    for number, (line, row) in enumerate(numbered_rows(path, COLUMNS, PUBLISHER), 1):
        said = row["answer"].strip().replace(",", "")
        if not said.removeprefix("-").replace(".", "", 1).isdecimal():
            raise XltError(
                f"{path}, line {line}: found the answer {row['answer'][:40]!r}, expected a number"
            )
        found.append(Example(f"test-{number}", language, {"text": flat(row["question"])}, said))
    return found


def _languages(root: Path | None) -> tuple[str, ...]:
    worked = {path.stem for path in WORKED.glob("*.tsv")}
    return tuple(code for code in folders(root, "irokobench", PUBLISHER) if code in worked)


SOURCE = Source(
    name="afrimgsm",
    tasks=("math",),
    published=("eng", "hau", "kin", "lug"),
    licence="Apache-2.0 (repository)",
    url=PUBLISHER,
    read=_read,
    labels=lambda task, language, root: (),
    languages=_languages,
    revision=lambda language, root: digest([_path(language, root), WORKED / f"{language}.tsv"]),
)
