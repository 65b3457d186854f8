"""A classifier on frozen vectors: which vectors, what it learns from, and what it refuses."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from test_methods_switching import profile

from xltlib import data, demonstrations, tasks
from xltlib.config.profile import DemonstrationsSpec
from xltlib.errors import XltError
from xltlib.report.needs import needed
from xltlib.study.requirements import requirements_table
from xltlib.study.study import Study


def study(tmp_path, shots, by="fixed") -> Study:
    spec = profile(tmp_path, f"  - {{name: vectors, demonstrations: {{by: {by}}}}}\n")
    return Study(
        "vectors", "topics", profile=spec, dataset="sib200", shots=shots, seeds=[0], limit=6
    )


def test_answers_are_those_of_a_logistic_regression_on_mean_hidden_states(home, tmp_path):
    one = study(tmp_path, [14])
    rows = one.run(progress=lambda line: None)
    model, tokenizer = one.method.lm.model, one.method.lm.tokenizer

    def mean(item):
        ids = tokenizer(item.text, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            states = model(input_ids=ids, output_hidden_states=True).hidden_states[-1][0]
        return states.double().mean(0).numpy()

    labelled = one.demonstrations(14, 0)
    known = np.stack([mean(item) for item in labelled])
    asked = np.stack([mean(item) for item in one.test])
    middle, spread = known.mean(0), known.std(0)
    regression = LogisticRegression(max_iter=1000)
    regression.fit((known - middle) / spread, [item.gold for item in labelled])
    expected = regression.predict((asked - middle) / spread)
    assert list(rows["answer"]) == [one.task.answer_json(label) for label in expected]
    assert (rows["shots"] == 14).all() and not rows["tied"].any()
    assert (rows["model_tokens"] > 0).all() and (rows["flops"] > 0).all()


def test_what_is_learned_does_not_depend_on_the_order_of_calls(home, tmp_path):
    """Neither other shots, nor demonstrations that are looked at between, change an answer."""
    one, other = study(tmp_path, [7, 14]), study(tmp_path, [7])
    alone = other._ask(other.prompts(7, 0), 7, 0)
    first = one.prompts(7, 0)
    one.shown(14, 0)
    one._ask(one.prompts(14, 0), 14, 0)
    one.shown(14, 0)
    assert [a.scores for a in one._ask(first, 7, 0)] == [a.scores for a in alone]


def test_labelled_items_are_learned_from_and_not_shown(home, tmp_path):
    one = study(tmp_path, [7])
    prompts = [prompt.text for prompt in one.prompts(7, 0)]
    labelled = one.demonstrations(7, 0)
    assert len({item.gold for item in labelled}) == 7
    assert not any(item.text in prompt for item in labelled for prompt in prompts)
    assert all(item.text in prompt for item, prompt in zip(one.test, prompts, strict=True))
    table = requirements_table(one.profile).assign(shots=7)
    assert list(table["labelled"]) == ["learned"]
    assert needed(table.iloc[0]) == ["7 labelled items"]


def test_a_label_without_a_labelled_item_is_refused(home, tmp_path):
    with pytest.raises(XltError, match="every label"):
        study(tmp_path, [3]).run(progress=lambda line: None)
    with pytest.raises(XltError, match="two labels or more"):
        study(tmp_path, [0]).run(progress=lambda line: None)
    with pytest.raises(XltError, match="by: labelled"):
        study(tmp_path, [7], by="nearest").run(progress=lambda line: None)


def test_tasks_that_write_are_refused(home):
    one = Study("prompt", "summarization", shots=[1], seeds=[0], limit=1)
    one._kind = type("Learns", (one._kind,), {"learns": True})
    with pytest.raises(XltError, match="none to choose among"):
        one.run(progress=lambda line: None)


def test_the_first_labelled_items_are_those_of_prompts_and_the_last_is_the_pool(home):
    task = tasks.get("topics")
    test, pool = (data.load("sib200", "topics", "lug", split) for split in ("test", "demos"))
    settings = DemonstrationsSpec()
    fixed, whole = (
        demonstrations.get(name)(settings, task, pool, test) for name in ("fixed", "labelled")
    )
    every = whole.pick(test[0], len(pool), 1)
    assert every[:140] == fixed.pick(test[0], 140, 1) and whole.pick(test[0], 140, 1) == every[:140]
    assert {e.id for e in every} == {e.id for e in pool}
    assert every != whole.pick(test[0], len(pool), 2)
    with pytest.raises(XltError, match="has 701 labelled items"):
        whole.pick(test[0], 702, 1)
