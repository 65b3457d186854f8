"""``mixture``: the models adapted to several languages answer together.

After MT4CrossOIE (https://arxiv.org/abs/2308.06552), which mixes the adapters of languages. Here
each adapted model says how likely every option is, and ``with: {how: ...}`` says what each counts:

- ``mean``: all the same;
- ``routed``: as likely as it finds the prompt, so that the whole is one mixture of models (an
  adapter that is left out has no weight; in that paper's code it keeps some);
- ``neighbour``: the one alone that finds text of the language likeliest, of the text at hand to
  adapt on, no test item.

``own: false`` leaves the language's own model out, as if there were no text to adapt on.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from .. import models
from ..config import Profile, Spec, load_language
from ..data import Example
from ..errors import XltError
from ..tasks import Task
from . import laft
from .prompt import Prompt, known_as

_LINES = 50  # of the language's text, for the nearest neighbour


class Mixing(Spec):
    """``with: {how: routed, own: false}``"""

    how: Literal["mean", "routed", "neighbour"]
    own: bool = True


class Experts:
    """Several models as one: an option's probability is the mean of theirs, by their weights."""

    scoring, takes_messages = "likelihood", False

    def __init__(self, lms: Sequence[Any], how: str, text: Sequence[str]):
        first = lms[0]
        self.tokenizer, self.context, self.dtype = first.tokenizer, first.context, first.dtype
        self.usage = first.usage
        for lm in lms:
            lm.core.usage = self.usage
        self.lms, self.how = list(lms), how
        if how == "neighbour":
            likely = self._likelihood(text).sum(axis=0)
            self.lms = [self.lms[int(likely.argmax())]]

    def _likelihood(self, texts: Sequence[str]) -> np.ndarray:
        """float64 [texts, models]: the log-probability of each text."""
        behind = [[text] for text in texts]
        found = [[row[0] for row in lm.score([""] * len(texts), behind)] for lm in self.lms]
        return np.array(found, dtype=float).T

    def weights(self, prompts: Sequence[str]) -> np.ndarray:
        """float64 [prompts, models]: what each counts, which sums to 1."""
        if self.how != "routed" or len(self.lms) == 1:
            return np.full((len(prompts), len(self.lms)), 1 / len(self.lms))
        likely = self._likelihood(prompts)
        found = np.exp(likely - likely.max(axis=1, keepdims=True))
        return found / found.sum(axis=1, keepdims=True)

    def score(
        self, prompts: Sequence[str], continuations: Sequence[Sequence[str]]
    ) -> list[list[float]]:
        """Log-probability of each continuation after its prompt, by all models together."""
        every = [lm.score(prompts, continuations) for lm in self.lms]
        with np.errstate(divide="ignore"):  # a model without weight
            counted = np.log(self.weights(prompts))
        return [
            [float(x) for x in np.logaddexp.reduce(np.array(rows) + weight[:, None], axis=0)]
            for weight, *rows in zip(counted, *every, strict=True)
        ]


class Mixture(Prompt):
    about = "the models that are adapted to several languages answer together"
    trains = True
    notebook = "prompt"
    settings = ("laft",)
    Given = Mixing
    given: ClassVar[Mixing]

    def load(self) -> None:
        profile, target = self.profile, self.language
        languages = [load_language(code) for code in self.languages(profile, target.code)]
        made = [laft.adapted(profile, language) for language in languages]
        text = laft.training_text(profile, target).lines[:_LINES]
        experts = [models.load_lm(profile.model, folder) for folder, _ in made]
        self.lm = Experts(experts, self.given.how, text)
        names = "+".join(folder.name for folder, _ in made)
        self.revision = known_as(names, profile.model, self.lm)
        ends = pd.concat([history.iloc[[-1]] for _, history in made])
        total = ends[["step", "tokens", "seconds", "flops"]].sum()
        self.history = pd.DataFrame([dict.fromkeys(total.index, 0), dict(total)]).assign(
            epoch=np.nan, loss=np.nan, held_out_loss=np.nan, learning_rate=np.nan,
            language=target.code, model_revision=self.revision,
        )  # fmt: skip

    @classmethod
    def languages(cls, profile: Profile, language: str) -> tuple[str, ...]:
        """Those whose adapted models take part, in the order of the profile's texts."""
        others = {profile.pivot} | (set() if cls.given.own else {language})
        return tuple(code for code in profile.laft.corpus if code not in others)

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        """Raises :class:`XltError` where no other language has text to adapt on."""
        sets = list(datasets)
        laft.check_adaptable(profile)
        if not (found := cls.languages(profile, language)):
            raise XltError(
                f"profile {profile.name!r} has no language whose adapted model could answer for "
                f"{language!r}: name texts of others under `laft.corpus`, or leave the arm out"
            )
        for code in found:
            laft.check_leaks(profile, code, sets)

    @classmethod
    def lacks(cls, profile: Profile, language: str) -> str:
        every = (laft.Laft.lacks(profile, code) for code in cls.languages(profile, language))
        return next(filter(None, every), "")

    @classmethod
    def reads(cls, profile: Profile, language: str) -> set[str]:
        return laft.Laft.reads(profile, language)

    @classmethod
    def reads_in(cls, profile: Profile, language: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys([language, *cls.languages(profile, language)]))

    def carry(self, task: Task, examples: Sequence[Example], gold: bool) -> list[Example]:
        """Raises :class:`XltError` for a task that does not choose among options."""
        if task.kind != "choose":
            raise XltError(
                f"the method mixture mixes what models say of options, of which the task "
                f"{task.name!r} has none: give the arm `tasks: [topics]`"
            )
        return list(examples)


METHOD = Mixture
