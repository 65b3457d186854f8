"""Few-shot fine-tuning: what is learned, what stays as it was, and that a killed one goes on."""

import json

import numpy as np
import pytest
import torch
from test_methods_switching import profile
from tiny_models import causal, tokenizer

from xltlib import paths
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.methods import Labelled, get
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.training import answers, checkpoint
from xltlib.models.training.distilled import Distilled, reciprocal_ranks
from xltlib.models.training.low_rank import LowRank
from xltlib.models.training.soft import Soft, in_front
from xltlib.study.study import Study

CARD = "fine_tuned-topics-sib200-hau-7-shots-seed-0"


def study(tmp_path, arm="fine_tuned", shots=(7,), more="") -> Study:
    spec = profile(tmp_path, f"  - {{name: {arm}, demonstrations: {{by: labelled}}{more}}}\n")
    return Study(arm, "topics", profile=spec, dataset="sib200", shots=shots, seeds=[0], limit=4)


def weights(lm) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in lm.model.named_parameters()}


def test_the_right_words_become_likelier_and_the_model_stays_as_it_was(home, tmp_path):
    one = study(tmp_path)
    lm = one.method.lm
    before = weights(lm)
    shown = one.demonstrations(7, 0)
    prompts = [p.text for p in one.prompts_of(shown, [()] * 7)]
    options = [one.task.options(e, one.language, one.labels) for e in shown]
    right = [[words[e.gold]] for e, words in zip(shown, options, strict=True)]
    rows = one.run(progress=lambda line: None)
    tuned = one.method.taught(_labelled(prompts, options, shown), {}, 0)
    assert np.mean(tuned.score(prompts, right)) > np.mean(lm.score(prompts, right)) + 0.5
    assert all(torch.equal(before[name], p) for name, p in lm.model.named_parameters())
    assert len(rows) == 4 and (rows["flops"] > 0).all()
    card = json.loads((paths.runs("own") / "tuned" / f"{CARD}.json").read_text())
    assert card["items"] == 7 and card["steps"] == 30 and card["tokens"] > 0
    assert card["losses"][-1] < card["losses"][0]
    assert list(one.method.cards()["items"]) == [7]
    assert lm.usage.learning > 0 and "training" in one._phases()


def _labelled(prompts, options, shown):
    return [
        Labelled(e.text, prompt, tuple(words.values()), list(words).index(e.gold))
        for prompt, words, e in zip(prompts, options, shown, strict=True)
    ]


def test_no_labelled_items_are_the_prompt_itself(home, tmp_path):
    one = study(tmp_path, shots=(0,))
    assert one.method.taught([], {}, 0) is one.method.lm


@pytest.mark.parametrize("way", [LowRank(), Soft(5, "Topics: sports, health."), Distilled()])
def test_a_killed_training_ends_with_the_same_weights(home, tmp_path, monkeypatch, way):
    one = study(tmp_path)
    lm, recipe = one.method.lm, one.method.recipe(3, 5)
    asked = ["Text: one\nTopic:", "Text: two\nTopic:", "Text: three\nTopic:"]
    words = [" sports", " health", " travel"]
    whole, history = answers.tuned(lm, asked, words, recipe, way, tmp_path / "a.part", "base")

    def killed(done, of):
        if done == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answers.tuned(lm, asked, words, recipe, way, tmp_path / "b.part", "base", killed)
    resumed = []
    monkeypatch.setattr(
        checkpoint, "resume",
        lambda *args, real=checkpoint.resume: resumed.append(real(*args)) or resumed[-1],
    )  # fmt: skip
    again, same = answers.tuned(lm, asked, words, recipe, way, tmp_path / "b.part", "base")
    assert resumed[0].step == 10 and not (tmp_path / "b.part").exists()
    expected, found = weights(whole), weights(again)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert list(same["loss"].iloc[1:]) == list(history["loss"].iloc[1:])


def test_models_that_cannot_be_trained_are_refused(tmp_path):
    mini = load_profile("mini")
    for change, message in (
        ({"quantization": "int4"}, "model.quantization"),
        ({"chat": "user"}, "model.chat"),
    ):
        model = mini.model.model_copy(update=change)
        with pytest.raises(XltError, match=message):
            get("fine_tuned").check(mini.model_copy(update={"model": model}), "hau", [])


# Self-distillation.


