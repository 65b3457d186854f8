"""Which tokens of a vocabulary to keep, and the tokenizer that knows no others.

A kept token comes out of the smaller tokenizer wherever the larger one would have written only kept
tokens: byte-pair encoding builds a token through pairs, so the pairs on its way are kept with it.
What is not kept is spelled in smaller tokens, in the end in bytes.
"""

import base64
import copy
import json
import string
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...errors import XltError

_BATCH = 1000  # texts encoded at a time


@dataclass(frozen=True)
class Vocabulary:
    """The tokens to keep: their old ids, ascending; the new id of ``kept[i]`` is ``i``."""

    kept: tuple[int, ...]
    size: int  # tokens of the vocabulary that they are from

    def to_file(self, path: Path, about: dict[str, object]) -> None:
        """Write the list: a bitmap over the old ids, with ``about`` beside it."""
        bits = bytearray((self.size + 7) // 8)
        for i in self.kept:
            bits[i // 8] |= 1 << i % 8
        packed = base64.b64encode(zlib.compress(bytes(bits), 9)).decode()
        content = {**about, "size": self.size, "kept": len(self.kept), "bitmap": packed}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def from_file(cls, path: Path) -> "Vocabulary":
        """Read what :meth:`to_file` wrote. Raises :class:`XltError` for anything else."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            bits = zlib.decompress(base64.b64decode(content["bitmap"], validate=True))
            kept = tuple(i for i in range(content["size"]) if bits[i // 8] >> i % 8 & 1)
            if len(kept) != content["kept"]:
                raise ValueError(f"{len(kept)} tokens are marked, {content['kept']} announced")
        except (OSError, ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
            raise XltError(
                f"`model.vocabulary`: {path} is not a list of tokens to keep ({error}): make one "
                "with `python -m xltlib prune MODEL --texts ... --out FOLDER`, which writes it to "
                "FOLDER/vocabulary.json"
            ) from error
        return cls(kept, content["size"])


def counts(tokenizer: PreTrainedTokenizerBase, texts: Iterable[str]) -> Counter[int]:
    """How often each token is written in ``texts``, at a text's beginning and after a space."""
    alone: Counter[int] = Counter()
    behind: Counter[int] = Counter()  # as in a prompt: another first token
    stream = iter(texts)
    while some := list(islice(stream, _BATCH)):
        for found, front in ((alone, ""), (behind, " ")):
            given = [front + text for text in some]
            for ids in tokenizer(given, add_special_tokens=False)["input_ids"]:
                found.update(ids)
    return alone | behind  # of each token the larger count


def used(
    tokenizer: PreTrainedTokenizerBase,
    texts: Iterable[str],
    least: int = 1,
    named: Iterable[int] = (),
) -> Vocabulary:
    """The tokens seen at least ``least`` times in ``texts``, and what the others need.

    Kept besides: the bytes, printable ASCII, special tokens that the tokenizer, its chat template
    or ``named`` (ids of a model's configuration) name, and the pairs through which byte-pair
    encoding reaches a kept token. Raises :class:`XltError` for a tokenizer of another kind.
    """
    made = json.loads(tokenizer.backend_tokenizer.to_str())
    pieces = _pieces(made)
    ids = {piece: i for i, piece in enumerate(pieces)}
    seen = counts(tokenizer, texts)
    kept = {i for i, n in seen.items() if n >= least}
    kept |= {i for i in [*named, *tokenizer.all_special_ids] if 0 <= i < len(pieces)}
    kept |= {ids[t] for t in _bytes(made) if t in ids}
    for ascii_ids in tokenizer(list(string.printable), add_special_tokens=False)["input_ids"]:
        kept.update(ascii_ids)
    template = str(getattr(tokenizer, "chat_template", None) or "")
    kept |= {t["id"] for t in made["added_tokens"] if t["content"] in template}
    kept |= {ids[t] for t in _template_tokens(made) if t in ids}
    if made["model"]["type"] == "BPE":
        ranks = {pair: rank for rank, pair in enumerate(_merges(made["model"]))}
        kept |= {ids[p] for i in list(kept) for p in _way(pieces[i], ranks) if p in ids}
    return Vocabulary(tuple(sorted(kept)), len(pieces))


def reduced(tokenizer: PreTrainedTokenizerBase, vocabulary: Vocabulary) -> dict:
    """The content of a tokenizer.json that knows the kept tokens alone, under their new ids."""
    made = copy.deepcopy(json.loads(tokenizer.backend_tokenizer.to_str()))
    pieces = _pieces(made)
    if len(pieces) != vocabulary.size:
        raise XltError(
            f"the list of tokens to keep is of a vocabulary of {vocabulary.size} tokens, but the "
            f"model's tokenizer has {len(pieces)}: make the list of this model"
        )
    new = {old: i for i, old in enumerate(vocabulary.kept)}
    model = made["model"]
    inner = set(model["vocab"]) if model["type"] == "BPE" else None
    if inner is None:
        model["vocab"] = [model["vocab"][i] for i in vocabulary.kept if i < len(model["vocab"])]
        model["unk_id"] = new.get(model["unk_id"])
    else:
        model["vocab"] = {pieces[i]: new[i] for i in vocabulary.kept if pieces[i] in inner}
        known = model["vocab"]
        model["merges"] = [
            [a, b] for a, b in _merges(model) if a in known and b in known and a + b in known
        ]
    made["added_tokens"] = [
        {**t, "id": new[t["id"]]} for t in made["added_tokens"] if t["id"] in new
    ]
    for template in _templates(made):
        for special in template["special_tokens"].values():
            special["ids"] = [new[i] for i in special["ids"]]
    return made


def _pieces(made: dict) -> list[str]:
    """The text of each token by id, added tokens included."""
    model = made["model"]
    if model["type"] not in ("BPE", "Unigram"):
        raise XltError(
            f"the model's tokenizer is of the kind {model['type']}: vocabularies of the kinds BPE "
            "and Unigram can be pruned; use the model as it is"
        )
    if model["type"] == "Unigram":
        by_id = {i: piece for i, (piece, _) in enumerate(model["vocab"])}
    else:
        by_id = {i: piece for piece, i in model["vocab"].items()}
    by_id |= {t["id"]: t["content"] for t in made["added_tokens"]}
    # a gap in the ids is no token
    return [by_id.get(i, f"<no token {i}>") for i in range(max(by_id) + 1)]


def _bytes(made: dict) -> Iterator[str]:
    """The tokens that spell what nothing else does."""
    from tokenizers.pre_tokenizers import ByteLevel

    yield from (f"<0x{i:02X}>" for i in range(256))
    if "ByteLevel" in json.dumps(made["pre_tokenizer"]):
        yield from ByteLevel.alphabet()


def _merges(model: dict) -> list[tuple[str, str]]:
    """Pairs in the order in which they are joined; older files write one as a line."""
    pairs = (m.split(" ") if isinstance(m, str) else m for m in model["merges"])
    return [(a, b) for a, b in pairs]


def _way(piece: str, ranks: dict[tuple[str, str], int]) -> Iterator[str]:
    """All tokens that byte-pair encoding passes on its way from letters to ``piece``."""
    parts = list(piece)
    yield from parts
    while len(parts) > 1:
        best = min(zip(parts, parts[1:], strict=False), key=lambda p: ranks.get(p, 1 << 40))
        if best not in ranks:
            return
        joined, at = [], 0
        while at < len(parts):
            two = at + 1 < len(parts) and (parts[at], parts[at + 1]) == best
            joined.append(parts[at] + parts[at + 1] if two else parts[at])
            at += 2 if two else 1
        parts = joined
        yield best[0] + best[1]


def _templates(made: dict) -> Iterator[dict]:
    """The parts of the post-processor that put special tokens around a text."""
    processor = made.get("post_processor") or {}
    for one in [processor, *processor.get("processors", [])]:
        if "special_tokens" in one:
            yield one


def _template_tokens(made: dict) -> Iterator[str]:
    for template in _templates(made):
        for special in template["special_tokens"].values():
            yield from special["tokens"]
