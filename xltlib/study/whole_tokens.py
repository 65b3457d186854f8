"""Whether a smaller vocabulary writes prompts as the model's whole vocabulary would."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from .. import models
from ..config import ModelSpec
from ..errors import XltError


def check(spec: ModelSpec, tokenizer: Any, texts: Sequence[str]) -> None:
    """Refuse prompts that ``spec.vocabulary`` spells in other tokens than the whole model's.

    The model would read them, but worse: a list of tokens may save time, not change an answer.
    """
    if not spec.vocabulary:
        return
    whole = _whole(spec.model_copy(update={"vocabulary": None}))
    read = [(t, t(list(texts))["input_ids"]) for t in (tokenizer, whole)]
    written = ([t.convert_ids_to_tokens(ids) for ids in found] for t, found in read)
    for text, mine, every in zip(texts, *written, strict=True):
        if mine != every:
            at = next(
                i for i, pair in enumerate(zip(mine, every, strict=False)) if len({*pair}) > 1
            )
            raise XltError(
                f"`model.vocabulary` {spec.vocabulary!r} lacks the token {every[at]!r}, which the "
                f"whole vocabulary writes in {text[:60]!r}...: make the list again with `python -m "
                "xltlib prune MODEL --profile ... --texts ...`, or set model.vocabulary to null"
            )


@cache
def _whole(spec: ModelSpec) -> Any:
    return models.load_tokenizer(spec)
