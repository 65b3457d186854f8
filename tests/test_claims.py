"""Claims: verdicts that follow their declared rules, say what they lack, and reach README."""

import re
from functools import partial

import factories
import pandas as pd
import pytest

from xltlib import figures, paths
from xltlib.claims import readme
from xltlib.claims import verdicts as claims
from xltlib.claims.declared import declared, neighbours
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.report import artifacts
from xltlib.report.glance import glance, pieces
from xltlib.report.which_way import TABLES, sections

RESAMPLES = 1000
ALIKE = {"prompt": 0.3, "laft": 0.3, "translate": 0.3}


def judged(records, training=None, **options) -> pd.DataFrame:
    table = claims.verdicts(records, training, resamples=RESAMPLES, **options)
    assert list(table.columns) == claims.COLUMNS
    return table.set_index("claim")


@pytest.fixture(scope="module")
def training():
    return factories.training()


@pytest.fixture(scope="module")
def clear(training):
    """Prompting is far better than both, translation better than LAFT."""
    effects = {"prompt": 1.8, "laft": -0.6, "translate": 0.6}
    return judged(factories.records(items=80, shots=[0, 4], effects=effects), training)


def test_all_claims_are_declared_with_source_and_rule():
    found = declared()
    assert [c.id for c in found.claims] == ["C1", "C2", "C3", "C4", "C5", "C6"]
    assert [c.source for c in found.claims] == ["abstract"] * 5 + ["follow-up"]
    assert all(c.wording and c.rule for c in found.claims)


def test_neighbouring_papers_claims_each_name_their_paper():
    found = neighbours()
    assert len(found) >= 8 and len({c.id for c in found}) == len(found)
    assert all(c.source.startswith("arXiv ") and c.wording and c.rule and c.pairs for c in found)
    assert all((c.margin > 0) == (c.test == "not_worse") for c in found)
    table = judged(factories.records(items=20, shots=[0]), claims=found)
    assert list(table.index) == [c.id for c in found]
    assert table.loc["N1", "evidence"] == "There are no records of fine_tuned@70."


def answers(arm: str, effect: float) -> pd.DataFrame:
    """Made-up answers of an arm, at its shot count where the claim names one (``name@5``)."""
    name, _, shots = arm.partition("@")
    rows = factories.records(
        60, ["prompt"], ["topics"], ["hau", "lug"], [4], [0, 1], effects={"prompt": effect}
    )
    return rows.assign(arm=name, method=name, shots=int(shots or 4))


@pytest.mark.parametrize("claim", neighbours(), ids=lambda claim: claim.id)
def test_neighbouring_papers_claims_follow_the_records_of_their_arms(claim):
    """The very arms that a claim names decide it, whichever way their answers differ."""
    firsts = {first for first, _ in claim.pairs}
    for better, verdict in ((True, "supported"), (False, "contradicted")):
        effects = {arm: 1.6 if (arm in firsts) == better else -1.0 for arm in claim.arms}
        rows = pd.concat([answers(*one) for one in effects.items()], ignore_index=True)
        row = claims.verdicts(rows, resamples=200, claims=[claim]).iloc[0]
        assert row["verdict"] == verdict, row["evidence"]
        assert row["n"] == len(rows)


def test_neighbouring_papers_claims_are_about_arms_of_a_profile():
    profile = load_profile("gemma")
    for arm in {arm for claim in neighbours() for arm in claim.arms}:
        name, _, shots = arm.partition("@")
        assert not shots or int(shots) in profile.of_arm(name).shots, arm


def test_arms_are_compared_at_shot_counts_of_their_own():
    rows = factories.records(
        items=80, shots=[0, 4], effects={"prompt": 1.8, "laft": -0.6, "translate": 0.0}
    )
    claim = neighbours()[0].model_copy(update={"pairs": (("prompt@4", "laft@0"),)})
    row = judged(rows, claims=[claim]).loc["N1"]
    assert row["verdict"] == "supported" and "prompt@4 - laft@0 = +0." in row["evidence"]
    used = (rows["method"] == "prompt") & (rows["shots"] == 4)
    used |= (rows["method"] == "laft") & (rows["shots"] == 0)
    assert row["n"] == used.sum()
    floor = rows[["task", "dataset", "language"]].drop_duplicates()
    above = floor.assign(reference="count words", score=1.0)
    assert judged(rows, claims=[claim], baselines=above).loc["N1", "verdict"] == (
        "not testable here"
    )


