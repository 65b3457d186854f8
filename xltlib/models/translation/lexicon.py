"""A phrase table learned from parallel text in seconds, without a neural model.

Words are aligned by IBM Model 1 in both directions (Brown et al. 1993), the two alignments are
joined as in grow-diag (Koehn et al. 2003), phrases of up to three words are read off them, and a
text is translated from left to right, without reordering, by the phrases and a bigram model of the
target language. Words that are not in the table are copied. It stands between copying the source
and a neural translator; what it writes is close to a gloss.

Scores are rounded before they are compared, and what is equal then is ordered by its words: the
last bits of a logarithm differ between processors, and a translation must not.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ...config import Language
from .layout import Pair, ParallelText
from .without_model import Direction, WithoutModel

# what stands before an apostrophe is a word of its own: w'u Rwanda, n'abantu
_TOKEN = re.compile(r"\w+['’](?=\w)|\w+|[^\w\s]")
_ROUNDS = 5  # of expectation maximisation
_SOURCE, _TARGET = 4, 5  # words of a phrase, at most
_OPTIONS = 10  # translations of a phrase that are tried
_BEAM = 12
_SIMILAR, _ALIKE, _GUESS = 5, 0.55, -1.5  # letters of a word, likeness (cosine), its price
_WORDS = 60  # sentences with more are not learned from
_LM, _WORD, _COPY = 0.4, 0.5, -3.0  # weights: bigram model, a word written, a word copied
_DIGITS = 6  # of a score, behind the point
_EDITION = 2  # of this file: another one writes other translations of the same text


#: The tables of a parallel text by direction, which the arms of a process share.
_LEARNED: WeakKeyDictionary[Any, dict[tuple[str, str], "Lexicon"]] = WeakKeyDictionary()


def load(parallel: ParallelText, cache: Path | None = None) -> WithoutModel:
    """The translator ``lexicon``: it learns a direction when it is asked for something new in it.

    ``cache`` is the SQLite file that keeps its translations.
    """

    def direction(source: Language, target: Language) -> Direction:
        codes = (source.code, target.code)
        known = _LEARNED.setdefault(parallel, {})
        if codes not in known:
            while len(known) > 1:  # there and back; a table is large
                known.pop(next(iter(known)))
            known[codes] = Lexicon(parallel.training(source, target))
        return known[codes].translate

    return WithoutModel(f"lexicon {_EDITION} {parallel.revision}", direction, cache)


class Lexicon:
    """Phrases of one direction, learned from (source, target) ``pairs``."""

    def __init__(self, pairs: Sequence[Pair]):
        split = [(words(a), words(b)) for a, b in pairs]
        split = [(a, b) for a, b in split if 0 < len(a) <= _WORDS and 0 < len(b) <= _WORDS]
        low = [([w.lower() for w in a], [w.lower() for w in b]) for a, b in split]
        forward = _align([(a, b) for a, b in low])
        backward = _align([(b, a) for a, b in low])
        self._cases = _usual_case(b for _, b in split)
        self._phrases = _phrases(low, forward, backward)
        self._bigrams, self._unigrams = Counter(), Counter()
        for _, target in low:
            self._unigrams.update(target)
            self._bigrams.update(zip(["", *target], [*target, ""], strict=True))
        self._unigrams[""] = len(low)
        self._total = sum(self._unigrams.values())
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), dtype=np.float32)
        self._single = [p[0] for p in self._phrases if len(p) == 1 and len(p[0]) >= _SIMILAR]
        self._shapes = self._vectorizer.fit_transform(self._single)
        self._like: dict[str, str | None] = {}

    def translate(self, text: str) -> str:
        """The best translation without reordering; white space flattened."""
        source = words(text)
        low = [w.lower() for w in source]
        # position -> last word written -> (score, words)
        beams: list[dict[str, tuple[float, tuple[str, ...]]]] = [{} for _ in range(len(low) + 1)]
        beams[0][""] = (0.0, ())
        for at in range(len(low)):
            best = sorted(beams[at].items(), key=lambda s: (-s[1][0], s[0]))[:_BEAM]
            for size in range(1, min(_SOURCE, len(low) - at) + 1):
                options = self._options(tuple(low[at : at + size]), source[at])
                for last, (score, written) in best:
                    for target, gain in options:
                        self._extend(beams[at + size], last, score + gain, written, target)
        final = beams[-1]
        ends = {
            k: (round(s + _LM * self._chance(k, ""), _DIGITS), w) for k, (s, w) in final.items()
        }
        _, written = max(ends.values(), key=lambda s: (s[0], s[1]))
        return self._joined(written)

    def _options(
        self, phrase: tuple[str, ...], original: str
    ) -> list[tuple[tuple[str, ...], float]]:
        found = self._phrases.get(phrase)
        if found is not None:
            return found
        if len(phrase) > 1:
            return []
        like = None if original[:1].isupper() else self._similar(phrase[0])
        if like is not None:
            return [(target, gain + _GUESS) for target, gain in self._phrases[(like,)]]
        copied = original if original[:1].isupper() else phrase[0]
        return [((copied,), 0.0 if not phrase[0][0].isalpha() else _COPY)]

    def _similar(self, word: str) -> str | None:
        """The known word that shares most letter sequences with ``word``, where it shares many."""
        if len(word) < _SIMILAR or not word.isalpha():
            return None
        if word not in self._like:
            near = (self._vectorizer.transform([word]) @ self._shapes.T).toarray()[0].round(4)
            at = int(near.argmax())
            self._like[word] = self._single[at] if near[at] >= _ALIKE else None
        return self._like[word]

    def _extend(self, beam: dict, last: str, score: float, written: tuple, target: tuple) -> None:
        for word in target:
            score += _LM * self._chance(last, word.lower()) + _WORD
            last = word.lower()
        score = round(score, _DIGITS)
        known = beam.get(last)
        if known is None or (score, written + target) > known:
            beam[last] = (score, written + target)

    def _chance(self, before: str, word: str) -> float:
        """log p(word | before), interpolated with the word's own frequency."""
        own = (self._unigrams[word] + 0.1) / self._total
        pair = self._bigrams[before, word] / max(1, self._unigrams[before])
        return math.log(0.7 * pair + 0.3 * own)

    def _joined(self, written: Sequence[str]) -> str:
        text = " ".join(self._cases.get(w, w) for w in written)
        text = re.sub(r" ([.,;:!?%)\]}])", r"\1", text)
        text = re.sub(r"([(\[{$#@]|\w['’]) ", r"\1", text)
        return text[:1].upper() + text[1:]


