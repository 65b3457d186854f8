"""A language: its codes and the words in which tasks are put to a model."""

from typing import Annotated

from pydantic import Field

from .base import Spec, TaskName


class Wording(Spec):
    """How one task is put into words: the instruction, and the names of its two fields.

    ``instruction`` stands once at the head of the prompt. It may use ``{labels}`` (the label words
    on offer) or ``{types}`` (the entity types); any other name in braces is refused.
    """

    instruction: str = ""
    document: str
    answer: str


class Language(Spec):
    """A language: its codes and the words in which tasks are put to a model."""

    code: Annotated[str, Field(pattern=r"^[a-z]{3}$")]  # ISO 639-3
    name: str
    flores: Annotated[str, Field(pattern=r"^[a-z]{3}_[A-Z][a-z]{3}$")]  # as NLLB-200 names it
    prompts: dict[TaskName, tuple[Wording, ...]]  # the first wording of a task is its default
    labels: dict[str, str]  # a data set's topic label -> the word for it in this language
    entity_types: dict[str, str]  # a data set's entity type -> the tag written in prompts
    none: str  # how "no entity" is written
