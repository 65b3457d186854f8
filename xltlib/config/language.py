"""A language: its codes and the words in which tasks are put to a model."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Spec


class Wording(Spec):
    """How one task is put into words: the instruction, and the names of its fields.

    ``instruction`` stands once at the head of the prompt. It may use ``{labels}`` (the label words
    on offer) or ``{types}`` (the entity types); any other name in braces is refused. ``fields`` has
    a word for each text of an item; ``document`` is the short form for a task with one text.
    """

    instruction: str = ""
    document: str = ""
    fields: dict[str, str] = {}
    answer: str
    # Of items with options of their own (multiple choice): listed with letters, of which one is
    # asked for; listed, and the text of one asked for; or not listed, each scored as the answer.
    choices: Literal["letter", "text", "cloze"] = "letter"

    @model_validator(mode="after")
    def _one_form(self) -> "Wording":
        if bool(self.document) == bool(self.fields):
            raise ValueError("give either `document` or `fields`: the words for an item's texts")
        return self

    def words(self, names: Sequence[str]) -> Mapping[str, str]:
        """A field's name -> its word in the prompt; ``document`` serves an item's only text."""
        return {names[0]: self.document} if self.document and len(names) == 1 else self.fields


class Language(Spec):
    """A language: its codes and the words in which tasks are put to a model."""

    code: Annotated[str, Field(pattern=r"^[a-z]{3}$")]  # ISO 639-3
    name: str
    flores: Annotated[str, Field(pattern=r"^[a-z]{3}_[A-Z][a-z]{3}$")]  # as NLLB-200 names it
    prompts: dict[str, tuple[Wording, ...]]  # task -> wordings, the first its default
    labels: dict[str, str]  # a data set's label -> the word for it in this language
    words: dict[str, dict[str, str]] = {}  # task -> labels whose word is that task's alone
    entity_types: dict[str, str]  # a data set's entity type -> the tag written in prompts
    none: str  # how "no entity" is written
    reviewed_by: tuple[str, ...] = ()  # native speakers who have read every wording and word
