"""Lists as a command line gives them: with commas between."""

from ..errors import XltError

#: Written out, so that a command that needs no task loads none.
TASKS = "summarization,topics,ner,nli,sentiment,mmlu,qa,from_english,into_english,math"


def words(parameter: str, text: str) -> list[str]:
    """The words of ``--parameter``; none where nothing was given.

    Raises :class:`XltError` for commas alone: a list of nothing is not a list of all.
    """
    found = [word.strip() for word in text.split(",") if word.strip()]
    if text and not found:
        raise XltError(
            f"`{parameter}` names nothing, but got {text!r}: correct --{parameter}, or leave it out"
        )
    return found


def numbers(parameter: str, text: str) -> list[int]:
    """The whole numbers of ``--parameter``, of at most nine digits. Raises :class:`XltError`."""
    found = words(parameter, text)
    for word in found:
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            raise XltError(
                f"`{parameter}` must be whole numbers with commas between, such as 0,4, but got "
                f"{word!r}: correct --{parameter}"
            )
    return [int(word) for word in found]
