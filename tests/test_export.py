"""Records written as samples of lm-evaluation-harness, and imported again to what they were."""

import json
import shlex

import pandas as pd
import pytest
from conftest import FIXTURES

from xltlib import cli
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.records import schema
from xltlib.study.exported import export
from xltlib.study.imported import Request, import_predictions
from xltlib.study.study import Study
from xltlib.tasks import get

SAME = ["example_id", "task", "dataset", "language", "shots", "seed", "answer", "valid", "gold"]


@pytest.fixture
def answered(home):
    """Records of one cell, and the profile that they are of."""

    def ask(arm, task, dataset, shots=1):
        profile = "mini" if dataset == "mini" else "local"
        folder = None if dataset == "mini" else str(FIXTURES)
        given = {"shots": [shots], "seeds": [0], "limit": 4, "data_dir": folder}
        rows = Study(arm, task, profile=profile, dataset=dataset, language="hau", **given).run(
            progress=lambda line: None
        )
        return rows, load_profile(profile, data_dir=folder)

    return ask


@pytest.mark.parametrize(
    ("arm", "task", "dataset"),
    [
        ("prompt", "topics", "mini"),
        ("translate", "topics", "mini"),
        ("prompt", "ner", "mini"),
        ("translate", "summarization", "mini"),
        ("translate", "mmlu", "afrimmlu"),
        ("translate", "into_english", "mafand"),
        ("prompt", "math", "afrimgsm"),
        ("prompt", "nli", "afrixnli"),
        ("translate", "sentiment", "afrisenti"),
        ("translate", "qa", "afriqa"),
        ("prompt", "from_english", "mafand"),
    ],
)
def test_what_is_exported_is_imported_as_it_was(answered, tmp_path, arm, task, dataset):
    rows, profile = answered(arm, task, dataset)
    (made,) = export(rows, profile, tmp_path)
    options = dict(zip(*[iter(shlex.split(made.again))] * 2, strict=True))
    given = {name.removeprefix("--").replace("-", "_"): v for name, v in options.items()}
    numbers = {name: int(given.pop(name)) for name in ("shots", "seed", "limit")}
    outcome = import_predictions(Request(made.path, **given, **numbers))
    again = schema.read([outcome.folder / "records.parquet"])
    columns = [*SAME, *get(task).columns]
    first, second = (one.sort_values("example_id")[columns] for one in (rows, again))
    pd.testing.assert_frame_equal(
        first.reset_index(drop=True), second.reset_index(drop=True), check_dtype=False
    )
    assert outcome.counts["matched"] == 4 and not outcome.unmatched
    outputs, sent = (dict(zip(x["example_id"], x["output"], strict=True)) for x in (rows, again))
    if set(rows["prompt_language"]) == set(again["prompt_language"]):
        assert sent == outputs
    else:  # an answer that was translated back, whose English would be read as another
        assert task == "summarization" and set(again["prompt_language"]) == {"hau"}
        assert sent == dict(zip(rows["example_id"], map(json.loads, rows["answer"]), strict=True))
    # of scores the harness's format keeps what they came to, not those of each option
    assert again[["option_scores", "reading", "tied"]].isna().all(axis=None)


def test_a_line_is_what_the_harness_writes(answered, tmp_path):
    rows, profile = answered("prompt", "mmlu", "afrimmlu", shots=0)
    (made,) = export(rows, profile, tmp_path)
    lines = [json.loads(x) for x in made.path.read_text(encoding="utf-8").splitlines()]
    for line, row in zip(lines, rows.to_dict("records"), strict=True):
        assert line["resps"] == [[row["output"]]] and line["filtered_resps"] == [row["output"]]
        assert line["doc"]["id"] == row["example_id"] and len(line["doc"]["choices"]) == 4
        assert json.dumps(line["target"]) == row["gold"] and line["filter"] == "none"
        assert line["metrics"] == ["correct"] and line["correct"] == row["correct"]
        assert line["prompt_hash"] == row["prompt_sha256"]


def test_answers_that_no_output_says_are_left_out_and_named(answered, tmp_path):
    rows, profile = answered("prompt", "ner", "mini")
    moved = rows.assign(answer='[["PER", "Wani Suna", 0]]', valid=True)
    (made,) = export(moved, profile, tmp_path)
    assert made.path is None and "carried back from another language" in made.line()
    assert not list(tmp_path.glob("*.jsonl"))


def test_records_of_other_data_are_refused(answered, tmp_path):
    rows, profile = answered("prompt", "topics", "mini")
    with pytest.raises(XltError, match="the data have changed since"):
        export(rows.assign(example_id=[f"x-{i}" for i in range(len(rows))]), profile, tmp_path)
    with pytest.raises(XltError, match="no records to export"):
        export(rows.iloc[:0], profile, tmp_path)


def test_the_command_says_what_it_wrote(answered, tmp_path, monkeypatch, capsys):
    rows, _ = answered("prompt", "topics", "mini")
    monkeypatch.setattr("xltlib.records.results.read", lambda name: rows)
    with pytest.raises(SystemExit) as ended:
        cli.main(["export", str(tmp_path), "--tasks", "topics", "--arms", "prompt"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "samples_prompt-mini-topics-hau-1-shots-seed-0-mini.jsonl" in said
    assert "python -m xltlib import" in said and "--id-column id" in said
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
