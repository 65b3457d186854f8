"""What the mini language model reads in pre-training, as documents of tokens and loss weights.

Five kinds of document. Their shares were found by trial: repeated segments keep copying (entities,
headlines) general; without the cipher languages the model cannot use demonstrations in a language
that it does not know; without a weight per answer a one-token label is drowned by the text around
it.
"""

import random
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from .. import tasks
from ..data import Span
from ..data import mini as source
from ..specs import Language, Wording, load_language
from . import world
from .cipher import cipher, cipher_word, organisation_words

LONGEST = 1024  # tokens of a document
#: Kind of document -> share of the documents.
SHARES = {
    "few-shot English": 0.37,
    "few-shot cipher": 0.33,
    "repeated segments": 0.12,
    "English news": 0.11,
    "target-language news": 0.07,
}
TASKS = ("topics", "summarization", "ner")
TARGETS = ("hau", "kin", "lug")
ARTICLES = 20_000  # distinct pre-training articles
CIPHERS = 5_000  # distinct pseudo-languages
RENAMED = 0.8  # share of few-shot documents with made-up names
# Weights of the loss. Answers get about a quarter of the whole.
ANSWER_WEIGHT = 4.0  # of an answer, however many tokens it has
PROMPT_WEIGHT = 0.05  # of another token of a few-shot document
NEWS_WEIGHT = 0.25  # of a token of plain news
COPY_WEIGHT = 0.3  # of a token of a segment's repetition


def cipher_language(key: int) -> Language:
    """The pseudo-language ``key``: the English wordings, labels and all, in its words."""
    english = load_language("eng")

    def words(text: str) -> str:
        parts = re.split(r"(\{\w+\}|[^\w{]+)", text)
        return "".join(_like(p, cipher_word(p.lower(), key)) if p.isalpha() else p for p in parts)

    def wording(w: Wording) -> Wording:
        return Wording(
            instruction=words(w.instruction), document=words(w.document), answer=words(w.answer)
        )

    return english.model_copy(
        update={
            "prompts": {t: tuple(map(wording, ws)) for t, ws in english.prompts.items()},
            "labels": {label: words(word) for label, word in english.labels.items()},
            "none": words(english.none),
        }
    )


def _like(model: str, word: str) -> str:
    return word.capitalize() if model[:1].isupper() else word


def made_up_name(draw: random.Random) -> str:
    """A pronounceable name that no other text has."""
    syllables = [draw.choice("bdfghjklmnrstwyz") + draw.choice("aeiou") for _ in range(4)]
    return "".join(syllables[: draw.randint(2, 4)]).capitalize() + draw.choice(["", "n", "l"])


def renamed(
    article: world.Article, draw: random.Random, types: Collection[str] = ("PER", "LOC")
) -> world.Article:
    """The article with made-up names of these types, the same name everywhere.

    From a few hundred names a small model learns names; from endless ones it learns to copy. The
    kind of an organisation (bank, traders) is no name and stays.
    """
    pairs = zip(article.sentences, article.spans, strict=True)
    named = [t[s.start : s.end] for t, spans in pairs for s in spans if s.type in types]
    words = sorted({w for surface in named for w in re.findall(r"[^\W\d_]{3,}", surface)})
    kinds = organisation_words() if "ORG" in types else ()
    names = {w: made_up_name(draw) for w in words if w[0].isupper() and w.lower() not in kinds}

    def rename(text: str) -> str:
        return re.sub(r"[^\W\d_]+", lambda m: names.get(m.group(), m.group()), text)

    return _rewritten(article, lambda text, begins: rename(text), rename)


def mixed(article: world.Article, key: int, share: float) -> world.Article:
    """The article with a share of its words, names apart, from cipher language ``key``.

    A model that knows every word by heart takes a new one for a name. The same words are replaced
    in every article.
    """

    def strange(match: re.Match, begins: bool) -> str:
        word = match.group()
        if not (word[0].islower() or (begins and match.start() == 0)) or len(word) < 3:
            return word
        if random.Random(f"xltlib mini mixed {key} {word.lower()}").random() >= share:
            return word
        return _like(word, cipher_word(word.lower(), key))

    def plain(text: str, begins: bool) -> str:
        return re.sub(r"[^\W\d_]+", lambda match: strange(match, begins), text)

    return _rewritten(article, plain, lambda surface: surface)


