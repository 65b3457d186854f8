"""Predictions made elsewhere: every format, every mismatch named, then records like all others."""

import csv
import json
from dataclasses import replace

import factories
import pandas as pd
import pytest
from conftest import FIXTURES

from xltlib import cli, data, paths, stats
from xltlib.config import load_language
from xltlib.data.card import card
from xltlib.errors import XltError
from xltlib.records import results
from xltlib.records import schema as records
from xltlib.report import build as report
from xltlib.runs import grid, manifest
from xltlib.study import imported as imports
from xltlib.study.imported import Request, import_predictions
from xltlib.study.prediction_files import Columns, read
from xltlib.tasks.topics import TASK as topics

WORDS = topics.words(load_language("hau"), data.labels("mini", "topics", "hau"))
N = 12


@pytest.fixture(scope="module")
def gold():
    return data.load("mini", "topics", "hau", "test", limit=N)


@pytest.fixture
def rows(gold):
    """Twelve right answers, as a program might write them."""
    return [{"id": e.id, "text": e.text, "output": f" {WORDS[e.gold]}\n"} for e in gold]


def request(path, **more) -> Request:
    given = {"task": "topics", "language": "hau", "method": "prompt", "model": "llama"}
    return Request(path, **(given | {"id_column": "id", "limit": N} | more))


def write(folder, rows, name="p.jsonl"):
    path = folder / name
    suffix = path.suffix
    if suffix == ".jsonl":
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    elif suffix == ".parquet":
        pd.DataFrame(rows).to_parquet(path)
    else:
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter="\t" if suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.jsonl", "p.parquet"])
@pytest.mark.parametrize("by", ["id_column", "text_column"])
def test_every_format_by_id_and_by_text(home, rows, name, by):
    path = write(home, rows, name)
    columns = {"id_column": "", by: by.removesuffix("_column")}
    outcome = import_predictions(request(path, **columns))
    assert outcome.counts == {
        "read": N, "matched": N, "unmatched": 0, "duplicate": 0,
        "valid": N, "invalid": 0, "missing": 0,
    }  # fmt: skip
    frame = records.read([outcome.folder / "records.parquet"])
    assert frame["correct"].eq(1).all() and set(frame["cell_id"]) == {outcome.folder.name}
    assert frame["flops"].isna().all() and set(frame["model"]) == {"llama"}
    loaded = card("mini", "topics", "hau")["test_sha256"]
    assert set(frame["test_sha256"]) == {loaded} and frame["demos_sha256"].isna().all()
    content = manifest.read(outcome.folder)
    assert content["kind"] == "imported" and content["counts"] == outcome.counts
    assert str(home) not in json.dumps(content)


def test_what_does_not_fit_is_counted_and_listed(home, rows):
    rows[1]["output"] = "ban sani ba"
    rows[2]["text"] = "something else"
    strange = [{"id": "nobody", "text": "x", "output": "x"}, dict(rows[0])]
    path = write(home, rows + strange)
    asked = request(path, text_column="text", missing_invalid=True)
    outcome = import_predictions(asked)
    assert outcome.counts == {
        "read": N + 2, "matched": N - 1, "unmatched": 2, "duplicate": 1,
        "valid": N - 2, "invalid": 1, "missing": 1,
    }  # fmt: skip
    text = outcome.report()
    assert f"line 3 (id {rows[2]['id']!r} has another text)" in text
    assert "line 13 (id 'nobody')" in text and "line 14 (as line 1)" in text
    assert "line 2 ('ban sani ba')" in text and f"missing: {rows[2]['id']}" in text
    frame = records.read([outcome.folder / "records.parquet"])
    assert len(frame) == N and frame["valid"].sum() == N - 2 and frame["correct"].sum() == N - 2
    with pytest.raises(XltError, match="1 test items of mini have no prediction") as error:
        import_predictions(replace(asked, missing_invalid=False))
    assert rows[2]["id"] in str(error.value) and "--missing-invalid" in str(error.value)


