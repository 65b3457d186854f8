"""``tagged``: entities tagged in a copy of the sentence, under a constraint that keeps it one.

At each step the model may write the sentence's next token, or at the edge of a word an opening or a
closing tag, so that no output is invalid and no entity is made up. The constraint is that of
tag insertion in CODEC (https://arxiv.org/abs/2402.03131), which places tags in a translation; here
they are the answer. Our choice: the most likely allowed token is taken (no search), and the tag is
a word with a bracket (``PER[ Musa ]``). Beside ``prompt``, which writes a list freely, on the same
items and demonstrations.
"""

from collections.abc import Iterable

from .. import models
from ..config import Profile
from ..errors import XltError
from ..tasks import Task
from ..tasks.ner import Tagged
from .prompt import Prompt


class TaggedCopy(Prompt):
    """Few-shot prompting in which the sentence is copied and nothing but tags may be added."""

    about = "as prompt, but entities are tagged in a copy of the sentence that cannot go wrong"
    notebook = "prompt"

    @classmethod
    def asks(cls, task: Task) -> Task:
        """Raises :class:`XltError` for a task without entities."""
        if task.name != Tagged.name:
            raise XltError(
                f"the method 'tagged' tags entities and cannot do the task {task.name!r}: give its "
                f"arm `tasks: [{Tagged.name}]`"
            )
        return Tagged()

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        """Raises :class:`XltError` for a served model, whose tokens cannot be held to a text."""
        if models.is_served(profile.model):
            raise XltError(
                f"the method 'tagged' chooses among the next tokens, which `model.path` "
                f"{profile.model.path!r}, a server, does not let it: load the model from a folder "
                "or hub id, or leave the arm out"
            )


METHOD = TaggedCopy
