"""``prompt``: demonstrations and test item in the target language, asked of the model as it is."""

from pathlib import Path
from typing import Any

from .. import models, paths
from ..config import Language, ModelSpec, Profile
from ..prompts import chat
from .base import Method


def answers(profile: Profile) -> Path:
    """The file that keeps a served model's answers: a killed cell asks only for the rest."""
    return paths.runs(profile.name) / "answers.sqlite"


def known_as(revision: str, spec: ModelSpec, lm: Any) -> str:
    """What records call the model: its revision, how it was loaded, the date in its prompts."""
    return chat.dated(models.identity(revision, spec, lm.dtype), lm.tokenizer, spec.chat)


class Prompt(Method):
    """Few-shot prompting in the language of the data: nothing is carried anywhere."""

    about = "a few demonstrations and the item, all in the target language"

    def __init__(self, profile: Profile, target: Language, scope: str):
        self.profile, self.language = profile, target

    def load(self) -> None:
        spec = self.profile.model
        self.lm = models.load_lm(spec, cache=answers(self.profile))
        self.revision = known_as(models.revision(spec), spec, self.lm)


METHOD = Prompt
