"""The last lines of a run: its answer and its verdicts, on the terminal."""

import factories
import test_cli
import toy_grid

from xltlib import paths, stats
from xltlib.claims import verdicts as claims
from xltlib.report import artifacts, build
from xltlib.report.ending import CLAIMS, WIDTH, ending
from xltlib.runs import grid

toy = test_cli.toy


def _saved(profile: str) -> None:
    records = factories.records(items=20, tasks=["topics"], languages=["hau"], shots=[0, 2])
    tables = {
        "scores": stats.score_table(records, resamples=50),
        "pooled": stats.pooled_table(records, resamples=50),
        "paired": stats.paired_table(records, resamples=50),
        "claims": claims.verdicts(records, factories.training(), resamples=50),
    }
    for name, table in tables.items():
        artifacts.save_table(table, name, name, profile=profile)


def test_it_says_what_the_page_begins_with_and_each_verdict(home):
    _saved("mini")
    lines = ending("mini")
    assert "scores highest at 2 shots" in " ".join(lines)
    assert all(len(line) <= WIDTH for line in lines)
    for name in ("C1", "C2", "C3", "C4", "C5", "C6"):
        assert sum(line.startswith(f"{name}  ") for line in lines) == 1


def test_one_sentence_stands_for_claims_that_no_record_is_about(home):
    records = factories.records(items=20, tasks=["topics"], languages=["hau"], shots=[0, 2])
    records = records[records["arm"] == "prompt"]
    tables = {
        "scores": stats.score_table(records, resamples=50),
        "pooled": stats.pooled_table(records, resamples=50),
        "paired": stats.paired_table(records, resamples=50),
        "claims": claims.verdicts(records, resamples=50),
    }
    for name, table in tables.items():
        artifacts.save_table(table, name, name, profile="mini")
    *_, last = ending("mini")
    assert (
        last == "None of the 6 claims is tested here. There are no records of laft and translate."
    )
    page = build.build("mini").read_text(encoding="utf-8")
    assert last in page and "C5 ·" not in page


def test_it_says_nothing_where_there_are_no_tables(home):
    assert ending("mini") == []


def test_only_a_run_that_judged_claims_prints_verdicts(toy, monkeypatch, capsys):
    monkeypatch.setattr(paths, "NOTEBOOKS", toy / "notebooks")
    _saved("toy")
    code, out, _ = test_cli.call("run", capsys=capsys)
    assert code == 0 and "C4" not in out, "the tables are of another run"
    table = toy_grid.write(toy / "notebooks" / "results", "claims", toy_grid.ANALYSIS)
    jobs = grid.plan("toy", grid.Options())
    cells = [job for job in jobs if job.kind == "method"]
    judged = grid.Job(table, "analysis", "toy", {}).over(cells)
    assert judged.name == CLAIMS
    monkeypatch.setattr(grid, "plan", lambda profile, options: [*jobs, judged])
    code, out, _ = test_cli.call("run", capsys=capsys)
    assert code == 0 and out.index("The paper's claims") < out.index("7 cells: 1 run")
