"""Two prediction files on one gold file: the numbers of independent sources, and clear errors."""

import csv
import json
import random
import subprocess
import sys

import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from xltlib import cli
from xltlib.config import load_language
from xltlib.errors import XltError
from xltlib.study.compared import Comparison, compare

LABELS = ("siyasa", "wasanni", "lafiya")
N = 60


def table(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def files(tmp_path):
    """Gold, and two files that are right on about 4 and 3 of 5 items."""
    draw = random.Random(5)
    gold = [{"id": f"n{i}", "gold": draw.choice(LABELS)} for i in range(N)]
    said = {}
    for name, right in (("large", 0.8), ("small", 0.6)):
        rows = [
            {"id": g["id"], "output": g["gold"] if draw.random() < right else draw.choice(LABELS)}
            for g in gold
        ]
        draw.shuffle(rows)
        said[name] = table(tmp_path / f"{name}.csv", rows)
    return Comparison(said["large"], said["small"], table(tmp_path / "gold.csv", gold))


def read(path, column):
    with open(path, encoding="utf-8", newline="") as file:
        return {row["id"]: row[column] for row in csv.DictReader(file)}


def test_scores_and_test_are_those_of_scipy_and_sklearn(files):
    found = compare(files)
    gold, a, b = read(files.gold, "gold"), read(files.a, "output"), read(files.b, "output")
    accuracy, macro = found.table.to_dict("records")
    right = {name: {i for i in gold if said[i] == gold[i]} for name, said in (("a", a), ("b", b))}
    wins, losses = len(right["a"] - right["b"]), len(right["b"] - right["a"])
    assert (accuracy["n"], accuracy["wins"], accuracy["losses"]) == (N, wins, losses)
    assert accuracy["score_a"] == pytest.approx(len(right["a"]) / N)
    assert accuracy["p"] == pytest.approx(binomtest(wins, wins + losses).pvalue)
    assert accuracy["low"] < accuracy["difference"] < accuracy["high"]
    expected = [f1_score(list(gold.values()), [s[i] for i in gold], average="macro")
                for s in (a, b)]  # fmt: skip
    assert [macro["score_a"], macro["score_b"]] == pytest.approx(expected)


def test_the_command_prints_it_without_torch_and_without_a_model(files, tmp_path):
    command = f"""
import sys
from xltlib import cli
from xltlib.config import load_language
try:
    cli.main({["compare", str(files.a), str(files.b), "--gold", str(files.gold)]!r})
except SystemExit as end:
    assert not end.code, end.code
assert "torch" not in sys.modules
"""
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    first, accuracy, test, _, macro = run.stdout.splitlines()
    assert first == "60 items; outputs in which an answer stands: large 60 of 60, small 60 of 60"
    assert accuracy.startswith("Accuracy: large 0.") and "paired bootstrap over items" in accuracy
    assert test.startswith("large is better on ") and "McNemar exact, p = " in test
    assert macro.startswith("Macro-F1: large 0.")


def test_label_words_of_a_language_are_read(files, tmp_path):
    gold = table(tmp_path / "g.csv", [{"id": 1, "gold": "sports"}, {"id": 2, "gold": "politics"}])
    a = table(tmp_path / "a.csv", [{"id": 1, "output": "wasanni"}, {"id": 2, "output": "siyasa."}])
    b = tmp_path / "b.jsonl"
    b.write_text('{"id": 1, "output": "Wasanni"}\n{"id": 2, "output": "???"}\n', encoding="utf-8")
    found = compare(Comparison(a, b, gold, language="hau"))
    assert dict(found.valid) == {"a": 2, "b": 1}
    assert list(found.table["score_a"])[0] == 1 and list(found.table["score_b"])[0] == 0.5


def test_texts_and_entities_are_compared_too(tmp_path):
    gold = [{"id": "1", "text": "Musa ya je Kano", "gold": "PER: Musa; LOC: Kano"}]
    gold += [{"id": "2", "text": "Ruwa ya sauka", "gold": "babu"}]
    rows = [{"id": "1", "output": "PER: Musa"}, {"id": "2", "output": "babu"}]
    gold[1]["gold"] = rows[1]["output"] = load_language("hau").none
    a = table(tmp_path / "a.csv", rows)
    b = table(tmp_path / "b.csv", [rows[0] | {"output": "PER: Musa; LOC: Kano"}, rows[1]])
    file = table(tmp_path / "gold.csv", gold)
    found = compare(Comparison(a, b, file, task="ner", language="hau")).table.iloc[0]
    assert (found["score_a"], found["score_b"]) == pytest.approx((2 / 3, 1.0))

    texts = table(tmp_path / "t.csv", [{"id": "1", "gold": "ruwa ya sauka"},
                                       {"id": "2", "gold": "an gina asibiti"}])  # fmt: skip
    a = table(tmp_path / "c.csv", [{"id": "1", "output": "ruwa ya sauka"},
                                   {"id": "2", "output": "an gina asibiti"}])  # fmt: skip
    b = table(tmp_path / "d.csv", [{"id": "1", "output": "ruwa"}, {"id": "2", "output": "x"}])
    found = compare(Comparison(a, b, texts, task="summarization")).table.set_index("metric")
    assert found.loc["rougeL", "score_a"] == 1 and found.loc["rougeL", "score_b"] == 0.25
    assert found.loc["chrf", "test"] == "approximate randomization"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("twice in gold", r"gold\.csv, line 62: the id 'n0' stands in line 2, too"),
        ("twice", r"large\.csv, line 62: item 'n0' was answered in line \d+, too"),
        ("strange", r"large\.csv, line 62: .*gold\.csv has no item 'n99'"),
        ("missing", r"small\.csv: no prediction for 1 of 60 items of .*--missing-invalid"),
        ("no column", r"gold\.csv, .*'gold'"),
        ("same", "are the same file"),
        ("format", "`gold` must be one of '\\*\\.csv'"),
        ("no language", "give it with --language"),
    ],
)
def test_errors_name_file_and_line(files, tmp_path, edit, message):
    from dataclasses import replace

    wanted, text = files, files.gold.read_text(encoding="utf-8")
    lines = {"twice in gold": (files.gold, "n0,siyasa"), "twice": (files.a, "n0,siyasa")}
    lines["strange"] = (files.a, "n99,siyasa")
    if edit in lines:
        path, line = lines[edit]
        path.write_bytes(path.read_bytes() + f"{line}\r\n".encode())
    elif edit == "missing":
        files.b.write_bytes(b"\n".join(files.b.read_bytes().split(b"\n")[:-2]) + b"\n")
    elif edit == "no column":
        files.gold.write_text(text.replace("id,gold", "id,label"), encoding="utf-8")
    elif edit == "same":
        wanted = replace(files, b=files.a)
    elif edit == "format":
        wanted = replace(files, gold=tmp_path / "gold.xlsx")
    else:
        wanted = replace(files, task="ner")
    with pytest.raises(XltError, match=message):
        compare(wanted)


def test_what_is_missing_can_count_as_invalid(files, capsys):
    files.b.write_bytes(b"\n".join(files.b.read_bytes().split(b"\n")[:-2]) + b"\n")
    command = ["compare", str(files.a), str(files.b), "--gold", str(files.gold)]
    with pytest.raises(SystemExit) as end:
        cli.main([*command, "--missing-invalid"])
    assert not end.value.code and "small 59 of 60" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        cli.main(command)
    assert end.value.code == 2 and "no prediction for 1 of 60" in capsys.readouterr().err


def test_a_single_item_has_no_interval(tmp_path):
    gold = table(tmp_path / "gold.csv", [{"id": 1, "gold": "x"}])
    a = table(tmp_path / "a.csv", [{"id": 1, "output": "x"}])
    (tmp_path / "b.jsonl").write_text(json.dumps({"id": 1, "output": "y"}), encoding="utf-8")
    assert "[unknown]" in compare(Comparison(a, tmp_path / "b.jsonl", gold)).report()
