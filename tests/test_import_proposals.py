"""Imports that go wrong say what the file seems to hold, in a command that works as printed."""

import json
import shlex
from dataclasses import replace

import pandas as pd
import pytest

from xltlib import cli, data
from xltlib.config import load_language
from xltlib.errors import XltError
from xltlib.records import schema as records
from xltlib.study import proposals
from xltlib.study.imported import Request, import_predictions
from xltlib.study.prediction_files import Columns, peek, read
from xltlib.tasks.topics import TASK as topics

N = 12
LABELS = data.labels("mini", "topics", "hau")
HAU, ENG = load_language("hau"), load_language("eng")


@pytest.fixture(scope="module")
def gold():
    return data.load("mini", "topics", "hau", "test", limit=N)


@pytest.fixture(scope="module")
def entities():
    return data.load("mini", "ner", "hau", "test", limit=20)


def jsonl(folder, rows, name="p.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return path


def asked(path, **more):
    given = {"task": "topics", "language": "hau", "method": "prompt", "model": "gpt", "limit": N}
    return Request(path, **(given | more))


def run(command, capsys):
    """Status and output of a command line as it was printed."""
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "xltlib"]
    with pytest.raises(SystemExit) as end:
        cli.main(words[3:])
    return end.value.code, capsys.readouterr().out


@pytest.mark.parametrize("name", ["p.jsonl", "p.csv", "p.tsv", "p.parquet"])
def test_columns_are_proposed_in_a_command_that_works(home, gold, name, capsys):
    words = topics.words(ENG, LABELS)
    rows = [{"category": e.gold, "body": e.text, "gpt4 says": "x", "response": words[e.gold]}
            for e in gold]  # fmt: skip
    path = jsonl(home, rows)
    if name != "p.jsonl":
        path = home / name
        table = pd.DataFrame(rows)
        if name == "p.parquet":
            table.to_parquet(path)
        else:
            table.to_csv(path, index=False, sep="," if name == "p.csv" else "\t")
    with pytest.raises(XltError, match="Perhaps: python -m xltlib import") as error:
        import_predictions(asked(path))
    command = str(error.value).partition("Perhaps: ")[2]
    assert "--text-column body" in command and "--answer-column response" in command
    status, out = run(command, capsys)
    assert status == 0
    assert "0 of 12 outputs hold a label word of Hausa, 12 one of English" in out
    second = next(x for x in out.splitlines() if "perhaps" in x).partition("perhaps ")[2]
    assert "--prompt-language eng" in second
    status, out = run(second, capsys)
    assert status == 0 and "perhaps" not in out
    assert "Accuracy 1.000 [0.758, 1.000] on all 12 items of the import (Wilson" in out
    assert "python -m xltlib run --profile mini --languages hau --tasks topics" in out


def test_a_column_that_is_not_there_is_no_part_of_a_proposal(home, gold):
    path = home / "p.csv"
    path.write_text("ID,Output\n" + "".join(f"{e.id},{e.gold}\n" for e in gold), encoding="utf-8")
    with pytest.raises(XltError, match="Perhaps: .*--id-column ID --answer-column Output"):
        import_predictions(asked(path, id_column="id"))
    rows = [{"id": e.id, "output": 5} for e in gold]
    with pytest.raises(XltError, match="found 5") as error:
        import_predictions(asked(jsonl(home, rows), id_column="id"))
    assert "Perhaps" not in str(error.value), "what was asked is no proposal"


def test_semicolons_are_read_as_spreadsheets_write_them(home, gold):
    path = home / "p.csv"
    rows = "".join(f"{e.id};{e.gold}, ko\n" for e in gold)
    path.write_text(f"id;output\n{rows}", encoding="utf-8")
    assert len(read(path, Columns("output", "id"), "csv")) == len(gold)


def test_ids_are_proposed_where_texts_are_not_there(home, gold):
    path = jsonl(home, [{"nr": e.id, "prediction": "x", "gold": e.gold} for e in gold])
    with pytest.raises(XltError, match="--id-column nr --answer-column prediction"):
        import_predictions(asked(path))


def test_nothing_is_proposed_where_nothing_fits(home, gold):
    path = jsonl(home, [{"a": 1, "b": "x"}] * 3)
    with pytest.raises(XltError, match="name the column") as error:
        import_predictions(asked(path))
    assert "Perhaps" not in str(error.value)


def test_a_language_that_was_said_is_not_questioned_where_it_fits(home, gold):
    words = topics.words(HAU, LABELS)
    path = jsonl(home, [{"id": e.id, "output": words[e.gold]} for e in gold])
    assert not import_predictions(asked(path, id_column="id")).hints


def written(entities, separator, names):
    """Entity answers as another program writes them, and the tags it has for the data's types."""
    return [
        {
            "id": e.id,
            "output": separator.join(f"{names[s.type]}: {e.text[s.start : s.end]}" for s in e.gold)
            or HAU.none,
        }
        for e in entities
    ]


