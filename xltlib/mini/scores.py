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
    found = {f"eng {task}": _english(task, items) for task in TASKS}
    profile = load_profile("mini")
    translator = models.load_translator(profile.translator)
    for code in profile.laft.corpus:
        found[f"chrF {code}-eng"] = _chrf(translator, code, "eng", items)
        found[f"chrF eng-{code}"] = _chrf(translator, "eng", code, items)
    return found


def _english(task: str, items: int) -> float:
    study = Study("prompt", task, language="eng", shots=[SHOTS], seeds=SEEDS, limit=items)
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
