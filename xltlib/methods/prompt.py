"""``prompt``: demonstrations and test item in the target language, asked of the model as it is."""

from collections.abc import Sequence
from typing import Any

from .. import models
from ..data import Example
from ..specs import Language, Profile
from ..tasks import Task


class Prompt:
    """Few-shot prompting in the language of the data: nothing is carried anywhere."""

    def __init__(self, profile: Profile, target: Language):
        self.language = target
        self.lm = models.load_lm(profile.model)
        self.revision = models.revision(profile.model)

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