def test_hardly_worse_is_decided_by_the_declared_margin():
    rows = factories.records(items=150, shots=[4], effects=ALIKE)
    claim = neighbours()[1].model_copy(update={"pairs": (("laft", "prompt"),)})

    def verdict(margin, effects=None):
        some = factories.records(items=150, shots=[4], effects=effects) if effects else rows
        one = claim.model_copy(update={"margin": margin})
        return judged(some, claims=[one]).loc["N2"]

    assert verdict(0.5)["verdict"] == "supported"
    assert verdict(0.0001)["verdict"] == "undecided"
    worse = verdict(0.05, {"prompt": 1.8, "laft": -1.2, "translate": 0})
    assert worse["verdict"] == "contradicted" and "counts as worse" in worse["evidence"]


def test_clear_differences_support_the_claims(clear):
    for claim in ("C1", "C2", "C4", "C5", "C6"):
        assert clear.loc[claim, "verdict"] == "supported", clear.loc[claim, "evidence"]
    assert clear.loc["C5", "p"] < 0.05 and clear.loc["C5", "n"] == 9 * 80 * (1 + 3) * 3
    assert "0: prompt - laft = +0." in clear.loc["C5", "evidence"]
    assert clear.loc["C4", "detectable"] < 0.05 and clear.loc["C4", "power"] > 0.8
    assert "0 of 18 conditions" in clear.loc["C2", "evidence"]
    assert clear.loc["C2", "evidence"].endswith(
        "Here it never is, which is less than the paper says."
    )


def test_the_other_way_round_contradicts_them(training):
    effects = {"prompt": -0.6, "laft": 1.8, "translate": 0.3}
    table = judged(factories.records(items=80, shots=[0, 4], effects=effects), training)
    for claim in ("C2", "C4", "C5", "C6"):
        assert table.loc[claim, "verdict"] == "contradicted", table.loc[claim, "evidence"]
    assert "never" not in table.loc["C2", "evidence"]


def test_one_line_of_evidence_has_the_smallest_and_the_largest_difference(clear):
    told = re.findall(r"at (\d): (prompt - \w+) = (\S+) [^p]*(p [<=] [\d.]+)", clear.evidence["C5"])
    assert len(told) == 4
    low, high = (pick(told, key=lambda t: float(t[2])) for pick in (min, max))
    ends = [f"{pair} = {d} at {shots} shots ({p})" for shots, pair, d, p in (low, high)]
    assert clear.loc["C5", "in_short"] == f"From {ends[0]} to {ends[1]}."
    assert "shot" not in clear.loc["C4", "in_short"] and "laft" in clear.loc["C6", "in_short"]
    assert clear.loc["C3", "in_short"].startswith("Method x task: p ")
    assert "times as much as" in clear.loc["C1", "in_short"]
    assert clear.loc["C2", "in_short"] == "" and (clear["in_short"].str.len() < 130).all()


def test_no_difference_decides_nothing_and_says_what_would(training):
    table = judged(factories.records(items=40, shots=[0, 4], effects=ALIKE), training)
    for claim in ("C4", "C5", "C6"):
        assert table.loc[claim, "verdict"] == "undecided"
        assert table.loc[claim, "p"] > 0.05 and table.loc[claim, "would_decide"]
    assert table.loc["C3", "verdict"] != "supported"


def test_scores_that_are_all_the_same_decide_nothing():
    records = factories.records(items=10, shots=[0], seeds=[0], tasks=["topics"])
    table = judged(records.assign(correct=0.0))
    assert table.loc["C2", "verdict"] == "undecided"
    assert "share of 0.33" in table.loc["C2", "evidence"]


