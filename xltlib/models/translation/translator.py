"""Machine translation with NLLB, M2M100, Marian and models that name the target in their input.

How a model is told its languages is read from its tokenizer's vocabulary:

- ``hau_Latn`` in it: NLLB; source code in front of the text, target code forced as first output.
- ``__ha__`` in it: M2M100; the same with two-letter codes.
- ``>>hau<<`` in it: multi-target Marian and the mini translator; the target's mark in front.
- none of these: a one-direction Marian model.
"""

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from langcodes import standardize_tag
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...config import Language
from ...errors import XltError
from ...text import sentences
from ..engine import memory, plan
from ..engine.onednn import OneDnnLinears
from ..usage import Usage
from .translation_cache import Entry, TranslationCache


def two_letters(code: str) -> str:
    """ISO 639-1 of an ISO 639-3 code (``swh`` as a kind of ``sw``), or the code itself."""
    return standardize_tag(code, macro=True)


def direction(
    tokenizer: PreTrainedTokenizerBase, source: Language, target: Language
) -> tuple[list[int] | None, str | None, int | None]:
    """How to ask for ``source`` to ``target``: (ids in front, tokenizer's src_lang, first output).

    Raises :class:`XltError` for a language that the model does not know, listing those it knows.
    """
    vocabulary = tokenizer.get_vocab()
    if any(t.endswith("_Latn") and len(t) == 8 for t in vocabulary):
        known = {
            t
            for t in vocabulary
            if len(t) == 8 and t[3] == "_" and t[:3].islower() and t[4].isupper()
        }
        _require(known, source.flores, source)
        _require(known, target.flores, target)
        return None, source.flores, vocabulary[target.flores]
    # M2M100's own tokenizer keeps its codes beside its vocabulary.
    two = {t[2:-2]: i for t, i in vocabulary.items() if t.startswith("__") and t.endswith("__")}
    two |= getattr(tokenizer, "lang_code_to_id", {})
    if two:
        codes = [two_letters(x.code) for x in (source, target)]
        for code, language in zip(codes, (source, target), strict=True):
            _require(two, code, language)
        return None, codes[0], two[codes[1]]
    marks = {t[2:-2] for t in vocabulary if t.startswith(">>") and t.endswith("<<") and len(t) > 4}
    if marks:
        names = (target.code, target.flores, two_letters(target.code))
        code = next((n for n in names if n in marks), target.code)
        _require(marks, code, target)
        return [vocabulary[f">>{code}<<"]], None, None
    # MADLAD-400 and its like: <2en>; all <2..> of a vocabulary are languages or scripts.
    to = {t[2:-1] for t in vocabulary if re.fullmatch(r"<2[A-Za-z_]{2,12}>", t)}
    if to:
        names = (two_letters(target.code), target.code, target.flores)
        code = next((n for n in names if n in to), names[0])
        _require(to, code, target)
        if not {two_letters(source.code), source.code, source.flores} & to:
            _require(to, two_letters(source.code), source)
        return [vocabulary[f"<2{code}>"]], None, None
    given = [tokenizer.init_kwargs.get(name) for name in ("source_lang", "target_lang")]
    for code, language in zip(given, (source, target), strict=True):
        # Others are groups of languages ("mul", "bnt"), about which there is nothing to check.
        single = code is not None and len(two_letters(code)) == 2
        if single and code not in {language.code, two_letters(language.code)}:
            raise XltError(
                f"the translation model goes from {given[0]!r} to {given[1]!r}, not from "
                f"{source.code!r} to {target.code!r}: give a model that has this direction"
            )
    return None, None, None


def _require(known: Iterable[str], code: str, language: Language) -> None:
    if code not in known:
        some = sorted(known)
        listed = ", ".join(some[:40]) + (", ..." if len(some) > 40 else "")
        raise XltError(
            f"the translation model does not know {language.name} ({code!r}): it knows {listed}; "
            "give a model that has the language, or leave it out with --languages"
        )


