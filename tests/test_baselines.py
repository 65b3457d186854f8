"""Baselines: what they answer, by hand and on published data."""

import pandas as pd
import pytest

from xltlib import data, paths
from xltlib.config import load_profile
from xltlib.data import Example, Span
from xltlib.tasks.baselines import capitalised, lead, majority, tfidf
from xltlib.validity import baselines


def topic(number, text, gold):
    return Example(str(number), "hau", text, gold)


def test_the_classifier_learns_words_with_hooks():
    pool = [
        topic(i, t, g) for i, (t, g) in enumerate([("ƙasa ƙwallo", "a"), ("kasa ɗan", "b")] * 5)
    ]
    test = [topic(20, "ƙwallo", "a"), topic(21, "ɗan", "b")]
    assert tfidf(pool, test) == ["a", "b"]
    assert majority(pool, [*test, topic(22, "x", "b")]) == ["b"] * 3


def test_the_first_words_are_as_many_as_in_the_pool():
    pool = [topic(i, "", " ".join("x" * n)) for i, n in enumerate((2, 3, 9))]
    assert lead(pool, [topic(9, "one two\nthree four", "")]) == ["one two three"]


def test_capitalised_runs_are_entities():
    pool = [
        Example("1", "hau", "Kano da Musa", (Span(0, 4, "LOC"), Span(8, 12, "PER"))),
        Example("2", "hau", "Bala", (Span(0, 4, "PER"),)),
    ]
    text = "Yau Ya'u Abdul-Aziz, da Kano. Jiya Kano"
    (found,) = capitalised(pool, [Example("3", "hau", text, ())])
    assert [tuple(m) for m in found] == [
        ("PER", "Yau Ya'u Abdul-Aziz", 0),
        ("LOC", "Kano", 0),
        ("PER", "Jiya Kano", 0),
    ]
    (first,) = capitalised(pool, [Example("3", "hau", "Yau da Bala", ())])
    assert [m.surface for m in first] == ["Bala"], "the first word is capitalised for its place"
    (known,) = capitalised(pool, [Example("3", "hau", "Kano ta", ())])
    assert [m.surface for m in known] == ["Kano"]


def test_mini_has_a_table_with_intervals():
    profile = load_profile("mini", limit=30)
    table = baselines.baseline_table(profile, resamples=200)
    head = table[table["metric"].isin(["accuracy", "entity_f1", "rougeL"])]
    assert len(head) == 3 * (2 + 1 + 1) and (head["n"] == 30).all()
    assert ((head["low"] <= head["score"]) & (head["score"] <= head["high"])).all()
    wide = head[head["metric"] == "accuracy"].pivot_table(
        index="language", columns="reference", values="score"
    )
    assert (wide["TF-IDF and logistic regression"] > wide["majority class"] + 0.3).all()


def test_lines_for_figures_are_of_the_items_that_were_answered():
    profile = load_profile("mini")
    every = data.load("mini", "topics", "hau", "test")
    items = [e for e in every if e.gold == every[0].gold][:5] + every[-2:]
    place = {"task": "topics", "dataset": "mini", "language": "hau"}
    answered = pd.DataFrame([place | {"example_id": e.id} for e in items])
    table = baselines.reference_table(profile, answered)
    assert set(table["reference"]) == {"majority class", "TF-IDF and logistic regression"}
    assert set(table["metric"]) == {"accuracy"} and (table["language"] == "hau").all()
    gold = [e.gold for e in {e.id: e for e in items}.values()]
    share = max(map(gold.count, gold)) / len(gold)
    assert table.set_index("reference")["score"]["majority class"] == pytest.approx(share)
    assert baselines.reference_table(profile, answered.assign(dataset="elsewhere")).empty


def test_what_stands_in_the_test_set_is_not_learned_from(tmp_path):
    """Test rows that train rows repeat, in other capitals, with another answer than the pool's."""
    labels = ("business", "health")
    train = [(f"labari {n} kasuwa kudi" if n % 2 else f"labari {n} asibiti", n) for n in range(20)]
    test = [(f"sabon labari {n + 100}", n) for n in range(30)]
    rows = {"train": [*train, *((text.upper(), n) for text, n in test)], "test": test}
    for split, some in rows.items():
        lines = (f"{text},{labels[n % 2]}" for text, n in some)
        (tmp_path / f"{split}.csv").write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    mini = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
    head, tail = mini.split("datasets:\n")[0], mini[mini.index("shots:") :]
    entry = "  - {name: own, task: topics, languages: [hau], table: {file: '{split}.csv', "
    own = tmp_path / "own.yaml"
    own.write_text(f"{head}datasets:\n{entry}text: text, gold: label}}}}\n{tail}", encoding="utf-8")
    try:
        profile = load_profile(str(own))
        pool, every = (data.load("own", "topics", "hau", split) for split in data.SPLITS)
        left = baselines.unseen(pool, every)
        assert len(pool) == 50 and [e.text for e in left] == [text for text, _ in train]
        made = baselines.baseline_records(profile).set_index("method")
        answers = made.loc["TF-IDF and logistic regression"]
        assert 0.2 < answers["correct"].mean() < 0.8, "it cannot know"
        known = dict(zip([e.text for e in every], tfidf(pool, every), strict=True))
        assert all(known[e.text] == e.gold for e in every), "with them it would"
        (tmp_path / "train.csv").write_bytes((tmp_path / "test.csv").read_bytes())
        assert set(baselines.baseline_records(profile)["method"]) == {"majority class"}
    finally:
        load_profile("mini")


def test_capitalised_words_are_no_baseline_of_a_script_without_capitals():
    def items(*texts):
        return [Example(str(n), "amh", text, ()) for n, text in enumerate(texts)]

    assert baselines.has_capitals(items("Musa ya tafi Kano", "ABC"))
    assert not baselines.has_capitals(items("ሙሳ ወደ ካኖ ሄደ", "የ BBC ዜና"))
    assert not baselines.has_capitals(items("حَوْسَ", "ߒߞߏ"[:2]))


@pytest.mark.parametrize("capitals", [True, False])
def test_a_table_of_baselines_has_only_those_that_apply(monkeypatch, capitals):
    monkeypatch.setattr(baselines, "has_capitals", lambda items: capitals)
    profile = load_profile("mini", limit=5)
    only = [d for d in profile.datasets if d.task == "ner"]
    table = baselines.baseline_table(profile.model_copy(update={"datasets": tuple(only)}), 50)
    assert ("capitalised words" in set(table["reference"])) is capitals
    assert capitals or (table.empty and "No baseline applies" in table.attrs["why"])


def test_published_majorities(shared_data):
    """MasakhaNEWS test: hau 15.7 %, lug 44.8 % (100 of 223 politics)."""
    profile = load_profile("local", data_dir=str(shared_data)).model_copy(update={"limit": None})
    news = [d for d in profile.datasets if (d.name, d.task) == ("masakhanews", "topics")]
    table = baselines.baseline_records(profile.model_copy(update={"datasets": tuple(news)}))
    score = table[table["method"] == "majority class"].groupby("language")["correct"].mean()
    assert score["hau"] == pytest.approx(100 / 637, abs=0.001)
    assert score["lug"] == pytest.approx(100 / 223)
