"""What is claimed, and by which rule each claim is decided, as claims.yaml declares it."""

from functools import cache
from typing import Literal

import yaml

from .. import paths
from ..config import Spec


class Claim(Spec):
    """A claim: its wording, where it stands, and the rule that decides it."""

    id: str
    source: Literal["abstract", "follow-up"]
    wording: str
    test: Literal["cost", "best_share", "interaction", "pairs"]
    rule: str
    methods: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that the claim is about, in its own order."""
        return self.methods or tuple(dict.fromkeys(arm for pair in self.pairs for arm in pair))


class Claims(Spec):
    """The claims file: see its head for ``alpha``, ``smallest`` and ``floor``."""

    alpha: float
    smallest: float
    floor: float
    claims: tuple[Claim, ...]


@cache
def declared() -> Claims:
    """The claims as the package declares them."""
    text = (paths.PACKAGE / "claims" / "claims.yaml").read_text(encoding="utf-8")
    return Claims.model_validate(yaml.safe_load(text))
