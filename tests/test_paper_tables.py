"""Tables for papers: they fit a line of 6.3 inches, say n, and mark the best and the floor."""

import re
import shutil
import subprocess

import factories
import pandas as pd
import pytest

from xltlib import paths, stats
from xltlib.report import artifacts, paper, tables
from xltlib.stats.first import commonest_shots

PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}\usepackage{textcomp,array,booktabs}
\usepackage[textwidth=6.3in,textheight=9.5in]{geometry}
\begin{document}
"""


@pytest.fixture(scope="module")
def records():
    return factories.records(items=30, shots=[0, 1, 4])


@pytest.fixture(scope="module")
def baselines(records):
    places = records[["task", "dataset", "language"]].drop_duplicates()
    metric = {"topics": "accuracy", "ner": "entity_f1", "summarization": "rougeL"}
    return places.assign(metric=places["task"].map(metric), reference="majority class", score=0.35)


def test_scores_have_a_row_a_place_the_best_marked_and_the_floor(records, baselines):
    scores = stats.score_table(records, resamples=100)
    grid = paper.score_grid(scores, baselines)
    assert list(grid.table.columns) == [
        "task", "language", "prompt", "laft", "translate", "baseline",
    ]  # fmt: skip
    assert len(grid.table) == 9 and "n = 30 items" in grid.caption and "4 shots" in grid.caption
    rows = paper.headline(scores).query("shots == 4")
    for i, (_, some) in enumerate(rows.groupby(["task", "language"], sort=False)):
        best = some.loc[some["score"] == some["score"].max(), "method"]
        marked = grid.best.iloc[i]
        assert set(marked.index[marked]) == set(best)
        for _, row in some.iterrows():
            cell = grid.table.iloc[i][row["method"]]
            assert cell.startswith(f"{row['score']:.2f} [{row['low']:.2f}, ")
            assert cell.endswith(paper.FLOOR) is bool(row["low"] <= 0.35)
    every = paper.score_grid(scores, baselines, every=True)
    assert len(every.table) == 27 and "shots" in every.table


def test_a_task_has_a_row_a_method_and_fits_a_line_with_ten(records, baselines, tmp_path):
    more = [records[records["method"] == "laft"].assign(method=f"arm_number_{i}") for i in range(7)]
    every = pd.concat([records, *(m.assign(arm=m["method"]) for m in more)], ignore_index=True)
    scores = stats.score_table(every, resamples=50)
    grids = paper.task_grids(scores, baselines)
    assert [g.name for g in grids] == ["reader_summarization", "reader_topics", "reader_ner"]
    rows = paper.headline(scores).query("shots == 4 and task == 'topics'")
    grid = grids[1]
    assert list(grid.table.columns) == ["method", "Hausa", "Kinyarwanda", "Luganda"]
    assert len(grid.table) == 11 and "n = 30 items" in grid.caption
    assert grid.table.iloc[-1].tolist() == ["best without a language model", *["0.35"] * 3]
    at = grid.table.set_index("method")["Hausa"]
    hausa = rows[rows["language"] == "hau"].set_index("method")
    for method, row in hausa.iterrows():
        assert at[method].removesuffix(paper.FLOOR) == paper.interval(row)
        assert at[method].endswith(paper.FLOOR) is bool(row["low"] <= 0.35)
    marked = grid.table["method"][grid.best["Hausa"]]
    assert set(marked) == set(hausa.index[hausa["score"] == hausa["score"].max()])
    paper.write(tmp_path, scores, baselines, stats.pooled_table(every, resamples=50))
    assert {f"{g.name}.tex" for g in grids} <= {p.name for p in tmp_path.glob("*.tex")}


def test_differences_stand_by_number_of_shots_and_name_their_family(records):
    some = stats.pooled_table(records, resamples=50).iloc[::-1]
    some = some[(some["shots"] != 0) | (some["method_a"] == "prompt")]
    grid = paper.pooled_grid(some.assign(family="1469 tests: the whole table"))
    assert grid.table["shots"].tolist() == ["0", "1", "4"]
    assert grid.caption.endswith("over 1469 tests.")


@pytest.mark.parametrize("profile", ["mini", "gemma"])
def test_each_published_task_has_a_table_for_papers(profile):
    folder = paths.published(profile) / "tables"
    tasks = pd.read_csv(folder / "scores.csv")["task"].unique()
    assert {f"reader_{task}.tex" for task in tasks} <= {p.name for p in folder.glob("*.tex")}


def test_the_best_is_bold_in_markdown_and_latex(records, tmp_path):
    grid = paper.score_grid(stats.score_table(records, resamples=50))
    artifacts.save_table(grid.table, grid.name, grid.caption, out=tmp_path, best=grid.best)
    markdown, tex = (
        (tmp_path / f"{grid.name}.{kind}").read_text("utf-8") for kind in ("md", "tex")
    )
    count = int(grid.best.to_numpy().sum())
    assert markdown.count("**") == 2 * count and tex.count(r"\textbf{") == count >= 9


def test_the_answer_is_the_best_method_with_its_doubt(records):
    scores = stats.score_table(records, resamples=50)
    pooled = stats.pooled_table(records, resamples=200)
    sentence = paper.answer(scores, pooled)
    last = pooled[pooled["shots"] == 4]
    means = pd.concat([
        last.set_index("method_a")["score_a"], last.set_index("method_b")["score_b"],
    ])  # fmt: skip
    best = means.idxmax()
    assert sentence.startswith(f"{best} scores highest at 4 shots: {means.max():.2f} on average")
    pair = last[(last["method_a"] == best) | (last["method_b"] == best)].iloc[0]
    numbers = {abs(pair["low"]), abs(pair["high"])}
    assert all(f"{n:.2f}" in sentence for n in numbers)
    assert paper.answer(scores, pooled.iloc[:0]) == ""


def test_of_many_methods_the_answer_names_the_next_and_counts_the_others(records):
    more = [
        records[records["method"] == "laft"].assign(method=name, arm=name)
        for name in ("other", "another", "third")
    ]
    every = pd.concat([records, *more], ignore_index=True)
    pooled = stats.pooled_table(every, resamples=200)
    sentence = paper.answer(stats.score_table(every, resamples=50), pooled)
    last = pooled[pooled["shots"] == 4]
    best = sentence.split(" scores highest")[0]
    mine = last[(last["method_a"] == best) | (last["method_b"] == best)]
    apart = int((mine["p_holm"] <= 0.05).sum())
    beaten = {0: "none of the", 5: "all"}.get(apart, f"{apart} of the")
    assert f" It beats {beaten} 5 other methods significantly" in sentence
    level = paper.answer(stats.score_table(every, resamples=50), pooled.assign(p_holm=0.5))
    assert level.endswith(" It beats none of the 5 other methods significantly.")
    grid = paper.pooled_grid(pooled)
    assert list(grid.table.columns) == ["pair", "0 shots", "1 shot", "4 shots"]
    assert len(grid.table) == 15, "a row a pair"


def test_answers_made_elsewhere_do_not_choose_the_number_of_shots(records):
    rows = stats.score_table(records, metrics="headline", resamples=20)
    rows = rows[rows["shots"] != 1]
    theirs = rows[rows["shots"] == 0].assign(method="prompt (other)")
    assert commonest_shots(pd.concat([rows, theirs])) == 4


def test_a_long_or_wide_table_has_no_latex(tmp_path):
    long = pd.DataFrame({"a": range(tables.ROWS + 1)})
    wide = pd.DataFrame([{f"a column with a name {i}": "x" * 30 for i in range(12)}])
    for name, table in (("long", long), ("wide", wide)):
        artifacts.save_table(table, name, name, out=tmp_path)
        assert (tmp_path / f"{name}.md").exists() and not (tmp_path / f"{name}.tex").exists()


def compiled(sources: list[str], folder) -> str:
    """pdflatex's log of a document with all these tables."""
    (folder / "all.tex").write_text(
        PREAMBLE + "\n\\clearpage\n".join(sources) + "\n\\end{document}\n", encoding="utf-8"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-1500:]
    return done.stdout


