"""Which way: the table of ways, votes, what they cost and need, and the rule in words."""

import html
import json

import factories
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from xltlib import data, figures, stats
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.report import artifacts, build, gather
from xltlib.report.which_way import heading, rules_table, sections
from xltlib.stats.agreement import VOTE, agreement_table, vote
from xltlib.stats.cost import of_a_thousand
from xltlib.stats.ways import cost_of_ways, ways_table
from xltlib.study import explore
from xltlib.study.requirements import requirements_table
from xltlib.validity.neighbours import votes

PLACE = {"task": "topics", "dataset": "mini", "language": "hau"}


def answers(**by_arm: str) -> pd.DataFrame:
    """Records of one cell: an arm's answers as letters, a space for none; gold is all ``a``."""
    items = len(next(iter(by_arm.values())))
    rows = factories.records(items, ["prompt"], ["topics"], ["hau"], shots=[4], seeds=[0])
    frames = []
    for arm, letters in by_arm.items():
        said = [None if c == " " else json.dumps(c) for c in letters]
        right = [float(c == "a") for c in letters]
        known = {"arm": arm, "method": arm, "gold": json.dumps("a"), "answer": said}
        frames.append(rows.assign(**known, correct=right, valid=[c != " " for c in letters]))
    return pd.concat(frames, ignore_index=True)


def baseline(score: float) -> pd.DataFrame:
    line = PLACE | {"metric": "accuracy", "reference": "majority class", "score": score}
    return pd.DataFrame([line])


def needs(*arms: str, **of: dict) -> pd.DataFrame:
    none = {"labelled": "shown", "plain_text": False, "parallel_text": False, "translator": ""}
    none |= {"asks_in": "own", "bound": False}
    return pd.DataFrame([{"arm": arm, **none, **of.get(arm, {})} for arm in arms])


def test_the_majority_answers_and_the_first_decides_a_tie():
    rows = answers(x="aab b", y="aabc ", z="bbca ")
    found = vote(rows)
    assert list(map(json.loads, found["answer"])) == ["a", "a", "b", "c", "b"]
    assert list(found["correct"]) == [1, 1, 0, 0, 0] and set(found["arm"]) == {VOTE}
    assert np.allclose(found["flops"], 3 * rows["flops"].iloc[0])
    silent = vote(answers(x=" a", y=" a", z=" b"))
    assert list(silent["answer"]) == [None, json.dumps("a")]
    assert list(silent["valid"]) == [False, True]


def test_two_arms_have_no_majority_and_some_are_left_out():
    assert vote(answers(x="ab", y="ab")).empty
    assert vote(answers(x="a", y="b", z="b", w="a"), leave_out=["x"])["correct"].tolist() == [0]
    summaries = factories.records(items=4, tasks=["summarization"], languages=["hau"], shots=[0])
    assert vote(summaries).empty


def test_an_arm_without_a_seed_votes_with_its_first():
    one, two = answers(x="ab", y="ab", z="aa"), answers(x="bb", y="bb")
    found = vote(pd.concat([one, two.assign(seed=1)]))
    assert found.groupby("seed")["answer"].agg(list).to_dict() == {
        0: [json.dumps("a"), json.dumps("b")],
        1: [json.dumps("b"), json.dumps("b")],
    }


def test_agreement_counts_items():
    table = agreement_table(answers(x="aab", y="abb")).set_index("arm")
    assert table.loc["x", ["right", "alone"]].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert table.loc["y", ["right", "alone"]].tolist() == pytest.approx([1 / 3, 0])
    assert table["none"].tolist() == pytest.approx([1 / 3] * 2) and (table["n"] == 3).all()
    assert table["every"].tolist() == pytest.approx([1 / 3] * 2)


