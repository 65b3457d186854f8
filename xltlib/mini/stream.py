"""What the mini language model reads in pre-training, as documents of tokens and loss weights.

Five kinds of document. Their shares were found by trial: repeated segments keep copying (entities,
headlines) general; without the cipher languages the model cannot use demonstrations in a language
that it does not know; without a weight per answer a one-token label is drowned by the text around
it, and an entity in a list of ten counts as little as the list if the list is one answer.
"""

import functools
import math
import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from .. import tasks
from ..config import Language, Wording, load_language
from ..data.generated import world
from ..data.generated.lexicon import nouns
from ..data.sets import mini as source
from ..text.spans import Span
from .cipher import cipher, cipher_word, organisation_words

LONGEST = 1024  # tokens of a document
#: Kind of document -> share of the documents.
SHARES = {
    "few-shot English": 0.37,
    "few-shot cipher": 0.33,
    "repeated segments": 0.10,
    "English news": 0.10,
    "target-language news": 0.10,
}
TASKS = ("topics", "summarization", "ner")
TARGETS = ("hau", "kin", "lug")
ARTICLES = 20_000  # distinct pre-training articles
CIPHERS = 5_000  # distinct pseudo-languages
RENAMED = 0.8  # share of few-shot documents with made-up names
STRANGE = 0.5  # share of English few-shot documents with words of a cipher language in them
MOST_STRANGE = 0.6  # the largest share of their words
BEGINNINGS = 0.5  # share of these documents in which a strange word may begin a sentence
PIECED = 0.35  # share of made-up names that are put together from pieces of words
# What made-up names are spelled with.
ONSETS = (
    *(2 * "bcdfghjklmnprstvwyzbdgklmnrst"),
    *("ch", "sh", "ny", "mb", "nd", "ng", "nj", "nk", "gw", "kw", "ts", "bw", "mw", "kh", "ss"),
    *("br", "gr", "tr", "st", "cl", "fr", "th", "qu", "ɗ", "ƙ", "ɓ"),
)
VOWELS = (*(6 * "aeiou"), "aa", "ee", "oo", "ai", "au", "ou", "ya")
CODAS = (*"nnnlrmstkd", "sh", "nd", "rt", "ck", "lm", "ng", "x", "z")
NAME_ENDINGS = ("son", "ton", "er", "ham", "ley", "land", "s", "burg", "in")
# Weights of the loss. Answers get about a quarter of the whole.
ANSWER_WEIGHT = 4.0  # of an answer or an entity, however many tokens it has
PROMPT_WEIGHT = 0.2  # of another token of a few-shot document, in one of four: the rest has none
PROMPT_SHARE = 0.25  # and costs no logits
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
            instruction=words(w.instruction),
            document=words(w.document),
            fields={name: words(word) for name, word in w.fields.items()},
            answer=words(w.answer),
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


def made_up_name(draw: random.Random, like: str = "") -> str:
    """A name that no other text has, spelled as names are in many languages.

    Some are pieces of two words of the corpus, in any of its languages: letters then meet that
    these syllables keep apart. ``like`` in capitals (an acronym) asks for other capitals.
    """
    if len(like) > 1 and like.isupper():
        return "".join(draw.choices(string.ascii_uppercase, k=draw.randint(2, 4)))
    if draw.random() < PIECED:
        first, last = draw.choices(_all_words(), k=2)
        return (first[: draw.randint(2, 5)] + last[-draw.randint(2, 5) :]).capitalize()
    name, syllables = "", draw.choice((1, 2, 2, 2, 2, 3, 3, 4))
    for i in range(syllables):
        onset = "" if i == 0 and draw.random() < 0.15 else draw.choice(ONSETS)
        closed = 0.7 if syllables == 1 else 0.35 if i == syllables - 1 else 0.12
        coda = draw.choice(CODAS) if draw.random() < closed else ""
        name += onset + draw.choice(VOWELS) + coda
        if i == 0 and syllables > 1 and draw.random() < 0.03:
            name += draw.choice("'-")
    return name.capitalize() + (draw.choice(NAME_ENDINGS) if draw.random() < 0.1 else "")


