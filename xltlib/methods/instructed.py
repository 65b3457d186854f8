"""``instructed``: the instruction, field names and label words in a language of one's choice.

Items and demonstrations stay in their own. With each language in turn it fills the matrix of the
language of the question by the language of the text (G-XLT, as in https://arxiv.org/abs/2309.17134,
where both are translations of one another): is it the instruction's language that counts, the
text's, or that they are the same? Its diagonal is ``prompt``.

Our choice: demonstrations stay in the text's language, label words go with the instruction, and the
tasks are those that choose among options, whose answers can be compared whatever they are called.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from ..config import Language, Profile, Spec, load_language
from ..data import Example
from ..errors import XltError
from ..tasks import Task
from .prompt import Prompt


class Instructions(Spec):
    """``with: {language: kin}``: the language, one of ``languages/``, of all but the texts."""

    language: Annotated[str, Field(pattern=r"^[a-z]{3}$")]


class Instructed(Prompt):
    """Few-shot prompting about texts in one language with instructions in another."""

    about = "as prompt, with instruction and label words in another language"
    notebook = "prompt"
    Given = Instructions
    given: ClassVar[Instructions]

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, target, scope)
        self.language = load_language(self.given.language)

    @classmethod
    def serves(cls, language: str, pivot: str) -> bool:
        return language != cls.given.language

    @classmethod
    def instructs_in(cls) -> str:
        return cls.given.language

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """Raises :class:`XltError` for tasks whose answers are written in a language."""
        if task.kind != "choose":
            raise XltError(
                f"the method 'instructed' asks in another language than the text's, and answers to "
                f"the task {task.name!r} are written: give its arm tasks that choose, such as "
                "`tasks: [topics]`"
            )
        return [replace(example, language=self.language.code) for example in examples]


METHOD = Instructed
