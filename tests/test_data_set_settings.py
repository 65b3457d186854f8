"""What a data set may have of its own in a profile, and texts of one length for all arms."""

import pytest

from xltlib.config import Profile, load_profile
from xltlib.data import Example
from xltlib.errors import XltError
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
