"""Text of others as it may be shown: nothing in it moves a cursor, and no password stands in it."""

import re

# Control characters but tab and line feed; and those that turn the direction of what follows them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """``text`` with each control character replaced by U+FFFD; tabs and line feeds stay.

    A terminal obeys escape sequences wherever they come from: a server's error message, a model's
    output, a file's name.
    """
    return _CONTROLS.sub("\ufffd", text)


def whole(text: str) -> str:
    """``text`` with U+FFFD for half of a surrogate pair, which JSON can hold and no file can."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
