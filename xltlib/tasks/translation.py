"""Translation as a task: the language model itself translates, as it is asked in a prompt.

Scores are sacrebleu's, of all sentences at once: chrF++ first, since it looks into words, which in
these languages carry many prefixes and suffixes, and BLEU for those who compare with older work.
:func:`.corpus.signature` says exactly which. What is English stays English whoever asks, so the
arms that translate ask about the same sentences with English instructions (from English), or ask
the model to mend a translation (into English).
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..config import Language
from ..data import Example
from ..prompts.layout import compose
from ..prompts.prompt import Prompt
from ..text.words import one_line
from . import corpus
from .base import Project, Rereading, Translate, as_they_are, carried
from .metric import Metric
from .write import Answer, Write

#: The item's own chrF++, for tables of single answers; the corpus score is not its mean.
_OWN = "chrfpp"


def copied(pool: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """The text itself, untranslated: names and numbers are right in it."""
    return [item.text for item in test]


def whole_output(rows: pd.DataFrame, languages: Mapping[str, Language]) -> pd.DataFrame:
    """All lines of the output as the translation."""
    said = [json.dumps(" ".join(o.split()), ensure_ascii=False) for o in rows["output"]]
    return _scored(rows.assign(answer=said, valid=rows["output"].str.strip() != ""))


def _scored(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    return rows.assign(**{_OWN: corpus.value("chrf", corpus.statistics("chrf", rows))})


class Translation(Write):
    """The gold answers are another language's than the items', or the items' texts are."""

    metrics = (
        Metric(_OWN, "chrF++", "chrf", (_OWN,), top=100.0),
        Metric("bleu", "BLEU", "bleu", top=100.0),
    )
    baselines = {"copy": copied}
    max_new_tokens = 128

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str] = (),
    ) -> Prompt:
        """The prompt; ``{labels}`` in an instruction is the language to translate into."""
        words = language.words.get(self.name, {})
        names = {"labels": ", ".join(words.get(code, code) for code in labels)}
        return compose(
            self.name, example, demonstrations, lambda shown: one_line(str(shown.gold)).strip(),
            language, wording, names,
        )  # fmt: skip

    def score(self, answer: Answer, example: Example) -> dict[str, float]:
        """``chrfpp``: the sentence's own chrF++, 0 for an INVALID answer."""
        said = {"answer": [self.answer_json(answer)], "gold": [self.gold_json(example)]}
        counts: np.ndarray = corpus.statistics("chrf", pd.DataFrame(said))
        return {_OWN: float(corpus.value("chrf", counts)[0])}

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """The texts translated that are not English; the answer is asked for in its language."""
        return carried(examples, None, source, target, translate)

    def carry_back(
        self,
        answers: Sequence[Answer],
        originals: Sequence[Example],
        carried: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        project: Project | None = None,
    ) -> list[tuple[Answer, int]]:
        """The answers as they are: they are in the language that was asked for."""
        return as_they_are(answers, originals, carried, source, target)

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        return (Rereading("parser", "the whole output", whole_output),)
