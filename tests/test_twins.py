"""Models that differ in their tokens alone, side by side."""

import pytest
from factories import records

from xltlib import data, models
from xltlib.config import Profile, load_profile
from xltlib.mini.byte_twin import byte_tokenizer
from xltlib.validity.twins import COLUMNS, twins_of, twins_table


def test_only_arms_that_differ_in_their_model_are_twins():
    assert twins_of(load_profile("mini")) == [("prompt", "prompt_bytes")]
    assert twins_of(load_profile("gemma")) == []
    content = load_profile("mini").model_dump(mode="json")
    other = {"path": "mini-bytes"}
    content["arms"] = [
        {"name": "prompt"},
        {"name": "near", "method": "prompt", "demonstrations": {"by": "nearest"}},
        {
            "name": "near_bytes",
            "method": "prompt",
            "model": other,
            "demonstrations": {"by": "nearest"},
        },
        {"name": "laft", "model": other},
        {"name": "short", "method": "prompt", "model": {"context": 64}},
    ]
    assert twins_of(Profile.model_validate(content)) == [("near", "near_bytes")]


def test_twins_stand_side_by_side_with_what_each_needs_for_a_word(tmp_path):
    byte_tokenizer().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    content = load_profile("mini").model_dump(mode="json")
    content["arms"] = [
        {"name": "prompt"},
        {"name": "bytes", "method": "prompt", "model": {"path": str(tmp_path)}},
    ]
    profile = Profile.model_validate(content)
    items = data.load("mini", "topics", "lug", "test", limit=40)
    rows = records(
        items=40, methods=("prompt", "laft"), tasks=("topics",), languages=("lug",), shots=(0, 4)
    )
    rows["example_id"] = rows["example_id"].map(lambda i: items[int(i)].id)
    assert twins_table(profile, rows, resamples=50).empty
    rows["arm"] = rows["arm"].replace("laft", "bytes")
    table = twins_table(profile, rows, resamples=50)
    assert list(table.columns) == COLUMNS and list(table["shots"]) == [0, 4]
    words = sum(len(item.text.split()) for item in items)
    first = models.load_tokenizer(profile.model)
    tokens = {
        "prompt": sum(len(first(item.text)["input_ids"]) for item in items) / words,
        "bytes": sum(len(item.text.encode()) for item in items) / words,
    }
    for row in table.to_dict("records"):
        assert {row["arm_a"], row["arm_b"]} == set(tokens)
        for side in "ab":
            arm = row[f"arm_{side}"]
            mine = rows[(rows["arm"] == arm) & (rows["shots"] == row["shots"])]
            assert row[f"tokens_per_word_{side}"] == pytest.approx(tokens[arm])
            assert row[f"score_{side}"] == pytest.approx(mine["correct"].mean())
        assert row["difference"] == pytest.approx(row["score_a"] - row["score_b"])
