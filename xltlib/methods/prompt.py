"""``prompt``: demonstrations and test item in the target language, asked of the model as it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import models, paths
from ..config import Language, ModelSpec, Profile
from ..data import Example
from ..prompts import chat
from ..tasks import Task


def answers(profile: Profile) -> Path:
    """The file that keeps a served model's answers: a killed cell asks only for the rest."""
    return paths.runs(profile.name) / "answers.sqlite"


def known_as(revision: str, spec: ModelSpec, lm: Any) -> str:
    """What records call the model: its revision, how it was loaded, the date in its prompts."""
    return chat.dated(models.identity(revision, spec, lm.dtype), lm.tokenizer, spec.chat)


class Prompt:
    """Few-shot prompting in the language of the data: nothing is carried anywhere."""

    translator = history = None

    def __init__(self, profile: Profile, target: Language):
        self.language = target
        self.lm = models.load_lm(profile.model, cache=answers(profile))
        revision = models.revision(profile.model)
        self.revision = known_as(revision, profile.model, self.lm)

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        return list(examples)

    def carry_back(
        self,
        task: Task,
        answers: Sequence[Any],
        originals: Sequence[Example],
        carried: Sequence[Example],
    ) -> list[tuple[Any, int]]:
        return [(answer, 0) for answer in answers]
