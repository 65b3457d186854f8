"""Scores from outputs to tables, against other people's implementations on the same outputs.

Of each task one test at least: here of those that choose among labels and of summaries, in the
tasks' own files of the others. All agree to 1e-6.
"""

import importlib
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from conftest import FIXTURES
from sacrebleu.metrics import CHRF
from sklearn.metrics import accuracy_score, f1_score

from xltlib import data, stats, tasks
from xltlib.config import load_language
from xltlib.data import Example
from xltlib.stats import metric
from xltlib.tasks import INVALID, get
from xltlib.tasks.readings import OptionScores, choose

#: Task -> where it is held to which implementation.
HELD = {
    "topics": ("test_scores_independent", "test_labels_score_as_in_scikit_learn"),
    "nli": ("test_scores_independent", "test_labels_score_as_in_scikit_learn"),
    "sentiment": ("test_scores_independent", "test_labels_score_as_in_scikit_learn"),
    "summarization": ("test_scores_independent", "test_summaries_score_as_rouge_is_defined"),
    "ner": ("test_tasks_ner", "test_micro_f1_agrees_with_seqeval"),
    "mmlu": (
        "test_tasks_mmlu",
        "test_accuracy_is_that_of_scikit_learn_and_of_the_likeliest_continuation",
    ),
    "qa": ("test_tasks_qa", "test_scores_of_many_answers_are_squads_and_their_means"),
    "math": (
        "test_tasks_math",
        "test_scores_are_those_of_the_harness_filter_and_of_scikit_learn",
    ),
    "from_english": (
        "test_tasks_translation",
        "test_corpus_scores_are_sacrebleus_also_of_resamples",
    ),
    "into_english": (
        "test_tasks_translation",
        "test_corpus_scores_are_sacrebleus_also_of_resamples",
    ),
}
CHOICES = [("topics", "masakhanews"), ("nli", "afrixnli"), ("sentiment", "afrisenti")]


def test_every_task_is_held_to_an_independent_implementation():
    assert set(HELD) == set(tasks.names())
    for module, name in HELD.values():
        assert callable(getattr(importlib.import_module(module), name))


def table(task, dataset, answers, items):
    """The score table of one arm's answers, metric -> score."""
    known = {"task": task.name, "dataset": dataset, "language": "hau", "shots": 0, "seed": 0}
    known |= {"arm": "prompt", "method": "prompt", "model": "m"}
    rows = [
        known
        | {"example_id": item.id, "gold": task.gold_json(item), "answer": task.answer_json(said)}
        | {"valid": said is not INVALID}
        | task.score(said, item)
        for said, item in zip(answers, items, strict=True)
    ]
    found = stats.score_table(pd.DataFrame(rows), "all", resamples=20)
    return dict(zip(found["metric"], found["score"], strict=True))


def named(output, words):
    """The labels whose word stands in a text as a whole, by a regular expression."""
    return [
        label for label, word in words.items()
        if re.search(rf"(?<![\w']){re.escape(word)}(?![\w'])", output, re.IGNORECASE)
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "dataset"), CHOICES)
def test_labels_score_as_in_scikit_learn(name, dataset):
    task, hausa = get(name), load_language("hau")
    labels = data.labels(dataset, name, "hau", FIXTURES)
    words = task.words(hausa, labels)
    dice = np.random.default_rng(4)
    kinds = ["{}", " {}.", "**{}**", "Amsa: {}", "{} ko {}", "ban sani ba", ""]
    outputs = [
        str(dice.choice(kinds)).format(*dice.choice(list(words.values()), 2)) for _ in range(240)
    ]
    items = [
        Example(str(i), "hau", dict.fromkeys(task.fields, "x"), str(label))
        for i, label in enumerate(dice.choice(labels, 240))
    ]
    said = [task.parse(o, i, hausa, labels) for o, i in zip(outputs, items, strict=True)]
    theirs = [x[0] if len(x := named(o, words)) == 1 else "INVALID" for o in outputs]
    golds = [item.gold for item in items]
    mine = table(task, dataset, said, items)
    assert 0.05 < mine["accuracy"] < 0.9 and "INVALID" in theirs
    assert mine["accuracy"] == pytest.approx(accuracy_score(golds, theirs), abs=1e-6)
    expected = f1_score(golds, theirs, labels=list(labels), average="macro", zero_division=0)
    assert mine["macro_f1"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "dataset"), CHOICES)
