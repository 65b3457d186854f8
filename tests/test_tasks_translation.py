"""Translation as a task: sacrebleu's corpus scores from counts, both directions, and MAFAND."""

import numpy as np
import pandas as pd
import pytest
from conftest import FIXTURES
from sacrebleu.metrics import BLEU, CHRF

from xltlib import data, paths
from xltlib.config import load_language, load_profile
from xltlib.data import Example, parallel
from xltlib.errors import XltError
from xltlib.stats import metric, score_table
from xltlib.tasks import INVALID, corpus, get

OUT, IN = get("from_english"), get("into_english")
HAU, ENG = load_language("hau"), load_language("eng")
WORDS = "ya zo, Kano da (safe) 1,947 ƙasar 'yan o'oku . ta tafi ŋŋamba The city's".split()


def answers(seed, n=60):
    """Pairs of an answer and a gold that share some words; empty and very short ones among them."""
    dice = np.random.default_rng(seed)
    pairs = []
    for number in range(n):
        gold = list(dice.choice(WORDS, dice.integers(1, 14)))
        said = [w for w in gold if dice.random() < 0.7] + list(dice.choice(WORDS, number % 3))
        pairs.append(("" if number % 20 == 0 else " ".join(said), " ".join(gold)))
    return pairs


def rows_of(pairs, task=OUT):
    said = [INVALID if not a else a for a, _ in pairs]
    golds = [Example(str(i), "hau", "x", gold) for i, (_, gold) in enumerate(pairs)]
    return pd.DataFrame(
        {
            "answer": [task.answer_json(a) for a in said],
            "gold": [task.gold_json(item) for item in golds],
            "output": [a for a, _ in pairs],
        }
        | {"chrfpp": [task.score(a, g)["chrfpp"] for a, g in zip(said, golds, strict=True)]}
    )


@pytest.mark.parametrize(
    ("name", "theirs"), [("chrfpp", CHRF(word_order=2)), ("bleu", BLEU(force=True))]
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_corpus_scores_are_sacrebleus_also_of_resamples(name, theirs, seed):
    pairs = answers(seed)
    mine = metric(name)
    counts = mine.statistics(rows_of(pairs))
    dice = np.random.default_rng(seed)
    draws = [np.arange(len(pairs)), *(dice.integers(0, 60, 60) for _ in range(5)), np.array([3, 4])]
    drawn = np.stack([counts[draw].sum(axis=0) for draw in draws])
    for draw, score in zip(draws, mine.value(drawn), strict=True):
        said, gold = zip(*(pairs[i] for i in draw), strict=True)
        expected = theirs.corpus_score(list(said), [list(gold)]).score
        assert score == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("said", "gold"),
    [
        ("", "ya zo Kano"),
        ("a", "b"),
        ("ya", "ya"),
        ("ya zo", "zo ya"),
        ("ya zo Kano", "ya zo Kano"),
    ],
)
def test_small_corpora_score_as_sacrebleus(said, gold):
    rows = rows_of([(said, gold)])
    for name, theirs in (("chrfpp", CHRF(word_order=2)), ("bleu", BLEU(force=True))):
        mine = metric(name)
        counts = mine.statistics(rows)
        expected = theirs.corpus_score([said], [[gold]]).score
        assert float(mine.value(counts.sum(axis=0))) == pytest.approx(expected, abs=1e-6)
        assert mine.item_scores(counts) == pytest.approx([expected], abs=1e-6)


def test_nothing_scores_nothing():
    for name, size in (("chrfpp", 24), ("bleu", 10)):
        assert float(metric(name).value(np.zeros(size))) == 0.0


