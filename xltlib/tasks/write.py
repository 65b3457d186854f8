"""Tasks that are answered with a text: the base of summarization, translation and the like."""

from collections.abc import Sequence

from ..config import Language
from ..data import Example
from ..prompts.layout import compose
from ..prompts.prompt import Prompt
from ..text.words import ROUGE, one_line, text_scores
from .base import (
    INVALID,
    Invalid,
    Project,
    Rereading,
    Task,
    Translate,
    carried,
    check_language,
    translated,
)
from .metric import Metric
from .rescoring import default_rouge, whole_output

Answer = str | Invalid


class Write(Task):
    """A text is asked for and compared with the one that people wrote."""

    kind = "write"
    metrics: tuple[Metric, ...] = (
        Metric("rougeL", "ROUGE-L", "mean", ("rougeL",)),
        Metric("rouge1", "ROUGE-1", "mean", ("rouge1",)),
        Metric("rouge2", "ROUGE-2", "mean", ("rouge2",)),
        Metric("chrf", "chrF", "mean", ("chrf",), top=100.0),
    )

    def render(
        self,
        example: Example,
        demonstrations: Sequence[Example],
        language: Language,
        wording: int,
        labels: Sequence[str] = (),
    ) -> Prompt:
        """The prompt; its instruction may use no name in braces."""
        return compose(
            self.name, example, demonstrations, lambda shown: one_line(str(shown.gold)).strip(),
            language, wording, {},
        )  # fmt: skip

    def parse(
        self, output: str, example: Example, language: Language, labels: Sequence[str] = ()
    ) -> Answer:
        """The first line that is not empty."""
        return next((x.strip() for x in output.split("\n") if x.strip()), INVALID)

    def score(self, answer: Answer, example: Example) -> dict[str, float]:
        """ROUGE-1/2/L F-measures and chrF; an INVALID answer scores 0."""
        if isinstance(answer, Invalid):
            return dict.fromkeys((*ROUGE, "chrf"), 0.0)
        return text_scores(answer, str(example.gold))

    def carry(
        self,
        examples: Sequence[Example],
        source: Language,
        target: Language,
        translate: Translate,
        gold: bool = True,
        project: Project | None = None,
    ) -> list[Example]:
        """Texts and, where asked for, gold texts translated, in one call."""
        golds = [str(e.gold) for e in examples] if gold else None
        found = carried(examples, golds, source, target, translate)
        return found if gold else [e.carried(e.language, e.texts, "") for e in found]

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
        """The texts translated, in one call; one that comes back empty is INVALID."""
        check_language(carried, source, "source")
        check_language(originals, target, "target")
        said = [a for a in answers if not isinstance(a, Invalid)]
        back = iter(translated(said, source, target, translate))
        return [(INVALID if a is INVALID else next(back).strip() or INVALID, 0) for a in answers]

    def texts_not_to_train_on(self, example: Example) -> list[str]:
        return [*example.texts, str(example.gold)]

    @property
    def rereadings(self) -> tuple[Rereading, ...]:
        return (
            Rereading("parser", "the whole output", whole_output),
            Rereading("ROUGE tokenizer", "rouge-score's own, a-z only", default_rouge),
        )