def test_a_thousand_answers_cost_the_training_once():
    rows = factories.records(items=5, tasks=["topics"], languages=["hau"], shots=[0, 4])
    training = factories.training(["hau"])
    table = of_a_thousand(rows, training).set_index(["arm", "shots"])
    whole = training["flops"].max()
    assert table.loc[("laft", 4), "flops"] == pytest.approx(1000 * 2e9 * 3.4 + whole)
    assert table.loc[("prompt", 4), "flops"] == pytest.approx(1000 * 2e9 * 3.4)
    prompt = rows[(rows["arm"] == "prompt") & (rows["shots"] == 0)]
    assert table.loc[("prompt", 0), "seconds"] == pytest.approx(1000 * prompt["seconds"].mean())
    unknown = of_a_thousand(rows).set_index(["arm", "shots"])
    assert np.isnan(unknown.loc[("laft", 4), "flops"])
    imported = of_a_thousand(rows.assign(flops=None, seconds=None))
    assert imported["flops"].isna().all()


def test_ways_stand_by_score_and_leads_are_corrected_over_all_pairs():
    rows = factories.records(items=60, tasks=["topics"], languages=["hau"], shots=[0, 2, 4])
    table = ways_table(rows, needs("prompt", "laft", "translate"), baseline(0.3), resamples=300)
    assert table["score"].is_monotonic_decreasing and len(table) == 2 * 3 + 1
    assert set(zip(table["arm"], table["shots"], strict=True)) == {
        (VOTE, 4), *((a, k) for a in factories.METHODS for k in (0, 4))
    }  # fmt: skip
    head = stats.score_table(rows, metrics="headline", resamples=50)
    known = head.set_index(["method", "shots"])["score"]
    for _, row in table[table["arm"] != VOTE].iterrows():
        assert row["score"] == known[row["arm"], row["shots"]]
    assert np.isnan(table["behind"].iloc[0])
    assert np.allclose(table["behind"][1:], table["score"].iloc[0] - table["score"][1:])
    one = rows[rows["shots"] == 4]
    three = ways_table(one, shots=4, resamples=400)
    every = stats.paired_table(
        pd.concat([one, vote(one)]), family=("shots",), resamples=400
    )  # all six pairs of four ways
    holm = dict(zip(map(frozenset, every[["method_a", "method_b"]].to_numpy()),
                    multipletests(every["p"], method="holm")[1], strict=True))  # fmt: skip
    best = three["arm"].iloc[0]
    for _, row in three.iloc[1:].iterrows():
        assert row["p_holm"] == pytest.approx(holm[frozenset((best, row["arm"]))])


def test_a_bound_leads_the_table_and_is_not_the_best():
    rows = answers(up="a" * 30, mid="a" * 20 + "b" * 10, low="b" * 30)
    table = ways_table(rows, needs("up", "mid", "low", up={"bound": True}), resamples=200)
    assert list(table["arm"]) == ["up", "mid", "low"]  # two that one can go have no majority
    assert np.isnan(table["behind"].iloc[1]) and table["behind"].iloc[0] < 0
    (rule,) = rules_table(table)["rule"]
    assert rule.startswith("With 4 labelled texts, use mid (0.67 [")
    assert rule.endswith("Human translations led to 1.00.")


def test_answers_made_elsewhere_stand_in_the_table_and_are_no_way_to_go():
    rows = answers(x="a" * 20 + "b" * 10, y="b" * 30, z="b" * 30)
    theirs = answers(x="a" * 29 + "b").assign(model="big", flops=None, seconds=None)
    rows = pd.concat([rows, theirs.astype({"flops": float, "seconds": float})], ignore_index=True)
    table = ways_table(rows, needs("x", "y", "z"), baseline(0.4), resamples=200)
    assert table["arm"].tolist()[:2] == ["x (big)", "x"]
    assert table["elsewhere"].tolist() == [True, *[False] * 4]
    assert table.set_index("arm").loc["x", "labelled"] == "shown"
    assert table.set_index("arm").loc[VOTE, "score"] == 0, "it would be 0.67 with a fourth voter"
    (rule,) = rules_table(table)["rule"]
    assert rule.startswith("With 4 labelled texts, use x (0.67")
    assert "big, asked elsewhere, scored 0.97." in sections(table)[0][2]


