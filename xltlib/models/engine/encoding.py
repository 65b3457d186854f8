"""Text into token ids: the join of prompt and continuation, done once and done right.

The token ids of a request are those of the whole string, prompt and continuation together, as a
model would read it. The continuation starts at the first token that differs from the prompt's own
tokens, so a token that spans the join belongs to the continuation and no continuation is empty.
Whitespace at the prompt's end is counted to the continuation, as in lm-evaluation-harness.

A text gets what the tokenizer puts in front of any text (a BOS token, say) and nothing behind it.
An empty prompt, or one that leaves no token of its own, stands behind the BOS or EOS token.

Encoding a long prompt again for each label is waste. Where the tokenizer provably cannot join
anything across "a non-space, then a space", the pieces on both sides are encoded apart, once each.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...errors import XltError

# Pre-tokenizers' patterns in which no match runs from a non-space over a space, and in which what
# follows a space cannot change how the text in front of it is split.
_GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_PATTERNS = {_GPT2, _WORDS + r"\p{N}{1,3}" + _REST, _WORDS + r"\p{N}" + _REST}
_SPACES = {"ByteLevel": "Ġ", "Metaspace": "▁"}
_BLANKS = {"ByteLevel": "ĠĊčĉ", "Metaspace": "▁\n\r\t"}


@dataclass(frozen=True)
class Request:
    """One prompt with its continuations as token ids.

    ``stem`` is the longest common part of all of them that no continuation reaches into;
    ``tails[j]`` follows it, of which the first ``skips[j]`` tokens still belong to the prompt.
    """

    stem: list[int]
    tails: list[list[int]]
    skips: list[int]


class Encoder:
    """A tokenizer seen as a function from text to ids, with the shared parts encoded once.

    ``special``: texts get what the tokenizer puts in front of any text. A chat template writes
    that into the text itself.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, special: bool = True):
        self.tokenizer = tokenizer
        self._fast = tokenizer.backend_tokenizer
        self._unlimited()
        plain = self._body("a")
        whole = tokenizer("a")["input_ids"]
        start = next(i for i in range(len(whole)) if whole[i : i + len(plain)] == plain)
        self.front: list[int] = whole[:start] if special else []
        first = tokenizer.bos_token_id
        self.anchor: int | None = tokenizer.eos_token_id if first is None else first
        self._added = [t.content for t in tokenizer.added_tokens_decoder.values()]
        self.separable = _separable(self._fast)

    def _unlimited(self) -> None:
        # Both may stand in tokenizer.json, or be left over from another call of the tokenizer.
        self._fast.no_truncation()
        self._fast.no_padding()

    def _body(self, text: str) -> list[int]:
        return self._fast.encode(text, add_special_tokens=False).ids

    def _after(self, text: str) -> list[int]:
        """Ids of ``text`` (which starts with a space) where a non-space stands in front of it."""
        return self._body("a" + text)[len(self._body("a")) :]

    def behind(self, text: str) -> tuple[list[int], list[int]]:
        """Ids of ``text`` behind a non-space, and the offset in it before each and at its end.

        Of several tokens that spell one character, all stand before it.
        """
        self._unlimited()
        lead = len(self._body("a"))
        whole = self._fast.encode("a" + text, add_special_tokens=False)
        spans = [(start - 1, end - 1) for start, end in whole.offsets[lead:]]
        inner = [min(right[0], left[1]) for left, right in pairwise(spans)]
        return whole.ids[lead:], [0, *inner, len(text)]

    def _cuttable(self, left: str, right: str) -> bool:
        return self.separable and bool(left) and not left[-1].isspace() and right.startswith(" ")

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of whole texts; the characters that they all begin with are encoded once."""
        self._unlimited()
        return [self.front + ids or self._anchored(ids) for ids in self._bodies(texts)]

    def _bodies(self, texts: Sequence[str]) -> list[list[int]]:
        if not self.separable or len(texts) < 2 or self._has_added(texts):
            return [e.ids for e in self._fast.encode_batch(list(texts), add_special_tokens=False)]
        shared = os.path.commonprefix(list(texts))
        cut = shared.rfind(" ")
        while cut > 0 and shared[cut - 1].isspace():
            cut = shared.rfind(" ", 0, cut)
        if cut <= 0:
            return [e.ids for e in self._fast.encode_batch(list(texts), add_special_tokens=False)]
        head, lead = self._body(shared[:cut]), len(self._body("a"))
        rests = self._fast.encode_batch(["a" + t[cut:] for t in texts], add_special_tokens=False)
        return [head + e.ids[lead:] for e in rests]

    def _has_added(self, texts: Sequence[str]) -> bool:
        return any(content in text for text in texts for content in self._added)

    def _anchored(self, ids: list[int]) -> list[int]:
        if ids or self.anchor is None:
            if not ids:
                raise XltError(
                    "an empty prompt needs a BOS or EOS token, and this tokenizer has neither"
                )
            return ids
        return [self.anchor]

    def requests(
        self, prompts: Sequence[str], continuations: Sequence[Sequence[str]]
    ) -> list[Request]:
        """One :class:`Request` per prompt.

        Raises :class:`XltError` for an empty continuation: it has no likelihood to compare.
        """
        self._unlimited()
        contexts = [p.rstrip() for p in prompts]
        bodies = self._bodies(contexts)
        added = self.separable and self._has_added(
            [*prompts, *(c for cs in continuations for c in cs)]
        )
        known: dict[str, list[int]] = {}
        made = []
        for i, (prompt, context, body, ends) in enumerate(
            zip(prompts, contexts, bodies, continuations, strict=True)
        ):
            pairs = []
            for j, end in enumerate(ends):
                right = prompt[len(context) :] + end
                if not end:
                    raise XltError(
                        f"continuation {j} of prompt {i} is empty: there is nothing to score"
                    )
                if not added and self._cuttable(context, right):
                    tail = known.get(right)
                    if tail is None:
                        tail = known[right] = self._after(right)
                else:
                    tail = []
                pairs.append((body, tail) if tail else _split(body, self._body(context + right)))
            made.append(self._request(pairs, i))
        return made

    def _request(self, pairs: list[tuple[list[int], list[int]]], index: int) -> Request:
        front = self.front
        if not pairs:
            return Request([], [], [])
        if not front and any(not head for head, _ in pairs):
            if self.anchor is None:
                raise XltError(
                    f"prompt {index} has no token of its own and the tokenizer neither BOS nor EOS"
                )
            front = [self.anchor]
        if all(head is pairs[0][0] for head, _ in pairs):
            return Request(front + pairs[0][0], [t for _, t in pairs], [0] * len(pairs))
        stem = os.path.commonprefix([head for head, _ in pairs])
        skips = [len(head) - len(stem) for head, _ in pairs]
        tails = [head[len(stem) :] + tail for head, tail in pairs]
        return Request(front + stem, tails, skips)


def _split(context: list[int], whole: list[int]) -> tuple[list[int], list[int]]:
    """Cut ``whole`` where it first differs from ``context``, leaving at least one token."""
    if not whole:
        raise XltError(
            "a prompt and its continuation have no token at all: the tokenizer drops their text"
        )
    same = min(len(os.path.commonprefix([context, whole])), len(whole) - 1)
    return (context if same == len(context) else whole[:same]), whole[same:]


def _separable(fast) -> bool:
    """Whether text in front of "non-space, space" is encoded the same whatever follows, and back.

    It is when the normalizer works character by character, the pre-tokenizer is one of the known
    kinds, and no token of the vocabulary spans such a place: then neither BPE nor unigram can join
    or choose anything across it.
    """

    def state(part) -> list[dict]:
        if part is None:
            return []
        content = json.loads(part.__getstate__())
        return content.get("normalizers") or content.get("pretokenizers") or [content]

    for step in state(fast.normalizer):
        if (
            step["type"] == "Replace"
            and step.get("pattern") == {"String": " "}
            and step.get("content") == "▁"
        ):
            continue
        if step["type"] not in {"Prepend", "NFC", "NFKC"}:
            return False
    kinds = set()
    for step in state(fast.pre_tokenizer):
        pattern = step.get("pattern", {}).get("Regex")
        if step["type"] == "Split" and pattern in _PATTERNS and step.get("behavior") == "Isolated":
            continue
        if step["type"] not in _SPACES:
            return False
        kinds.add(step["type"])
    if len(kinds) > 1 or type(fast.model).__name__ not in {"BPE", "Unigram"}:
        return False
    kind = kinds.pop() if kinds else "Metaspace"
    space, blanks = _SPACES[kind], _BLANKS[kind]
    vocabulary = fast.get_vocab(with_added_tokens=False)
    if space not in vocabulary:
        return False
    for token in vocabulary:
        at = token.find(space, 1)
        while at > 0:
            if token[at - 1] not in blanks:
                return False
            at = token.find(space, at + 1)
    return True
