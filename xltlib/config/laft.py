"""The recipe of language-adaptive fine-tuning."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Positive, Spec


class LaftSpec(Spec):
    """Language-adaptive fine-tuning: continued causal-LM training on target-language text."""

    corpus: dict[str, str]  # language -> name of a monolingual source
    # language -> a model that others adapted (folder, hub id or id@revision): nothing is trained
    adapted: dict[str, str] = {}
    joint: tuple[str, ...] = ()  # languages that one model is adapted to together
    # Lines are joined into documents of at least so many characters, and only a document's end is
    # learned as the end of a text. None: each line is a document.
    document_characters: Positive | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0  # of the lines that are not held out
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
    min_lines: Positive | None = None  # with less text a language is left out
    checkpoint_steps: Positive = 200  # each writes 12 bytes per trained weight
    # of the weights at each measurement: the last, their mean, or those of the least held-out loss
    weights: Literal["last", "mean", "best"] = "last"
    runs: Positive = 1  # trainings in different orders, from `seed` on, whose weights are averaged
    seed: int = 42
