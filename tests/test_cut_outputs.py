"""Outputs that ended at their longest stand in the records and in a table."""

import pandas as pd
import pytest
import yaml
from factories import records as made

from xltlib import stats
from xltlib.config import load_profile
from xltlib.study.study import Study


def study(tmp_path, method, task, translated=128, answered=40):
    content = load_profile("mini").model_dump(mode="json") | {"name": "cut"}
    content["translator"]["max_new_tokens"] = translated
    content["max_new_tokens"][task] = answered
    file = tmp_path / "cut.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return Study(method, task, profile=str(file), shots=[0], seeds=[0], limit=3)


def test_translations_that_were_cut_stand_in_the_records(home, tmp_path):
    cut = study(tmp_path, "translate", "topics", translated=4)
    rows = cut.run(progress=lambda _: None)
    assert (rows["translations_cut"] * 3).iloc[0] == cut.method.translator.usage.truncated > 0
    texts = pd.DataFrame({"dataset": ["mini"], "language": ["hau"], "tokens": [9], "words": [3]})
    table = stats.length_table(rows, stats.fertility_table(texts))
    assert table["translations_cut"].iloc[0] == rows["translations_cut"].iloc[0]
    assert table["answers_cut"].iloc[0] == 0


def test_answers_that_were_cut_stand_in_the_records(home, tmp_path):
    rows = study(tmp_path, "prompt", "summarization", answered=1).run(progress=lambda _: None)
    assert rows["answers_cut"].iloc[0] == 1 and rows["translations_cut"].isna().all()


def test_records_of_an_earlier_version_leave_the_table_empty():
    rows = made(items=4, methods=["prompt"], tasks=["topics"], languages=["hau"])
    rows = rows.drop(columns=["answers_cut", "translations_cut"], errors="ignore")
    texts = pd.DataFrame(
        {"dataset": rows["dataset"].iloc[:1], "language": ["hau"], "tokens": [9], "words": [3]}
    )
    assert stats.length_table(rows, stats.fertility_table(texts))["answers_cut"].isna().all()


def test_one_item_gives_no_interval():
    rows = made(items=1, methods=["prompt", "laft"], tasks=["topics"], languages=["hau"], seeds=[0])
    table = stats.paired_table(rows, resamples=50)
    assert len(table) and table[["low", "high", "detectable"]].isna().all(axis=None)
    assert table["difference"].notna().all() and table["p"].notna().all()


@pytest.mark.parametrize("n", [0, -3])
def test_no_workers_are_refused_before_anything_is_planned(n, capsys):
    from xltlib import cli

    with pytest.raises(SystemExit) as end:
        cli.main(["run", "--plan", "--jobs", str(n)])
    assert (
        end.value.code == 2 and f"`jobs` must be at least 1, but got {n}" in capsys.readouterr().err
    )
