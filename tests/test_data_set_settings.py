"""What a data set may have of its own in a profile, and texts of one length for all arms."""

import pytest
from conftest import FIXTURES

from xltlib.check import check
from xltlib.config import Profile, load_language, load_profile
from xltlib.data import Example
from xltlib.data.leaks.decontaminate import Decontaminated
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.runs.narrowing import Options, left_out, narrow, places
from xltlib.text.spans import Span
from xltlib.text.words import first_words


def of_its_own(**changes) -> Profile:
    content = load_profile("mini").model_dump(mode="json")
    content["datasets"][0] |= {"shots": [0, 4], "seeds": [3], "limit": 7}
    return Profile.model_validate(content | changes)


def test_a_data_set_has_shots_seeds_and_limit_of_its_own():
    profile = of_its_own()
    own = profile.within("mini", profile.datasets[0].task)
    assert (own.shots, own.seeds, own.limit) == ((0, 4), (3,), 7)
    other = profile.within("mini", profile.datasets[1].task)
    assert (other.shots, other.limit) == (profile.shots, profile.limit)


def test_what_is_asked_for_by_hand_stands_in_place_of_it():
    given = load_profile("gemma", limit=12, shots=[1])
    own = given.within("masakhaner1", "ner")
    assert (own.limit, own.shots, own.seeds) == (12, (1,), (0, 1))


def test_an_arm_keeps_its_own_shots_within_it():
    own = load_profile("gemma").within("masakhaner1", "ner").of_arm("prompt_nearest")
    assert (own.shots, own.limit) == ((4,), 200)


def test_numbers_of_others_have_arms_with_their_shots_and_reading():
    profile = load_profile("gemma")
    for name, task, dataset, shots in (
        ("afriquellm", "mmlu", "afrimmlu", (5,)),
        ("afriquellm", "ner", "masakhaner1", (5,)),
        ("afriquellm_eight", "math", "afrimgsm", (8,)),
    ):
        own = profile.within(dataset, task).of_arm(name)
        assert own.shots == shots and profile.arm(name).optional
        assert any(place.dataset.task == task for place in places(profile, profile.arm(name)))
    assert profile.of_arm("afriquellm").reading == "sum"


def with_one_set(**changes) -> Profile:
    """Mini with its first data set changed, and a model that keeps a list of tokens."""
    content = load_profile("mini").model_dump(mode="json")
    content["datasets"][0] |= changes
    content["model"] |= {"vocabulary": "gemma"}
    return Profile.model_validate(content)


def test_an_optional_set_runs_where_its_task_is_named():
    profile = with_one_set(optional=True)
    task = profile.datasets[0].task
    assert task not in {d.task for d in narrow(profile, Options()).datasets}
    assert {d.task for d in narrow(profile, Options(tasks=[task])).datasets} == {task}


def test_a_set_may_name_the_arms_that_are_asked_whatever_their_tasks():
    profile = with_one_set(arms=["prompt"])
    first, second = profile.datasets[:2]
    for arm in profile.arms:
        asked = {place.dataset.task for place in places(profile, arm)}
        assert (first.task in asked) == (arm.name == "prompt") and second.task in asked
    whole = load_profile("gemma")
    bound = {place.dataset.name for place in places(whole, whole.arm("translate_reference"))}
    assert "afrimmlu_parallel" in bound and "afrimmlu" not in bound


def test_a_set_may_need_every_token_of_the_model():
    profile = with_one_set(every_token=True)
    first, second = profile.datasets[:2]
    assert profile.within("mini", first.task).model.vocabulary is None
    assert profile.within("mini", second.task).model.vocabulary == "gemma"
    for arm in profile.arms:
        asked = {place.dataset.task for place in places(profile, arm)}
        assert (first.task in asked) == (arm.name != "laft") and second.task in asked
    assert any("`every_token`" in line for line in left_out(profile))


@pytest.mark.parametrize("every_token", [False, True])
def test_training_text_is_cleaned_of_the_sets_that_an_adapted_model_is_asked_about(
    monkeypatch, every_token
):
    monkeypatch.setattr(laft.data, "is_decontaminated", lambda source: True)
    known = Decontaminated(["Wani labari"], read=1)
    monkeypatch.setattr(laft, "_kept_text", lambda path: known)
    cleaned_of = []
    monkeypatch.setattr(laft, "evaluated_texts", lambda *given: cleaned_of.append(given[0]))
    profile = with_one_set(every_token=every_token)
    assert laft.training_text(profile, load_language("hau")) == known
    left = profile.datasets[1:] if every_token else profile.datasets
    assert cleaned_of[0].datasets == left


@pytest.mark.parametrize(
    "text, count, kept",
    [
        ("Na'urar ƙasa, ta (biyu). Uku", 2, "Na'urar ƙasa,"),
        ("o'oku ŋŋamba", 5, "o'oku ŋŋamba"),
        ("Mu Rwanda (2020) haje", 2, "Mu Rwanda"),
        ("Sun zo. Sun tafi!", 2, "Sun zo."),
        ("", 3, ""),
    ],
)
def test_a_text_is_cut_after_a_word(text, count, kept):
    assert first_words(text, count) == kept


def test_an_item_is_cut_and_keeps_its_gold():
    item = Example("a", "hau", {"text": "daya biyu uku", "title": "hudu"}, "gold zinariya")
    assert item.cut(2).fields == {"text": "daya biyu", "title": "hudu"}
    assert item.cut(2).gold == "gold zinariya"


def test_marked_spans_are_not_cut_away():
    item = Example("a", "hau", "Kano ce", (Span("LOC", 0, 4),))
    with pytest.raises(XltError, match="document_words"):
        item.cut(1)


def test_a_check_looks_at_optional_sets_where_their_task_is_named():
    def said(**asked):
        return "\n".join(map(str, check("local", data_dir=str(FIXTURES), **asked).findings))

    assert "mafand" not in said()
    assert "holds the test text of mafand" in said(tasks=["into_english"])


def test_no_training_text_is_checked_for_a_set_that_no_adapted_model_is_asked_about():
    report = check("gemma", data_dir=str(FIXTURES), tasks=["into_english", "mmlu"])
    assert not [one for one in report.findings if one.stops == "training"]
