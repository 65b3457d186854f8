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

    It may be a GGUF file, too, or one of the package index: ``package:gemma-3-270m``. With
    ``vocabulary`` (a shipped list's name, or the path of one that ``python -m xltlib prune`` made)
    it is cut down to the tokens on that list.

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
