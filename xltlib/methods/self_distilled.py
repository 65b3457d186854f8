"""``self_distilled``: ``fine_tuned``, with the model of a pass ago as a teacher beside the answers.

Self-distillation with a rank-weighted teacher, after https://arxiv.org/abs/2309.17134: the teacher
counts as much as it ranks the right tokens high. There it is for questions with a span of text as
answer; that it is for label words here is our choice, the recipe is that of ``fine_tuned``.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ..config import Spec
from .fine_tuned import FineTuned


class Teacher(Spec):
    """``with: {scale: 0.5}``: the teacher's weight is so many times what its ranks give it."""

    scale: Annotated[float, Field(ge=0)] = 1.0


class SelfDistilled(FineTuned):
    about = "as fine_tuned, with the model as it was a pass ago as a teacher"
    notebook = "fine_tuned"
    Given = Teacher
    given: ClassVar[Teacher] = Teacher()

    def way(self, prompts: Sequence[str]) -> Any:
        from ..models.training.distilled import Distilled

        return Distilled(self.given.scale)


METHOD = SelfDistilled
