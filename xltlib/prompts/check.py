"""Whether every document really reaches the model."""

from collections.abc import Sequence

from ..data import Example
from ..errors import XltError
from .fit import Fitted


def check_prompts(prompts: Sequence[Fitted], examples: Sequence[Example]) -> None:
    """Raise :class:`XltError` unless every document really reaches the model.

    Each prompt must show its example's longest text, from its beginning, where the item stands; and
    there must be as many distinct prompts as distinct items, but for those that were cut (two
    articles may begin alike, and how much was cut stands in the records).
    """
    by_document: dict[tuple[str, ...], str] = {}
    by_prompt: dict[str, str] = {}
    for prompt, example in zip(prompts, examples, strict=True):
        texts = tuple(example.texts)
        placed = prompt.text.endswith(": " + prompt.document + prompt.tail)
        shown = any(text.startswith(prompt.document) for text in texts)
        if not (placed and shown and prompt.document.strip()):
            raise XltError(
                f"the document of example {example.id!r} is not in its prompt, which ends with "
                f"{prompt.text[-200:]!r}: mend the task's template or the example's text"
            )
        first = by_document.setdefault(texts, example.id)
        other = by_prompt.setdefault(prompt.text, first)
        if other != first and not prompt.truncated_tokens:
            raise XltError(
                f"the examples {other!r} and {example.id!r} have different documents but the same "
                "prompt: mend the task's template"
            )
