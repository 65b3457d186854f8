"""Where an answer ends: at the first stop string, but line breaks in front of it do not end it."""

from collections.abc import Sequence


def cut(text: str, stops: Sequence[str]) -> str:
    """``text`` up to the first stop string, without the blank stop strings in front of it."""
    start, end = _ends(text, stops)
    return text[start : max(start, len(text) if end is None else end)]


def ended(text: str, stops: Sequence[str]) -> bool:
    """Whether a stop string ends ``text``."""
    return _ends(text, stops)[1] is not None


def _ends(text: str, stops: Sequence[str]) -> tuple[int, int | None]:
    """Where the answer begins, and where a stop string ends it, if one does."""
    front = text[: len(text) - len(text.lstrip())]
    blank = [s for s in stops if not s.strip() and s in front]
    start = max((front.rfind(s) + len(s) for s in blank), default=0)
    found = [text.find(s, start if s in blank else 0) for s in stops]
    return start, min((at for at in found if at >= 0), default=None)