def test_imports_do_not_choose_the_number_of_demonstrations():
    own = answers(x="ab" * 9, y="aa" * 9)
    rows = [own, own[own["arm"] == "x"].assign(shots=2)]
    for model in ("one", "two", "three"):
        theirs = answers(x="ab" * 9).assign(model=model, shots=2, flops=None, seconds=None)
        rows.append(theirs.astype({"flops": float, "seconds": float}))
    table = ways_table(pd.concat(rows, ignore_index=True), resamples=50)
    mine = table[~table["elsewhere"]]
    assert set(zip(mine["arm"], mine["shots"], strict=True)) == {("x", 4), ("y", 4)}
    assert len(table) == 5


def test_the_rule_takes_the_cheapest_of_those_that_are_not_told_apart():
    rows = answers(dear="a" * 26 + "b" * 4, cheap="a" * 25 + "b" * 5, low="a" * 5 + "b" * 25)
    rows.loc[rows["arm"] == "dear", "flops"] *= 7
    rows = rows[rows["arm"] != VOTE]
    spec = needs("dear", "cheap", "low", dear={"plain_text": True}, cheap={"labelled": "pool"})
    table = ways_table(rows, spec, baseline(0.5), resamples=300)
    (way,), (rule,) = (rules_table(table)[c] for c in ("way", "rule"))
    assert way == "cheap"
    assert rule.startswith("With labelled texts, use cheap with 4 demonstrations (0.83 [")
    assert "; always giving the commonest label scored 0.50 without a language model." in rule
    ((_, _, more, listed),) = sections(table)
    assert "Not told apart from it: dear with 4 demonstrations and the vote" in more
    assert "The highest score is that of dear with 4 demonstrations (0.87 [" in more
    assert ", which costs 7.0 times as much." in more
    assert "Without a collection of labelled items to choose from: dear" in more
    assert "Without labelled items of its own no way here is above the floor." in more
    assert listed.set_index("way").loc["cheap", "needs"] == "a collection of labelled items"


def test_under_the_floor_no_way_is_taken():
    rows = answers(x="a" * 10 + "b" * 20, y="a" * 9 + "b" * 21)
    found = rules_table(ways_table(rows, None, baseline(0.6), resamples=100))
    assert found["way"].tolist() == ["none"]
    (rule,) = found["rule"]
    assert rule.startswith(
        "No method beats a simple program: always giving the commonest label scored 0.60, "
        "and the best method, x, 0.33 ["
    )
    more = answers(x="a" * 20 + "b" * 10, y="a" * 9 + "b" * 21)
    (rule,) = rules_table(ways_table(more, None, baseline(0.6), resamples=100))["rule"]
    assert rule.startswith("x with 4 demonstrations (0.67 [")
    assert rule.endswith(
        "is not clearly better than always giving the commonest label (0.60), which needs no "
        "language model."
    )


def test_a_way_that_learns_is_said_to_be_trained():
    rows = answers(learns="a" * 10 + "b" * 20, y="a" * 9 + "b" * 21)
    spec = needs("learns", "y", learns={"labelled": "learned"})
    (rule,) = rules_table(ways_table(rows, spec, baseline(0.3), resamples=100))["rule"]
    assert rule.startswith("learns trained on 4 texts (0.33 [")


def test_a_saved_table_gives_the_same_rules(tmp_path):
    rows = factories.records(items=40, tasks=["topics"], shots=[0, 4])
    spec = requirements_table(load_profile("mini"))
    table = ways_table(rows, spec, baseline(0.3), resamples=100)
    table.to_csv(tmp_path / "ways.csv", index=False, float_format="%.12g")
    again = gather.read(tmp_path / "ways.csv")
    pd.testing.assert_frame_equal(rules_table(table), rules_table(again))
    costs = of_a_thousand(rows, factories.training())
    whole = cost_of_ways(table, costs)
    here = whole[(whole["language"] == "hau") & (whole["shots"] == 4)].set_index("arm")["seconds"]
    assert here[VOTE] == pytest.approx(here.drop(VOTE).sum())
    figure = figures.ways(table)
    assert [ax.get_title() for ax in figure.axes] == ["Hausa", "Kinyarwanda", "Luganda"]
    names = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    means = table.groupby(["arm", "shots"])["score"].mean().sort_values(ascending=False)
    assert names == [f"{arm} [{shots}]" for arm, shots in means.index]
    with pytest.raises(XltError, match="task"):
        figures.ways(table, "ner")