def _rewritten(
    article: world.Article, plain: Callable[[str, bool], str], name: Callable[[str], str]
) -> world.Article:
    """``name`` rewrites spans, ``plain`` the text between them, told what begins a sentence."""
    sentences, all_spans = [], []
    for text, spans in zip(article.sentences, article.spans, strict=True):
        made, end, moved = "", 0, []
        for span in spans:
            made += plain(text[end : span.start], end == 0)
            start, end = len(made), span.end
            made += name(text[span.start : span.end])
            moved.append(Span(start, len(made), span.type))
        sentences.append(made + plain(text[end:], end == 0))
        all_spans.append(tuple(moved))
    return replace(
        article,
        headline=plain(article.headline, False),
        sentences=tuple(sentences),
        spans=tuple(all_spans),
    )


def few_shot(articles: list[world.Article], task_name: str, language: Language, wording: int):
    """A few-shot document and the character ranges of its answers.

    The prompt for item i with the i items before it as demonstrations is a prefix of the one for
    item i + 1, so a document that ends in an answer is one training example per item.
    """
    task = tasks.get(task_name)
    labels = world.TOPICS if task_name == "topics" else world.ENTITY_TYPES
    items = [source.example(article, task_name) for article in articles]
    answers = []
    for i, item in enumerate(items):
        prompt = task.render(item, items[:i], language, wording, labels).text()
        answer = task.render(item, [item], language, wording, labels).turns[0][1]
        answers.append((len(prompt), len(prompt) + 1 + len(answer) + 1))
    return f"{prompt} {answer}\n", answers


def documents(
    tokenizer, seed: int, names: Sequence[str] = TASKS, strange: float = 0.0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless (token ids, weights): the documents of pre-training in the order of the seed.

    Few-shot documents are of the tasks of ``names`` in equal parts; one named twice counts twice.
    With ``strange``, English ones have up to that share of their words from a cipher language, and
    made-up names of organisations too.
    """
    for ids, weights in _documents(tokenizer, seed, names, strange):
        yield np.array(ids[:LONGEST], np.int32), np.array(weights[:LONGEST], np.float32)


def _documents(
    tokenizer, seed: int, names: Sequence[str], strange: float
) -> Iterator[tuple[list[int], list[float]]]:
    draw = random.Random(f"mini-stream-{seed}")
    english = world.articles("eng", "pretrain", ARTICLES)
    news = {code: world.articles(code, "pretrain", ARTICLES // 4) for code in TARGETS}
    kinds, shares = list(SHARES), list(SHARES.values())
    backend = tokenizer.backend_tokenizer
    while True:
        kind = draw.choices(kinds, shares)[0]
        if kind == "repeated segments":
            yield _repeated(draw, backend.get_vocab_size())
        elif kind.startswith("few-shot"):
            chosen = draw.sample(english, draw.randint(1, 7))
            if draw.random() < RENAMED:
                types = ("PER", "LOC", "ORG") if strange else ("PER", "LOC")
                chosen = [renamed(article, draw, types) for article in chosen]
            language = load_language("eng")
            if kind.endswith("cipher"):
                key = draw.randrange(CIPHERS)
                chosen = [cipher(article, key) for article in chosen]
                language = cipher_language(key)
            elif strange:
                key, share = draw.randrange(CIPHERS), draw.uniform(0, strange)
                chosen = [mixed(article, key, share) for article in chosen]
            task_name = draw.choice(names)
            wording = draw.choices((0, 1, 2), (6, 2, 2))[0]
            text, answers = few_shot(chosen, task_name, language, wording)
            encoding = backend.encode(text)
            weights = [PROMPT_WEIGHT] * len(encoding.ids)
            for start, end in answers:
                inside = [i for i, (a, b) in enumerate(encoding.offsets) if a < end and b > start]
                for i in inside:
                    weights[i] = ANSWER_WEIGHT / len(inside)
            yield encoding.ids, weights
        else:
            pool = english if kind == "English news" else news[draw.choice(TARGETS)]
            ids: list[int] = []
            while len(ids) < LONGEST // 2:
                ids += [*backend.encode(world.raw_text(draw.choice(pool))).ids, 0]
            yield ids[:-1], [NEWS_WEIGHT] * (len(ids) - 1)


def _repeated(draw: random.Random, vocabulary: int) -> tuple[list[int], list[float]]:
    """A short random segment, two to four times over; only what can be copied has a weight."""
    segment = [draw.randrange(1, vocabulary) for _ in range(draw.randint(4, 120))]
    copies = draw.randint(1, 3)
    return segment * (1 + copies), [0.0] * len(segment) + [COPY_WEIGHT] * len(segment) * copies
