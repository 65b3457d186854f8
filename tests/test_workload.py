"""What a grid asks of its models, counted before it runs and after."""

import pytest

from xltlib.config import EndpointSpec, SpeedSpec, load_profile
from xltlib.errors import XltError
from xltlib.models import load_translator
from xltlib.runs.narrowing import Options, narrow
from xltlib.runs.plan import memory as needs
from xltlib.runs.plan.workload import Workload, workload
from xltlib.study.study import Study


def of(profile, languages: str, methods: str):
    """A loaded profile, narrowed."""
    options = Options(languages=languages.split(","), methods=methods.split(","))
    return narrow(profile, options)


SERVED = "openai:http://localhost:1/v1#name"
SPEED = SpeedSpec(hardware="one core", scoring=100, generation=10, translation=5, training=20)


def test_answers_are_those_of_the_grid():
    ner = load_profile("mini", limit=5)
    ner = ner.model_copy(update={"datasets": [d for d in ner.datasets if d.task == "ner"]})
    found = workload(of(ner, "hau,lug", "prompt,laft,translate"))
    assert found.answers == 2 * 3 * 5 * 7  # languages, methods, items, 1 + 3 shots x 2 seeds
    assert found.written == found.answers * ner.max_new_tokens["ner"]
    few = workload(of(load_profile("mini", limit=5, shots=[0]), "hau,kin,lug", "laft"))
    assert few.answers == 3 * 3 * 5 and few.translated == 0


def test_tokens_to_read_are_those_that_the_engine_must_pass(home):
    """What all prompts of a cell begin with counts once; the engine's own count is the witness."""
    changes = {"shots": [4], "seeds": [0], "limit": 12}
    study = Study("prompt", "topics", **changes)
    rows, used = study.run(progress=lambda line: None), study.method.lm.usage
    profile = load_profile("mini", **changes)
    topics = profile.model_copy(
        update={"datasets": [d for d in profile.datasets if d.task == "topics"]}
    )
    found = workload(of(topics, "hau", "prompt"))
    assert found.written == 0  # labels are chosen
    # Two prompts share a few tokens more than all of them do.
    assert used.distinct_tokens <= found.read <= 1.1 * used.distinct_tokens
    assert found.read < 0.6 * rows["prompt_tokens"].sum()
    translated = workload(of(topics, "hau", "prompt,translate"))
    assert translated.read == 2 * found.read
    other = load_translator(profile.translator).tokenizer
    texts = other([item.text for item in study.test])["input_ids"]
    assert translated.translated == pytest.approx(sum(map(len, texts)))


def test_labels_cost_the_tokens_that_the_engine_passes(home):
    """Without demonstrations the labels are a large part of it; their last tokens are not read."""
    changes = {"shots": [0], "seeds": [0], "limit": 20}
    study = Study("prompt", "topics", **changes)
    study.run(progress=lambda line: None)
    profile = load_profile("mini", **changes)
    only = {"datasets": [d for d in profile.datasets if d.task == "topics"]}
    found = workload(of(profile.model_copy(update=only), "hau", "prompt"))
    used = study.method.lm.usage.distinct_tokens
    assert used <= found.read <= 1.05 * used


def test_a_server_reads_whole_prompts_and_writes_labels(home):
    profile = load_profile("mini", shots=[4], seeds=[0], limit=5)
    only = [d for d in profile.datasets if d.task == "topics"]
    endpoint = EndpointSpec(tokenizer=profile.model.path)
    model = profile.model.model_copy(update={"path": SERVED, "endpoint": endpoint})
    found = workload(
        of(profile.model_copy(update={"datasets": only, "model": model}), "hau", "prompt")
    )
    study = Study("prompt", "topics", shots=[4], seeds=[0], limit=5)
    rows = study.run(progress=lambda line: None)
    assert found.read == pytest.approx(rows["prompt_tokens"].sum())
    assert found.written == 5 * profile.max_new_tokens["topics"]


def test_prompts_that_will_not_fit_are_told_before_a_run():
    profile = load_profile("mini", limit=5)
    short = profile.model.model_copy(update={"context": 64})
    with pytest.raises(XltError, match="use fewer shots, a shorter wording or a model with a larg"):
        workload(of(profile.model_copy(update={"model": short}), "hau", "prompt"))


def test_english_is_prompted_alone():
    profile = load_profile("mini", limit=5, shots=[0])
    both = [d.model_copy(update={"languages": ("eng", "hau")}) for d in profile.datasets[:1]]
    profile = profile.model_copy(update={"datasets": both})
    assert workload(of(profile, "eng,hau", "prompt,laft,translate")).answers == (1 + 3) * 5


def test_hours_are_of_all_three():
    work = Workload(answers=1, read=36_000, written=3_600, translated=1_800)
    assert work.hours(SPEED) == pytest.approx(0.1 + 0.1 + 0.1)


def test_plan_makes_hours_of_the_profiles_speeds(monkeypatch):
    profile = load_profile("mini", limit=5).model_copy(update={"speed": SPEED})
    takes = needs.Needs(of(profile, "hau", "prompt,laft"))
    hours = workload(of(profile, "hau", "prompt,laft")).hours(SPEED)
    said = takes.grid()
    assert f"; about {hours:.1f} hours on one core, and LAFT's training 13.9 for" in said
    assert 0.1 < hours < 10
    monkeypatch.setattr(needs, "workload", lambda *_: Workload(answers=1, read=1e7))
    assert "; about 28 hours on one core" in takes.grid()
    released = profile.laft.model_copy(update={"adapted": {"hau": "some/model"}})
    trained = profile.model_copy(update={"laft": released})
    assert "LAFT" not in needs.Needs(of(trained, "hau", "prompt,laft")).grid()
    assert "random weights of these shapes" in said
    alone = needs.Needs(of(profile, "hau", "prompt")).grid()
    assert "LAFT" not in alone
