"""What an experiment is made of: languages, models, recipes and profiles, as validated settings."""

from .arms import BLOCKS, PAPER_ARMS, ArmSpec
from .base import PROJECTORS, READINGS, ProjectorName, Reading, Spec
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
from .profile import Cell, DatasetSpec, DemonstrationsSpec, Profile, SpeedSpec
from .read import language_name, load_language, load_profile, name_of, tables
from .table import TableSpec

__all__ = [
    "BLOCKS",
    "PAPER_ARMS",
    "PROJECTORS",
    "READINGS",
    "ArmSpec",
    "Cell",
    "DatasetSpec",
    "DemonstrationsSpec",
    "Dtype",
    "EncoderSpec",
    "EndpointSpec",
    "LaftSpec",
    "Language",
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
    "name_of",
    "load_language",
    "load_profile",
    "tables",
]
