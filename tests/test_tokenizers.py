"""What tokenizers cost a language, counted on parallel sentences."""

from pathlib import Path

import pytest

from xltlib import data
from xltlib.config import DatasetSpec, load_profile
from xltlib.data import parallel
from xltlib.validity.tokenizers import COLUMNS, at_hand, texts_table, tokenizers_table


@pytest.fixture(scope="module")
def table():
    return tokenizers_table(load_profile("mini"), resamples=50)


def test_bytes_are_those_of_the_texts(table):
    assert list(table.columns) == COLUMNS
    pairs = parallel.pairs("mini", "lug")
    sizes = [sum(len(text.encode()) for text in side) for side in zip(*pairs, strict=True)]
    words = [sum(len(text.split()) for text in side) for side in zip(*pairs, strict=True)]
    mine = table[(table["language"] == "lug") & (table["tokenizer"] == "bytes")]
    (row,) = mine[mine["dataset"] == "mini"].to_dict("records")
    assert row["texts"] == len(pairs)
    assert row["tokens_per_word"] == pytest.approx(sizes[1] / words[1])
    assert row["english_per_word"] == pytest.approx(sizes[0] / words[0])
    assert row["times_english"] == pytest.approx(sizes[1] / sizes[0])
    assert row["low"] <= row["times_english"] <= row["high"]


def test_a_tokenizer_trained_mainly_on_english_costs_others_more_than_bytes_do(table):
    assert set(table["tokenizer"]) == {"mini", "mini, translator", "bytes"}
    own = table[table["dataset"] == "mini"].pivot(
        index="language", columns="tokenizer", values="times_english"
    )
    assert set(own.index) == {"hau", "kin", "lug"}
    assert (own["mini"] > own["bytes"]).all() and (own["mini"] > own["mini, translator"]).all()


def test_a_translator_without_a_model_has_no_tokenizer():
    gemma = load_profile("gemma").model_copy(update={"model": load_profile("mini").model})
    assert list(at_hand(gemma)) == ["mini", "mini, translator", "bytes"]


def test_a_languages_own_texts_are_counted_and_no_english_ones():
    folder = Path(__file__).parent / "fixtures" / "data"
    sets = [("afriqa", "qa"), ("mafand", "from_english"), ("mafand", "into_english")]
    profile = load_profile("mini", data_dir=str(folder)).model_copy(
        update={"datasets": tuple(DatasetSpec(name=n, task=t, languages=("hau",)) for n, t in sets)}
    )
    words = {}
    for name, task, field in (("afriqa", "qa", "question"), ("mafand", "into_english", "text")):
        items = data.load(name, task, "hau", "test", folder)
        words[name] = sum(len(item.fields[field].split()) for item in items)
    found = texts_table(profile, lambda text: {"input_ids": text.split()})
    assert found.groupby("dataset")["words"].sum().to_dict() == words
    assert found["tokens"].equals(found["words"])
    only = profile.model_copy(update={"datasets": profile.datasets[1:2]})
    assert texts_table(only, str.split).empty