def test_contradicting_answers_are_refused(home, rows):
    path = write(home, [*rows, rows[0] | {"output": "wani abu"}])
    with pytest.raises(XltError, match=r"line 13: another answer to item .* than line 1"):
        import_predictions(request(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.csv", 'id,output\n1,a\n2,"b\n', "p.csv, record that begins in line 3"),
        ("p.csv", "id,output\n1,a,b\n", "p.csv, line 2: found 3 cells"),
        ("p.csv", "id,answer\n1,a\n", "line 2: no column 'output': found .'answer', 'id'."),
        ("p.csv", "name,output\n1,a\n", "p.csv, line 1: no column 'id'"),
        ("p.jsonl", '{"id": "1", "output": "a"}\n{"id": 2,\n', "line 2, column 10: not JSON"),
        ("p.jsonl", '{"id": "1", "output": "a"}\n[1]\n', "line 2: found list"),
        ("p.jsonl", '{"id": "1", "output": null}\n', "line 1, column 'output': found None"),
        ("p.jsonl", '{"id": 1.5, "output": ""}\n', "line 1, column 'id': found 1.5"),
        ("p.jsonl", "", "p.jsonl is empty"),
        ("p.parquet", "PAR1", "p.parquet is not a readable Parquet file"),
        ("p.txt", "a", "its name does not say what format"),
        ("p.csv", b"id,output\n1,\xff\n", "line 2: not utf-8"),
    ],
)
def test_broken_files_are_named_with_line_and_column(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(XltError, match=message):
        read(path, Columns(id="id"))


def test_lines_are_those_of_the_file(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text('id,output\n1,"a\nb"\n2,\n', encoding="utf-8")
    found = read(path, Columns(id="id"))
    assert [(p.where, p.output) for p in found] == [("line 2", "a\nb"), ("line 4", "")]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"task": "chess"}, "`task` must be one of"),
        ({"language": "swa"}, "no data set for the task 'topics' in 'swa'"),
        ({"method": "icl"}, "`method` must be one of"),
        ({"dataset": "sib200"}, "`dataset` must be one of 'mini'"),
        ({"model": "mini"}, "`model` must not be 'mini'"),
        ({"model": " "}, "`model` must name"),
        ({"shots": -1}, "`shots` must be 0 or more"),
        ({"id_column": ""}, "--id-column, or --text-column"),
        ({"format": "xml"}, "`format` must be one of"),
        ({"prompt_language": "xyz"}, "`language` must be one of"),
    ],
)
def test_mistakes_are_refused(home, rows, more, message):
    with pytest.raises(XltError, match=message):
        import_predictions(request(write(home, rows), **more))


# lm-evaluation-harness


def logged(gold, number, output, **more):
    """A line of --log_samples for a generated answer."""
    return {
        "doc_id": number,
        "doc": {"text": gold.text, "label": gold.gold},
        "target": gold.gold,
        "arguments": {"gen_args_0": {"arg_0": "...", "arg_1": {"until": ["\n"]}}},
        "resps": [[output]],
        "filtered_resps": [output.strip()],
        "filter": "none",
    } | more


def test_harness_generations_are_known_by_their_text(home, gold):
    rows = [logged(e, i, f" {WORDS[e.gold]}\n") for i, e in enumerate(gold)]
    outcome = import_predictions(request(write(home, rows, "samples_x.jsonl"), id_column=""))
    assert outcome.matched == outcome.valid == N
    frame = records.read([outcome.folder / "records.parquet"])
    assert frame["output"].str.endswith("\n").all() and frame["correct"].eq(1).all()


def test_harness_choices_give_the_likeliest_continuation(home, gold):
    """Of two labels the gold one is likelier; label words are English, as in the harness."""
    rows = []
    for i, e in enumerate(gold):
        other = next(label for label in WORDS if label != e.gold)
        row = logged(e, i, "")
        row["arguments"] = {
            "gen_args_0": {"arg_0": "...", "arg_1": f" {other}"},
            "gen_args_1": {"arg_0": "...", "arg_1": f" {e.gold}"},
        }
        row["resps"] = [[["-9.5", "False"]], [["-1.25", "True"]]]
        row["filtered_resps"] = [["-9.5", "False"], ["-1.25", "True"]]
        rows.append(row)
    path = write(home, rows, "samples_x.jsonl")
    asked = request(path, id_column="", prompt_language="eng")
    outcome = import_predictions(asked)
    frame = records.read([outcome.folder / "records.parquet"])
    assert frame["correct"].eq(1).all() and set(frame["prompt_language"]) == {"eng"}
    again = import_predictions(replace(asked, answer_column="filtered_resps"))
    assert again.folder == outcome.folder
    assert len(import_predictions(replace(asked, prompt_language="")).invalid) == N


