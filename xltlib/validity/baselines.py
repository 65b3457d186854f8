"""What a score means nothing without: answers that need no language model.

Majority class and a classical classifier (topics), the first words of the text (summaries),
capitalised words (entities). They answer the same test items as the models, are scored by the same
code, and come as records, so that the score table puts intervals on them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median

import pandas as pd
import regex

from .. import data, stats, tasks
from ..config import Profile, load_language
from ..data import Example
from ..records import schema as records
from ..stats.resample import RESAMPLES
from ..tasks import ner, topics
from ..tasks.entities import mention
from ..text.spans import Span
from ..text.words import APOSTROPHES, words

Answers = list[object]
REFERENCE = ["task", "dataset", "language", "metric", "reference", "score"]
_LETTERS = r"[\p{L}\p{M}\p{N}]+"
_WORD = regex.compile(rf"{_LETTERS}(?:[{APOSTROPHES}-]{_LETTERS})*")


def baseline_table(profile: Profile, resamples: int = RESAMPLES) -> pd.DataFrame:
    """The baselines' scores on every data set of a profile, with 95 % intervals.

    Columns: task, dataset, language, metric, reference, score, low, high, n.
    """
    table = stats.score_table(baseline_records(profile), resamples=resamples)
    table = table.rename(columns={"method": "reference"})
    return table[
        ["task", "dataset", "language", "metric", "reference", "score", "low", "high", "n"]
    ]


def reference_table(profile: Profile, answered: pd.DataFrame) -> pd.DataFrame:
    """The baselines' headline scores on the items of the records ``answered``, for figures.

    Columns: task, dataset, language, metric, reference, score. Data sets that are not the profile's
    (imported ones) have no baseline here.
    """
    made = baseline_records(profile, answered)
    if made.empty:
        return pd.DataFrame(columns=REFERENCE)
    table = stats.score_table(made, metrics="headline", resamples=50)  # the intervals are not drawn
    return table.rename(columns={"method": "reference"})[REFERENCE]


def baseline_records(profile: Profile, answered: pd.DataFrame | None = None) -> pd.DataFrame:
    """The baselines' answers to the profile's test items, ``method`` being the baseline's name.

    Trained on the pool of demonstrations: where a set has a training split, that is what it is.
    ``answered`` are records; then it is their items that count, whatever the profile's limit.
    """
    rows = []
    for spec in profile.datasets:
        task = tasks.get(spec.task)
        for code in (load_language(name).code for name in spec.languages):
            where = (spec.name, spec.task, code)
            if answered is None:
                test = data.load(*where, "test", profile.data_dir, profile.limit)
            else:
                place = answered[["dataset", "task", "language"]].eq(list(where)).all(axis=1)
                if not place.any():
                    continue
                wanted = set(answered.loc[place, "example_id"])
                every = data.load(*where, "test", profile.data_dir)
                test = [item for item in every if item.id in wanted]
            pool = data.load(*where, "demos", profile.data_dir)
            for name, answer in BASELINES[spec.task].items():
                for item, said in zip(test, answer(pool, test), strict=True):
                    known = {"profile": profile.name, "model": "none", "method": name}
                    known |= {"cell_id": "", "shots": 0, "seed": 0, "valid": True, "dropped": 0}
                    known |= {"task": spec.task, "dataset": spec.name, "language": code}
                    known |= {"example_id": item.id, "answer": task.answer_json(said)}
                    known |= {"gold": task.gold_json(item)}
                    rows.append(
                        dict.fromkeys(records.SCHEMA.names) | known | task.score(said, item)
                    )
    return pd.DataFrame(rows)


def majority(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """The commonest label of the test items, which is the best that a constant can do."""
    (label, _), *_ = Counter(e.gold for e in test).most_common()
    return [label] * len(test)


def tfidf(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """Logistic regression on TF-IDF of words and pairs of words, trained on the pool."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    features = TfidfVectorizer(
        tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True
    )
    model = make_pipeline(features, LogisticRegression(C=10.0, max_iter=1000))
    model.fit([e.text for e in pool], [e.gold for e in pool])
    return [str(label) for label in model.predict([e.text for e in test])]


def lead(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """The first k words of the text, k being the median length of the pool's summaries."""
    k = max(1, round(median(len(str(e.gold).split()) for e in pool)))
    return [" ".join(e.text.split()[:k]) for e in test]


def capitalised(pool: Sequence[Example], test: Sequence[Example]) -> Answers:
    """Every run of capitalised words; its type is the one it has in the pool, or the commonest.

    The first word of a text is capitalised for its place: it counts where the pool has it as an
    entity, or a further capitalised word follows.
    """
    seen: dict[str, Counter[str]] = {}
    for example in pool:
        for span in example.gold:
            surface = example.text[span.start : span.end]
            seen.setdefault(surface, Counter())[span.type] += 1
    total = sum(seen.values(), Counter())
    if not total:
        return [()] * len(test)
    commonest = min(total, key=lambda t: (-total[t], t))

    def type_of(surface: str) -> str:
        types = seen.get(surface)
        return min(types, key=lambda t: (-types[t], t)) if types else commonest

    answers: Answers = []
    for example in test:
        text, found = example.text, []
        for start, end, size in _runs(text):
            surface = text[start:end]
            if start > 0 or size > 1 or surface in seen:
                found.append(mention(text, Span(start, end, type_of(surface))))
        answers.append(tuple(found))
    return answers


def _runs(text: str) -> list[tuple[int, int, int]]:
    """(start, end, words) of runs of capitalised words with nothing but one space between."""
    runs: list[tuple[int, int, int]] = []
    for word in _WORD.finditer(text):
        if word[0][0].isupper():
            joined = runs and text[runs[-1][1] : word.start()] == " "
            start, _, size = runs.pop() if joined else (word.start(), 0, 0)
            runs.append((start, word.end(), size + 1))
    return runs


BASELINES: dict[str, dict[str, Callable[[Sequence[Example], Sequence[Example]], Answers]]] = {
    topics.name: {"majority class": majority, "TF-IDF and logistic regression": tfidf},
    "summarization": {"first words": lead},
    ner.name: {"capitalised words": capitalised},
}
