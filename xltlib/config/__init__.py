"""What an experiment is made of: languages, models, recipes and profiles, as validated settings."""

from .base import METHODS, PROJECTORS, TASKS, MethodName, ProjectorName, Spec, TaskName
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
    "TASKS",
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
    "Spec",
    "SpeedSpec",
    "TableSpec",
    "TaskName",
    "TranslatorSpec",
    "Wording",
    "language_name",
    "load_language",
    "load_profile",
    "tables",
]