def test_interactions_are_found_and_excluded(training):
    flat = factories.records(items=60, shots=[4], seeds=[0])
    here = (flat["language"] == "lug") & (flat["method"] == "laft")
    moved = flat.copy()
    for column in ("rougeL", "correct"):
        moved.loc[here, column] = (moved.loc[here, column] + 1).clip(upper=1.0)
    there = here & (flat["task"] == "topics")
    moved.loc[there, "answer"] = moved.loc[there, "gold"]
    found = judged(moved, training).loc["C3"]
    assert found["verdict"] == "supported" and "Wald" in found["evidence"]
    twin = flat[flat["method"] == "prompt"]
    same = pd.concat([twin.assign(method=m, arm=m) for m in factories.METHODS], ignore_index=True)
    assert judged(same, training).loc["C3", "verdict"] == "contradicted"


def test_cost_counts_training_and_names_where_it_turns(clear, training):
    row = clear.loc["C1"]
    assert pd.isna(row["p"]) and "beyond" in row["would_decide"]
    records = factories.records(items=20, shots=[0])
    cheap = training.assign(flops=training["flops"] * 1e-6)
    assert judged(records, cheap).loc["C1", "verdict"] == "contradicted"
    assert (
        "training cost of LAFT in lug"
        in (judged(records, training[training["language"] != "lug"]).loc["C1", "evidence"])
    )
    unknown = records.assign(flops=float("nan"))
    assert "no FLOPs" not in judged(records, training).loc["C1", "evidence"]
    assert judged(unknown, training).loc["C1", "verdict"] == "undecided"


def test_missing_methods_tasks_and_cells_are_said(training):
    prompt = factories.records(items=20, shots=[0], methods=["prompt", "translate"])
    table = judged(prompt)
    assert set(table["verdict"]) == {"undecided"}
    assert table.loc["C4", "evidence"] == "There are no records of laft."
    one = factories.records(items=20, shots=[0], languages=["hau"])
    assert judged(one, training).loc["C3", "evidence"] == "There is one language only (hau)."
    apart = pd.concat(
        [
            factories.records(items=20, shots=[0], methods=["prompt"]),
            factories.records(items=20, shots=[4], methods=["laft", "translate"]),
        ]
    )
    assert "No condition has all of prompt, laft" in judged(apart).loc["C4", "evidence"]


def test_one_model_is_judged_at_a_time(training):
    own = factories.records(items=20, shots=[0])
    other = own[own["task"] == "ner"].assign(model="other", method="prompt")
    other = other.drop_duplicates(["language", "example_id", "seed"])
    table = judged(pd.concat([own, other], ignore_index=True), training)
    assert table.loc["C4", "evidence"].endswith("Judged on the model mini alone.")
    assert table.loc["C4", "n"] == len(own)
    with pytest.raises(XltError, match="`model` must be one of"):
        judged(own, model="llama")
    with pytest.raises(XltError, match="no records"):
        judged(own.iloc[:0])


def test_readme_gets_the_table_between_its_markers(clear, tmp_path):
    artifacts.save_table(clear.reset_index(), "claims", "Claims", out=tmp_path / "tables")
    path = tmp_path / "README.md"
    old = "# T\n<!-- claims:mini -->\nold\n<!-- claims:end -->\nrest\n"
    path.write_text(old, encoding="utf-8")
    update = partial(readme.update_readme, path, folder=tmp_path)
    assert update(check=True)
    assert "old" in path.read_text(encoding="utf-8")
    assert update() and not update()
    text = path.read_text(encoding="utf-8")
    assert "| C4 | Prompting in the" in text and "**supported**" in text
    assert "old" not in text and text.startswith("# T\n") and text.endswith("\nrest\n")
    path.write_text("nothing here", encoding="utf-8")
    assert not update()
    path.write_text("<!-- claims:mini -->", encoding="utf-8")
    with pytest.raises(XltError, match="must have <!-- claims:end -->"):
        update()
    with pytest.raises(XltError, match="publish --profile nothing"):
        readme.readme_claims("nothing")


