"""Pairs of sentences as items of the two tasks that translate, whatever files they are from."""

from collections.abc import Iterable

from ..items import Example

TASKS = ("from_english", "into_english")


def items(task: str, language: str, pairs: Iterable[tuple[str, str, str]]) -> list[Example]:
    """Of each pair (id, English, the same in ``language``) the item of one of :data:`TASKS`."""
    if task == "from_english":
        return [
            Example(name, language, {"text": english}, own, kept=("text",))
            for name, english, own in pairs
        ]
    return [Example(name, language, {"text": own}, english) for name, english, own in pairs]


def labels(task: str, language: str, _: object) -> tuple[str, ...]:
    """The language to translate into, where a prompt has to name it."""
    return (language,) if task == "from_english" else ()
