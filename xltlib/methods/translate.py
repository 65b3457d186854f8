"""``translate``: everything is translated into the pivot, asked there, and carried back."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import paths
from ..config import Language, Profile, load_language
from ..data import Example
from ..tasks import Task
from . import projection, tuned_translator
from .base import Preparation
from .prompt import Prompt


def cache_of(profile: Profile, scope: str) -> Path:
    """The file that keeps the translations of a scope, of this translator and projector alone."""
    made_by = f"{profile.translator.model_dump_json()} {profile.projection.model_dump_json()}"
    name = f"{scope}-{hashlib.sha256(made_by.encode()).hexdigest()[:8]}.sqlite"
    return paths.runs(profile.name) / "translations" / name


def translator_of(profile: Profile, scope: str) -> Any:
    """The profile's translator, with the cache of that scope."""
    cache = cache_of(profile, scope)
    cache.parent.mkdir(parents=True, exist_ok=True)
    return tuned_translator.load(profile, cache)


class Translate(Prompt):
    """Few-shot prompting in the pivot on machine-translated demonstrations and test items."""

    about = "everything is translated into English, and the answer back"
    uses_translator = True
    asks_in = "pivot"
    preparation = Preparation(
        notebook="translations",
        per="cell",
        settings=("translator", "projection", "demonstrations", "document_words"),
        phase="translation",
    )
    settings = ("translator", "projection")

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, load_language(profile.pivot), scope)
        self.target = target
        self.translator = translator_of(profile, scope)
        self.project = projection.load(profile.projection, self.translator)

    @classmethod
    def keeps(cls, profile: Profile, target: Language, scope: str) -> list[Path]:
        return [cache_of(profile, scope), *tuned_translator.kept(profile)]

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        translate = self.translator.translate
        examples = list(examples)
        return task.carry(examples, self.target, self.language, translate, gold, self.project)

    def carry_back(
        self,
        task: Task,
        answers: Sequence[Any],
        originals: Sequence[Example],
        carried: Sequence[Example],
    ) -> list[tuple[Any, int]]:
        return task.carry_back(
            list(answers),
            list(originals),
            list(carried),
            self.language,
            self.target,
            self.translator.translate,
            self.project,
        )


METHOD = Translate
