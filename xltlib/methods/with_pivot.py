"""What methods share that put parts of a prompt into the pivot, and ask in the item's language."""

from ..config import Language, Profile, load_language
from .prompt import Prompt
from .translate import translator_of


class WithPivot(Prompt):
    """Few-shot prompting in the language of the data, with a translator into the pivot at hand."""

    uses_translator = True
    settings = ("translator",)
    notebook = "prompt"

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, target, scope)
        self.pivot = load_language(profile.pivot)
        self.translator = translator_of(profile, scope)
