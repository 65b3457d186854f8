"""Arms: the named configurations that a profile compares.

An arm is a method and what it changes of the profile, block by block::

    arms:
      - name: prompt
      - {name: laft_slow, method: laft, laft: {learning_rate: 1.0e-5}}
      - {name: translate_big, method: translate, translator: {path: facebook/nllb-200-3.3B}}
      - {name: switched_half, method: switched, with: {share: 0.5}}
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator, model_validator

from .base import NonNegative, Reading, Spec
from .masked import masked

#: The blocks of a profile that an arm may change.
BLOCKS = (
    "model",
    "translator",
    "laft",
    "projection",
    "demonstrations",
    "max_new_tokens",
    "wording",
    "reading",
)
#: What belongs to one model and not to another that takes its place.
_OF_A_PATH = ("revision", "parameters")


class ArmSpec(Spec):
    """A method under a name, with what it changes of the profile and the cells that it has."""

    model_config = ConfigDict(validate_by_name=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    method: str = ""  # a module of xltlib/methods; none given: the arm's own name
    # the method's own parameters, as it declares them; written `with` in a profile
    given: Annotated[dict[str, Any], Field(validation_alias="with")] = {}
    about: str = ""  # one sentence for readers
    optional: bool = False  # runs where it is named (--arms), or all are (--arms all)
    tasks: tuple[str, ...] = ()  # none given: all of the profile's
    languages: tuple[str, ...] = ()
    shots: tuple[NonNegative, ...] = ()
    model: dict[str, Any] = {}
    translator: dict[str, Any] = {}
    laft: dict[str, Any] = {}
    projection: dict[str, Any] = {}
    demonstrations: dict[str, Any] = {}
    max_new_tokens: dict[str, Any] = {}
    wording: NonNegative | None = None
    reading: Reading | None = None

    @field_validator("model", "translator", "laft", "projection")
    @classmethod
    def _without_passwords(cls, block: dict[str, Any]) -> dict[str, Any]:
        return masked(block)

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_method(cls, given: Any) -> Any:
        if isinstance(given, dict) and not given.get("method") and "name" in given:
            return given | {"method": given["name"]}
        return given

    @property
    def changes(self) -> dict[str, Any]:
        """The blocks that this arm changes, as they are written in its profile."""
        blocks = {name: getattr(self, name) for name in BLOCKS}
        return {name: block for name, block in blocks.items() if block not in ({}, None)}


#: What the paper compares.
PAPER_ARMS = tuple(ArmSpec(name=name) for name in ("prompt", "laft", "translate"))


def merged(base: Any, change: Any) -> Any:
    """``base`` with ``change`` written over it, dictionaries key by key.

    A block that names another ``path`` keeps nothing of what belonged to the model before it.
    """
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return change
    kept = base
    if change.get("path", base.get("path")) != base.get("path"):
        kept = {k: v for k, v in base.items() if k not in _OF_A_PATH}
    return kept | {k: merged(kept.get(k), v) for k, v in change.items()}