def too_wide(log: str) -> list[float]:
    return [float(p) for p in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(p) > 1]


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_latex_compiles_within_the_line(records, baselines, tmp_path):
    scores = stats.score_table(records, resamples=50)
    pooled = stats.pooled_table(records, resamples=50)
    paper.write(tmp_path, scores, baselines, pooled)
    for name, table in (("pooled", pooled), ("cost", stats.cost_table(records))):
        artifacts.save_table(table, name, "50 % of #1 & more_", out=tmp_path)
    sources = [p.read_text(encoding="utf-8") for p in sorted(tmp_path.glob("*.tex"))]
    assert len(sources) >= 3 and too_wide(compiled(sources, tmp_path)) == []


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize("profile", ["mini", "gemma"])
def test_the_published_latex_compiles_within_the_line(profile, tmp_path):
    folder = paths.published(profile) / "tables"
    sources = [p.read_text(encoding="utf-8") for p in sorted(folder.glob("reader_*.tex"))]
    assert sources and too_wide(compiled(sources, tmp_path)) == []


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_every_published_table_compiles_within_the_line_in_today_s_form(tmp_path):
    names = set()
    for path in sorted(paths.published("mini").parent.glob("*/tables/*.tex")):
        if not path.name.startswith(("reader_", "calibration")):
            rows = pd.read_csv(path.with_suffix(".csv"), keep_default_na=False)
            name = f"{path.parent.parent.name}-{path.stem}"
            artifacts.save_table(rows, name, path.stem, out=tmp_path)
            names.add(path.stem)
    sources = [p.read_text(encoding="utf-8") for p in sorted(tmp_path.glob("*.tex"))]
    assert "translation_quality" in names
    assert too_wide(compiled(sources, tmp_path)) == []


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_the_table_of_all_checks_compiles_within_the_line(tmp_path):
    """Of the published simulation, in the form that the command writes today."""
    saved = paths.published("calibration") / "tables" / "calibration.csv"
    rows = pd.read_csv(saved, keep_default_na=False)
    shown = rows.drop(columns=["experiments", "items", "expected"], errors="ignore")
    artifacts.save_table(shown, "calibration", "By simulation", out=tmp_path)
    source = (tmp_path / "calibration.tex").read_text(encoding="utf-8")
    assert too_wide(compiled([source], tmp_path)) == []
