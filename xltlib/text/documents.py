"""Lines that follow one another, as documents."""

from collections.abc import Iterable


def in_documents(lines: Iterable[str], characters: int) -> list[str]:
    """``lines`` joined in their order into documents of at least so many characters each.

    The last one may be shorter. A line that is long enough by itself stays one.
    """
    made: list[str] = []
    held: list[str] = []
    for line in lines:
        held.append(line)
        if sum(map(len, held)) >= characters:
            made.append("\n".join(held))
            held = []
    return [*made, "\n".join(held)] if held else made
