"""What methods share that put parts of a prompt into the pivot, and ask in the item's language."""

from pathlib import Path

from ..config import Language, Profile, load_language
from .prompt import Prompt
from .translate import cache_of, translator_of


class WithPivot(Prompt):
    """Few-shot prompting in the language of the data, with a translator into the pivot at hand."""

    uses_translator = True
    settings = ("translator",)
    notebook = "prompt"

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, target, scope)
        self.pivot = load_language(profile.pivot)
        self.translator = translator_of(profile, scope)

    @classmethod
    def keeps(cls, profile: Profile, target: Language, scope: str) -> list[Path]:
        return [cache_of(profile, scope)]
