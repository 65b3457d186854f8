"""Every optional arm of the profile gemma that needs no training, on two items with mini's model.

And each prompt made again from the records, without the model.
"""

import functools
import hashlib

import pytest
import yaml

from xltlib import demonstrations, methods, models, paths
from xltlib.config import load_profile
from xltlib.study.remade import remade
from xltlib.study.study import Study

LM = paths.MINI_CHECKPOINTS / "lm"
SHIPPED = {"", "hau", "kin", "lug", "eng"}  # languages of SIB-200 that come with the project
GEMMA = load_profile("gemma")


def untrained(arm) -> bool:
    kind, translator = methods.of(arm), GEMMA.of_arm(arm.name).translator
    tuned = translator.prompted is not None and translator.prompted.tuned
    return not (kind.trains or kind.learns or tuned) and kind.lender() in SHIPPED


WAYS = [
    (arm.name, task)
    for arm in GEMMA.arms
    for task in ("topics", "ner")
    if arm.optional and untrained(arm) and {*arm.tasks} <= {"topics", "ner"} and task in arm.tasks
]


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> str:
    """The profile gemma with mini's model, and its names from mini's corpus."""
    spec = yaml.safe_load((paths.PROFILES / "gemma.yaml").read_text(encoding="utf-8"))
    spec |= {"name": "ways", "model": {"path": "mini", "context": 1024}, "limit": 2, "seeds": [0]}
    codes = ["hau", "kin", "lug", "eng"]
    spec["datasets"] = [
        {"name": "sib200", "task": "topics", "languages": codes},
        {"name": "mini", "task": "ner", "languages": codes[:3]},
    ]
    names = {name for name, _ in WAYS}
    spec["arms"] = [{**arm, "model": {}} for arm in spec["arms"] if arm["name"] in names]
    for arm in spec["arms"]:
        if (translator := arm.get("translator", {})).get("prompted"):
            translator |= {"path": str(LM), "max_new_tokens": 8}
            del translator["prompted"]["vocabulary"]
    path = tmp_path_factory.mktemp("ways") / "ways.yaml"
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def shared_model():
    """One language model for all arms."""
    with pytest.MonkeyPatch.context() as patch:
        load = functools.cache(lambda path: real(load_profile("mini").model))
        real = models.load_lm
        patch.setattr(models, "load_lm", lambda spec, *_, **__: load("mini"))
        yield


def test_the_arms_are_those_that_are_meant():
    kinds = {GEMMA.arm(name).method for name, _ in WAYS}
    assert kinds >= {
        "prompt", "translate", "switched", "twin", "english_shots", "english_pool", "borrowed",
        "instructed", "plain_letters", "checked", "tagged",
    }  # fmt: skip
    pickers = {GEMMA.of_arm(name).demonstrations.by for name, _ in WAYS}
    assert pickers == {*demonstrations.registry()} - {"labelled"}


@pytest.mark.parametrize(("arm", "task"), WAYS)
def test_an_arm_answers_and_its_prompts_are_made_again(
    arm, task, profile, shared_model, home, monkeypatch
):
    spec = load_profile(profile).of_arm(arm)
    kind = methods.of(spec.arms[0])
    language = next(c for c in ("hau", "kin") if kind.serves(c, "eng"))
    where = {"dataset": "sib200" if task == "topics" else "mini", "language": language}
    shots = min(k for k in spec.shots if k)
    asked = {"profile": profile, "shots": [shots], **where}
    rows = Study(arm, task, **asked).run(progress=lambda line: None)
    assert len(rows) == 2 and rows["output"].notna().all()
    assert set(rows["translator"] != "") == {kind.uses_translator}

    def unloaded(*_, **__):
        raise AssertionError("a model was loaded to look at records")

    monkeypatch.setattr(models, "load_lm", unloaded)
    again = Study(arm, task, **asked)
    items = {item.id: item for item in again.test}
    for row in rows.to_dict("records"):
        text, why = remade(again, row, items[row["example_id"]])
        if kind.uses_translator and not spec.translator.without_model:
            assert text is None and f"Translated by a model ({LM})" in why
            continue
        assert text and not why
        assert hashlib.sha256(text.encode()).hexdigest() == row["prompt_sha256"]
        other = row | {"prompt_sha256": "0" * 64}
        assert remade(again, other, items[row["example_id"]])[0] is None
        if spec.translator.path == "lexicon" and kind.uses_translator:
            text, why = remade(again, row | {"translator_revision": "lexicon 1 x"}, again.test[0])
            assert text is None and "(lexicon 1 x, here lexicon 2 " in why