def words(text: str) -> list[str]:
    """Words, divided behind an apostrophe, and every other mark by itself."""
    return _TOKEN.findall(text)


def _usual_case(sentences) -> dict[str, str]:
    """Words that stand with a capital letter more often than not, away from a sentence's start."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for word in sentence[1:]:
            counts[word.lower()][word] += 1
    usual = {low: max(sorted(found), key=found.get) for low, found in counts.items()}
    return {low: word for low, word in usual.items() if word != low} | {"i": "I"}


def _align(pairs: Sequence[tuple[list[str], list[str]]]) -> list[list[int]]:
    """IBM Model 1: for each target word the place of its source word, -1 for none."""
    ids: list[dict[str, int]] = [{"": 0}, {}]
    coded = [
        [np.array([ids[side].setdefault(w, len(ids[side])) for w in words], np.int64)
         for side, words in enumerate(pair)]
        for pair in pairs
    ]  # fmt: skip
    source = np.concatenate([np.tile(np.append(s, 0), len(t)) for s, t in coded])
    target = np.concatenate([np.repeat(t, len(s) + 1) for s, t in coded])
    sizes = np.concatenate([np.full(len(t), len(s) + 1) for s, t in coded])
    places = np.repeat(np.arange(len(sizes)), sizes)
    keys, key = np.unique(source * len(ids[1]) + target, return_inverse=True)
    of_source = keys // len(ids[1])
    chance = np.full(len(keys), 1.0)
    for _ in range(_ROUNDS):
        share = chance[key]
        share /= np.bincount(places, share)[places]
        count = np.bincount(key, share, len(keys))
        chance = count / np.bincount(of_source, count)[of_source]
    likely = chance.round(9)[key]
    made, at = [], 0
    for s, t in coded:
        block = likely[at : at + (len(s) + 1) * len(t)].reshape(len(t), len(s) + 1)
        at += block.size
        best = block.argmax(1)
        made.append(np.where(best == len(s), -1, best).tolist())
    return made


def _joint(forward: list[int], backward: list[int]) -> set[tuple[int, int]]:
    """Links that both directions have, and those of one of them that adjoin what is there."""
    one = {(s, t) for t, s in enumerate(forward) if s >= 0}
    two = {(s, t) for s, t in enumerate(backward) if t >= 0}
    links, open_links = one & two, one ^ two
    rows, columns = {s for s, _ in links}, {t for _, t in links}
    grown = True
    while grown:
        grown = False
        for s, t in sorted(open_links):
            beside = any((s + i, t + j) in links for i in (-1, 0, 1) for j in (-1, 0, 1))
            if beside and (s not in rows or t not in columns):
                links.add((s, t))
                open_links.discard((s, t))
                rows.add(s)
                columns.add(t)
                grown = True
    return links


def _phrases(
    pairs: Sequence[tuple[list[str], list[str]]],
    forward: Sequence[list[int]],
    backward: Sequence[list[int]],
) -> dict[tuple[str, ...], list[tuple[tuple[str, ...], float]]]:
    """Source phrase -> its likeliest target phrases with scores: shares in both directions."""
    counts: dict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
    of_target: Counter[tuple[str, ...]] = Counter()
    for (source, target), ahead, back in zip(pairs, forward, backward, strict=True):
        links = _joint(ahead, back)
        for start in range(len(source)):
            for end in range(start + 1, min(start + _SOURCE, len(source)) + 1):
                inside = [t for s, t in links if start <= s < end]
                if not inside or max(inside) - min(inside) >= _TARGET:
                    continue
                first, last = min(inside), max(inside) + 1
                if any(first <= t < last and not start <= s < end for s, t in links):
                    continue
                here, there = tuple(source[start:end]), tuple(target[first:last])
                counts[here][there] += 1
                of_target[there] += 1
    table = {}
    for here, found in counts.items():
        total = sum(found.values())
        if len(here) > 1 and total < 2:
            continue  # seen once: an accident of one sentence
        scored = [
            (there, round(_share(n, total) + 0.5 * _share(n, of_target[there]), _DIGITS))
            for there, n in found.items()
        ]
        table[here] = sorted(scored, key=lambda o: (-o[1], o[0]))[:_OPTIONS]
    return table


def _share(n: int, total: int) -> float:
    """The logarithm of a share that is taken as smaller where little was seen."""
    return math.log(n / (total + 0.5))
