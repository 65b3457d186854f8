"""A data set of one's own: where its table is and what its columns hold."""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Spec

PLACEHOLDERS = ("language", "split")
FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".conll": "conll",
    ".bio": "conll",
}
OWN = "given by the user"


class TableSpec(Spec):
    """A table: CSV, TSV, JSON Lines or Parquet with named columns, or CoNLL for entities.

    ``file`` is a path, relative to the profile's file; ``{language}`` in it stands for the code and
    ``{split}`` for ``splits``. A file without ``{split}`` is divided by the column ``split``, or
    else by a hash of each text: the same text is always on the same side, whatever else is added.
    """

    file: str
    format: Literal["csv", "tsv", "jsonl", "parquet", "conll"] | None = None  # by the file's name
    text: str = ""  # the column of the text, for tasks that have one
    fields: dict[str, str] = {}  # field -> column, for tasks that have several
    options: tuple[str, ...] = ()  # columns of each item's own answers to choose from
    gold: str = ""  # the column of the correct answer
    id: str = ""  # none: items are numbered; once in a split, of which each may begin anew
    answers: Literal["labels", "texts"] = "labels"  # what gold holds: one of few, or any text
    split: str = ""  # the column that says which split a row is in
    splits: dict[Literal["demos", "test"], str] = {"demos": "train", "test": "test"}
    names: dict[str, str] = {}  # language -> how the file's name has it, where not by its code
    demos: Annotated[float, Field(gt=0, lt=1)] = 0.3  # share of texts that become demonstrations
    seed: int = 0  # of the division
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None  # by the format
    quoted: bool = True  # as CSV is; false: a quotation mark is a character like any other
    licence: str = OWN
    source: str = OWN

    @property
    def kind(self) -> str:
        """The format, as given or as the file's name says."""
        return self.format or FORMATS[_suffix(self.file)]

    @property
    def columns(self) -> dict[str, str]:
        """Field -> column."""
        return {"text": self.text} if self.text else dict(self.fields)

    @model_validator(mode="after")
    def _whole(self) -> "TableSpec":
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        unknown = sorted(set(re.findall(r"\{([^{}]*)\}", self.file)) - set(PLACEHOLDERS))
        if unknown:
            yield f"file may hold {{language}} and {{split}}, but got {{{unknown[0]}}}"
        if not self.format and _suffix(self.file) not in FORMATS:
            yield f"file ends with none of {', '.join(FORMATS)}: say which it is with `format`"
            return
        if self.kind == "conll":
            given = [
                n for n in ("text", "fields", "options", "gold", "id", "split") if getattr(self, n)
            ]
            if given:
                yield f"a CoNLL file has no columns to name: leave out {', '.join(given)}"
            return
        if bool(self.text) == bool(self.fields):
            yield "give `text` (one column) or `fields` (field: column), and not both"
        if not self.gold:
            yield "give `gold`, the column of the correct answers"
        elif self.gold in self.columns.values():
            yield f"gold and a text are the same column, {self.gold!r}: the answer would be shown"
        if self.split and "{split}" in self.file:
            yield "give {split} in `file` or the column `split`, not both"
        if len(set(self.splits.values())) != 2:
            yield f"splits needs demos and test with two names, got {self.splits}"
        if self.delimiter and (self.delimiter.isalnum() or self.delimiter in '"\r\n\0\ufeff'):
            yield f"delimiter cannot be {self.delimiter!r}, which cells hold"
        if self.delimiter and self.kind not in ("csv", "tsv"):
            yield f"delimiter is for csv and tsv, not for {self.kind}"


def _suffix(file: str) -> str:
    return PurePath(file).suffix.lower()
