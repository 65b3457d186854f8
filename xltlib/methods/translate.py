"""``translate``: everything is translated into English, asked in English, and carried back."""

from collections.abc import Sequence
from typing import Any

from .. import models, paths
from ..config import Language, Profile, load_language
from ..data import Example
from ..tasks import Task
from . import projection
from .parallel_text import ProfileText
from .prompt import answers, known_as

PIVOT = "eng"  # the language the model was mainly trained on


class Translate:
    """Few-shot prompting in English on machine-translated demonstrations and test items."""

    history = None

    def __init__(self, profile: Profile, target: Language, scope: str):
        self.target = target
        self.language = load_language(PIVOT)
        self.lm = models.load_lm(profile.model, cache=answers(profile))
        revision = models.revision(profile.model)
        self.revision = known_as(revision, profile.model, self.lm)
        cache = paths.runs(profile.name) / "translations" / f"{scope}.sqlite"
        cache.parent.mkdir(parents=True, exist_ok=True)
        self.translator = models.load_translator(
            profile.translator, cache, parallel=ProfileText(profile)
        )
        self.project = projection.load(profile.projection, self.translator)

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