def test_the_documented_signatures_are_sacrebleus():
    text = (paths.PACKAGE.parent / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert all(f"`{corpus.signature(kind)}`" in text for kind in corpus.KINDS)


def test_the_score_table_has_corpus_scores_with_intervals():
    pairs = answers(3)
    rows = rows_of(pairs).assign(
        task="from_english", dataset="mafand", language="hau", shots=0, seed=0, method="prompt",
        arm="prompt", model="m", valid=True, example_id=[str(i) for i in range(len(pairs))],
    )  # fmt: skip
    table = score_table(rows, "all", resamples=300).set_index("metric")
    said, gold = zip(*pairs, strict=True)
    expected = CHRF(word_order=2).corpus_score(list(said), [list(gold)]).score
    found = table.loc["chrfpp"]
    assert found["score"] == pytest.approx(expected, abs=1e-6)
    assert found["low"] < found["score"] < found["high"]
    assert table.loc["bleu", "score"] == pytest.approx(
        BLEU(force=True).corpus_score(list(said), [list(gold)]).score, abs=1e-6
    )


def test_the_whole_output_is_scored_anew():
    rows = rows_of([("ya zo Kano\nda safe", "ya zo Kano da safe")])
    first = rows.assign(answer='"ya zo Kano"')
    (again,) = OUT.rereadings
    made = again.remake(first, {})
    assert made["chrfpp"].tolist() == [pytest.approx(100.0)]
    assert metric("chrfpp").value(metric("chrfpp").statistics(made).sum(axis=0)) == 100.0


def test_out_of_english_nothing_is_translated_and_into_english_the_text_is():
    asked = []

    def translate(texts, source, target):
        asked.extend(texts)
        return [f"<{text}>" for text in texts]

    out = Example("1", "hau", {"text": "He came."}, "Ya zo.", kept=("text",))
    into = Example("1", "hau", {"text": "Ya zo."}, "He came.")
    (there,) = OUT.carry([out], HAU, ENG, translate)
    assert (there.text, there.gold, asked) == ("He came.", "Ya zo.", [])
    (there,) = IN.carry([into], HAU, ENG, translate)
    assert (there.text, there.gold, asked) == ("<Ya zo.>", "He came.", ["Ya zo."])
    assert IN.carry_back(["He came."], [into], [there], ENG, HAU, translate) == [("He came.", 0)]


def test_an_english_prompt_names_the_language_to_translate_into():
    item = Example("1", "eng", {"text": "He came."}, "Ya zo.")
    made = OUT.render(item, [item], ENG, 0, ("hau",)).text()
    assert made.startswith("Translate into Hausa.\n\nEnglish: He came.\nTranslation: Ya zo.\n\n")
    own = OUT.render(item, [], HAU, 0, ("hau",)).text()
    assert own == "Turanci: He came.\nHausa:"


def test_mafand_is_read_in_both_directions():
    for language in ("hau", "kin", "lug"):
        out, into = (
            data.load("mafand", task, language, "test", FIXTURES)
            for task in ("from_english", "into_english")
        )
        assert [(e.id, e.text, e.gold) for e in out] == [(e.id, e.gold, e.text) for e in into]
        assert all(e.own_texts == [] and e.language == language for e in out)
        assert data.labels("mafand", "from_english", language, FIXTURES) == (language,)


def test_a_missing_part_and_a_wrong_row_are_named(tmp_path):
    folder = tmp_path / "mafand" / "hau"
    folder.mkdir(parents=True)
    (folder / "test.tsv").write_text("en\thau\nHe came.\tYa zo.\nShe came.\t\n", encoding="utf-8")
    with pytest.raises(XltError, match=r"test.tsv, line 3: the cell 'hau' is empty"):
        data.load("mafand", "into_english", "hau", "test", tmp_path)
    with pytest.raises(XltError, match="`split` must be one of 'test', but got 'dev'"):
        data.load("mafand", "into_english", "hau", "demos", tmp_path)


def test_parallel_sets_that_are_not_at_hand_measure_no_translator():
    assert "mafand" not in parallel.sets_for(load_profile("gemma"), "hau")
    there = load_profile("gemma", data_dir=str(FIXTURES))
    assert "mafand" in parallel.sets_for(there, "hau")
