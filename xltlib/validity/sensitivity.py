"""How much scores depend on choices that are nobody's finding: parser, tokenizer, label set ...

Records keep raw outputs, so that every choice made after the model has spoken is made again from
records alone. Choices made before it (wording, order of the demonstrations) need answers of their
own, which :mod:`xltlib.validity.probes` asks for on a small sample.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config import Language, load_language
from ..records.schema import SCORES
from ..stats.metrics import of_task
from ..stats.paired import paired_table
from ..stats.panel import panels, with_arms
from ..tasks import INVALID, topics
from ..text.words import ROUGE, fold, text_scores, words

ALPHA = 0.05
RESAMPLES = 2000  # enough to see whether a comparison is significant at 5 %
COLUMNS = ["choice", "variant", "task", "dataset", "language", "largest", "where", "score"]
COLUMNS += ["score_then", "mean_shift", "n", "comparisons", "flips", "which"]


_SCORED = [*SCORES, "answer"]
_PLACE = ["task", "dataset", "language"]
Languages = Mapping[str, Language]
Remake = Callable[[pd.DataFrame, Languages], pd.DataFrame]


@dataclass(frozen=True)
class Variant:
    """A choice made otherwise: the records as they were and as they would be, row by row."""

    choice: str
    name: str
    before: pd.DataFrame
    after: pd.DataFrame


def sensitivity_table(
    records: pd.DataFrame,
    more: Iterable[Variant] = (),
    languages: Iterable[Language] = (),
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """How far each headline score moves, one row per variant, data set and language, biggest first.

    ``more`` are variants that were measured (:func:`.probes.probe`), ``languages`` those that the
    package does not ship. Columns: choice, variant, task, dataset, language, largest (shift of
    a score, by absolute size, over methods and shots), where (method and shots of it), score,
    score_then (0 to 1), mean_shift, n (items), comparisons (pairs of methods that were tested both
    ways, Holm within task and shots), flips (of those, how many changed between
    significant and not, or side while significant), which.
    """
    table = []
    known: dict[int, pd.DataFrame] = {}
    kept = []  # an id names a frame as long as the frame lives
    for variant in (*variants(records, languages), *more):
        if id(variant.before) not in known:
            kept.append(variant.before)
            known[id(variant.before)] = _tested(variant.before, resamples)
        old = new = known[id(variant.before)]
        if not variant.after[_SCORED].equals(variant.before[_SCORED]):
            new = _tested(variant.after, resamples)
        for key, before in variant.before.groupby(_PLACE, sort=False):
            row = {"choice": variant.choice, "variant": variant.name}
            row |= dict(zip(_PLACE, key, strict=True))
            row |= _moved(before, variant.after.loc[before.index])
            table.append(row | _flips(old, new, key))
    out = pd.DataFrame(table, columns=COLUMNS)
    order = out["largest"].abs().sort_values(ascending=False, kind="stable").index
    return out.loc[order].reset_index(drop=True)


def variants(records: pd.DataFrame, languages: Iterable[Language] = ()) -> Iterator[Variant]:
    """Every choice that can be made again from these records, one by one."""
    known = {language.code: language for language in languages}
    for code in set(records["prompt_language"]) - set(known):
        known[code] = load_language(code)
    rows = with_arms(records.reset_index(drop=True))
    by_task = {task: some for task, some in rows.groupby("task")}
    for choice, name, task, remake in _REMADE:
        if task not in by_task:
            continue
        before = by_task[task]
        after = remake(before, known)
        if len(after):
            yield Variant(
                choice,
                name,
                before if len(after) == len(before) else before.loc[after.index],
                after,
            )


def _scores(rows: pd.DataFrame) -> pd.Series:
    """(method, shots) -> headline score, 0 to 1."""
    (metric,) = of_task(rows["task"].iloc[0])
    found = {
        (arm.name, panel.key["shots"]): metric.value(arm.summed.sum(axis=0)) / metric.top
        for panel in panels(rows, metric)
        for arm in panel.arms.values()
    }
    return pd.Series(found, dtype=float)


def _moved(before: pd.DataFrame, after: pd.DataFrame) -> dict:
    old, new = _scores(before), _scores(after)
    shift = new - old
    at = shift.abs().idxmax()
    return {
        "largest": float(shift[at]),
        "where": f"{at[0]}, shots {at[1]}",
        "score": float(old[at]),
        "score_then": float(new[at]),
        "mean_shift": float(shift.mean()),
        "n": before["example_id"].nunique(),
    }


def _tested(rows: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """Every comparison of two methods: ``side`` is 1 or -1 where it is significant, else 0."""
    table = paired_table(rows.drop(columns="arm", errors="ignore"), resamples=resamples)
    side = np.where(table["p_holm"] <= ALPHA, np.sign(table["difference"]), 0)
    pair = table["method_a"] + "-" + table["method_b"] + " at " + table["shots"].astype(str)
    return table[_PLACE].assign(pair=pair, side=side)


def _flips(old: pd.DataFrame, new: pd.DataFrame, place: tuple) -> dict:
    here = pd.Series(place, index=_PLACE)
    a, b = (t[t[_PLACE].eq(here).all(axis=1)].set_index("pair")["side"] for t in (old, new))
    changed = list(a.index[a != b.reindex(a.index)])
    return {"comparisons": len(a), "flips": len(changed), "which": ", ".join(changed)}


# What can be made again. Each takes the rows of its task and gives those it applies to, re-scored.


def _topics(strict: bool) -> Remake:
    """Topics read strictly (the label word alone), or normalised: no case, marks, hooks."""

    def remake(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
        offered = _offered(rows)
        answers = []
        for row in rows.itertuples():
            labels = offered[row.dataset, row.language]
            language = languages[row.prompt_language]
            if strict:
                answers.append(topics.parse(row.output, None, language, labels, strict=True))
            else:
                answers.append(_anywhere(row.output, topics.label_words(language, labels)))
        gold = rows["gold"].map(json.loads).tolist()
        return rows.assign(
            answer=[topics.answer_json(a) for a in answers],
            valid=[a is not INVALID for a in answers],
            correct=[float(a == g) for a, g in zip(answers, gold, strict=True)],
        )

    return remake


def _anywhere(output: str, chosen: dict[str, str]) -> object:
    """The label whose bare word stands first anywhere in the output, inside other words too."""
    said = _bare(output)
    at = {label: said.find(_bare(word)) for label, word in chosen.items()}
    found = [label for label in chosen if at[label] >= 0]
    return min(found, key=lambda label: (at[label], -len(chosen[label])), default=INVALID)


def _offered(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """(data set, language) -> labels that occur in gold or answers, as far as records tell."""
    out = {}
    for key, some in rows.groupby(["dataset", "language"]):
        texts = pd.concat([some["gold"], some["answer"].dropna()]).unique()
        out[key] = tuple(sorted(map(json.loads, texts)))
    return out


_HOOKS = str.maketrans("ɓɗƙƴŋ", "bdkyn")


def _bare(text: str) -> str:
    """Letters and digits without case, marks and hooks: for this comparison only."""
    folded = unicodedata.normalize("NFKD", fold(text)).translate(_HOOKS)
    return "".join(c for c in folded if c.isalnum() or c.isspace())


def _common_labels(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """Only items whose label every language of the data set has."""
    gold = rows["gold"].map(json.loads)
    kept = pd.Series(False, index=rows.index)
    for _, some in rows.groupby("dataset"):
        sets = [set(gold.loc[part.index]) for _, part in some.groupby("language")]
        shared = set.intersection(*sets)
        if any(labels != shared for labels in sets):
            kept |= rows.index.isin(some.index) & gold.isin(shared)
    return rows[kept]


Mentions = list[list]  # [type, surface, occurrence], as records keep them


def _entities(view: Callable[[Mentions, bool], Counter | None]) -> Remake:
    """Entities counted as ``view`` sees them; it takes mentions and whether they are the gold."""

    def remake(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
        counts, valid = [], []
        for gold, answer in zip(rows["gold"], rows["answer"], strict=True):
            wanted = view(json.loads(gold), True)
            said = None if pd.isna(answer) else view(json.loads(answer), False)
            valid.append(said is not None)
            said = said or Counter()
            right = (wanted & said).total()
            counts.append((right, said.total() - right, wanted.total() - right))
        tp, fp, fn = np.array(counts, dtype=float).reshape(-1, 3).T
        return rows.assign(tp=tp, fp=fp, fn=fn, valid=valid)

    return remake


def _exact(mentions: Mentions) -> Counter:
    return Counter((kind, surface, number) for kind, surface, number in mentions)


def _strict(mentions: Mentions, gold: bool) -> Counter | None:
    """An answer with one unknown tag, or one name that is not in the text, is no answer."""
    sound = all(not kind.startswith("?") and number >= 0 for kind, _, number in mentions)
    return _exact(mentions) if gold or sound else None


def _lenient(mentions: Mentions, gold: bool) -> Counter:
    return Counter((kind, " ".join(words(surface))) for kind, surface, _ in mentions)


def _untyped(mentions: Mentions, gold: bool) -> Counter:
    return Counter((surface, number) for _, surface, number in mentions)


def _no_dates(mentions: Mentions, gold: bool) -> Counter:
    return _exact([m for m in mentions if m[0] != "DATE"])


def _default_rouge(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """ROUGE as ``rouge_score`` tokenizes by default, which knows no letter beyond a-z."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(ROUGE))
    scores = []
    for gold, answer in zip(rows["gold"], rows["answer"], strict=True):
        said = "" if pd.isna(answer) else json.loads(answer)
        found = scorer.score(json.loads(gold), said)
        scores.append([float(found[name].fmeasure) for name in ROUGE])
    return rows.assign(**dict(zip(ROUGE, np.array(scores).reshape(-1, 3).T, strict=True)))


