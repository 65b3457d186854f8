"""What an experiment is made of: languages, models, recipes and profiles, as validated settings."""

from .base import METHODS, PROJECTORS, READINGS, MethodName, ProjectorName, Reading, Spec
from .laft import LaftSpec
from .language import Language, Wording
from .models import (
    Dtype,
    EncoderSpec,
    EndpointSpec,
    ModelSpec,
    ProjectionSpec,
    PromptedSpec,
    TranslatorSpec,
)
from .profile import Cell, DatasetSpec, Profile, SpeedSpec
from .read import language_name, load_language, load_profile, tables
from .table import TableSpec

__all__ = [
    "METHODS",
    "PROJECTORS",
    "READINGS",
    "Cell",
    "DatasetSpec",
    "Dtype",
    "EncoderSpec",
    "EndpointSpec",
    "LaftSpec",
    "Language",
    "MethodName",
    "ModelSpec",
    "Profile",
    "ProjectionSpec",
    "ProjectorName",
    "PromptedSpec",
    "Reading",
    "Spec",
    "SpeedSpec",
    "TableSpec",
    "TranslatorSpec",
    "Wording",
    "language_name",
    "load_language",
    "load_profile",
    "tables",
]