def test_needs_are_read_off_methods_and_blocks():
    table = requirements_table(load_profile("gemma")).set_index("arm")
    assert table.loc["prompt"].tolist() == [
        "shown", False, False, "", "own", False, True, True,
        "a few demonstrations and the item, all in the target language",
    ]  # fmt: skip
    assert not table.loc["twin", "first"] and table.loc["twin", "about"].startswith("as prompt")
    assert table.loc["prompt_bm25", "labelled"] == "pool"
    assert bool(table.loc["laft", "plain_text"]) and not table.loc["twin", "plain_text"]
    assert table.loc["translate", ["parallel_text", "translator"]].tolist() == [True, "lexicon"]
    assert table.loc["english_words", "translator"] == "" and not table.loc["twin", "bound"]
    assert table.loc["english_shots", "labelled"] == "shown in eng"
    assert table.loc["borrowed_kin", "labelled"] == "shown in kin"
    assert table.index[table["bound"]].tolist() == [
        "translate_reference",
        "translate_reference_nearest",
    ]


def test_neighbours_vote_without_a_model():
    spec = load_profile("gemma")
    topics = next(d for d in spec.datasets if d.task == "topics")
    found = votes(spec, topics)
    assert set(found) == {
        f"vote of 4 demonstrations ({by})" for by in ("nearest", "nearest_words", "bm25")
    }
    pool = data.load("sib200", "topics", "hau", "demos")
    test = data.load("sib200", "topics", "hau", "test")[:60]
    said = found["vote of 4 demonstrations (bm25)"](pool, test)
    right = np.mean([a == e.gold for a, e in zip(said, test, strict=True)])
    assert right > 0.4, "labels of alike texts are alike"
    assert votes(spec, next(d for d in spec.datasets if d.task == "ner")) == {}


def test_the_page_has_a_rule_and_a_table_for_each_place(home):
    rows = factories.records(items=30, tasks=["topics"], shots=[0, 4])
    table = ways_table(rows, requirements_table(load_profile("mini")), baseline(0.2), resamples=100)
    artifacts.save_table(table, "which_way", "Ways", profile="mini")
    text = build.build("mini").read_text(encoding="utf-8")
    assert '<a href="#ways">Which way to go</a>' in text
    for rule in rules_table(table)["rule"]:
        assert html.escape(rule.split(" (")[0]) in text
    assert (
        "<h3>Topic classification in Luganda (mini): accuracy</h3>" in text
        and text.count("All 7 ways") == 3
    )
    assert sections(None) == [] and len(sections(table)[0][3]) == 7
    begin = text.split("</h1>")[1]
    lead = begin.split('class="answer">')[1]
    assert lead.startswith("<strong>Topic classification (accuracy).</strong> Use ")
    assert "<code>" in lead.split("</p>")[0], "the rule by language stands first"


def test_without_labelled_items_the_rule_says_how_many_are_worth_as_much():
    rows = answers(free="a" * 20 + "b" * 10, shown="a" * 16 + "b" * 14)
    rows.loc[rows["arm"] == "free", "shots"] = 0
    table = ways_table(rows[rows["arm"] != VOTE], None, baseline(0.9), resamples=100)
    place = table.iloc[0][list(PLACE)].to_dict()
    sizes = {"majority class": [(4, 0.3), (64, 0.3)], "a classifier": [(4, 0.2), (64, 0.8)]}
    curve = pd.DataFrame(
        [
            place | {"method": name, "labelled": size, "score": score}
            for name, points in sizes.items()
            for size, score in points
        ]
    )
    (rule,) = rules_table(table, curve)["rule"]
    assert "With none, use free (0.67 [" in rule
    ((*_, more, _),) = sections(table, curve)
    assert more.startswith("To do as well as free (0.67 [")
    assert more.endswith("a classifier needs 64 labelled texts.")
    ((*_, more, _),) = sections(table, curve.assign(score=curve["score"] - 0.2))
    assert more.startswith("Even with 64 labelled texts, a classifier does not do as well as free")
    (rule,) = rules_table(table, curve.assign(score=0.6))["rule"]
    assert "With none, no method is clearly better than always giving the commonest label" in rule
    assert sections(table, curve.assign(score=0.6))[0][2] == ""