def test_without_a_teachers_weight_it_is_plain_training(home, tmp_path):
    one = study(tmp_path)
    lm, recipe = one.method.lm, one.method.recipe(3, 5)
    asked = ["Text: one\nTopic:", "Text: two\nTopic:", "Text: three\nTopic:"]
    made = [
        answers.tuned(
            lm, asked, [" sports", " health", " travel"], recipe, way, tmp_path / "x.part", "base"
        )[0]
        for way in (LowRank(), Distilled(0.0), Distilled(1.0))
    ]
    plain, none, taught = map(weights, made)
    assert all(torch.equal(plain[name], none[name]) for name in plain)
    assert not all(torch.equal(plain[name], taught[name]) for name in plain)


def test_a_teacher_counts_as_much_as_it_ranks_the_right_token_high():
    logits = torch.arange(12.0).flip(0).repeat(4, 1)  # token 0 is the likeliest, then 1
    found = reciprocal_ranks(logits, torch.tensor([0, 1, 9, 10]))
    assert found.tolist() == pytest.approx([1, 1 / 2, 1 / 10, 0])


def test_the_teacher_is_the_model_as_the_pass_began(home, tmp_path):
    one = study(tmp_path)
    lm, recipe = one.method.lm, one.method.recipe(3, 5).model_copy(update={"batch": 2})
    pupil = Distilled().trainee(lm, recipe, tmp_path)
    first = [p.detach().clone() for p in pupil.parameters]
    pupil._meet(0)
    with torch.no_grad():
        for p in pupil.parameters:
            p.add_(1.0)
    pupil._meet(0)
    assert all(torch.equal(a, b) for a, b in zip(first, pupil.teacher[1], strict=True))
    pupil._meet(1)
    later = pupil.teacher[1]
    assert all(torch.equal(a + 1, b) for a, b in zip(first, later, strict=True))
    with torch.no_grad():
        for p in pupil.parameters:
            p.add_(1.0)
    again = Distilled().trainee(lm, recipe, tmp_path)
    again._meet(1)  # of a training that goes on
    assert all(torch.equal(a, b) for a, b in zip(later, again.teacher[1], strict=True))


# Soft prompts.


def test_the_prompts_own_embeddings_give_its_scores(home, tmp_path):
    """To within rounding: a soft prompt of the words' vectors is those words."""
    one = study(tmp_path)
    lm = one.method.lm
    words = [" sports", " health and more"]
    start, rest = "Topics: sports, health.", " Text: a short one. Topic:"
    ids, both = (
        lm.tokenizer(t, add_special_tokens=False)["input_ids"] for t in (start, start + rest)
    )
    assert both[: len(ids)] == ids
    own = lm.model.get_input_embeddings()(torch.tensor(ids, device=lm.device)).detach()
    made = in_front(lm, own)
    expected = lm.score([start + rest], [words])
    np.testing.assert_allclose(made.score([rest], [words]), expected, atol=2e-4)
    assert abs(np.array(lm.score([rest], [words])) - expected).max() > 0.01
    assert torch.equal(Soft(len(ids), start)._first(lm), own)


@pytest.mark.parametrize("name", ["gemma", "gpt2", "llama"])
def test_architectures_that_scale_embeddings_read_the_same(name):
    lm = LanguageModel(causal(name), tokenizer(), 64)
    ids = lm.encoder.prompts(["Labari: wasanni"])[0][len(lm.encoder.front) :]
    own = lm.model.get_input_embeddings()(torch.tensor(ids)).detach()
    made = in_front(lm, own)
    rest = [7, 9, 11]
    with torch.no_grad():
        front, new = lm.encoder.front, made.encoder.front
        a = lm.model(input_ids=torch.tensor([[*front, *ids, *rest]])).logits
        b = made.model(input_ids=torch.tensor([[*new, *rest]])).logits
    assert a.shape == b.shape and len(new) == len(front) + len(ids)
    torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


def test_a_soft_prompt_learns_from_english_and_asks_in_english(home, tmp_path):
    one = study(tmp_path, "soft_prompt", (7,), ", with: {language: eng}")
    shown = one.shown(7, 0).examples
    assert {e.language for e in shown} == {"eng"}
    assert [e.id for e in shown] == [e.id for e in one.demonstrations(7, 0)]
    before = weights(one.method.lm)
    rows = one.run(progress=lambda line: None)
    assert set(rows["prompt_language"]) == {"eng"} and len(rows) == 4
    assert all(e.text in p.text for e, p in zip(one.test, one.prompts(7, 0), strict=True))
    (card,) = one.method.cards().to_dict("records")
    assert card["items"] == 7 and card["last_loss"] < card["first_loss"]
    assert all(torch.equal(before[n], p) for n, p in one.method.lm.model.named_parameters())
    with pytest.raises(XltError, match="sib200"):
        study(tmp_path, "soft_prompt", (7,), ", with: {language: swa}")
