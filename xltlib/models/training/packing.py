"""Lines of text into fixed-length training sequences without padding between them.

Documents follow one another and are cut at the sequence's end. Position ids start again at 0 with
each document, from which transformers derives a block mask: no token attends to another document.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...errors import XltError

IGNORED = -100  # the label that the loss leaves out


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
