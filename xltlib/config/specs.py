"""What an experiment is made of: languages, profiles and cells, validated when they are read.

Frozen pydantic models: an unknown key, a missing key or a wrong type is refused with the file, the
key, the value and what is allowed. A language or a profile is named by its code, or by the path of
a YAML file, which is how a fork tries a new one without touching the package.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .. import paths
from ..errors import XltError, not_one_of
from .masked import masked

TaskName = Literal["summarization", "topics", "ner"]
MethodName = Literal["prompt", "laft", "translate"]
TASKS: tuple[str, ...] = get_args(TaskName)
METHODS: tuple[str, ...] = get_args(MethodName)
ProjectorName = Literal["match", "markers", "alignment", "codec"]
PROJECTORS: tuple[str, ...] = get_args(ProjectorName)

#: ``auto``: bfloat16 on a GPU that has it, float16 on one that has not, float32 on a CPU.
Dtype = Literal["float32", "bfloat16", "float16", "auto"]

Positive = Annotated[int, Field(gt=0)]
NonNegative = Annotated[int, Field(ge=0)]


class Spec(BaseModel):
    """Base of all specs: immutable, and no key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


S = TypeVar("S", bound=Spec)


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


class EndpointSpec(Spec):
    """How a served model is asked: what its server does not tell, and what it can bear."""

    tokenizer: str | None = None  # `mini`, a folder or a hub id; none: tokens are counted as bytes
    concurrency: Positive = 8  # requests under way at a time
    timeout: Annotated[float, Field(gt=0)] = 120.0  # seconds without a byte from the server
    retries: NonNegative = 6  # of one request, after errors that may pass
    requests_per_minute: Positive | None = None


class ModelSpec(Spec):
    """A causal language model: ``mini`` (shipped), a folder, a hub id with its revision, or served.

    ``openai:http://host:8000/v1#name`` is the model ``name`` of a server that speaks the OpenAI
    protocol under that base URL. Its key, where it wants one, is read from ``OPENAI_API_KEY``.

    ``chat`` puts prompts through the chat template of the tokenizer (or of the server): ``turns``
    shows demonstrations as turns of user and assistant, ``text`` as one message of the user.
    """

    path: str
    revision: str | None = None
    context: Positive  # tokens, prompt and answer together
    dtype: Dtype = "float32"
    quantization: Literal["none", "int8", "int4"] = "none"  # by bitsandbytes
    batch_tokens: Positive = 16384  # the largest padded batch, in tokens
    chat: Literal["turns", "text"] | None = None
    endpoint: EndpointSpec = EndpointSpec()  # of a served model
    parameters: Positive | None = None  # weights; for --plan, while the configuration is not here

    @field_validator("path")
    @classmethod
    def _without_a_password(cls, path: str) -> str:
        return masked(path)  # so that no print of it and no record has one; `address` refuses it

    @model_validator(mode="after")
    def _only_served_models_have_an_endpoint(self) -> "ModelSpec":
        if self.endpoint != EndpointSpec() and not self.path.startswith("openai:"):
            raise ValueError(f"endpoint is for paths that begin with 'openai:', not {self.path!r}")
        return self

    @model_validator(mode="after")
    def _served_models_are_loaded_elsewhere(self) -> "ModelSpec":
        if self.path.startswith("openai:"):
            own = ("dtype", "quantization", "batch_tokens")
            fields = type(self).model_fields
            if given := [n for n in own if getattr(self, n) != fields[n].default]:
                raise ValueError(
                    f"{', '.join(given)} would change nothing: {self.path!r} is loaded by its "
                    "server. Leave it out here and tell the server; `endpoint` has what can be "
                    "said here"
                )
        return self


class TranslatorSpec(Spec):
    """A translation model: ``mini`` (shipped), or an NLLB, M2M or Marian folder or hub id."""

    path: str
    revision: str | None = None
    dtype: Dtype = "float32"
    max_new_tokens: Positive = 128
    batch_tokens: Positive = 4096
    parameters: Positive | None = None


class EncoderSpec(Spec):
    """An encoder that aligns words: ``mini`` (the translator's), a folder, or a hub id."""

    path: str
    revision: str | None = None
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"


class ProjectionSpec(Spec):
    """How ``translate`` finds an entity of one text in its translation (``methods/projection``).

    ``encoder`` and ``layer`` are for ``alignment``: none means the translator's own encoder and its
    last layer.
    """

    by: ProjectorName = "match"
    encoder: EncoderSpec | None = None
    layer: NonNegative | None = None  # 0: the embeddings; 8 of 12 is usual for multilingual BERT

    @model_validator(mode="after")
    def _encoder_is_used(self) -> "ProjectionSpec":
        if self.by != "alignment" and (self.encoder is not None or self.layer is not None):
            raise ValueError(f"`encoder` and `layer` are for 'alignment', not for {self.by!r}")
        return self


