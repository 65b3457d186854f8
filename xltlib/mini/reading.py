"""What the shipped models have read, for an audit of leakage."""

import functools

from ..data.generated import world
from . import pretrain, stream


@functools.lru_cache(maxsize=1)
def read_by_models(language: str) -> dict[str, list[str]]:
    """What the shipped models have read in a language, for an audit: model -> texts.

    The translator's come with the names that they had before some were replaced by made-up ones.
    """
    news = stream.ARTICLES // (1 if language == "eng" else 4)
    made = world.reading(news) if language == "eng" else world.articles(language, "pretrain", news)
    found = {"language model": [world.raw_text(article) for article in made]}
    if language != "eng":
        found["translator"] = [
            text
            for seed, cycle in enumerate(pretrain.TRANSLATOR_CYCLES, pretrain.SEED)
            for text, _ in world.parallel_sentences(language, language, cycle.pairs, seed)
        ]
    return found