def test_scored_labels_are_chosen_as_the_harness_chooses(name, dataset):
    """lm-evaluation-harness's acc is the argmax of sums; `per_byte` divides them by bytes."""
    labels = data.labels(dataset, name, "hau", FIXTURES)
    continuations = list(get(name).options(None, load_language("hau"), labels).values())
    lengths = np.array([len(text.encode()) for text in continuations])
    dice = np.random.default_rng(2)
    sums, gold = dice.normal(-12, 3, (150, len(labels))), dice.integers(0, len(labels), 150)
    free = ((0.0,) * len(labels),) * 3
    scores = [
        OptionScores(tuple(labels), tuple(s), (1,) * len(labels), tuple(map(int, lengths)), free, s)
        for s in sums
    ]
    ids = [str(i) for i in range(150)]
    for reading, ranked in (("sum", sums), ("per_byte", sums / lengths)):
        said = [answer for answer, _ in choose(scores, ids, 0, reading)]
        items = [
            Example(i, "hau", dict.fromkeys(get(name).fields, "x"), labels[g])
            for i, g in zip(ids, gold, strict=True)
        ]
        theirs = np.mean(ranked.argmax(axis=1) == gold)
        assert table(get(name), dataset, said, items)["accuracy"] == pytest.approx(theirs, abs=1e-6)


def tokens(text):
    return re.findall(r"\w+(?:'\w+)*", text.lower())


def rouge_n(said, gold, n):
    """F1 of n-grams, each as often as it stands there (Lin 2004)."""
    a, b = (Counter(zip(*(t[i:] for i in range(n)), strict=False)) for t in (said, gold))
    same = (a & b).total()
    return 2 * same / (a.total() + b.total()) if same else 0.0


def rouge_l(said, gold):
    """F1 of the longest common subsequence, by its recurrence."""
    best = np.zeros((len(said) + 1, len(gold) + 1), dtype=int)
    for i, a in enumerate(said, 1):
        for j, b in enumerate(gold, 1):
            best[i, j] = best[i - 1, j - 1] + 1 if a == b else max(best[i - 1, j], best[i, j - 1])
    return 2 * best[-1, -1] / (len(said) + len(gold)) if said and gold else 0.0


def test_summaries_score_as_rouge_is_defined():
    """And chrF as sacrebleu has it, of each summary; a table has their means."""
    task, dice = get("summarization"), np.random.default_rng(6)
    some = "ƙasar Kano 'yan majalisa sun ce za a yi zaɓe ranar Litinin ɗaya da ƙarfe".split()
    pairs = [
        tuple(" ".join(dice.choice(some, dice.integers(1, 12))) for _ in range(2))
        for _ in range(80)
    ]
    items = [Example(str(i), "hau", "x", gold) for i, (_, gold) in enumerate(pairs)]
    mine = table(task, "masakhanews", [said for said, _ in pairs], items)
    split = [(tokens(said), tokens(gold)) for said, gold in pairs]
    chrf = CHRF()
    expected = {
        "rouge1": np.mean([rouge_n(*pair, 1) for pair in split]),
        "rouge2": np.mean([rouge_n(*pair, 2) for pair in split]),
        "rougeL": np.mean([rouge_l(*pair) for pair in split]),
        "chrf": np.mean([chrf.sentence_score(said, [gold]).score for said, gold in pairs]),
    }
    for name, score in expected.items():
        assert mine[name] == pytest.approx(score, abs=1e-6), metric(name).label
