"""Tasks that a model guesses at: tables, rules and claims say by themselves that it does."""

import factories
import numpy as np
import pandas as pd
import pytest

from xltlib import stats, tasks
from xltlib.claims.verdicts import verdicts
from xltlib.data import Example
from xltlib.report import paper
from xltlib.report.which_way import BASELINES, rules_table, sections
from xltlib.stats.floor import with_floor
from xltlib.stats.ways import ways_table
from xltlib.validity.baselines import REFERENCE, answered_by

ARMS = ("prompt", "laft", "translate")
LANGUAGES = ("hau", "kin", "lug")
NLI = ("contradiction", "entailment", "neutral")
ITEMS = 120
ASKED = ("nli", "mmlu", "math")  # what a small model is expected to guess at


def item(task, dice, number):
    if task == "mmlu":
        options = tuple(f"{dice.integers(99)} {'x' * dice.integers(9)} {i}" for i in range(4))
        return Example(number, "hau", {"question": "?"}, str(dice.choice(list("ABCD"))), options)
    if task == "math":
        a, b = dice.integers(2, 60, 2)
        return Example(number, "hau", f"{a} and {b} times {dice.integers(2, 9)}?", str(a * b))
    return Example(number, "hau", {"premise": "p", "hypothesis": "h"}, str(dice.choice(NLI)))


def guess(task, dice):
    if task == "math":
        return str(dice.integers(2, 900))
    return str(dice.choice(NLI if task == "nli" else list("ABCD")))


def made(name, right=0.0):
    """(records of three arms, right in a share and guessing in the rest; the best baselines)."""
    task, dice = tasks.get(name), np.random.default_rng(11)
    rows, references = [], []
    for language in LANGUAGES:
        test = [item(name, dice, f"{i:03d}") for i in range(ITEMS)]
        known = {"dataset": "made", "task": name, "language": language, "profile": "mini"}
        known |= {"prompt_language": language, "seconds": 0.1, "flops": 1e9}
        for shots in (0, 4):
            for arm in ARMS:
                said = [x.gold if dice.random() < right else guess(name, dice) for x in test]
                here = known | {"arm": arm, "method": arm, "shots": shots, "seed": 0, "model": "m"}
                rows += answered_by(task, here, test, said)
        for baseline, answer in task.baselines.items():
            if baseline.startswith("TF-IDF"):
                continue  # the texts are all alike
            here = known | {"method": baseline, "shots": 0, "seed": 0}
            references += answered_by(task, here, test, answer(test, test))
    table = stats.score_table(pd.DataFrame(references), metrics="headline", resamples=50)
    return pd.DataFrame(rows), table.rename(columns={"method": "reference"})[REFERENCE]


@pytest.mark.parametrize("name", ASKED)
def test_guesses_are_not_above_the_floor_and_what_is_known_is(name):
    for right, above in ((0.0, False), (0.8, True)):
        records, baselines = made(name, right)
        scores = stats.score_table(records, metrics="headline", resamples=200)
        assert set(with_floor(scores, baselines)["above"]) == {above}


@pytest.mark.parametrize("name", ASKED)
def test_claims_about_guesses_are_not_testable_here(name):
    records, baselines = made(name)
    options = {"training": factories.training(), "resamples": 200}
    table = verdicts(records, baselines=baselines, **options).set_index("claim")
    for claim in ("C2", "C3", "C4", "C5"):
        assert table.loc[claim, "verdict"] == "not testable here", claim
        assert table.loc[claim, "would_decide"].startswith("A stronger model")


@pytest.mark.parametrize("name", ASKED)
def test_the_page_takes_no_way_where_all_of_them_guess(name):
    records, baselines = made(name)
    ways = ways_table(records, baselines=baselines, resamples=200)
    rules = rules_table(ways)
    assert list(rules["way"]) == ["none"] * len(LANGUAGES)
    none = "No method beats a simple program|is not clearly better than"
    assert rules["rule"].str.contains(none).all()
    words = {told for told, _ in BASELINES.values()}
    assert all(any(told in rule for told in words) for rule in rules["rule"])
    for _, rule, more, table in sections(ways):
        assert rule in set(rules["rule"]) and not more
        assert set(table["above the floor"]) == {"no"}


def test_the_page_names_the_tasks_at_chance_and_no_others():
    """Of guesses a few conditions are above the commonest answer, and of knowledge most are."""
    guessed, known = made("nli"), made("mmlu", right=0.5)
    titles = [tasks.get(name).title for name in ("nli", "mmlu")]
    for parts, at_chance in (([guessed, known], [True, False]), ([known], [False, False])):
        records, baselines = (pd.concat(some) for some in zip(*parts, strict=True))
        scores = stats.score_table(records, metrics="headline", resamples=100)
        said = paper.floor_sentence(scores, baselines)
        told = said.partition("At chance, as if the commonest answer were always given: ")[2]
        assert [title in told for title in titles] == at_chance
    assert f"{titles[0]} (above it in 0 of 18)." in paper.floor_sentence(
        stats.score_table(guessed[0], metrics="headline", resamples=100), guessed[1]
    )


def test_scores_below_a_trained_baseline_are_not_said_to_be_at_chance():
    records, baselines = made("nli", right=0.4)
    taught = baselines.assign(reference="TF-IDF and logistic regression", score=0.9)
    scores = stats.score_table(records, metrics="headline", resamples=100)
    said = paper.floor_sentence(scores, pd.concat([baselines, taught]))
    assert "in any condition" in said and "At chance" not in said


def test_rules_have_words_for_every_baseline_of_every_task():
    assert {name for task in tasks.every() for name in task.baselines} <= set(BASELINES)
