"""A causal language model as translator: as it is, by demonstrations, or tuned (:mod:`.tune`).

Sentences are translated by themselves and joined, as by :class:`.translator.Translator`; each is
asked for by the prompt of :mod:`.layout`, and the answer ends with the line.

That the quality of the demonstrations decides that of the translation is a finding of arXiv
2302.01398, hence pairs that are nearest, of like length, or that come back. Our choice: how they
are ranked (:mod:`.nearest`), and that the ratio of lengths and the round trip are thresholds.
"""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from ...config import Language, PromptedSpec
from ...data.parallel import ENGLISH  # what glosses are put into
from ...text import sentences
from ...text.words import chrf
from ..engine.engine import LanguageModel
from .layout import GLOSS, STOP, Pair, ParallelText, prompt
from .lexicon import Lexicon
from .nearest import Nearest
from .translation_cache import Entry, TranslationCache

_BATCH = 64  # sentences asked for, and stored, at a time
_TRIED = 4  # times as many pairs as are shown: where fewer of them come back, fewer are shown


class Prompted:
    """A language model asked to translate; ``usage`` is what its answers cost when made."""

    def __init__(
        self,
        lm: LanguageModel,
        revision: str,
        spec: PromptedSpec,
        parallel: ParallelText,
        cache: Path | None = None,
        max_new_tokens: int = 128,
    ):
        self.lm, self.spec, self.parallel = lm, spec, parallel
        self.max_new_tokens = max_new_tokens
        told = f"shots={spec.shots},{spec.retrieve}" + (",gloss" if spec.gloss else "")
        told += f",ratio={spec.length_ratio:g}" if spec.length_ratio else ""
        told += f",round_trip={spec.round_trip:g}" if spec.round_trip else ""
        needs = f" {parallel.revision}" if spec.shots or spec.gloss else ""
        self.revision = f"{revision} prompted {told}{needs}"
        self.usage = lm.usage
        self._cache = TranslationCache(cache) if cache is not None else None
        self._pairs: dict[tuple[str, str], list[Pair]] = {}
        self._back: dict[Pair, float] = {}
        self._nearest: dict[tuple[str, str], Nearest] = {}
        self._lexicons: dict[tuple[str, str], Lexicon] = {}

    def translate(
        self, texts: Sequence[str], source: Language, target: Language, scope: str = ""
    ) -> list[str]:
        """Greedy translations in the order of ``texts``; empty texts pass through.

        ``scope`` keeps callers' cache entries apart. Raises :class:`XltError` for a sentence that
        does not fit the context.
        """
        if self.spec.gloss and target.code != ENGLISH:
            lexicon = self._lexicon(source, target)
            return [lexicon.translate(t) if t.strip() else t for t in texts]
        pieces = [sentences.split(t) for t in texts]
        distinct = sorted({p for ps in pieces for p in ps})
        key = (self.revision, source.code, target.code, scope,
               f"greedy;max_new_tokens={self.max_new_tokens}")  # fmt: skip
        known: dict[str, Entry] = {}
        for start in range(0, len(distinct), _BATCH):
            some = distinct[start : start + _BATCH]
            found = self._cache.get(key, some) if self._cache else {}
            todo = [p for p in some if p not in found]
            made = self._ask(todo, source, target)
            if made and self._cache:
                self._cache.put(key, made)
            self.usage.cached += len(found)
            for entry in found.values():
                self.usage.generated_tokens += entry.tokens
                self.usage.truncated += entry.truncated
                self.usage.flops += entry.flops
                self.usage.seconds += entry.seconds
            known |= found | made
        return [
            " ".join(known[p].translation for p in ps) if ps else text
            for text, ps in zip(texts, pieces, strict=True)
        ]

    def _ask(self, texts: list[str], source: Language, target: Language) -> dict[str, Entry]:
        if not texts:
            return {}
        before, start = self.usage.copy(), time.perf_counter()
        prompts = self._prompts(texts, source, target)
        preparing = time.perf_counter() - start
        answers = self.lm.generate(prompts, self.max_new_tokens, stop=[STOP])
        self.usage.seconds += preparing
        spent = self.usage.since(before)
        flops, seconds = spent.flops / len(texts), spent.seconds / len(texts)
        return {
            text: Entry(
                " ".join(answer.text.split()),
                answer.tokens,
                answer.tokens >= self.max_new_tokens,
                flops,
                seconds,
            )
            for text, answer in zip(texts, answers, strict=True)
        }

    def _prompts(self, texts: list[str], source: Language, target: Language) -> list[str]:
        shown = self._shown(texts, source, target)
        name = source.name
        if self.spec.gloss:
            lexicon, name = self._lexicon(source, target), GLOSS
            texts = [lexicon.translate(t) for t in texts]
        room = self.spec.context - self.max_new_tokens
        made = []
        for text, pairs in zip(texts, shown, strict=True):
            asked = prompt(text, name, target.name, pairs)
            while pairs and len(self.lm.tokenizer(asked)["input_ids"]) > room:
                pairs = pairs[1:]  # the nearest stand last
                asked = prompt(text, name, target.name, pairs)
            made.append(asked)
        return made

    def _shown(self, texts: list[str], source: Language, target: Language) -> list[list[Pair]]:
        count = self.spec.shots
        if not count:
            return [[] for _ in texts]
        key = (source.code, target.code)
        if key not in self._pairs:
            self._pairs[key] = of_like_length(self.parallel.training(source, target), self.spec)
        pairs, sound = self._pairs[key], self._comes_back(source, target)
        if self.spec.retrieve == "random":
            order = (pairs[i] for i in np.random.default_rng(0).permutation(len(pairs)))
            return [list(islice(filter(sound, order), count))] * len(texts)
        if key not in self._nearest:
            self._nearest[key] = Nearest(pairs)
        near = self._nearest[key].find(texts, _TRIED * count if self.spec.round_trip else count)
        return [list(islice(filter(sound, some[::-1]), count))[::-1] for some in near]

    def _comes_back(self, source: Language, target: Language) -> Callable[[Pair], bool]:
        """Whether the phrase table puts a pair's target back into something like its source."""
        if not self.spec.round_trip:
            return lambda pair: True

        def sound(pair: Pair) -> bool:
            if pair not in self._back:
                again = self._lexicon(target, source).translate(pair[1])
                self._back[pair] = chrf(again, pair[0])
            return self._back[pair] >= self.spec.round_trip

        return sound

    def _lexicon(self, source: Language, target: Language) -> Lexicon:
        key = (source.code, target.code)
        if key not in self._lexicons:
            self._lexicons[key] = Lexicon(self.parallel.training(source, target))
        return self._lexicons[key]


def of_like_length(pairs: Sequence[Pair], spec: PromptedSpec) -> list[Pair]:
    """The pairs of which no side is ``spec.length_ratio`` times as long as the other."""
    if spec.length_ratio is None:
        return list(pairs)
    kept = []
    for pair in pairs:
        short, long = sorted(map(len, pair))
        if short and long / short < spec.length_ratio:
            kept.append(pair)
    return kept
