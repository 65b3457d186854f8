"""``copy``: every text as it is. The floor that a translator must be above."""

from ...config import Language
from .without_model import Direction, WithoutModel


def load() -> WithoutModel:
    """The translator that changes nothing."""
    return WithoutModel("copy", _direction)


def _direction(source: Language, target: Language) -> Direction:
    return str
