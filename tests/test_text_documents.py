"""Lines joined into documents of at least so many characters."""

from hypothesis import given
from hypothesis import strategies as st

from xltlib.text.documents import in_documents


def test_lines_are_joined_in_their_order():
    lines = ["Ina kwana?", "Lafiya lau.", "Ƙasar Hausa", "ŋ"]
    assert in_documents(lines, 15) == ["Ina kwana?\nLafiya lau.", "Ƙasar Hausa\nŋ"]
    assert in_documents(lines, 1) == lines
    assert in_documents([], 5) == []


@given(st.lists(st.text("aɓŋ' ", min_size=1), max_size=30), st.integers(1, 60))
def test_nothing_is_lost_and_all_but_the_last_are_long_enough(lines, characters):
    made = in_documents(lines, characters)
    assert "\n".join(made) == "\n".join(lines)
    assert all(len(one.replace("\n", "")) >= characters for one in made[:-1])
