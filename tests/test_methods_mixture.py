"""Adapted models together: what each counts, which take part, and what their cells depend on."""

import math

import numpy as np
import pytest
from test_methods_switching import profile
from tiny_models import causal, tokenizer

from xltlib import methods
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.methods.mixture import Experts
from xltlib.models.engine.engine import LanguageModel
from xltlib.runs import grid
from xltlib.study.study import Study

PROMPTS = ["Labari: wasanni siyasa\nBatu:", "The minister opened a new school"]
WORDS = [[" wasanni", " lafiya"], [" in Kigali", " today"]]


@pytest.fixture(scope="module")
def lms():
    return [
        LanguageModel(causal("llama", initializer_range=r), tokenizer(), 64)
        for r in (0.1, 0.15, 0.2)
    ]


def alone(lm) -> np.ndarray:
    return np.array(lm.score(PROMPTS, WORDS))


def test_weights_sum_to_one_and_follow_the_likelihood_of_the_prompt(lms):
    routed = Experts(lms, "routed", [])
    likely = np.array([[lm.score([""], [[p]])[0][0] for lm in lms] for p in PROMPTS])
    found = routed.weights(PROMPTS)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == likely.argmax(axis=1)).all()
    odds = np.log(found[:, 0] / found[:, 1])
    np.testing.assert_allclose(odds, likely[:, 0] - likely[:, 1], rtol=1e-5)
    np.testing.assert_allclose(Experts(lms, "mean", []).weights(PROMPTS), 1 / 3)


def test_the_whole_is_the_mean_of_the_models_probabilities(lms):
    mean = np.array(Experts(lms, "mean", []).score(PROMPTS, WORDS))
    expected = np.mean([np.exp(alone(lm)) for lm in lms], axis=0)
    np.testing.assert_allclose(np.exp(mean), expected, rtol=1e-6)
    routed = Experts(lms, "routed", [])
    weights = routed.weights(PROMPTS)
    expected = sum(np.exp(alone(lm)) * weights[:, [n]] for n, lm in enumerate(lms))
    np.testing.assert_allclose(np.exp(routed.score(PROMPTS, WORDS)), expected, rtol=1e-6)


def test_a_model_that_is_left_out_has_no_weight(lms):
    text = ["Shugaban ƙungiyar ya ce", "za a buɗe sabuwar kasuwa"]
    best = max(lms, key=lambda lm: sum(lm.score([""], [[t]])[0][0] for t in text))
    near = Experts(lms, "neighbour", text)
    assert near.lms == [best] and near.weights(PROMPTS).tolist() == [[1.0]] * 2
    np.testing.assert_allclose(near.score(PROMPTS, WORDS), alone(best), rtol=1e-6)


def own(tmp_path, more="how: routed, own: false", sets="[hau, kin, lug]") -> str:
    return profile(tmp_path, f"  - {{name: mixture, with: {{{more}}}}}\n", sets)


def test_the_languages_own_model_takes_part_or_not(home, tmp_path, monkeypatch):
    """Three models that are trained in a step or two answer, and their cost is that of all."""
    spec = own(tmp_path)
    asked, real = [], laft.adapted
    small = {"epochs": 0.01, "max_lines": 60, "sequence": 64, "batch": 2}

    def adapted(settings, language):
        asked.append(language.code)
        tiny = settings.laft.model_copy(update=small)
        return real(settings.model_copy(update={"laft": tiny}), language)

    monkeypatch.setattr(laft, "adapted", adapted)
    one = Study("mixture", "topics", profile=spec, dataset="sib200", language="lug", shots=[0],
                seeds=[0], limit=3)  # fmt: skip
    rows = one.run(progress=lambda line: None)
    assert asked == ["hau", "kin"] and len(rows) == 3
    assert rows["model_revision"].nunique() == 1 and rows["model_revision"].iloc[0].count("+") == 1
    history = one.method.history
    assert list(history["flops"]) == sorted(history["flops"]) and history["flops"].iloc[-1] > 0
    assert rows["option_scores"].notna().all() and not math.isnan(rows["flops"].sum())


def test_a_cell_depends_on_the_texts_of_all_that_take_part(home, tmp_path):
    jobs = grid.plan(own(tmp_path), grid.Options(methods=["mixture"], languages=["lug"]))
    (cell,) = [job for job in jobs if job.kind == "method"]
    assert {"data hau", "data kin", "data lug"} <= set(cell.inputs)


def test_what_cannot_be_mixed_is_refused(home, tmp_path):
    with pytest.raises(XltError, match="has none: give the arm"):
        method = object.__new__(methods.get("mixture"))
        method.carry(type("Writes", (), {"kind": "write", "name": "ner"})(), [], False)
    spec = load_profile(own(tmp_path)).of_arm("mixture")
    lonely = spec.model_copy(update={"laft": spec.laft.model_copy(update={"corpus": {"lug": "x"}})})
    with pytest.raises(XltError, match="no language whose adapted model"):
        methods.of(spec.arms[0]).check(lonely, "lug", [])
