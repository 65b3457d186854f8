"""``fine_tuned``: the model's weights learn from the labelled items that prompts would show.

After PET (https://arxiv.org/abs/2001.07676), an arm of MasakhaNEWS
(https://arxiv.org/abs/2304.09972): the prompt without demonstrations is the pattern, the label
words are the answers, and training raises the likelihood of the right one. Our choices: one
pattern and no unlabelled text, LoRA in place of all weights, and the recipe below, the only one
tried: 35 English items of SIB-200's training split took Gemma 3 270M from 0.52 to 0.82 on 60 others
of that split. No test item was read.

``shots`` is how many labelled items it learns from, the very items that prompts of as many shots
show. Every number of shots and every seed has a training of its own, of which a card stays in
``runs/<profile>/tuned``: what it learned from by its hash, seed, tokens, seconds and losses.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from .. import files, paths
from ..config import LaftSpec, Language, Profile
from ..errors import XltError
from .base import Labelled
from .prompt import Prompt
from .vectors import check_learns


class FineTuned(Prompt):
    about = "the model is fine-tuned on the labelled items, then asked without any"
    learns = True
    passes: ClassVar[int] = 3  # over the labelled items, in
    least_steps: ClassVar[int] = 30  # steps or more
    most_steps: ClassVar[int] = 150  # or fewer
    batch: ClassVar[int] = 8
    rate: ClassVar[float] = 1e-3
    rank: ClassVar[int] = 8

    def __init__(self, profile: Profile, target: Language, scope: str):
        super().__init__(profile, target, scope)
        self._scope = f"{profile.arms[0].name}-{scope}"
        self._cards = paths.runs(profile.name) / "tuned"

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        super().check(profile, language, datasets)
        check_learns(profile, "fine_tuned", "trains the model's weights")
        for setting, plain in (("quantization", "none"), ("chat", None)):
            if (given := getattr(profile.model, setting)) != plain:
                raise XltError(
                    f"profile {profile.name!r}: the method fine_tuned trains plain weights on "
                    f"plain prompts, but `model.{setting}` is {given!r}: leave the arm out, or the "
                    "setting"
                )

    @classmethod
    def keeps(cls, profile: Profile, target: Language, scope: str) -> list[Path]:
        cards = paths.runs(profile.name) / "tuned"
        return [*cards.glob(f"{profile.arms[0].name}-{scope}-*")]

    def recipe(self, items: int, seed: int) -> LaftSpec:
        """The settings of a training on so many labelled items."""
        visits = max(self.passes * items, self.least_steps * self.batch)
        return LaftSpec(
            corpus={},
            mode="lora",
            lora_rank=self.rank,
            learning_rate=self.rate,
            epochs=min(visits, self.most_steps * self.batch) / items,
            batch=self.batch,
            sequence=1,  # as long as the longest prompt
            checkpoint_steps=10,
            seed=seed,
        )

    def way(self, prompts: Sequence[str]) -> Any:
        """What is trained (:class:`xltlib.models.training.answers.Way`)."""
        from ..models.training.low_rank import LowRank

        return LowRank()

    def taught(self, labelled: Sequence[Labelled], asked: dict[str, str], seed: int) -> Any:
        from ..models.training.answers import tuned

        if not labelled:
            return self.lm
        prompts = [one.prompt for one in labelled]
        answers = [one.options[one.right] for one in labelled]
        recipe = self.recipe(len(labelled), seed)
        told = json.dumps([asdict(one) for one in labelled], ensure_ascii=False)
        name = f"{self._scope}-{len(labelled)}-shots-seed-{seed}"
        part = self._cards / f"{name}.part"
        way = self.way(prompts)
        made, history = tuned(self.lm, prompts, answers, recipe, way, part, self.revision)
        last = history.iloc[-1]
        card = {
            "model": self.revision,
            "items": len(labelled),
            "items_sha256": hashlib.sha256(told.encode()).hexdigest(),
            "seed": seed,
            "recipe": recipe.model_dump(mode="json", exclude_defaults=True, exclude={"sequence"}),
            "steps": int(last["step"]),
            "tokens": int(last["tokens"]),
            "seconds": round(float(last["seconds"]), 1),
            "flops": float(last["flops"]),
            "losses": [round(float(x), 4) for x in history["loss"].iloc[1:]],
        }
        files.write(self._cards / f"{name}.json", json.dumps(card, indent=1))
        return made

    def cards(self) -> pd.DataFrame:
        """The cards of the trainings on this arm's data set and language, one a row."""
        found = []
        for path in sorted(self._cards.glob(f"{self._scope}-*.json")):
            card = json.loads(path.read_text(encoding="utf-8"))
            losses = card.pop("losses")
            found.append(card | {"first_loss": losses[0], "last_loss": losses[-1]})
        table = pd.DataFrame(found).drop(columns=["recipe"], errors="ignore")
        return table.sort_values(["items", "seed"]) if found else table


METHOD = FineTuned
