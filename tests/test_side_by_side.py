"""What a task's notebook shows of the same items under every arm."""

import factories
import numpy as np
import pandas as pd
import pytest

from xltlib.study import side_by_side


@pytest.mark.parametrize(
    ("task", "answer"),
    [("topics", '"health"'), ("ner", '[["PER", "Musa", 0]]'), ("summarization", '"Labari"')],
)
def test_an_answer_that_is_none_is_said_to_be_none(task, answer):
    rows = factories.records(items=3, tasks=[task], languages=["hau"], shots=[0])
    rows = rows.assign(answer=answer)
    name = rows["example_id"].iloc[0]
    first = rows.index[rows["example_id"] == name][0]
    for none in (None, np.nan):  # as frames of other rows beside it have it
        told = rows["answer"].astype(object)
        told[first] = none
        shown = side_by_side.answers(rows.assign(answer=told), name)
        assert shown["answer"].iloc[0] == "(no answer)"
        assert (shown["answer"].iloc[1:] != "(no answer)").all()
        assert shown["arm"].notna().all()


def test_entities_are_shown_as_a_reader_writes_them():
    rows = factories.records(items=2, tasks=["ner"], languages=["hau"], shots=[0]).head(2)
    rows = rows.assign(example_id="a", answer=['[["PER", "Musa", 0]]', "[]"])
    shown = side_by_side.answers(pd.DataFrame(rows), "a")
    assert list(shown["answer"]) == ["PER: Musa", "(no entities)"]