def test_the_rule_says_how_good_a_translation_must_be():
    rows = answers(prompt="a" * 12 + "b" * 18, rough="a" * 13 + "b" * 17, fine="a" * 28 + "b" * 2)
    read = {"asks_in": "pivot", "translator": "some", "parallel_text": True}
    beside = answers(twin="a" * 29 + "b")  # shows translations, so it is no untranslated text
    shows = {"translator": "reference", "parallel_text": True}
    spec = needs("prompt", "rough", "fine", "twin", rough=read, fine=read, twin=shows)
    table = ways_table(pd.concat([rows, beside]), spec, resamples=100)
    known = table.rename(columns={"arm": "method"})[[*PLACE, "method", "shots", "low"]]
    worth = known.assign(chrf=known["method"].map({"rough": 21.4, "fine": 48.6})).dropna()
    (rule,) = rules_table(table, None, worth)["rule"]
    assert "A translation of chrF 49 beats the untranslated text, one of 21 does not." in rule
    (rule,) = rules_table(table, None, worth.assign(low=0.9))["rule"]
    assert "A translation of chrF 21, the poorest tried, beats the untranslated text." in rule
    (rule,) = rules_table(table, None, worth[worth["method"] == "fine"])["rule"]
    assert "A translation of chrF 49 beats the untranslated text." in rule
    level = table.loc[table["arm"] == "prompt", "high"].item()
    for low in (0.1, level):
        (rule,) = rules_table(table, None, worth.assign(low=low))["rule"]
        assert "No translation was good enough to beat the untranslated text." in rule
    people = table.assign(bound=table["arm"] == "fine")
    (rule,) = rules_table(people, None, worth)["rule"]
    assert "good enough to beat the untranslated text; human ones led to 0.93." in rule


def test_a_rule_stays_short_with_many_ways():
    names = {f"way_{i}": "a" * (10 + i) + "b" * (30 - i) for i in range(25)}
    table = ways_table(answers(**names), needs(*names), baseline(0.2), resamples=50)
    (rule,) = rules_table(table)["rule"]
    assert len(rule.split()) < 70
    assert len(sections(table)[0][3]) == 26
    figure = figures.ways(table.replace({"arm": {"way_0": "prompt", "way_1": "laft"}}))
    shown = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert shown[0] == "way_24 [4]" and shown[-2:] == ["laft [4]", "prompt [4]"]
    assert len(shown) == 16 and "way_2 [4]" not in shown
    assert "10 more ways stand in the table alone." in " ".join(
        text.get_text().replace("\n", " ") for text in figure.texts
    )


def test_a_way_of_an_easy_place_alone_does_not_lead_the_figure():
    table = ways_table(answers(x="a" * 30, y="b" * 15 + "a" * 15), needs("x", "y"), resamples=50)
    easy = table[table["arm"] == "y"].assign(language="lug", score=0.9, low=0.8, high=1.0)
    figure = figures.ways(pd.concat([table, easy]))
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["x [4]", "y [4]"]


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("topics", "Topic classification in Hausa"),
        ("into_english", "Translation into English from Hausa"),
        ("from_english", "Translation from English into Hausa"),
    ],
)
def test_a_place_is_called_by_its_task_and_the_language_of_its_items(task, says):
    assert heading(task, "hau") == says
    assert explore.Place(task, "mafand", "hau").title == f"{says} (mafand)"
