"""A language model trained further as a translator, on parallel text put as prompts.

With glosses (ours) it learns to put into English what a phrase table makes of a sentence, which a
small model that hardly knows the language learns from few examples. Half of the pairs make the
phrase table that glosses the other half, so that glosses are as poor in training as in use.

Without, after Moslem et al. 2023 (arXiv 2312.12740): half of the examples are zero-shot, half show
the pair with the nearest source first; both directions, more of them into the pivot. Learning the
shown pair's translation as well is ours: it costs nothing.

The model stays what it was, a causal language model in a folder, and translates by the prompt of
:mod:`.layout`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ... import files
from ...config import LaftSpec, Language, ModelSpec
from ..training.adapt import adapt
from ..training.packing import Pieces
from .layout import GLOSS, Pair, prompt
from .lexicon import Lexicon
from .nearest import Nearest

CARD = "translator.json"


@dataclass(frozen=True)
class Recipe:
    """How a translator is tuned. ``characters`` is a budget: prompts and answers, all languages."""

    characters: int = 600_000
    gloss: bool = True  # into the pivot alone, from the phrase table's output
    into_pivot: float = 0.7  # share of the examples
    one_shot: float = 0.5  # share of the examples that show the nearest pair first
    longest: int = 220  # characters of a side; longer pairs are left out
    held_out: int = 12  # pairs of each language, for the loss
    seed: int = 7

    def laft(self, learning_rate: float = 4e-4, rank: int = 16) -> LaftSpec:
        """The settings of the training itself: one pass; LoRA of a rank, or (0) all weights."""
        return LaftSpec(
            corpus={},
            learning_rate=learning_rate,
            mode="lora" if rank else "full",
            lora_rank=rank or 1,
            epochs=1,
            sequence=384,
            batch=2,
            checkpoint_steps=10,
            seed=self.seed,
        )


def tune(
    base: ModelSpec,
    pairs: Sequence[tuple[Language, Sequence[Pair]]],
    pivot: Language,
    recipe: Recipe,
    laft: LaftSpec,
    out: Path,
    about: Mapping[str, object],
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Train ``base`` on (pivot, other) ``pairs`` of each language; write the model to ``out``.

    ``about`` (what the pairs are and what was dropped) goes into ``translator.json`` there, with
    the recipe, the examples' counts, tokens, seconds and losses. A killed run goes on from its last
    checkpoint. Returns the history, as :func:`.adapt.adapt` does.
    """
    train, held = examples(pairs, pivot, recipe)
    history = adapt(base, train, laft, out, progress=progress, held_out=held)
    card = {
        "recipe": asdict(recipe),
        "training": laft.model_dump(mode="json"),
        "examples": len(train),
        "held_out": len(held),
        "tokens": int(history["tokens"].iloc[-1]),
        "seconds": round(float(history["seconds"].iloc[-1]), 1),
        "held_out_loss": [float(history["held_out_loss"].iloc[i]) for i in (0, -1)],
        **about,
    }
    files.write(out / CARD, json.dumps(card, indent=1, ensure_ascii=False))
    return history


def examples(
    pairs: Sequence[tuple[Language, Sequence[Pair]]], pivot: Language, recipe: Recipe
) -> tuple[list[Pieces], list[Pieces]]:
    """Texts to train on, in random order, and those that the loss is measured on.

    Every language has an equal share of the budget. Pairs of the second list are in none of the
    first, not as demonstrations either.
    """
    rng = np.random.default_rng(recipe.seed)
    share = recipe.characters / max(1, len(pairs))
    train: list[Pieces] = []
    held: list[Pieces] = []
    for language, all_pairs in pairs:
        usable = [p for p in all_pairs if max(map(len, p)) <= recipe.longest]
        order = [usable[i] for i in rng.permutation(len(usable))]
        size = min(recipe.held_out, len(order) // 10)
        apart, rest = order[:size], order[size:]
        if recipe.gloss:
            lengths = [sum(map(len, p)) for p in rest]
            end = int(np.searchsorted(np.cumsum(lengths), share)) + 1
            held += _glossed(apart, rest, pivot)
            half = len(rest) // 2
            first, second = rest[:half], rest[half:]
            train += _glossed(first[: (end + 1) // 2], second, pivot)
            train += _glossed(second[: end // 2], first, pivot)
            continue
        into = [n % 2 == 0 for n in range(size)]
        held += _texts(apart, into, [False] * size, rest, language, pivot)
        into = list(rng.random(len(rest)) < recipe.into_pivot)
        shown = list(rng.random(len(rest)) < recipe.one_shot)
        # what will be shown is not known yet: about as long as the pair itself
        lengths = [sum(map(len, p)) * (1 + s) for p, s in zip(rest, shown, strict=True)]
        end = int(np.searchsorted(np.cumsum(lengths), share)) + 1
        train += _texts(rest[:end], into[:end], shown[:end], rest, language, pivot)
    return [train[i] for i in rng.permutation(len(train))], held


def _glossed(chosen: Sequence[Pair], pool: Sequence[Pair], pivot: Language) -> list[Pieces]:
    """Each pair as what ``pool``'s phrase table makes of it, and its pivot side."""
    if not chosen:
        return []
    lexicon = Lexicon([(b, a) for a, b in pool])
    asked = [prompt(lexicon.translate(b), GLOSS, pivot.name) for _, b in chosen]
    return [
        ((text, False), (f" {answer}", True))
        for text, (answer, _) in zip(asked, chosen, strict=True)
    ]


def _texts(
    chosen: Sequence[Pair],
    into_pivot: Sequence[bool],
    shown: Sequence[bool],
    pool: Sequence[Pair],
    language: Language,
    pivot: Language,
) -> list[Pieces]:
    """Each pair as a prompt and its answer, with the nearest pair of ``pool`` before it or not."""
    made: list[Pieces] = [()] * len(chosen)
    for into in (True, False):
        source, target = (language, pivot) if into else (pivot, language)
        turned = [(b, a) if into else (a, b) for a, b in chosen]
        mine = [i for i, own in enumerate(into_pivot) if own == into]
        asking = [i for i in mine if shown[i]]
        near: dict[int, list[Pair]] = {}
        if asking:
            search = Nearest([(b, a) if into else (a, b) for a, b in pool])
            found = search.find([turned[i][0] for i in asking], 1)
            near = dict(zip(asking, found, strict=True))
        for i in mine:
            pieces: list[tuple[str, bool]] = []
            for number, (text, answer) in enumerate([*near.get(i, []), turned[i]]):
                gap = "\n\n" if number else ""
                pieces += [
                    (gap + prompt(text, source.name, target.name), False),
                    (f" {answer}", True),
                ]
            made[i] = tuple(pieces)
    return made
