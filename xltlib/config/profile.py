"""A profile is one experiment; a cell is the unit of its grid."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from .base import MethodName, NonNegative, Positive, Reading, Spec
from .laft import LaftSpec
from .models import ModelSpec, ProjectionSpec, TranslatorSpec
from .table import TableSpec


class SpeedSpec(Spec):
    """Tokens a second as measured with random weights of the profile's shapes, for ``--plan``.

    Made by ``python -m benchmarks``: what is read in prompts, written in answers, written by the
    translator, and trained on by LAFT.
    """

    hardware: str  # processor and threads, or GPU
    scoring: Annotated[float, Field(gt=0)]
    generation: Annotated[float, Field(gt=0)]
    translation: Annotated[float, Field(gt=0)]
    training: Annotated[float, Field(gt=0)]


class DatasetSpec(Spec):
    """Which data set serves which task in which languages."""

    name: str
    task: str
    languages: tuple[str, ...]  # codes, or paths of language files relative to the profile's
    table: TableSpec | None = None  # one's own data, under a name of its own

    @field_validator("languages")
    @classmethod
    def _distinct(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not values or len(set(values)) != len(values):
            raise ValueError(f"needs at least one language and none twice, got {list(values)}")
        return values

    @model_validator(mode="after")
    def _a_table_for_each_language(self) -> "DatasetSpec":
        if self.table and "{language}" not in self.table.file and len(self.languages) > 1:
            raise ValueError(
                f"table.file {self.table.file!r} is one file for {len(self.languages)} languages: "
                "put {language} into its name, or give each language a data set of its own"
            )
        return self


class Profile(Spec):
    """One experiment: models, data sets, shots, seeds, decoding and the settings of LAFT."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    about: str  # one paragraph that stands beside every result
    model: ModelSpec
    translator: TranslatorSpec
    laft: LaftSpec
    datasets: tuple[DatasetSpec, ...]
    shots: tuple[NonNegative, ...]
    seeds: tuple[int, ...]
    limit: Positive | None = None  # test items per data set and language; none: all
    max_new_tokens: dict[str, Positive] = {}  # of an answer; a task that is not named has its own
    wording: NonNegative = 0  # which of a language's wordings
    # files of languages that it brings beside those of its data sets, such as an English of its own
    languages: tuple[str, ...] = ()
    # How the scores of options become an answer. Sums of log-probabilities compare label words that
    # differ in length and frequency, and can answer below chance; calibration by content-free items
    # needs neither a label nor another test item, and no choice of what a text's domain is.
    reading: Reading = "content_free"
    data_dir: str | None = None  # folder of publishers' files, for the sources that need one
    projection: ProjectionSpec = ProjectionSpec()
    speed: SpeedSpec | None = None  # none: not measured

    @field_validator("shots", "seeds")
    @classmethod
    def _distinct(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if not values or len(set(values)) != len(values):
            raise ValueError(f"needs at least one value and none twice, got {list(values)}")
        return values


class Cell(Spec):
    """The unit of the grid: one method on one data set's task in one language, all shots and seeds.

    One executed notebook and one ``records.parquet`` belong to it.
    """

    method: MethodName
    task: str
    dataset: str
    language: str

    @property
    def slug(self) -> str:
        return f"{self.method}-{self.task}-{self.dataset}-{Path(self.language).stem}"
