"""Choosing the next token of a copied text: the text's own next token, or one of a tag.

The most likely of the allowed tokens is taken, so an answer is the text with tags that are closed
again, whatever the model is. Which token comes next is the model's; that one comes is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from ...errors import XltError
from ...text.tagged import Copy
from .encoding import Encoder
from .greedy import Greedy, NotFinite


@dataclass
class _Piece:
    """What may be written next: its tokens, its text, and what is then so."""

    tokens: list[int]
    text: str
    place: int  # in the text's tokens, afterwards
    inside: bool  # a tag is open, afterwards


@dataclass
class _Row:
    """One answer under way; ``live`` are the pieces that begin with the tokens taken of them."""

    tokens: list[int]
    edges: list[int]  # edges[i]: the offset in the text before its i-th token
    copy: Copy
    opens: list[list[int]]
    close: list[int]
    left: int  # tokens that may still be taken
    place: int = 0
    inside: bool = False
    begun: int = 0  # the place behind the opening tag
    said: str = ""
    live: list[_Piece] = field(default_factory=list)
    depth: int = 0

    def pieces(self) -> list[_Piece]:
        """The text goes first: a tag that begins with the same tokens is not offered."""
        found, text = [], self.copy.text
        rest = len(self.tokens) - self.place
        here = self.edges[self.place]
        if rest:
            written = text[here : self.edges[self.place + 1]]
            one = [self.tokens[self.place]]
            found.append(_Piece(one, written, self.place + 1, self.inside))
        whole = self.place == 0 or here > self.edges[self.place - 1]  # within no character
        tagged = (here in self.copy.places and whole) or not rest
        if self.inside and tagged and self.place > self.begun:
            found.append(_Piece(self.close, self.copy.close, self.place, False))
        if not self.inside and rest and tagged:
            needed = rest + len(self.close) + 1
            for ids, name in zip(self.opens, self.copy.opens, strict=True):
                if len(ids) + needed <= self.left:
                    found.append(_Piece(ids, name, self.place, True))
        return [p for p in found if p is found[0] or p.tokens[0] != found[0].tokens[0]]

    def allowed(self) -> list[int]:
        """Tokens that may come next; none when the answer is complete."""
        if not self.live:
            self.live, self.depth = self.pieces(), 0
        return list(dict.fromkeys(piece.tokens[self.depth] for piece in self.live))

    def take(self, token: int) -> None:
        self.left -= 1
        self.live = [p for p in self.live if p.tokens[self.depth] == token]
        self.depth += 1
        done = next((p for p in self.live if len(p.tokens) == self.depth), None)
        if done is not None:
            if done.inside and not self.inside:
                self.begun = self.place
            self.said += done.text
            self.place, self.inside, self.live = done.place, done.inside, []


class Copying(Greedy):
    """Takes the most likely allowed token of each row, and ``end`` behind its last."""

    def __init__(self, copies: Sequence[Copy], encoder: Encoder, end: int, most: int):
        """``most`` tokens an answer may have. Raises :class:`XltError` where they are too few."""
        self._made = [(c, *encoder.behind(c.text)) for c in copies]
        tags = {tag for c in copies for tag in (*c.opens, c.close)}
        self._tags = {tag: encoder.behind(tag)[0] for tag in tags}
        self._end, self._most = end, most
        longest = max((len(tokens) for _, tokens, _ in self._made), default=0)
        if longest + 1 > most:
            raise XltError(
                f"`max_new_tokens` is {most}, but a text to be copied has {longest} tokens, tags "
                f"not counted: allow twice as many, {2 * longest}"
            )
        self._rows = {row: self._fresh(row) for row in range(len(copies))}

    def _fresh(self, row: int) -> _Row:
        copy, tokens, edges = self._made[row]
        opens = [self._tags[tag] for tag in copy.opens]
        return _Row(tokens, edges, copy, opens, self._tags[copy.close], self._most)

    def pick(self, logits: torch.Tensor, rows: list[int]) -> list[int]:
        taken = []
        for line, row in zip(logits, rows, strict=True):
            state = self._rows[row]
            allowed = state.allowed()
            if not allowed:
                taken.append(self._end)
                continue
            scores = line[allowed]
            if not bool(torch.isfinite(scores).all()):
                raise NotFinite(row, float(scores[~torch.isfinite(scores)][0]))
            taken.append(allowed[int(scores.argmax())])
            state.take(taken[-1])
        return taken

    def restart(self, row: int) -> None:
        self._rows[row] = self._fresh(row)

    def text(self, row: int) -> str:
        """What was written: by its pieces, so that no decoding changes a character of it."""
        return self._rows[row].said
