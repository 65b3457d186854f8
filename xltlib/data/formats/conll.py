"""CoNLL files: one token and its BIO tag per line, a blank line after each sentence."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ...errors import XltError
from ...text.spans import Span
from .delimited import old_mac


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens and their BIO tags as they stand in the file."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def text(self) -> str:
        """The tokens with one space between each: the only detokenisation that loses nothing."""
        return " ".join(self.tokens)


def parse(text: str, path: Path, types: Collection[str] | None) -> list[Sentence]:
    """The sentences of a file's text.

    ``types`` None: a file of one's own, with whatever types, tabs or spaces, and further columns
    between the token, which comes first, and the tag, which comes last. Raises :class:`XltError`
    with the line for anything else: of a publisher's file for what is not ``token tag`` with one
    space between, and for a tag that is not O, B-type or I-type with one of ``types``.
    """
    sentences: list[Sentence] = []
    tokens: list[str] = []
    tags: list[str] = []
    total = 0
    allowed = None if types is None else {"O"} | {f"{mark}-{t}" for mark in "BI" for t in types}
    lines = text.split("\n")
    if any("\r" in line.removesuffix("\r") for line in lines):
        raise old_mac(path, 1)
    if allowed is None:  # where a document begins in CoNLL-2003's own files
        lines = ["" if line.split()[:1] == ["-DOCSTART-"] else line for line in lines]
    for number, line in enumerate([*lines, ""], 1):
        line = line.removesuffix("\r")
        if not line.strip():
            if tokens:
                sentences.append(Sentence(tuple(tokens), tuple(tags)))
                tokens, tags = [], []
            continue
        try:
            token, tag = _own_cells(line) if allowed is None else _cells(line, allowed)
        except ValueError as error:
            raise XltError(f"{path}, line {number}: found {error}") from None
        tokens.append(token)
        tags.append(tag)
        total += 1
    groups = [g for g in re.split(r"\n[^\S\n]*(?=\n)", "\n".join(lines)) if g.strip()]
    if total != sum(len(s.tokens) for s in sentences) or len(groups) != len(sentences):
        raise XltError(
            f"{path}: read {len(sentences)} sentences, but its blank lines separate {len(groups)}"
        )
    return sentences


def _own_cells(line: str) -> tuple[str, str]:
    """Token and tag of a line of one's own file; what is wrong with it as a ``ValueError``."""
    cells = re.split(r"[ \t]+", line.strip(" \t"))
    if len(cells) < 2:
        raise ValueError(
            f"{line!r:.80}, expected a token and its tag, with a tab or spaces between"
        )
    token, tag = cells[0], cells[-1]
    if tag != "O" and not (tag[:2] in ("B-", "I-") and tag[2:]):
        raise ValueError(
            f"the tag {tag!r:.40}, expected O, B-type or I-type: convert other schemes to BIO, and "
            "leave out lines that are no tokens"
        )
    return token, tag


def _cells(line: str, allowed: Collection[str]) -> tuple[str, str]:
    """The same of a publisher's file."""
    token, _, tag = line.partition(" ")
    if line.split() != [token, tag]:  # further spaces, also those that are not to be seen
        raise ValueError(f"{line!r}, expected a token, one space and a tag")
    if tag not in allowed:
        raise ValueError(f"the tag {tag!r}, expected one of {', '.join(sorted(allowed))}")
    return token, tag


def write(sentences: Iterable[Sentence]) -> str:
    """The text of a CoNLL file: the inverse of :func:`parse`."""
    return "".join(
        "".join(f"{token} {tag}\n" for token, tag in zip(s.tokens, s.tags, strict=True)) + "\n"
        for s in sentences
    )


def spans(sentence: Sentence) -> tuple[tuple[Span, ...], int]:
    """The entities as character spans of ``sentence.text``, and the number of repaired tags.

    An orphan ``I-`` tag (after O, or after an entity of another type) begins an entity, as the
    conlleval script of CoNLL-2000 has it.
    """
    found: list[Span] = []
    repairs = offset = 0
    before = "O"
    for token, tag in zip(sentence.tokens, sentence.tags, strict=True):
        end = offset + len(token)
        if tag != "O":
            orphan = tag[0] == "I" and before[2:] != tag[2:]
            repairs += orphan
            if tag[0] == "B" or orphan:
                found.append(Span(offset, end, tag[2:]))
            else:
                found[-1] = found[-1]._replace(end=end)
        before, offset = tag, end + 1
    return tuple(found), repairs