@pytest.mark.parametrize("offered", ["letters", "texts"])
def test_harness_choices_of_exam_questions_are_each_items_own(home, offered):
    """As the harness asks MMLU: by letter, or by the answers' texts, other ones in every item."""
    gold = data.load("afrimmlu", "mmlu", "hau", "test", FIXTURES)
    rows = []
    for number, item in enumerate(gold):
        said = "ABCD" if offered == "letters" else item.options
        wanted = ("ABCD".index(item.gold) + number % 2) % 4  # every other one is wrong
        scores = [f"{-1.5 if at == wanted else -4.0 - at}" for at in range(4)]
        rows.append(logged(item, number, "") | {
            "doc": {"question": item.text, "choices": list(item.options)},
            "arguments": {
                f"gen_args_{at}": {"arg_0": "...", "arg_1": f" {text}"}
                for at, text in enumerate(said)
            },
            "resps": [[[score, "False"]] for score in scores],
            "filtered_resps": [[score, "False"] for score in scores],
        })  # fmt: skip
    asked = request(write(home, rows, "samples_x.jsonl"), task="mmlu", dataset="afrimmlu",
                    profile="local", data_dir=str(FIXTURES), id_column="",
                    text_column="question", limit=None)  # fmt: skip
    outcome = import_predictions(asked)
    assert outcome.matched == outcome.valid == len(gold)
    frame = records.read([outcome.folder / "records.parquet"]).set_index("example_id")
    for number, item in enumerate(gold):
        assert frame.loc[item.id, "correct"] == 1 - number % 2


def test_harness_filters_and_positions(home):
    gold = data.load("mini", "topics", "hau", "test")
    rows = [
        logged(e, i, WORDS[e.gold], filter=name)
        for i, e in enumerate(gold)
        for name in ("strict", "flexible")
    ]
    path = write(home, rows, "samples_x.jsonl")
    asked = request(path, id_column="doc_id", limit=None)
    with pytest.raises(XltError, match="filters strict, flexible"):
        import_predictions(asked)
    with pytest.raises(XltError, match="`filter` must be one of"):
        import_predictions(replace(asked, filter="x"))
    outcome = import_predictions(replace(asked, filter="strict"))
    assert outcome.matched == len(gold) == outcome.valid
    rows[0]["resps"] = [["a", "b"]]
    with pytest.raises(XltError, match="line 1, column 'resps': found .* expected one generated"):
        read(write(home, rows[:1], "samples_y.jsonl"), Columns())


# Beside own results


@pytest.fixture
def own(home, gold):
    """A method cell of the profile's own with nine of the twelve items."""
    table = factories.records(items=9, methods=["prompt"], tasks=["topics"], languages=["hau"],
                              shots=[0], seeds=[0])  # fmt: skip
    table["test_sha256"] = card("mini", "topics", "hau")["test_sha256"]
    ids = {f"{i:04d}": e for i, e in enumerate(gold[:9])}
    table["gold"] = [topics.gold_json(ids[x]) for x in table["example_id"]]
    table["example_id"] = [ids[x].id for x in table["example_id"]]
    folder = paths.runs("mini") / "aaaa"
    records.write(table.assign(cell_id="aaaa"), folder / "records.parquet")
    content = {"cell": "aaaa", "label": "prompt topics mini hau", "kind": "method", "facts": {}}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return table


def test_imports_stand_beside_own_results_on_the_same_items(own, home, rows):
    first = import_predictions(request(write(home, rows)))
    assert import_predictions(request(write(home, rows))).folder == first.folder
    rows[0]["output"] = "babu"
    second = import_predictions(request(write(home, rows)))
    assert second.folder != first.folder
    found = results.read("mini")
    assert set(found["cell_id"]) == {"aaaa", second.folder.name}, "the newer import counts"
    assert len(found) == 18 and found.groupby("example_id").size().eq(2).all()
    table = stats.paired_table(found, resamples=50)
    assert set(table[["method_a", "method_b"]].iloc[0]) == {"prompt (llama)", "prompt (mini)"}
    assert stats.cost_table(found).set_index("method").loc["prompt (mini)", "flops"] > 0
    assert results.training("mini").empty
    text = report.build("mini", about="x").read_text(encoding="utf-8")
    assert "imported prompt topics mini hau llama, 0 shots, seed 0" in text
    assert "notebook of imported" not in text


