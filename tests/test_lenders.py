"""Which language to borrow from: planted distances are found, and by an independent regression."""

import json

import factories
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from xltlib import methods, paths, results
from xltlib.config import ArmSpec, load_profile
from xltlib.runs import narrowing
from xltlib.validity import lenders

CODES = sorted(lenders.FAMILIES)


def planted(overlap=0.0, related=0.0, seed=0, codes=CODES):
    """A table of lenders whose scores follow the distances with these slopes, and noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for target in ("hau", "kin", "lug"):
        level = rng.uniform(0.3, 0.5)
        for lender in codes:
            near = float(rng.uniform(0.2, 0.8))
            kin = lenders.related(target, lender)
            score = level + overlap * near + related * kin + rng.normal(0, 0.02)
            rows.append(
                {"task": "topics", "dataset": "sib200", "language": target, "shots": 4,
                 "lender": lender, "arm": f"borrowed_{lender}", "n": 204, "score": score,
                 "low": score - 0.05, "high": score + 0.05, "overlap": near, "related": kin}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=lenders.COLUMNS)


def test_a_planted_distance_is_found_and_the_other_is_not():
    table = planted(overlap=0.3)
    found = lenders.regression_table(table).set_index("term")
    assert list(found.index) == ["subword overlap", "relatedness"]  # one number of shots
    assert found.loc["subword overlap", "p_holm"] < 1e-4 and found.loc["relatedness", "p"] > 0.01
    assert found.loc["subword overlap", "low"] > 0.02
    assert (found["pairs"] == 54).all() and (found["lenders"] == 19).all()
    told = lenders.said(table, found.reset_index())
    assert "Over 54 pairs of 19 lenders, the score goes with subword overlap (+0.0" in told
    assert told.count("lends best") == 3 and "its own demonstrations" in told
    nothing = planted()
    assert "no distance that was looked at" in lenders.said(
        nothing, lenders.regression_table(nothing)
    )


def test_estimates_are_those_of_a_formula_with_errors_clustered_by_lender():
    table = planted(overlap=0.2, related=0.03, seed=3)
    rows = table[table["language"] != table["lender"]].copy()
    for name in ("overlap", "related"):
        rows[name] = (rows[name] - rows[name].mean()) / rows[name].std(ddof=0)
    theirs = smf.ols("score ~ overlap + related + C(language)", rows).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["lender"])[0]}, use_t=True
    )
    ours = lenders.regression_table(table)
    assert ours["estimate"].tolist() == pytest.approx(
        theirs.params[["overlap", "related"]].tolist()
    )
    assert ours["p"].tolist() == pytest.approx(theirs.pvalues[["overlap", "related"]].tolist())


def test_few_lenders_and_none_are_said():
    few = lenders.regression_table(planted(codes=["amh", "zul", "swa"]))
    assert few.empty and "from 3 languages" in few.attrs["why"]
    rows = factories.records(items=5, tasks=["topics"])
    table = lenders.lenders_table(rows, None)
    assert "No demonstrations were borrowed" in lenders.said(table, lenders.regression_table(table))


def test_overlap_counts_the_targets_tokens_and_relatedness_the_levels():
    def tokens(texts):
        return [text.split() for text in texts]

    assert lenders.overlap(["a a b", "c"], ["a d"], tokens) == 0.5
    assert lenders.overlap(["a d"], ["a a b", "c"], tokens) == 0.5
    assert lenders.overlap(["a"], ["a b c"], tokens) == 1
    pairs = [("kin", "lug"), ("kin", "yor"), ("hau", "kin"), ("hau", "amh"), ("amh", "arb")]
    assert [lenders.related(*pair) for pair in pairs] == [2, 1, 0, 1, 2]
    assert np.isnan(lenders.related("hau", "xyz"))


def test_records_of_borrowing_become_the_table():
    rows = factories.records(items=20, methods=["prompt", "laft"], tasks=["topics"],
                             languages=["hau", "kin"], shots=[4], dataset="sib200")  # fmt: skip
    lent = rows["method"] == "laft"
    rows.loc[lent, "arm"], rows.loc[lent, "method"] = "borrowed_lug", "borrowed"
    rows["given"] = rows["given"].astype(object)
    rows.loc[lent, "given"] = json.dumps({"language": "lug"})
    table = lenders.lenders_table(rows, lambda texts: [text.split() for text in texts])
    assert sorted(zip(table["language"], table["lender"], strict=True)) == [
        ("hau", "hau"), ("hau", "lug"), ("kin", "kin"), ("kin", "lug")
    ]  # fmt: skip
    by = table.set_index(["language", "lender"])
    assert by.loc[("hau", "hau"), "overlap"] == 1
    assert all(0 < by.loc[(code, "lug"), "overlap"] < 1 for code in ("hau", "kin"))
    assert by.loc[("kin", "lug"), "related"] == 2 and by.loc[("hau", "lug"), "related"] == 0
    wanted = rows[lent & (rows["language"] == "kin")]["correct"].mean()
    assert by.loc[("kin", "lug"), "score"] == pytest.approx(wanted)


def test_a_lender_that_is_not_here_is_left_out_with_a_sentence():
    profile = load_profile("gemma")
    kind = methods.of(ArmSpec(name="lent", method="borrowed", given={"language": "amh"}))
    assert "demonstrations in 'amh' to borrow here" in kind.lacks(profile, "hau")
    arm = profile.arm("borrowed_zul")
    assert list(narrowing.places(profile, arm)) == []
    here = [
        (p.dataset.name, p.code) for p in narrowing.places(profile, profile.arm("borrowed_kin"))
    ]
    assert here == [("sib200", "hau"), ("sib200", "lug")]
    lent = {methods.of(a).lender() for a in profile.arms if a.method == "borrowed"}
    assert lent == {*lenders.FAMILIES} - {"swa"}, "each is in the table of families"


@pytest.mark.parametrize("borrows", [True, False])
def test_the_notebook_shows_what_was_borrowed_or_says_that_nothing_was(
    borrows, home, monkeypatch, capsys
):
    rows = factories.records(items=8, methods=["prompt", "laft"], tasks=["topics"],
                             languages=["hau", "kin"], shots=[4], dataset="sib200")  # fmt: skip
    if borrows:
        lent = rows["method"] == "laft"
        rows.loc[lent, "arm"], rows.loc[lent, "method"] = "borrowed_lug", "borrowed"
        rows["given"] = np.where(lent, json.dumps({"language": "lug"}), None)
    monkeypatch.setattr(results, "evaluated", lambda profile, cells: profile)
    monkeypatch.setattr(results, "records", lambda name, cells: rows)
    source = paths.NOTEBOOKS / "results" / "languages_you_know.py"
    exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), {})
    told = capsys.readouterr().out
    written = {path.name for path in paths.figures("mini").rglob("*.*")}
    assert {"lenders.csv", "lenders_regression.csv"} <= written
    assert ("lenders.png" in written) == borrows
    assert ("from 1 languages whose" if borrows else "No demonstrations were borrowed") in told
