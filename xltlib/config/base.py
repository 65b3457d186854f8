"""What all settings have in common: they are frozen, and no key is read by nobody."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

#: How the scores of options become an answer (:mod:`xltlib.tasks.readings`).
Reading = Literal["content_free", "sum", "per_token", "per_byte", "domain_pmi", "batch"]
READINGS: tuple[str, ...] = get_args(Reading)
ProjectorName = Literal["match", "markers", "alignment", "codec"]
PROJECTORS: tuple[str, ...] = get_args(ProjectorName)

Positive = Annotated[int, Field(gt=0)]
NonNegative = Annotated[int, Field(ge=0)]


class Spec(BaseModel):
    """Base of all specs: immutable, and no key that nobody reads."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False
    )