def source_ids(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], source: Language, target: Language
) -> list[list[int]]:
    """Encoder input of each text: the target's mark where the model takes one, the text, EOS.

    Training and translation both call this, so that they agree on the format.
    """
    front, src_lang, _ = direction(tokenizer, source, target)
    if src_lang is not None:
        tokenizer.src_lang = src_lang
    eos = tokenizer.eos_token_id
    made = []
    for ids in tokenizer(list(texts))["input_ids"]:
        ids = (front or []) + ids
        made.append(ids if eos is None or eos in ids else [*ids, eos])
    return made


def target_ids(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], source: Language, target: Language
) -> list[list[int]]:
    """Decoder output that spells each text: its tokens and EOS, without the target's mark."""
    _, src_lang, _ = direction(tokenizer, source, target)
    # Marian may cut its target differently; the others' codes stand in the way of `text_target`.
    kind = "text_target" if src_lang is None else "text"
    made = tokenizer(**{kind: list(texts)}, add_special_tokens=False)["input_ids"]
    return [[*ids, tokenizer.eos_token_id] for ids in made]


class Translator:
    """A translation model with its tokenizer and, optionally, a cache on disk.

    ``usage`` counts what the answers cost when they were made, also for answers out of the cache,
    whose number is ``usage.cached``: a method's cost does not depend on who translated first.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        revision: str,
        cache: Path | None = None,
        max_new_tokens: int = 128,
        batch_tokens: int = 4096,
    ):
        self.model, self.tokenizer, self.revision = model, tokenizer, revision
        self.max_new_tokens, self.batch_tokens = max_new_tokens, batch_tokens
        self.cache = TranslationCache(cache) if cache is not None else None
        self.usage = Usage()
        self._linears = OneDnnLinears(model)
        config = model.config
        self.longest = getattr(config, "max_position_embeddings", None) or 1024
        self.max_new_tokens = min(max_new_tokens, self.longest - 1)
        self.decoding = (
            f"greedy;max_new_tokens={self.max_new_tokens};dtype={str(model.dtype).split('.')[-1]}"
        )
        encoder = sum(p.numel() for p in model.get_encoder().parameters())
        shared = model.get_input_embeddings().weight.numel()
        total = sum(p.numel() for p in model.parameters())
        self._per_source = 2.0 * (encoder - shared)
        self._per_target = 2.0 * (total - encoder + model.get_output_embeddings().weight.numel())

    def translate(
        self, texts: Sequence[str], source: Language, target: Language, scope: str = ""
    ) -> list[str]:
        """Greedy translations in the order of ``texts``; empty texts pass through.

        Each text is split into sentences, which are translated by themselves and joined with a
        space. ``scope`` keeps callers' cache entries apart: batches are formed from one call's
        sentences alone and stored as they finish, so a run that was killed forms the same again.
        """
        pieces = [self._pieces(t, source, target) for t in texts]
        distinct = sorted({p for ps in pieces for p in ps})
        known = self._translate(distinct, source, target, scope)
        for ps in pieces:
            for entry in (known[p] for p in ps):
                self.usage.truncated += entry.truncated
        return [
            " ".join(known[p].translation for p in ps) if ps else text
            for text, ps in zip(texts, pieces, strict=True)
        ]

    def _pieces(self, text: str, source: Language, target: Language) -> list[str]:
        """Sentences, cut further where one is longer than the model takes."""
        todo, done = list(reversed(sentences.split(text))), []
        while todo:
            piece = todo.pop()
            # No token is shorter than a byte, so most sentences need no counting.
            if len(piece.encode()) + 4 > self.longest:
                size = len(source_ids(self.tokenizer, [piece], source, target)[0])
                if size > self.longest:
                    two = sentences.halves(piece)
                    if two is None:
                        raise XltError(
                            f"a word of {size} tokens is longer than the translation model's "
                            f"{self.longest}: {piece[:60]!r}...: correct the text"
                        )
                    todo += [two[1], two[0]]
                    continue
            done.append(piece)
        return done

    def _translate(
        self, texts: list[str], source: Language, target: Language, scope: str
    ) -> dict[str, Entry]:
        if not texts:
            return {}
        key = (self.revision, source.code, target.code, scope, self.decoding)
        ids = source_ids(self.tokenizer, texts, source, target)
        first = direction(self.tokenizer, source, target)[2]
        entries: dict[str, Entry] = {}
        # Batches over all sentences, known or not: a known one must not move the others.
        with self._linears.active():
            lengths = [len(i) for i in ids]
            for batch in plan.batches(lengths, 0, self.batch_tokens, self.batch_tokens):
                known = self.cache.get(key, [texts[i] for i in batch]) if self.cache else {}
                todo = {texts[i]: ids[i] for i in batch if texts[i] not in known}
                made = self._run(todo, first)
                if made and self.cache:
                    self.cache.put(key, made)
                self.usage.cached += len(known)
                for entry in [*known.values(), *made.values()]:
                    self.usage.generated_tokens += entry.tokens
                    self.usage.flops += entry.flops
                    self.usage.seconds += entry.seconds
                entries |= known | made
        return entries

    def _run(self, batch: dict[str, list[int]], first: int | None) -> dict[str, Entry]:
        """Translate a batch; when it does not fit into memory, its halves."""
        texts, made = list(batch), {}

        def run(part: list[int]) -> None:
            start = time.perf_counter()
            outputs = self._generate([batch[texts[i]] for i in part], first)
            seconds = (time.perf_counter() - start) / len(part)
            for i, output in zip(part, outputs, strict=True):
                translation = self.tokenizer.decode(
                    output, skip_special_tokens=True, clean_up_tokenization_spaces=False
                )
                size, flops = len(output), self.flops(len(batch[texts[i]]), len(output))
                cut = size >= self.max_new_tokens
                made[texts[i]] = Entry(translation.strip(), size, cut, flops, seconds)

        def too_large(i: int) -> str:
            return (
                f"out of memory on {self.model.device} with one sentence of "
                f"{len(batch[texts[i]])} tokens: use a smaller translation model or dtype bfloat16"
            )

        whole = [list(range(len(texts)))] if texts else []
        memory.in_batches(whole, run, self.model.device, too_large)
        return made

    def flops(self, source: int, target: int) -> float:
        """FLOPs of encoding ``source`` tokens and decoding ``target``: two per weight and token."""
        return self._per_source * source + self._per_target * target

    @torch.inference_mode()
    def _generate(self, sources: list[list[int]], first: int | None) -> list[list[int]]:
        """Output ids without the start token and padding, the end token included."""
        model = self.model
        longest = max(map(len, sources))
        pad = model.config.pad_token_id if model.config.pad_token_id is not None else 0
        ids = torch.tensor([s + [pad] * (longest - len(s)) for s in sources], device=model.device)
        mask = torch.tensor(
            [[1] * len(s) + [0] * (longest - len(s)) for s in sources], device=model.device
        )
        options = {} if first is None else {"forced_bos_token_id": first}
        output = model.generate(
            input_ids=ids, attention_mask=mask, num_beams=1, do_sample=False,
            max_new_tokens=self.max_new_tokens, **options,
        )  # fmt: skip
        self.usage.batches += 1
        self.usage.model_tokens += ids.numel() + output.numel()
        self.usage.distinct_tokens += sum(map(len, sources))
        made = output[:, 1:].tolist()
        ends = model.generation_config.eos_token_id
        ends = {ends} if isinstance(ends, int) else set(ends or ())
        cut = []
        for row in made:
            at = next((n for n, token in enumerate(row) if token in ends), len(row) - 1)
            cut.append(row[: at + 1])
        self.usage.distinct_tokens += sum(map(len, cut))
        return cut
