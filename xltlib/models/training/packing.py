"""Texts into fixed-length training sequences without padding between them.

Documents follow one another and are cut at the sequence's end. Position ids start again at 0 with
each document, from which transformers derives a block mask: no token attends to another document.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...errors import XltError

IGNORED = -100  # the label that the loss leaves out

#: A text in pieces, each with whether it is learned: a prompt is read, its answer is learned.
Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Packed:
    """``ids``, ``positions`` and ``labels``, each int64 [sequences, length].

    ``labels`` are the ids to predict at each place, already shifted by one; IGNORED where the next
    token is of another document, or padding (behind the last document only).
    """

    ids: np.ndarray
    positions: np.ndarray
    labels: np.ndarray

    @property
    def predicted(self) -> int:
        """Tokens that the loss is a mean over."""
        return int((self.labels != IGNORED).sum())


def documents(tokenizer: PreTrainedTokenizerBase, lines: Sequence[str]) -> list[list[int]]:
    """Token ids of each line: what the tokenizer puts in front of a text, the text, EOS.

    Raises :class:`XltError` for a tokenizer without an end-of-text token.
    """
    end = tokenizer.eos_token_id
    if end is None:
        raise XltError(
            "adapting needs a tokenizer with an EOS token, to keep lines apart: set `eos_token` in "
            "its tokenizer_config.json"
        )
    encoded = tokenizer(list(lines), add_special_tokens=True, return_attention_mask=False)[
        "input_ids"
    ]
    return [ids if ids and ids[-1] == end else [*ids, end] for ids in encoded]


def pack(docs: Sequence[list[int]], length: int) -> Packed:
    """Lay documents end to end and cut them into sequences of ``length``; the last is padded.

    A document that runs over a sequence's end goes on in the next as one of its own.
    """
    ids = np.concatenate([np.asarray(d, np.int64) for d in docs])
    positions = np.concatenate([np.arange(len(d), dtype=np.int64) for d in docs])
    labels = np.append(ids[1:], IGNORED)
    labels[np.cumsum([len(d) for d in docs]) - 1] = IGNORED
    short = -len(ids) % length
    ids = np.append(ids, np.zeros(short, np.int64)).reshape(-1, length)
    positions = np.append(positions, np.arange(short, dtype=np.int64)).reshape(-1, length)
    positions -= np.where(np.cumsum(positions == 0, axis=1) == 0, positions[:, :1], 0)
    labels = np.append(labels, np.full(short, IGNORED, np.int64)).reshape(-1, length)
    labels[:, -1] = IGNORED  # the sequence behind may be elsewhere in the epoch
    return Packed(ids, positions, labels)


def packed(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str] | Sequence[Pieces], length: int
) -> Packed:
    """Lines, all of which is learned, laid end to end; or texts in pieces, each kept whole."""
    if texts and not isinstance(texts[0], str):
        return pack_whole(*marked(tokenizer, texts), length)
    return pack(documents(tokenizer, texts), length)


def marked(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[Pieces]
) -> tuple[list[list[int]], list[list[bool]]]:
    """Token ids of each text and whether each token is learned; EOS, learned, stands at the end.

    Pieces are encoded one by one, as a prompt is before its answer is there.
    """
    [empty] = tokenizer([""], add_special_tokens=True)["input_ids"]
    front = [i for i in empty if i != tokenizer.eos_token_id]
    flat = [piece for text in texts for piece, _ in text]
    encoded = iter(tokenizer(flat, add_special_tokens=False)["input_ids"] if flat else [])
    ids, learned = [], []
    for text in texts:
        own, marks = list(front), [False] * len(front)
        for _, is_learned in text:
            more = next(encoded)
            own += more
            marks += [is_learned] * len(more)
        ids.append([*own, tokenizer.eos_token_id])
        learned.append([*marks, True])
    return ids, learned


def pack_whole(docs: Sequence[list[int]], learned: Sequence[list[bool]], length: int) -> Packed:
    """Documents in their order, each within one sequence; what is longer than one is cut off."""
    rows: list[list[int]] = []
    room = 0
    for number, doc in enumerate(docs):
        if len(doc) > room:
            rows.append([])
            room = length
        rows[-1].append(number)
        room -= min(len(doc), room)
    ids = np.zeros((len(rows), length), np.int64)
    positions = np.tile(np.arange(length, dtype=np.int64), (len(rows), 1))
    labels = np.full((len(rows), length), IGNORED, np.int64)
    for row, numbers in enumerate(rows):
        at = 0
        for number in numbers:
            own = np.asarray(docs[number][: length - at], np.int64)
            size = len(own)
            marks = np.asarray(learned[number][:size], bool)
            ids[row, at : at + size] = own
            positions[row, at : at + size] = np.arange(size)
            labels[row, at : at + size - 1] = np.where(marks[1:], own[1:], IGNORED)
            at += size
        positions[row, at:] = np.arange(length - at)  # padding attends to itself alone
    return Packed(ids, positions, labels)


def one_each(docs: Sequence[list[int]], learned: Sequence[list[bool]]) -> Packed:
    """Each document in a sequence of its own, as long as the longest of them."""
    length = max(map(len, docs))
    rows = [pack_whole([doc], [marks], length) for doc, marks in zip(docs, learned, strict=True)]
    return Packed(
        np.concatenate([row.ids for row in rows]),
        np.concatenate([row.positions for row in rows]),
        np.concatenate([row.labels for row in rows]),
    )