class LaftSpec(Spec):
    """Language-adaptive fine-tuning: continued causal-LM training on target-language text."""

    corpus: dict[str, str]  # language -> name of a monolingual source
    # language -> a model that others adapted (folder, hub id or id@revision): nothing is trained
    adapted: dict[str, str] = {}
    allow_leaks: bool = False  # adapt even on text that holds an evaluated data set's test items
    mode: Literal["full", "lora"] = "full"
    lora_rank: Positive = 16
    learning_rate: Annotated[float, Field(gt=0)]
    epochs: Annotated[float, Field(gt=0)]
    sequence: Positive  # tokens per packed sequence
    batch: Positive  # sequences per optimizer step
    # Sequences in memory at a time: gradients accumulate up to `batch`. None: 8,192 tokens' worth,
    # 2,048 from 1e9 weights on.
    micro_batch: Positive | None = None
    # Activations computed again in the backward pass, not kept. None: from 1e9 weights on.
    gradient_checkpointing: bool | None = None
    warmup_ratio: Annotated[float, Field(ge=0, lt=1)] = 0.03
    clip: Annotated[float, Field(gt=0)] = 1.0
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    held_out: Annotated[float, Field(gt=0, lt=0.5)] = 0.05  # share of the lines kept for the loss
    max_lines: Positive | None = None
    checkpoint_steps: Positive = 200  # each writes 12 bytes per trained weight
    seed: int = 42


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
    task: TaskName
    languages: tuple[str, ...]


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
    max_new_tokens: dict[TaskName, Positive]
    wording: NonNegative = 0  # which of a language's wordings
    data_dir: str | None = None  # folder of publishers' files, for the sources that need one
    projection: ProjectionSpec = ProjectionSpec()
    speed: SpeedSpec | None = None  # none: not measured

    @field_validator("shots", "seeds")
    @classmethod
    def _distinct(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if not values or len(set(values)) != len(values):
            raise ValueError(f"needs at least one value and none twice, got {list(values)}")
        return values

    @model_validator(mode="after")
    def _every_task_has_a_length(self) -> "Profile":
        for task in {d.task for d in self.datasets} - set(self.max_new_tokens):
            raise ValueError(f"max_new_tokens has no entry for the task {task!r}")
        return self


class Cell(Spec):
    """The unit of the grid: one method on one data set's task in one language, all shots and seeds.

    One executed notebook and one ``records.parquet`` belong to it.
    """

    method: MethodName
    task: TaskName
    dataset: str
    language: str

    @property
    def slug(self) -> str:
        return f"{self.method}-{self.task}-{self.dataset}-{Path(self.language).stem}"


def _read(kind: type[S], parameter: str, name: str, folder: Path) -> S:
    """Parse ``folder/<name>.yaml``, or the YAML file that ``name`` is the path of."""
    shipped = {p.stem: p for p in sorted(folder.glob("*.yaml"))}
    path = shipped.get(name, Path(name))
    if path.suffix not in {".yaml", ".yml"}:
        todo = f"name one of these, or the path of a {parameter}'s YAML file"
        raise not_one_of(parameter, name, shipped, todo)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise XltError(f"`{parameter}` {name!r}: cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise XltError(f"`{parameter}` {name!r}: {path} is not UTF-8 YAML: {error}") from error
    return _validated(kind, content, f"{path}")


def _validated(kind: type[S], content: object, where: str) -> S:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        lines = [f"{where} is not a valid {kind.__name__.lower()}:"]
        for e in error.errors():
            key = ".".join(map(str, e["loc"])) or "(top level)"
            lines.append(f"  {key}: {e['msg']} (got {masked(e['input'])!r:.80})")
        raise XltError("\n".join(lines)) from error


def load_language(name: str) -> Language:
    """The language with an ISO 639-3 code, or the one a YAML file describes.

    Raises :class:`XltError` when there is no such language or its file is not valid.
    """
    return _read(Language, "language", name, paths.LANGUAGES)


def load_profile(name: str, **changes: object) -> Profile:
    """The profile of a name, or of a YAML file, with fields replaced by ``changes``.

    A change that is ``None`` (or an empty list) leaves the profile's own value. Raises
    :class:`XltError` when the profile or a change is not valid.
    """
    profile = _read(Profile, "profile", name, paths.PROFILES)
    _check_adapted(profile)
    given = {k: v for k, v in changes.items() if v not in (None, [], ())}
    return _validated(Profile, profile.model_dump() | given, f"profile {name!r}")


def _check_adapted(profile: Profile) -> None:
    """Refuse a model of others for a language that is none: what it is for would be trained."""
    if not profile.laft.adapted:
        return
    languages = {load_language(name).code for d in profile.datasets for name in d.languages}
    for code in profile.laft.adapted:
        if code not in languages:
            todo = f"these are the languages of the data sets of profile {profile.name!r}"
            raise not_one_of("laft.adapted", code, sorted(languages), todo)
