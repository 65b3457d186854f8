"""What the mini checkpoints can do on the held-out test split, for their card."""

import tempfile
from pathlib import Path

from .. import models, stats
from ..config import load_language, load_profile
from ..data import load
from ..study.study import Study
from .stream import TASKS

ITEMS, SHOTS, SEEDS = 200, 4, (0, 1)


def scores(items: int = ITEMS) -> dict[str, float]:
    """English at 4 shots: accuracy, entity F1 and ROUGE-L; chrF (0 to 100) by direction."""
    found, profile = english_scores("prompt", items=items), load_profile("mini")
    translator = models.load_translator(profile.translator)
    for code in profile.laft.corpus:
        found[f"chrF {code}-eng"] = _chrf(translator, code, "eng", items)
        found[f"chrF eng-{code}"] = _chrf(translator, "eng", code, items)
    return found


def english_scores(arm: str, lm: Path | None = None, items: int = ITEMS) -> dict[str, float]:
    """English at 4 shots, as an arm of the mini profile asks; ``lm`` stands in for its model."""
    return {f"eng {task}": _english(arm, task, items, lm) for task in TASKS}


def _english(arm: str, task: str, items: int, lm: Path | None) -> float:
    study = Study(arm, task, language="eng", shots=[SHOTS], seeds=SEEDS, limit=items)
    if lm:
        model = study.profile.model.model_copy(update={"path": str(lm.resolve())})
        study.profile = study.profile.model_copy(update={"model": model})
    with tempfile.TemporaryDirectory() as folder:
        study.folder = Path(folder)
        rows = study.run(progress=lambda line: None)
    return round(float(stats.score_table(rows)["score"].iloc[0]), 4)


def _chrf(translator, source: str, target: str, items: int) -> float:
    """Corpus chrF of the test articles; the four languages say the same under the same id."""
    from sacrebleu import corpus_chrf

    texts = [e.text for e in load("mini", "topics", source, "test", limit=items)]
    references = [e.text for e in load("mini", "topics", target, "test", limit=items)]
    made = translator.translate(texts, load_language(source), load_language(target))
    return round(corpus_chrf(made, [references]).score, 2)
