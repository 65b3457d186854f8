"""Methods: how an example reaches a language model, and how the model's answer comes back.

A method knows which model answers, in which language it is asked, how examples are carried into
that language and how answers are carried back. It knows a task by its verbs alone; a task never
knows which method called it. A further method is one module here and one notebook per task.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd

from ..config import METHODS, Language, Profile
from ..data import Example
from ..errors import not_one_of
from ..tasks import Task


class Method(Protocol):
    """One way to use a language model for a task in ``target``, the language of the data.

    ``language`` is the language of the prompt, ``lm`` the model that is asked, ``revision`` what
    identifies its weights, ``translator`` what carries (none: nothing is translated), ``history``
    the training that the model had on the target language (none: it had none).
    """

    language: Language
    lm: Any
    revision: str
    translator: Any
    history: pd.DataFrame | None

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """The examples in the language of the prompt; with ``gold``, their gold answers too."""
        ...

    def carry_back(
        self,
        task: Task,
        answers: Sequence[Any],
        originals: Sequence[Example],
        carried: Sequence[Example],
    ) -> list[tuple[Any, int]]:
        """Per answer: the answer in the data's language, and how many entities were dropped."""
        ...


def load(name: str, profile: Profile, target: Language, scope: str) -> Method:
    """The method of that name, with its models loaded.

    ``scope`` separates the translation cache of one data set from another's, so that batches, and
    with them the last bits of every number, do not depend on which cell ran first.
    """
    if name == "prompt":
        from .prompt import Prompt

        return Prompt(profile, target)
    if name == "laft":
        from .laft import Laft

        return Laft(profile, target)
    if name == "translate":
        from .translate import Translate

        return Translate(profile, target, scope)
    raise not_one_of("method", name, METHODS)
