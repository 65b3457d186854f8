"""What the mini language model reads in pre-training, as packed token and weight arrays.

Five kinds of document. Their shares were found by trial: without the repeated segments, copying
(entities, headlines) stalls, because induction heads form late; without the cipher languages the
model cannot use demonstrations in a language that it does not know; without a weight per answer a
one-token label is drowned by the text around it.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .. import tasks
from ..data import Span
from ..data import mini as source
from ..specs import Language, Wording, load_language
from . import world
from .cipher import cipher, cipher_word

SEQUENCE = 1024
#: Kind of document -> share of the training sequences.
SHARES = {
    "few-shot English": 0.27,
    "few-shot cipher": 0.31,
    "repeated segments": 0.24,
    "English news": 0.12,
    "target-language news": 0.06,
}
TARGETS = ("hau", "kin", "lug")
ARTICLES = 60_000  # distinct pre-training articles
CIPHERS = 5_000  # distinct pseudo-languages
# Weights of the loss. Answers get about a quarter of the whole.
ANSWER_WEIGHT = 4.0  # of an answer, however many tokens it has
PROMPT_WEIGHT = 0.05  # of another token of a few-shot document
NEWS_WEIGHT = 0.25  # of a token of plain news


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


def renamed(article: world.Article, draw: random.Random) -> world.Article:
    """The article with made-up names for its persons and places, the same name everywhere.

    From a few hundred names a small model learns names; from endless ones it learns to copy.
    """
    pairs = list(zip(article.sentences, article.spans, strict=True))
    named = [t[s.start : s.end] for t, spans in pairs for s in spans if s.type in {"PER", "LOC"}]
    words = sorted({w for surface in named for w in re.findall(r"[^\W\d_]{3,}", surface)})
    names = {word: made_up_name(draw) for word in words if word[0].isupper()}

    def rename(text: str) -> str:
        return re.sub(r"[^\W\d_]+", lambda m: names.get(m.group(), m.group()), text)

    sentences, all_spans = [], []
    for text, spans in pairs:
        made, end, moved = "", 0, []
        for span in spans:
            made += rename(text[end : span.start])
            start, end = len(made), span.end
            made += rename(text[span.start : span.end])
            moved.append(Span(start, len(made), span.type))
        sentences.append(made + rename(text[end:]))
        all_spans.append(tuple(moved))
    return replace(
        article,
        headline=rename(article.headline),
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
    tokenizer, seed: int, copy_weight: float, share_renamed: float
) -> Iterator[tuple[list[int], list[float]]]:
    """Endless (token ids, weights): the documents of pre-training in the order of the seed."""
    draw = random.Random(f"mini-stream-{seed}")
    english = world.articles("eng", "pretrain", ARTICLES)
    news = {code: world.articles(code, "pretrain", ARTICLES // 4) for code in TARGETS}
    kinds, shares = list(SHARES), list(SHARES.values())
    backend = tokenizer.backend_tokenizer
    while True:
        kind = draw.choices(kinds, shares)[0]
        if kind == "repeated segments":
            yield _repeated(draw, backend.get_vocab_size(), copy_weight)
        elif kind.startswith("few-shot"):
            chosen = draw.sample(english, draw.randint(1, 7))
            if draw.random() < share_renamed:
                chosen = [renamed(article, draw) for article in chosen]
            language = load_language("eng")
            if kind.endswith("cipher"):
                key = draw.randrange(CIPHERS)
                chosen = [cipher(article, key) for article in chosen]
                language = cipher_language(key)
            task_name = draw.choice(("topics", "summarization", "ner"))
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
            while len(ids) < SEQUENCE // 2:
                ids += [*backend.encode(world.raw_text(draw.choice(pool))).ids, 0]
            yield ids[:-1], [NEWS_WEIGHT] * (len(ids) - 1)


def _repeated(draw: random.Random, vocabulary: int, weight: float) -> tuple[list[int], list[float]]:
    """A short random segment, two to four times over; only what can be copied has a weight."""
    segment = [draw.randrange(1, vocabulary) for _ in range(draw.randint(4, 120))]
    times = draw.randint(2, 4)
    return segment * times, [0.0] * len(segment) + [weight] * len(segment) * (times - 1)


def arrays(
    tokenizer, sequences: int, seed: int, copy_weight: float, share_renamed: float
) -> tuple[np.ndarray, np.ndarray]:
    """``sequences`` packed rows: token ids [n, 1024] uint16 and loss weights [n, 1024] float16.

    Documents are cut only where a row ends; token 0 is the end of text. ``copy_weight`` is that of
    a token of a segment's repetition, ``share_renamed`` how many few-shot documents have made-up
    names.
    """
    ids = np.zeros((sequences, SEQUENCE), np.uint16)
    weights = np.zeros((sequences, SEQUENCE), np.float16)
    stream = documents(tokenizer, seed, copy_weight, share_renamed)
    for row in range(sequences):
        at = 0
        while at < SEQUENCE - 16:
            tokens, loss = next(stream)
            n = min(len(tokens), SEQUENCE - at)
            ids[row, at : at + n], weights[row, at : at + n] = tokens[:n], loss[:n]
            at += n + 1  # the gap is token 0
            if at <= SEQUENCE:
                weights[row, at - 1] = PROMPT_WEIGHT
    return ids, weights
