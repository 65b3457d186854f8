"""A profile is one experiment; a cell is the unit of its grid."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator, model_validator

from ..errors import not_one_of
from .arms import PAPER_ARMS, ArmSpec, merged
from .base import NonNegative, Positive, Reading, Spec
from .laft import LaftSpec
from .models import EncoderSpec, ModelSpec, ProjectionSpec, TranslatorSpec
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
    # In place of the profile's own, where this set's items cost more; none given: the profile's.
    shots: tuple[NonNegative, ...] = ()
    seeds: tuple[int, ...] = ()
    limit: Positive | None = None
    optional: bool = False  # runs where its task is named (--tasks)
    # Asked with all tokens of the model, whatever its `vocabulary`: for a set with other words than
    # the list was made for. Arms that train have no cells of it: they train what the list leaves.
    every_token: bool = False
    arms: tuple[str, ...] = ()  # that are asked, whatever their tasks; none given: all of its task

    @field_validator("languages")
    @classmethod
    def _distinct(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not values or len(set(values)) != len(values):
            raise ValueError(f"needs at least one language and none twice, got {list(values)}")
        return values

    def is_for(self, arm: ArmSpec) -> bool:
        """Whether an arm of the profile is asked about it, as far as tasks go."""
        return arm.name in self.arms if self.arms else not arm.tasks or self.task in arm.tasks

    @model_validator(mode="after")
    def _a_table_for_each_language(self) -> "DatasetSpec":
        if self.table and "{language}" not in self.table.file and len(self.languages) > 1:
            raise ValueError(
                f"table.file {self.table.file!r} is one file for {len(self.languages)} languages: "
                "put {language} into its name, or give each language a data set of its own"
            )
        return self


class DemonstrationsSpec(Spec):
    """How the demonstrations of a prompt are picked (``xltlib/demonstrations``)."""

    by: str = "fixed"  # a module of xltlib/demonstrations


class Profile(Spec):
    """One experiment: models, data sets, shots, seeds, decoding, and the arms that it compares."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
    about: str  # one paragraph that stands beside every result
    model: ModelSpec
    translator: TranslatorSpec
    laft: LaftSpec
    datasets: Annotated[tuple[DatasetSpec, ...], Field(min_length=1)]
    shots: tuple[NonNegative, ...]
    seeds: tuple[int, ...]
    limit: Positive | None = None  # test items per data set and language; none: all
    max_new_tokens: dict[str, Positive] = {}  # of an answer; a task that is not named has its own
    # Words that are kept of a text, by task, before anything is translated or made into tokens: a
    # context cuts languages with longer tokens shorter, which would differ from arm to arm.
    document_words: dict[str, Positive] = {}
    wording: NonNegative = 0  # which of a language's wordings
    # files of languages that it brings beside those of its data sets, such as an English of its own
    languages: tuple[str, ...] = ()
    # How the scores of options become an answer. Sums of log-probabilities compare label words that
    # differ in length and frequency, and can answer below chance; calibration by content-free items
    # needs neither a label nor another test item, and no choice of what a text's domain is.
    reading: Reading = "content_free"
    demonstrations: DemonstrationsSpec = DemonstrationsSpec()
    # The language that the model knows best: `translate` asks in it, and only arms that ask in the
    # item's own language have cells of it.
    pivot: Annotated[str, Field(pattern=r"^[a-z]{3}$")] = "eng"
    arms: tuple[ArmSpec, ...] = PAPER_ARMS
    data_dir: str | None = None  # folder of publishers' files, for the sources that need one
    projection: ProjectionSpec = ProjectionSpec()
    # What gives sentences vectors, for the semantic-aware error rate of translations; none: without
    sentence_encoder: EncoderSpec | None = None
    speed: SpeedSpec | None = None  # none: not measured

    @field_validator("shots", "seeds")
    @classmethod
    def _distinct(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if not values or len(set(values)) != len(values):
            raise ValueError(f"needs at least one value and none twice, got {list(values)}")
        if not all(0 <= value < 10**9 for value in values):
            raise ValueError(f"needs numbers of at most nine digits, got {list(values)}")
        return values

    @model_validator(mode="after")
    def _every_arm_is_a_profile(self) -> "Profile":
        names = [arm.name for arm in self.arms]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"arms needs at least one arm and no name twice, got {names}")
        for arm in self.arms:
            try:
                self._changed_by(arm)
            except ValidationError as error:
                first = error.errors()[0]
                key = ".".join(map(str, first["loc"]))
                keys = _keys(first["loc"]) if first["type"] == "extra_forbidden" else ()
                allowed = f"; it may have {', '.join(keys)}" if keys else ""
                raise ValueError(
                    f"arm {arm.name!r}, {key}: {first['msg']} (got {first['input']!r:.80}){allowed}"
                ) from error
        return self

    def within(self, dataset: str, task: str) -> "Profile":
        """The profile with the shots, seeds, limit and tokens of a data set's task of its own."""
        for spec in self.datasets:
            if (spec.name, spec.task) == (dataset, task):
                own: dict[str, object] = {
                    "shots": spec.shots,
                    "seeds": spec.seeds,
                    "limit": spec.limit,
                }
                if spec.every_token and self.model.vocabulary:
                    whole = {"vocabulary": None, "parameters": None}
                    own["model"] = self.model.model_copy(update=whole)
                return self.model_copy(update={k: v for k, v in own.items() if v})
        return self

    @property
    def first(self) -> tuple[str, ...]:
        """The arms that figures show: those that are not optional, or all where none is else."""
        return tuple(a.name for a in self.arms if not a.optional) or tuple(
            a.name for a in self.arms
        )

    def arm(self, name: str) -> ArmSpec:
        """The arm of that name. Raises :class:`xltlib.errors.XltError` where there is none."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        known = [arm.name for arm in self.arms]
        raise not_one_of("arm", name, known, f"these are the arms of profile {self.name!r}")

    def of_arm(self, name: str) -> "Profile":
        """The profile as that arm has it: its changes written over, and no other arm.

        Raises :class:`xltlib.errors.XltError` for an unknown arm.
        """
        return self._changed_by(self.arm(name))

    def _changed_by(self, arm: ArmSpec) -> "Profile":
        plain = ArmSpec(name=arm.name, method=arm.method, given=arm.given, about=arm.about)
        if not (arm.changes or arm.shots):
            return self.model_copy(update={"arms": (plain,)})
        content = self.model_dump()
        content |= {k: merged(content[k], change) for k, change in arm.changes.items()}
        if arm.shots:
            content["shots"] = [k for k in self.shots if k in arm.shots] or list(arm.shots)
        return type(self).model_validate(content | {"arms": [plain.model_dump()]})


class Cell(Spec):
    """The unit of the grid: one arm on one data set's task in one language, all shots and seeds.

    One executed notebook and one ``records.parquet`` belong to it.
    """

    arm: str
    method: str
    task: str
    dataset: str
    language: str

    @property
    def slug(self) -> str:
        return f"{self.arm}-{self.task}-{self.dataset}-{Path(self.language).stem}"


def _keys(place: tuple[int | str, ...]) -> list[str]:
    """The keys of the block in which ``place`` is one; none where the block has no fixed keys."""
    kind: object = Profile
    for key in place[:-1]:
        field = getattr(kind, "model_fields", {}).get(key)
        kind = field.annotation if field else None
    return sorted(getattr(kind, "model_fields", {}))