@pytest.mark.parametrize("separator", [" $ ", "\n", ", ", " | "])
def test_separators_and_tags_of_entities_are_proposed(home, entities, separator, capsys):
    names = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION", "DATE": "DATE"}
    path = jsonl(home, written(entities, separator, names))
    request = asked(path, task="ner", id_column="id", limit=20)
    (hint,) = import_predictions(request).hints
    command = hint.partition("perhaps ")[2]
    assert "--separator" in command and "PERSON=PER" in command and "LOCATION=LOC" in command
    status, out = run(command, capsys)
    assert status == 0 and "perhaps" not in out
    tags = "PERSON=PER,LOCATION=LOC,ORGANIZATION=ORG"
    outcome = import_predictions(replace(request, separator=separator.strip(" "), tags=tags))
    frame = records.read([outcome.folder / "records.parquet"])
    assert frame["valid"].all()
    assert frame["tp"].sum() >= 0.9 * sum(len(e.gold) for e in entities)


def test_entities_as_our_own_need_no_hint(home, entities):
    names = dict(HAU.entity_types)
    path = jsonl(home, written(entities, "; ", names))
    assert not import_predictions(asked(path, task="ner", id_column="id", limit=20)).hints


def test_a_semicolon_is_no_separator_where_another_is_said():
    line = proposals.entity_line("PER: Musa; Bello $ LOC: Kano", "$", {}, HAU)
    assert line == "PER: Musa\\; Bello ; LOC: Kano"


def test_separators_and_tags_that_cannot_be_meant_are_refused(home, gold, entities):
    path = jsonl(home, [{"id": e.id, "output": "x"} for e in gold])
    with pytest.raises(XltError, match="are for entities .ner., not for 'topics'"):
        import_predictions(asked(path, id_column="id", separator="$"))
    path = jsonl(home, written(entities, ";", dict(HAU.entity_types)))
    for tags in ("PERSON", "PERSON=MENSCH", "=PER"):
        with pytest.raises(XltError, match="`tags` must be such as PERSON=PER"):
            import_predictions(asked(path, task="ner", id_column="id", limit=20, tags=tags))


# Files that are not what they seem


def test_a_key_or_column_that_stands_there_twice_is_refused(tmp_path):
    def refused(name, content, message):
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        with pytest.raises(XltError, match=message):
            read(path, Columns(id="id"))

    refused("p.csv", "id,output,output\n1,a,b\n", "line 1: the column 'output' stands there twice")
    refused("p.jsonl", '{"id": "1", "output": "a", "output": "b"}\n', "line 1: the key 'output'")
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_arrays([pa.array(["1"])] * 3, names=["id", "output", "output"])
    pq.write_table(table, tmp_path / "p.parquet")
    refused("p.parquet", None, "the column 'output' stands there twice")


def logged(resps, **more):
    arguments = {"gen_args_0": {"arg_1": " a"}, "gen_args_1": {"arg_1": " b"}}
    return {"doc_id": 0, "doc": {"text": "x"}, "resps": resps, "arguments": arguments} | more


@pytest.mark.parametrize(
    ("resps", "said"),
    [
        ([["a", "b"]], "2 generations of one document, as `repeats`"),
        ([["1", "2"]], "2 generations of one document"),
        (["a", "b"], "2 generations"),
        ("abc", "no list, expected one generated|no list"),
        ([["nan", "False"], ["-1.0", "True"]], "not finite is no score"),
        ([[float("-inf"), False], [-1.0, True]], "not finite is no score"),
        ([["much", "False"], ["-1.0", "True"]], "could not convert"),
        ([[-1.0, 0.5], [-2.0, 0.5]], "no pairs of a log-likelihood"),
        ([], "expected one generated"),
    ],
)
def test_answers_of_the_harness_that_are_none_are_named(tmp_path, resps, said):
    path = jsonl(tmp_path, [logged(resps)])
    with pytest.raises(XltError, match=f"line 1, column 'resps'.*{said}"):
        read(path, Columns())


@pytest.mark.parametrize(
    ("resps", "output"),
    [
        ([["a\n"]], "a\n"),
        (["a"], "a"),
        ([[["-9.5", "False"]], [["-1.25", "True"]]], " b"),
        ([[-0.5, True], [-1.25, False]], " a"),
    ],
)
def test_answers_of_the_harness_in_all_its_versions(tmp_path, resps, output):
    assert read(jsonl(tmp_path, [logged(resps)]), Columns())[0].output == output


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("p.xlsx", "PK", "a spreadsheet: save it as CSV"),
        ("p.jsonl.gz", "x", "packed: unpack it first"),
        ("p.json", "[]", "expected JSON Lines.*`jq -c .*--format jsonl"),
        ("p.jsonl", '[{"id": "1", "output": "x"}]', "found list, expected an object.*`jq -c"),
    ],
)
def test_files_of_other_kinds_say_what_to_make_of_them(tmp_path, name, content, says):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(XltError, match=says):
        peek(tmp_path / name)


def test_half_a_character_is_replaced_and_depth_is_named(home, gold):
    rows = [{"id": e.id, "output": "ok"} for e in gold]
    path = jsonl(home, rows)
    path.write_text(path.read_text("utf-8").replace('"ok"', '"ok \\ud83d"', 1), "utf-8")
    outcome = import_predictions(asked(path, id_column="id"))
    frame = records.read([outcome.folder / "records.parquet"])
    assert "ok \ufffd" in set(frame["output"])
    path.write_text("[" * 200_000, "utf-8")
    with pytest.raises(XltError, match="line 1: nested too deeply"):
        read(path, Columns(id="id"))