def test_the_projects_readme_tells_what_is_published():
    assert readme.BEGIN.search((paths.CHECKOUT / "README.md").read_text(encoding="utf-8"))
    assert not readme.update_readme(check=True), "run python -m xltlib claims"


def ways_of(task, language, arm, score, above=False, **more):
    """A line of a table of ways."""
    return {
        "task": task, "dataset": "mini", "language": language, "arm": arm, "shots": 4,
        "score": score, "low": score - 0.1, "high": score + 0.1, "above": above, "apart": False,
        "flops": 1e9, "reference": "vote of 4 demonstrations (nearest)", "baseline": 0.55,
        "labelled": "shown", "bound": False, "elsewhere": False, "translator": "",
        "asks_in": "", "parallel_text": False,
    } | more  # fmt: skip


CURVE = pd.DataFrame(
    [
        {
            "task": "topics",
            "dataset": "mini",
            "language": v,
            "labelled": 400,
            "method": m,
            "score": s,
        }
        for v in ("hau", "kin", "lug")
        for m, s in (("majority class", 0.3), ("TF-IDF and logistic regression", 0.5))
    ]
)


def test_readme_gets_what_to_do_between_its_markers(tmp_path):
    (tmp_path / "tables").mkdir()
    rows = [
        ways_of("topics", "hau", "prompt", 0.6),
        ways_of("topics", "hau", "human", 0.9, above=True, bound=True, translator="reference"),
        ways_of("topics", "hau", "translate", 0.5, translator="some"),
        ways_of("topics", "hau", "twin", 0.45, shots=0),
        ways_of("topics", "eng", "prompt", 0.9, above=True),
        ways_of("topics", "kin", "prompt", 0.5),
        ways_of("topics", "kin", "prompt", 0.35, shots=0),
        ways_of("topics", "lug", "twin", 0.8, above=True),
        ways_of("ner", "hau", "prompt", 0.7, above=True),
        ways_of("ner", "lug", "prompt", 0.3),
        ways_of("nli", "hau", "prompt", 0.3),
        ways_of("summarization", "hau", "prompt", 0.3),
    ]
    ways = pd.DataFrame(rows)
    ways.to_csv(tmp_path / "tables" / "which_way.csv", index=False)
    worth = {"task": "topics", "dataset": "mini", "language": "hau", "method": "translate",
             "shots": 4, "low": 0.75, "chrf": 40}  # fmt: skip
    pd.DataFrame([worth]).to_csv(tmp_path / "tables" / "score_by_translation.csv", index=False)
    CURVE.to_csv(tmp_path / "tables" / "learning_curve.csv", index=False)
    needs = pd.DataFrame({"arm": ["prompt", "twin"], "about": ["is asked", "what it does"]})
    needs.to_csv(tmp_path / "tables" / "requirements.csv", index=False)
    path = tmp_path / "README.md"
    path.write_text("# `prompt`\n<!-- rules:mini -->\nold\n<!-- rules:end -->\nrest\n", "utf-8")
    assert readme.update_readme(path, folder=tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["# `prompt`", "<!-- rules:mini -->"]
    assert lines[-2:] == ["<!-- rules:end -->", "rest"]
    assert lines[2:-2] == [
        "**Topic classification in Hausa (accuracy).** With 400 labelled texts, `prompt` with 4 "
        r"demonstrations (0.60 \[0.50, 0.70\]) is not clearly better than a vote of the 4 most "
        r"similar ones (0.55), which needs no language model. With none, use `twin` (0.45 "
        r"\[0.35, 0.55\]). A translation of chrF 40 beats the untranslated text; human ones "
        "led to 0.90.",
        "",
        "**Kinyarwanda.** With 400 labelled texts, you need no language model: a vote of the 4 "
        r"most similar ones scored 0.55, and the best method, `prompt`, 0.50 \[0.40, 0.60\]. With "
        "none, no method is clearly better than always giving the commonest label (0.30); the best "
        r"is `prompt` (0.35 \[0.25, 0.45\]).",
        "",
        r"**Luganda.** With 4 labelled texts, use `twin` (0.80 \[0.70, 0.90\]); a vote of the 4 "
        "most similar ones scored 0.55 without a language model.",
        "",
        r"**Named entities (entity F1).** Use `prompt` with 4 demonstrations in Hausa (0.70 "
        r"\[0.60, 0.80\]).",
        "",
        "No method beats a simple program for natural language inference or summarization, nor for "
        "named entities in Luganda.",
        "",
        "`twin`: what it does.",
    ]
    assert not readme.update_readme(path, folder=tmp_path, check=True)
    (tmp_path / "tables" / "which_way.csv").unlink()
    with pytest.raises(XltError, match="which_way.csv is missing"):
        readme.update_readme(path, folder=tmp_path)


def test_readme_needs_no_curve_and_names_the_data_set_where_there_are_two(tmp_path):
    rows = [ways_of("topics", "hau", "prompt", 0.8, above=True, dataset=d) for d in ("a", "b")]
    text = glance(pd.DataFrame([*rows, ways_of("topics", "lug", "vote", 0.9, above=True)]))
    assert text == (
        "**Topic classification (accuracy).** Use `prompt` with 4 demonstrations in Hausa (a) "
        r"(0.80 \[0.70, 0.90\]) and Hausa (b) (0.80 \[0.70, 0.90\]); the vote of all ways in "
        r"Luganda (0.90 \[0.80, 1.00\])."
    )
    assert glance(pd.DataFrame(rows).assign(elsewhere=True)) == ""
    level = glance(pd.DataFrame([ways_of("topics", "hau", "prompt", 0.6)]), CURVE)
    assert level.startswith(
        "**Topic classification in Hausa (accuracy).** With 400 labelled texts, `"
    )
    english = glance(pd.DataFrame([ways_of("topics", "eng", "prompt", 0.6)]), CURVE)
    assert (
        "**Topic classification in English (accuracy).** With labelled texts, `prompt`" in english
    )


def test_scores_stand_on_the_scale_of_their_metric_which_is_named():
    more = {"behind": None, "detectable": None, "plain_text": False}
    rows = [ways_of("into_english", "hau", "prompt", 0.256, above=True, **more)]
    said = glance(pd.DataFrame(rows))
    assert said.startswith("**Translation into English (chrF++).** Use `prompt` with 4 ")
    assert r"(25.6 \[15.6, 35.6\])" in said
    ((named, rule, _, table),) = sections(pd.DataFrame(rows))
    assert named == "Translation into English from Hausa (mini): chrF++"
    assert "(25.6 [15.6, 35.6])" in rule and table["score"].tolist() == ["25.6 [15.6, 35.6]"]
    picture = figures.ways(pd.DataFrame(rows), "into_english")
    (marks,) = [line for line in picture.axes[0].lines if line.get_marker() == "o"]
    assert marks.get_xdata()[0] == pytest.approx(25.6)


def test_a_paragraph_is_put_on_a_page_as_words():
    rows = [ways_of("topics", "hau", "prompt", 0.8, above=True)]
    (paragraph,) = glance(pd.DataFrame(rows)).split("\n\n")
    assert pieces(paragraph) == [
        ("strong", "Topic classification (accuracy)."),
        ("", " Use "),
        ("code", "prompt"),
        ("", " with 4 demonstrations in Hausa (0.80 [0.70, 0.90])."),
    ]


def test_the_published_ways_say_what_to_do_in_few_words():
    path = paths.published("gemma") / "tables"
    ways, curve, worth = (pd.read_csv(path / f"{name}.csv") for name in TABLES)
    more = [
        ways[ways["task"] == "ner"].assign(task=t, dataset="new", above=t != "mmlu", baseline=0.01)
        for t in ("mmlu", "qa", "from_english", "into_english")
    ]
    told = glance(pd.concat([ways, *more]), curve, worth)
    assert len(told.split()) < 340 and "Translation into English" in told
    for language in ("in Hausa (accuracy).**", "**Kinyarwanda.**", "**Luganda.**"):
        (paragraph,) = (line for line in told.splitlines() if language in line)
        assert re.search(r"With 701 .* With none, use .* of chrF \d\d.* ones led", paragraph)