def renamed(article: world.Article, draw: random.Random) -> world.Article:
    """The article with made-up names, the same name everywhere.

    From a few hundred names a small model learns names; from endless ones it learns to copy and to
    tell a name by what stands around it. What says the kind of an organisation (Bank, Traders)
    stays in two articles of three. An organisation without it has an English word (Harvest,
    Sunbird): nothing else would tell it from a person.
    """
    kinds, kept = organisation_words(), draw.random() < 2 / 3
    names: dict[str, str] = {}
    for sentence, spans in zip(article.sentences, article.spans, strict=True):
        for span in spans:
            if span.type == "DATE":
                continue
            surface = sentence[span.start : span.end]
            for word in re.findall(r"[^\W\d_]{3,}", surface):
                kind = word.lower() in kinds
                if word in names or not word[0].isupper() or (kind and kept):
                    continue
                brand = kind or word == surface or draw.random() < 0.3
                if span.type == "ORG" and brand and not word.isupper():
                    names[word] = _brand(draw)
                else:
                    names[word] = made_up_name(draw, word)

    def rename(text: str) -> str:
        return re.sub(r"[^\W\d_]+", lambda m: names.get(m.group(), m.group()), text)

    return _rewritten(article, lambda text, begins: rename(text), rename)


def _brand(draw: random.Random) -> str:
    """An English word, or the beginnings of two in one, as the name of an organisation."""
    if draw.random() < 0.6:
        return draw.choice(_english_words()).capitalize()
    first, second = draw.choices(_english_words(), k=2)
    return f"{first[:6]}{second[:6]}".capitalize()


@functools.cache
def _english_words() -> tuple[str, ...]:
    forms = (noun.forms["eng"][0] for noun in nouns().values())
    return tuple(sorted({form for form in forms if form.isalpha() and len(form) > 2}))


@functools.cache
def _all_words() -> tuple[str, ...]:
    forms = (form for noun in nouns().values() for forms in noun.forms.values() for form in forms)
    return tuple(sorted({form.lower() for form in forms if form.isalpha() and len(form) > 3}))


def mixed(article: world.Article, key: int, share: float, beginnings: bool) -> world.Article:
    """The article with a share of its words, names apart, from cipher language ``key``.

    A model that knows every word by heart takes a new one for a name. The same words are replaced
    in every article; without ``beginnings``, none that begins a sentence.
    """

    def strange(match: re.Match, begins: bool) -> str:
        word = match.group()
        begins = begins and beginnings and match.start() == 0
        if not (word[0].islower() or begins) or len(word) < 3:
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
    """A few-shot document and, of each of its answers, (start, end, entities or 1), in characters.

    The prompt for item i with the i items before it as demonstrations is a prefix of the one for
    item i + 1, so a document that ends in an answer is one training example per item.
    """
    task = tasks.get(task_name)
    labels = world.TOPICS if task_name == "topics" else world.ENTITY_TYPES
    items = [source.example(article, task_name) for article in articles]
    answers = []
    for i, item in enumerate(items):
        prompt = task.render(item, items[:i], language, wording, labels).text()
        answer = task.render(item, [item], language, wording, labels).turns[0].answer
        count = len(item.gold) or 1 if task_name == "ner" else 1
        answers.append((len(prompt), len(prompt) + 1 + len(answer) + 1, count))
    return f"{prompt} {answer}\n", answers


def documents(
    tokenizer, seed: int, names: Sequence[str] = TASKS
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless (token ids, weights): the documents of pre-training in the order of the seed.

    Few-shot documents are of the tasks of ``names`` in equal parts; one named twice counts twice.
    """
    chosen = np.random.default_rng(seed)
    for ids, weights in _documents(tokenizer, seed, names):
        kept = np.array(weights[:LONGEST], np.float32)
        prompt = np.isnan(kept)
        kept[prompt] = PROMPT_WEIGHT
        kept[prompt & (chosen.random(len(kept)) >= PROMPT_SHARE)] = 0
        yield np.array(ids[:LONGEST], np.int32), kept


def _documents(
    tokenizer, seed: int, names: Sequence[str]
) -> Iterator[tuple[list[int], list[float]]]:
    """As :func:`documents`, with nan as the weight of a token of a few-shot document's prompt."""
    draw = random.Random(f"mini-stream-{seed}")
    english = world.reading(ARTICLES)
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
                chosen = [renamed(article, draw) for article in chosen]
            language = load_language("eng")
            if kind.endswith("cipher"):
                key = draw.randrange(CIPHERS)
                chosen = [cipher(article, key) for article in chosen]
                language = cipher_language(key)
            elif draw.random() < STRANGE:
                key, share = draw.randrange(CIPHERS), draw.uniform(0, MOST_STRANGE)
                beginnings = draw.random() < BEGINNINGS
                chosen = [mixed(article, key, share, beginnings) for article in chosen]
            task_name = draw.choice(names)
            wording = draw.choices((0, 1, 2), (6, 2, 2))[0]
            text, answers = few_shot(chosen, task_name, language, wording)
            encoding = backend.encode(text)
            weights = [math.nan] * len(encoding.ids)
            for start, end, count in answers:
                inside = [i for i, (a, b) in enumerate(encoding.offsets) if a < end and b > start]
                for i in inside:
                    weights[i] = ANSWER_WEIGHT * count / len(inside)
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
