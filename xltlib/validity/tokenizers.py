"""What a tokenizer costs a language: tokens of parallel text, in the language and in English.

A text that takes more tokens leaves less room for demonstrations, and takes longer to read
(Petrov et al. 2023, https://arxiv.org/abs/2305.15425). Bytes are what models without a tokenizer
read, as the byte-level ones of https://arxiv.org/abs/2209.11035.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import data, models, tasks
from ..config import ModelSpec, Profile, TranslatorSpec, load_language
from ..data import parallel
from ..errors import XltError
from ..models.served.byte_counter import ByteCounter
from ..stats import resample
from ..stats.resample import RESAMPLES

COLUMNS = ["tokenizer", "dataset", "language", "texts", "tokens_per_word", "english_per_word"]
COLUMNS += ["times_english", "low", "high"]


def at_hand(profile: Profile) -> dict[str, Any]:
    """Tokenizers by name: the profile's, those of the models that come with it, and bytes."""
    specs = {  # not by the mini profile: to load it would forget a fork's own languages and tables
        Path(profile.model.path).name: profile.model,
        "mini": ModelSpec(path="mini", context=1024),
        "mini, translator": TranslatorSpec(path="mini"),
    }
    if not (profile.translator.without_model or profile.translator.path == "mini"):
        specs[f"{Path(profile.translator.path).name}, translator"] = profile.translator
    return {name: models.load_tokenizer(s) for name, s in specs.items()} | {"bytes": ByteCounter()}


def tokenizers_table(profile: Profile, resamples: int = RESAMPLES, seed: int = 0) -> pd.DataFrame:
    """Tokens that parallel test sentences take by each tokenizer at hand.

    Per tokenizer, parallel set and language: the sentences (``texts``), tokens per word of both
    sides, and ``times_english``, the tokens of the language's side over those of the English one,
    with a 95 % bootstrap interval over sentences. Special tokens are not counted. A set that cannot
    be read has no row.
    """
    codes = dict.fromkeys(load_language(c).code for d in profile.datasets for c in d.languages)
    rows, tokenizers = [], at_hand(profile)
    for code in codes:
        if code == parallel.ENGLISH:
            continue
        for dataset in parallel.sets_for(profile, code):
            try:
                pairs = parallel.pairs(dataset, code, profile.data_dir)
            except XltError:  # a part of it is not at hand
                continue
            weights = resample.counts(
                len(pairs), resamples, resample.generator(seed, "tokenizers", dataset, code)
            )
            words = [sum(len(text.split()) for text in side) for side in zip(*pairs, strict=True)]
            for name, tokenizer in tokenizers.items():
                tokens = np.array([[_tokens(tokenizer, text) for text in pair] for pair in pairs])
                english, own = tokens.sum(axis=0)
                drawn = weights @ tokens
                low, high = resample.percentile(drawn[:, 1] / drawn[:, 0])
                rows.append(
                    [name, dataset, code, len(pairs), own / words[1], english / words[0]]
                    + [own / english, low, high]
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def texts_table(profile: Profile, tokenizer: Any) -> pd.DataFrame:
    """Tokens and words of every test item's first text in its own language, a row each.

    Columns: dataset, language, tokens (special ones, too), words. Texts that are English in
    whatever language one asks, such as passages of AfriQA, are left out.
    """
    rows, seen = [], set()
    for spec in profile.datasets:
        task = tasks.get(spec.task)
        own = [field for field in task.fields if field not in task.english]
        for code in spec.languages:
            if not own or (spec.name, code) in seen:
                continue
            seen.add((spec.name, code))
            for item in data.load(spec.name, spec.task, code, "test", profile.data_dir):
                text = item.fields[own[0]]
                tokens = len(tokenizer(text)["input_ids"])
                rows.append([spec.name, code, tokens, len(text.split())])
    return pd.DataFrame(rows, columns=["dataset", "language", "tokens", "words"])


def _tokens(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])
