"""What is claimed, and by which rule each claim is decided, as claims.yaml declares it."""

from functools import cache
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from .. import paths
from ..config import Spec


class Claim(Spec):
    """A claim: its wording, where it stands, and the rule that decides it."""

    id: str
    source: Annotated[str, Field(pattern=r"^(abstract|follow-up|arXiv \d{4}\.\d{5})$")]
    wording: str
    test: Literal["cost", "best_share", "interaction", "pairs", "not_worse"]
    rule: str
    methods: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()  # of arms, or of arms at a shot count: `name@4`
    margin: float = 0.0  # not_worse: the share of the second's score that may be lacking

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
    return Claims.model_validate(_read("claims.yaml"))


@cache
def neighbours() -> tuple[Claim, ...]:
    """What neighbouring papers claim, each with its paper; for the thresholds of all claims."""
    return tuple(Claim.model_validate(one) for one in _read("neighbours.yaml")["claims"])


def _read(name: str) -> Any:
    return yaml.safe_load((paths.PACKAGE / "claims" / name).read_text(encoding="utf-8"))
