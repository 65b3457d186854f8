"""``vectors``: a classifier on the frozen model's vectors, taught by the labelled items.

In the spirit of SetFit (https://arxiv.org/abs/2209.11055), an arm of MasakhaNEWS
(https://arxiv.org/abs/2304.09972): a text is the mean of the model's last hidden states, and a
logistic regression learns from as many labelled items as there are ``shots``, the very items that
``prompt`` would show. Our choices: the model's own vectors without contrastive training, each
dimension standardised on the labelled items, and scikit-learn's default penalty, not tuned.
``shots: [7, 35]`` are 1 and 5 items a class where there are seven classes.

An option's score is its log-probability by the classifier. Nothing is asked in words, so a prompt
of no item gets the same score for every option, and calibration by it changes no answer.
"""

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .. import models
from ..config import Profile
from ..errors import XltError
from .base import Labelled
from .prompt import Prompt


class Encoder:
    """Texts as vectors of a language model, each computed once."""

    def __init__(self, lm: Any):
        self.lm = lm
        self._known: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """float64 [texts, hidden]: the mean of the last hidden states over a text's tokens."""
        import torch

        start, core = time.perf_counter(), self.lm.core
        for text in dict.fromkeys(texts):
            if text not in self._known:
                ids = self.lm.tokenizer(text, return_tensors="pt")["input_ids"]
                ids = ids[:, : self.lm.context]
                with torch.inference_mode():
                    states = core.base(input_ids=ids.to(self.lm.device)).last_hidden_state[0]
                core.count(ids.shape[1], ids.shape[1])
                self.lm.usage.distinct_tokens += ids.shape[1]
                self._known[text] = states.double().mean(0).cpu().numpy()
        self.lm.usage.seconds += time.perf_counter() - start
        return np.stack([self._known[text] for text in texts])


class Classifier:
    """Answers in a language model's place: it scores options by a classifier on its vectors."""

    def __init__(self, encoder: Encoder, labelled: Sequence[Labelled], asked: dict[str, str]):
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        lm = encoder.lm
        self.tokenizer, self.dtype, self.scoring = lm.tokenizer, lm.dtype, lm.scoring
        self._encoder, self._asked = encoder, asked
        self._labelled = len(labelled)
        self._fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        right = [one.options[one.right] for one in labelled]
        self._fitted.fit(encoder.vectors([one.text for one in labelled]), right)

    def score(
        self, prompts: Sequence[str], continuations: Sequence[Sequence[str]]
    ) -> list[list[float]]:
        """Log-probability of each option of the item that a prompt asks about.

        Raises :class:`XltError` where an option has no labelled item.
        """
        place = {option: i for i, option in enumerate(self._fitted.classes_)}
        if unseen := {option for one in continuations for option in one} - set(place):
            raise XltError(
                f"`shots` is {self._labelled}, of which none has the label "
                f"{min(unseen).strip()!r}: the method vectors learns from labelled items of every "
                "label; ask for more shots"
            )
        texts = sorted(set(self._asked.values()))
        found = self._fitted.predict_log_proba(self._encoder.vectors(texts))
        rows = dict(zip(texts, found, strict=True))
        even = [-math.log(len(place))] * len(place)
        return [
            [float(rows.get(self._asked.get(prompt, ""), even)[place[one]]) for one in options]
            for prompt, options in zip(prompts, continuations, strict=True)
        ]


class Vectors(Prompt):
    about = "a small classifier on the frozen model's vectors learns from the labelled items"
    learns = True

    def load(self) -> None:
        super().load()
        self._encoder = Encoder(self.lm)

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        check_learns(profile, "vectors", "reads the model's hidden states")

    def taught(self, labelled: Sequence[Labelled], asked: dict[str, str], seed: int) -> Classifier:
        """Raises :class:`XltError` for labelled items of fewer than two labels."""
        if len({one.options[one.right] for one in labelled}) < 2:
            raise XltError(
                f"the method vectors has {len(labelled)} labelled items, which are not of two "
                "labels or more: give its arm `shots` of at least the number of labels"
            )
        return Classifier(self._encoder, labelled, asked)


def check_learns(profile: Profile, method: str, does: str) -> None:
    """Refuse a served model, which a method that learns from labelled items cannot look into."""
    if models.is_served(profile.model):
        raise XltError(
            f"profile {profile.name!r}: the method {method} {does}, which a served model "
            f"({profile.model.path}) does not give: leave the arm out, or give `model.path` a "
            "folder or a hub id"
        )


METHOD = Vectors
