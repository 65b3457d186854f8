"""What all settings have in common: they are frozen, and no key is read by nobody."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

#: How the scores of options become an answer (:mod:`xltlib.tasks.readings`).
Reading = Literal["content_free", "sum", "per_token", "per_byte", "domain_pmi", "batch"]
READINGS: tuple[str, ...] = get_args(Reading)
ProjectorName = Literal["match", "markers", "alignment", "codec"]
PROJECTORS: tuple[str, ...] = get_args(ProjectorName)

Positive = Annotated[int, Field(gt=0)]
NonNegative = Annotated[int, Field(ge=0)]


class Spec(BaseModel):
    """Base of all specs: immutable, no key that nobody reads, and no truth value for a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        wanted = _types(cls.model_fields[info.field_name or ""].annotation)
        if wanted & {int, float} and bool not in wanted:
            held = value.values() if isinstance(value, dict) else value
            several = isinstance(value, list | tuple | dict)
            if any(isinstance(one, bool) for one in (held if several else [value])):
                raise ValueError("needs a number, and true or false is none")
        return value


def _types(annotation: Any) -> set[Any]:
    """The types that an annotation is made of: those of ``tuple[int, ...]`` are int and ``...``."""
    parts = get_args(annotation)
    return {one for part in parts for one in _types(part)} if parts else {annotation}