def test_cells_of_other_data_are_not_compared(own, home, rows):
    """The data was changed between the run and the import, though the items have the same ids."""
    imported = import_predictions(request(write(home, rows))).folder.name
    before = own.assign(cell_id="aaaa", test_sha256="0" * 64)
    records.write(before, paths.runs("mini") / "aaaa" / "records.parquet")
    says = f"topics mini hau have answered different .*aaaa: 000000000000; {imported}: .*run the g"
    with pytest.raises(XltError, match=says):
        results.read("mini")
    assert len(results.read("mini", ["aaaa"])) == len(own)


def test_the_grid_gives_imports_to_the_analyses(home, rows, tmp_path):
    job = grid.Job(
        tmp_path / "prompt.py",
        "method",
        "mini",
        {"task": "topics", "dataset": "mini", "language": "hau"},
    )
    other = replace(job, parameters=job.parameters | {"language": "kin"})
    analysis = grid.Job(tmp_path / "60_x.py", "analysis", "mini", {})
    job.__dict__["id"], other.__dict__["id"] = "a", "b"
    assert analysis.over([job]).parameters["cells"] == ["a"]
    outcome = import_predictions(request(write(home, rows)))
    assert analysis.over([job, other]).parameters["cells"] == ["a", "b", outcome.folder.name]
    assert analysis.over([other]).parameters["cells"] == ["b"]


def test_entities_and_summaries_use_the_tasks_own_parsers(home):
    tags = load_language("hau")
    items = data.load("mini", "ner", "hau", "test", limit=6)
    rows = [
        {"id": e.id, "output": "; ".join(f"{s.type}: {e.text[s.start:s.end]}" for s in e.gold)
         or tags.none} for e in items
    ]  # fmt: skip
    outcome = import_predictions(request(write(home, rows), task="ner", limit=6))
    frame = records.read([outcome.folder / "records.parquet"])
    assert frame["valid"].all() and frame["tp"].sum() >= 0.9 * sum(len(e.gold) for e in items)
    items = data.load("mini", "summarization", "hau", "test", limit=6)
    rows = [{"id": e.id, "output": f"\n{e.gold}\nmore"} for e in items]
    outcome = import_predictions(request(write(home, rows), task="summarization", limit=6))
    assert records.read([outcome.folder / "records.parquet"])["rougeL"].eq(1).all()


def test_the_command_reports_counts(home, rows, capsys):
    path = write(home, rows, "p.csv")
    options = "--task topics --language hau --method prompt --model llama --id-column id"
    with pytest.raises(SystemExit) as end:
        cli.main(["import", str(path), *options.split(), "--limit", str(N)])
    out = capsys.readouterr().out
    assert end.value.code == 0 and "12 read, 12 matched, 0 unmatched" in out
    assert "imported-" in out
    with pytest.raises(SystemExit) as end:
        cli.main(["import", str(path), *options.split()])
    assert end.value.code == 2 and "388 test items" in capsys.readouterr().err


def test_published_files_are_matched_by_text(home):
    """SIB-200 as the harness logs it; half of the Luganda test set, the rest is named."""
    gold = data.load("sib200", "topics", "lug", "test")
    words = topics.words(load_language("lug"), data.labels("sib200", "topics", "lug"))
    rows = [logged(e, i, words[e.gold]) for i, e in enumerate(gold)]
    asked = Request(
        write(home, rows[:100], "samples_sib.jsonl"), task="topics", language="lug",
        method="translate", model="x", profile="local", dataset="sib200",
    )  # fmt: skip
    with pytest.raises(XltError, match="104 test items of sib200 have no prediction"):
        import_predictions(asked)
    outcome = imports.import_predictions(replace(asked, missing_invalid=True))
    assert (outcome.matched, outcome.valid, len(outcome.missing)) == (100, 100, 104)
    with pytest.raises(XltError, match="say with --dataset which one"):
        import_predictions(replace(asked, dataset=""))