def _whole_output(rows: pd.DataFrame, languages: Languages) -> pd.DataFrame:
    """All lines of the output; where it was translated back, there is nothing to read again."""
    rows = rows[rows["prompt_language"] == rows["language"]]
    scores = [
        text_scores(" ".join(output.split()), json.loads(gold))
        for output, gold in zip(rows["output"], rows["gold"], strict=True)
    ]
    if not scores:
        return rows
    return rows.assign(**pd.DataFrame(scores, index=rows.index).to_dict("series"))


_REMADE: tuple[tuple[str, str, str, Remake], ...] = (
    ("parser", "strict: the label word alone", "topics", _topics(strict=True)),
    ("parser", "normalised: no case, marks or word ends", "topics", _topics(strict=False)),
    ("parser", "strict: one odd entity spoils the answer", "ner", _entities(_strict)),
    ("parser", "lenient: no case, any occurrence", "ner", _entities(_lenient)),
    ("parser", "the whole output", "summarization", _whole_output),
    ("ROUGE tokenizer", "rouge-score's own, a-z only", "summarization", _default_rouge),
    ("label set", "labels that all languages have", "topics", _common_labels),
    ("label set", "entity types ignored", "ner", _entities(_untyped)),
    ("label set", "without dates", "ner", _entities(_no_dates)),
)
