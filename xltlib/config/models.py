"""Which models are asked, and how they are loaded, served and used."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from .base import NonNegative, Positive, ProjectorName, Spec
from .masked import masked

#: ``auto``: bfloat16 on a GPU that has it, float16 on one that has not, float32 on a CPU.
Dtype = Literal["float32", "bfloat16", "float16", "auto"]


class EndpointSpec(Spec):
    """How a served model is asked: what its server does not tell, and what it can bear."""

    tokenizer: str | None = None  # `mini`, a folder or a hub id; none: tokens are counted as bytes
    concurrency: Positive = 8  # requests under way at a time
    timeout: Annotated[float, Field(gt=0)] = 120.0  # seconds without a byte from the server
    retries: NonNegative = 6  # of one request, after errors that may pass
    requests_per_minute: Positive | None = None


class ModelSpec(Spec):
    """A causal language model: ``mini`` (shipped), a folder, a hub id with its revision, or served.

    ``mini-bytes`` is the twin of ``mini`` that reads bytes. A model may be a GGUF file, too, or one
    of the package index: ``package:gemma-3-270m``. With ``vocabulary`` (a shipped list's name, or
    the path of one that ``python -m xltlib prune`` made) it is cut down to the tokens on that list.

    ``openai:http://host:8000/v1#name`` is the model ``name`` of a server that speaks the OpenAI
    protocol under that base URL. Its key, where it wants one, is read from ``OPENAI_API_KEY``.

    ``chat`` puts prompts through the chat template of the tokenizer (or of the server): ``turns``
    shows demonstrations as turns of user and assistant, ``text`` as one message of the user.
    """

    path: str
    revision: str | None = None
    vocabulary: str | None = None  # a list of tokens to keep; none: all
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
            own = ("vocabulary", "dtype", "quantization", "batch_tokens")
            fields = type(self).model_fields
            if given := [n for n in own if getattr(self, n) != fields[n].default]:
                raise ValueError(
                    f"{', '.join(given)} would change nothing: {self.path!r} is loaded by its "
                    "server. Leave it out here and tell the server; `endpoint` has what can be "
                    "said here"
                )
        return self


#: Translators without a model of their own (``models/translation``).
WITHOUT_MODEL = ("copy", "reference", "lexicon")


class PromptedSpec(Spec):
    """How a causal language model is asked to translate, sentence by sentence.

    With ``gloss`` it is shown what the phrase table makes of a sentence (``lexicon``) in the
    sentence's place, and puts that into English; out of English the phrase table stands alone. It
    learns to do so first, from so many characters of the parallel text (``tuned``; 0: it does not).
    """

    shots: NonNegative = 5  # pairs of the profile's parallel text shown before each sentence
    retrieve: Literal["nearest", "random"] = "nearest"  # by TF-IDF of the source; or the same pairs
    # Pairs that are not shown: one side so many times as long as the other, in characters; or the
    # phrase table puts the target back into less than this chrF of the source (0: not asked).
    length_ratio: Annotated[float, Field(gt=1)] | None = None
    round_trip: Annotated[float, Field(ge=0, le=100)] = 0.0
    gloss: bool = False
    tuned: NonNegative = 0  # characters, all languages together, prompts and answers
    context: Positive = 2048
    vocabulary: str | None = None  # as of a language model

    @model_validator(mode="after")
    def _glosses_are_asked_alone(self) -> "PromptedSpec":
        if self.gloss and self.shots:
            raise ValueError("gloss is asked without demonstrations: set shots: 0")
        if not self.shots and (self.length_ratio or self.round_trip):
            raise ValueError("length_ratio and round_trip are for demonstrations: set shots")
        if self.tuned and not self.gloss:
            raise ValueError("tuned is for glosses: set gloss: true, or leave it out")
        return self


class TranslatorSpec(Spec):
    """What translates: ``mini`` (shipped), or an NLLB, M2M or Marian folder or hub id.

    With ``prompted`` the path is a causal language model's. Without any model: ``copy`` leaves
    texts as they are, ``reference`` takes the human translations of a data set that is parallel,
    ``lexicon`` learns a phrase table from parallel text.
    """

    path: str
    revision: str | None = None
    prompted: PromptedSpec | None = None
    dtype: Dtype = "float32"
    max_new_tokens: Positive = 128
    batch_tokens: Positive = 4096
    parameters: Positive | None = None

    @property
    def without_model(self) -> bool:
        """Whether nothing is loaded to translate."""
        return self.path in WITHOUT_MODEL

    @property
    def reads_parallel_text(self) -> bool:
        """Whether its translations depend on the profile's parallel text."""
        shown = self.prompted is not None and (self.prompted.shots > 0 or self.prompted.gloss)
        return shown or self.path in ("reference", "lexicon")

    def language_model(self) -> ModelSpec | None:
        """The causal model that is prompted; None for other translators."""
        if self.prompted is None:
            return None
        return ModelSpec(
            path=self.path,
            revision=self.revision,
            vocabulary=self.prompted.vocabulary,
            context=self.prompted.context,
            dtype=self.dtype,
            batch_tokens=self.batch_tokens,
            parameters=self.parameters,
        )

    @model_validator(mode="after")
    def _prompts_are_for_models(self) -> "TranslatorSpec":
        if self.prompted is not None and (self.without_model or self.path == "mini"):
            raise ValueError(f"`prompted` is for a causal language model, not for {self.path!r}")
        return self


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
