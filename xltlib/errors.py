"""One exception for everything a user can put right.

The command line prints its text without a traceback and exits with status 2; a defect of the
library keeps its own exception and its traceback.
"""

from collections.abc import Iterable


class XltError(Exception):
    """Bad input or a bad environment: says what, what was found, what is allowed, what to do."""


def not_one_of(parameter: str, got: object, allowed: Iterable[object], todo: str = "") -> XltError:
    """The error for a value outside a closed set, phrased alike everywhere."""
    choices = ", ".join(repr(a) for a in allowed) or "nothing at all"
    advice = todo or f"choose another value for `{parameter}`"
    return XltError(f"`{parameter}` must be one of {choices}, but got {got!r}: {advice}")
