"""``laft``: the model is first trained further on target-language text, then prompted.

One adapted model per language, shared by all tasks. It is stored by content: under a name that
hashes the base model, the text and the settings, so that nothing is trained twice and no change
goes unnoticed.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from .. import data, models, paths
from ..errors import XltError, not_one_of
from ..specs import Language, Profile
from .prompt import Prompt


class Laft(Prompt):
    """Few-shot prompting of the language's own adapted model."""

    def __init__(self, profile: Profile, target: Language):
        self.language = target
        folder, history = adapted(profile, target)
        self.history = history.assign(language=target.code)
        self.lm = models.load_lm(profile.model, folder)
        self.revision = folder.name  # hashes the base model, the text and the settings


def corpus(profile: Profile, language: Language) -> list[str]:
    """The monolingual lines that a language is adapted on, as the profile names them."""
    source = profile.laft.corpus.get(language.code)
    if source is None:
        raise not_one_of(
            "language",
            language.code,
            profile.laft.corpus,
            f"give profile {profile.name!r} a text under laft.corpus.{language.code}",
        )
    lines = data.corpus(source, language.code, profile.data_dir)
    return lines[: profile.laft.max_lines]


def check_leaks(profile: Profile, language: str, datasets: Iterable[str]) -> None:
    """Refuse to evaluate data sets whose test text stands in the text that ``laft`` adapts on.

    Raises :class:`XltError` unless the profile says ``laft.allow_leaks: true``.
    """
    source = profile.laft.corpus.get(language)
    if source is None or profile.laft.allow_leaks:
        return
    if leaking := sorted(set(datasets) & set(data.leaks(source))):
        raise XltError(
            f"profile {profile.name!r} adapts {language} on {source!r}, which holds the test text "
            f"of {', '.join(leaking)}: what laft scores there is memory. Give "
            f"laft.corpus.{language} another text, evaluate another data set, or say "
            "laft.allow_leaks: true to do it all the same"
        )


def adapted(profile: Profile, language: Language) -> tuple[Path, pd.DataFrame]:
    """The folder of the adapted model and its training history; trains where there is none yet.

    The history has a row per logged step: step, tokens, epoch, loss, held_out_loss (nats a token),
    learning_rate, seconds, flops. Two processes that ask for one model at the same time train it
    once: the second waits.
    """
    from ..models import laft as training

    lines = corpus(profile, language)
    content = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    settings = profile.laft.model_dump(exclude={"corpus", "allow_leaks"})
    recipe = json.dumps([models.revision(profile.model), content, settings], sort_keys=True)
    name = f"{language.code}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    folder = paths.runs(profile.name) / "adapted" / name
    history = folder / "history.parquet"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not history.exists():
            training.adapt(profile.model, lines, profile.laft, folder)
    return folder, pd.read_parquet(history)
