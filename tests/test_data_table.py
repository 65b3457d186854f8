"""Data sets from tables of one's own: every format, every division, every kind of mistake."""

import json

import pandas as pd
import pytest

from xltlib import data, paths
from xltlib.config import load_profile
from xltlib.data import demonstrations
from xltlib.data.card import card
from xltlib.errors import XltError
from xltlib.tasks.topics import TASK as TOPICS

MINI = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
ROWS = [
    ("Timu imeshinda mechi.", "sports"),
    ("Mchezaji alifunga\nmabao 'mawili'.", "sports"),
    ('Daktari alisema "pumzika".', "health"),
    ("Dawa mpya, za malaria.", "health"),
]


@pytest.fixture
def profile(tmp_path):
    """Write a profile whose data set ``mine`` is the table described, and load it."""

    def load(table, task="topics", languages="[hau]", name="mine"):
        head, tail = MINI.split("datasets:\n")[0], MINI[MINI.index("shots:") :]
        entry = f"  - {{name: {name}, task: {task}, languages: {languages}, table: {table}}}\n"
        path = tmp_path / "own" / "profile.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{head}datasets:\n{entry}{tail}", encoding="utf-8")
        return load_profile(str(path))

    yield load
    load_profile("mini")


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pd.DataFrame):
            content.to_parquet(path)
        else:
            path.write_text(content, encoding="utf-8", newline="")
        return path

    return write


def delimited(rows, mark=","):
    return pd.DataFrame(rows, columns=["body", "topic"]).to_csv(index=False, sep=mark)


def objects(rows):
    lines = [json.dumps({"body": b, "topic": t, "n": 1}, ensure_ascii=False) for b, t in rows]
    return "\n".join(lines) + "\n"


FORMATS = {
    "csv": delimited,
    "tsv": lambda rows: delimited(rows, "\t"),
    "jsonl": objects,
    "parquet": lambda rows: pd.DataFrame(rows, columns=["body", "topic"]),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_items(profile, put, kind, monkeypatch, tmp_path):
    for split, rows in (("train", ROWS[1:3]), ("test", ROWS)):
        put(f"hau/{split}.{kind}", FORMATS[kind](rows))
    monkeypatch.chdir(tmp_path)  # the path starts at the profile, not here
    profile(f'{{file: "{{language}}/{{split}}.{kind}", text: body, gold: topic}}')
    test = data.load("mine", "topics", "hau", "test")
    assert [(e.text, e.gold) for e in test] == [(" ".join(b.split()), t) for b, t in ROWS]
    assert [e.id for e in test] == ["test-1", "test-2", "test-3", "test-4"]
    assert [e.gold for e in data.load("mine", "topics", "hau", "demos")] == ["sports", "health"]
    assert data.labels("mine", "topics", "hau") == ("health", "sports")
    assert data.notes("mine", "topics", "hau") == {}
    made = card("mine", "topics", "hau")
    assert (made["licence"], made["source"]) == ("given by the user", "given by the user")


def test_licence_source_ids_and_names_are_as_given(profile, put):
    for split in ("dev", "eval"):
        put(f"hausa.{split}.csv", f'text,y,key\nA ce,1,"{split}-a"\nB ce,2,"{split}-b"\n')
    profile(
        '{file: "{language}.{split}.csv", text: text, gold: y, id: key, names: {hau: hausa}, '
        "splits: {demos: dev, test: eval}, licence: CC0 1.0, source: example.org}"
    )
    assert [e.id for e in data.load("mine", "topics", "hau", "test")] == ["eval-a", "eval-b"]
    assert [e.gold for e in data.load("mine", "topics", "hau", "demos")] == ["1", "2"]
    made = card("mine", "topics", "hau")
    assert (made["licence"], made["source"]) == ("CC0 1.0", "example.org")


def test_one_file_is_divided_by_its_texts_and_a_seed(profile, put):
    rows = [(f"Labari na {n}", "ab"[n % 2]) for n in range(20)] + [("Labari NA 3!", "b")]
    put("all.csv", delimited(rows))
    said = '{file: "all.csv", text: body, gold: topic, demos: 0.25%s}'
    profile(said % "")

    def parts():
        return [data.load("mine", "topics", "hau", s) for s in ("demos", "test")]

    demos, test = parts()
    assert (len({e.text.casefold().strip("!") for e in demos}), len(demos + test)) == (5, 21)
    again = [("Labari na 3" in e.text) or ("Labari NA 3!" in e.text) for e in demos]
    assert sum(again) in (0, 2)  # one text in two spellings is on one side
    assert [e.id for e in demos] == [e.id for e in parts()[0]]
    notes = data.notes("mine", "topics", "hau")
    assert sum(notes.values()) == 21 and all("hash" in n for n in notes)
    revision = data.revision("mine", "hau")
    profile(said % ", seed: 1")
    assert [e.id for e in demos] != [e.id for e in parts()[0]]
    assert data.revision("mine", "hau") != revision
    profile(said % "")
    assert data.revision("mine", "hau") == revision
    put("all.csv", delimited(rows[:-1]))
    assert data.revision("mine", "hau") != revision


def test_a_column_may_name_the_split(profile, put):
    put("all.csv", "t,y,part\nA ce,x,train\nB ce,y,test\nC ce,x,dev\n")
    profile('{file: "all.csv", text: t, gold: y, split: part}')
    assert [e.text for e in data.load("mine", "topics", "hau", "test")] == ["B ce"]
    assert [e.text for e in data.load("mine", "topics", "hau", "demos")] == ["A ce"]
    profile('{file: "all.csv", text: t, gold: y, split: part, splits: {demos: dev, test: val}}')
    with pytest.raises(XltError, match="no row has 'val' in the column 'part': found 'dev', 'te"):
        data.load("mine", "topics", "hau", "test")


def test_quotes_may_be_characters_like_any_other(profile, put):
    for split in ("train", "test"):
        put(f"{split}.tsv", 'tweet\tlabel\n"yaya dai\tpositive\nlafiya"\tneutral\n')
    said = '{file: "{split}.tsv", text: tweet, gold: label%s}'
    profile(said % ", quoted: false")
    assert data.load("mine", "topics", "hau", "test")[0].text == '"yaya dai'
    profile(said % "")
    with pytest.raises(XltError, match="line 2: 'tweet' holds a tab between quotation marks"):
        data.load("mine", "topics", "hau", "test")


def test_several_fields_and_options_of_their_own(profile, put):
    both = "premise,claim,verdict\nYana gudu.,Yana tafiya.,true\nTa ci.,Ta sha.,false\n"
    put("all.csv", both)
    profile('{file: "all.csv", fields: {premise: premise, hypothesis: claim}, gold: verdict}')
    items = [e for split in data.SPLITS for e in data.load("mine", "topics", "hau", split)]
    assert {(*e.fields.items(), e.gold) for e in items} == {
        (("premise", "Yana gudu."), ("hypothesis", "Yana tafiya."), "true"),
        (("premise", "Ta ci."), ("hypothesis", "Ta sha."), "false"),
    }
    head = "q,a,b,right\n"
    said = '{file: "all.csv", text: q, options: [a, b], gold: right}'
    put("all.csv", f"{head}Ina?,Kano,Zariya,Kano\nWa?,Musa,Ali,b\n")
    profile(said)
    items = [e for split in data.SPLITS for e in data.load("mine", "topics", "hau", split)]
    assert {(e.options, e.gold) for e in items} == {
        (("Kano", "Zariya"), "Kano"),
        (("Musa", "Ali"), "Ali"),
    }
    assert data.labels("mine", "topics", "hau") == ()
    for row, found in [("Wa?,Musa,Ali,c", "'c'"), ("Wa?,Musa,Musa,a", "'Musa'")]:
        put("all.csv", f"{head}Ina?,Kano,Zariya,a\n{row}\n")
        with pytest.raises(XltError, match=f"all.csv, line 3: found the answer {found} among"):
            data.load("mine", "topics", "hau", "test")


def test_headlines_offer_no_labels(profile, put):
    put("all.csv", delimited(ROWS))
    profile(CSV.replace("}", ", answers: texts}"), task="summarization")
    assert data.labels("mine", "summarization", "hau") == ()


def test_entities_in_conll_with_tabs_or_spaces(profile, put):
    put("hau/train.conll", "Musa\tB-PER\nya\tO\n\nKano\tI-LOC\n")
    put("hau/test.conll", "-X- NN B-PER\r\nBello NN I-PER\r\n\r\nya VB O\r\n")
    profile('{file: "{language}/{split}.conll"}', task="ner")
    (first, second) = data.load("mine", "ner", "hau", "test")
    assert first.text == "-X- Bello" and first.gold == (data.Span(0, 9, "PER"),)
    assert second.gold == ()
    assert data.labels("mine", "ner", "hau") == ("LOC", "PER")
    assert data.notes("mine", "ner", "hau") == {"orphan I- tags repaired": 1}
    for text, says in [
        ("Musa\n", "line 1: found 'Musa', expected a token and its tag"),
        ("Musa B-PER\nBello E-PER\n", "line 2: found the tag 'E-PER', expected O, B-type or I-"),
        ("Musa B-\n", "the tag 'B-'"),
    ]:
        put("hau/test.conll", text)
        with pytest.raises(XltError, match=says):
            data.load("mine", "ner", "hau", "test")


CSV = '{file: "all.csv", text: body, gold: topic}'
JSONL = '{file: "all.jsonl", text: body, gold: topic}'


@pytest.mark.parametrize(
    ("table", "name", "content", "says"),
    [
        (CSV, "all.csv", "body;topic\na;b\n", "all.csv, line 1: no column 'body', 'topic': found"),
        (CSV, "all.csv", "body,topic,body\na,b,c\n", "line 1: the column 'body' stands there twi"),
        (CSV, "all.csv", "body,topic\na,b\nc,\n", "line 3: the cell 'topic' is empty"),
        (CSV, "all.csv", 'body,topic\n"a\nb",c\nd\n', "line 4: found 1 cells, expected 2"),
        (CSV, "all.csv", 'body,topic\n"a,b\n', "all.csv, record that begins in line 2: broken"),
        (CSV, "all.csv", "body,topic\n", "has a header and no rows"),
        (CSV, "all.csv", "", "all.csv is empty"),
        (CSV, "all.csv", "body,topic\na,b\n", "has 1 text: .* needs two"),
        (CSV, "other.csv", "", "cannot read .*own/all.csv"),
        (CSV.replace("text: body", "text: body, id: topic"), "all.csv",
         "body,topic\na,b\nc,d\ne,b\nf,b\n", "the id 'b' stands there twice"),
        (JSONL, "all.jsonl", '{"body": "a", "body": "b"}\n', "line 1: 'body' stands there twice"),
        (JSONL, "all.jsonl", '\n{"body": "a"}\n', "line 2: no column 'topic': found 'body'"),
        (JSONL, "all.jsonl", '{"body": "a", "topic": null}', "'topic' holds None, expected text"),
        (JSONL, "all.jsonl", '{"body": "a", "topic": ["x"]}', "'topic' holds .*, expected text"),
        (JSONL, "all.jsonl", '{"body": " ", "topic": 1}', "the cell 'body' is empty"),
        (JSONL, "all.jsonl", '{"body": "a"', "line 1: not JSON"),
        (JSONL, "all.jsonl", "[" * 100_000, "line 1: (nested too deep|not JSON)"),
        (JSONL, "all.jsonl", '["a"]', "expected a JSON object.*jq -c"),
        (JSONL, "all.jsonl", '[\n{"body": "a", "topic": "b"}\n]', "not JSON .*jq -c '.\\[\\]'"),
        (JSONL, "all.jsonl", '{"body": "mai \\ud83d kyau", "topic": "b"}',
         "line 1: 'body' holds half a character .U.D83D.: take it out"),
        (JSONL, "all.jsonl", '{"body": "a", "topic": "b\\u0000"}', "'topic' holds a NUL"),
        (CSV, "all.csv", "body,topic\ra,b\rc,d\r", "line 1: .*line ends of old Macs"),
        (JSONL, "all.jsonl", '{"body": "a"}\r{"body": "b"}\r', "line ends of old Macs"),
        (CSV, "all.csv", "sep=;\r\nbody;topic\r\na;b\r\n", "'sep=;', which is for Excel: delete"),
        (JSONL.replace("jsonl", "parquet"), "all.parquet", "not one", "as Parquet"),
    ],
)  # fmt: skip
def test_mistakes_are_named_by_file_line_and_column(profile, put, table, name, content, says):
    put(name, content)
    profile(table)
    with pytest.raises(XltError, match=says) as refused:
        for split in ("demos", "test"):
            data.load("mine", "topics", "hau", split)
    assert "own" in str(refused.value) or "twice" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + bytes(30), "a spreadsheet or a zip archive: save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0" + bytes(30), "a spreadsheet of old Excel"),
        (b"\x1f\x8b\x08" + bytes(30), "packed with gzip: unpack it"),
        ("body,topic\na,b\n".encode("utf-16"), "is UTF-16: convert it to UTF-8"),
        ("body,topic\na,b\n".encode("utf-16-le"), "line 1: holds a NUL character"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "conll"])
def test_files_that_are_something_else_say_what_to_make_of_them(profile, put, kind, content, says):
    put(f"all.{kind}", "x").write_bytes(content)
    columns = "" if kind == "conll" else ", text: body, gold: topic"
    task = "ner" if kind == "conll" else "topics"
    profile(f'{{file: "all.{kind}"{columns}}}', task)
    with pytest.raises(XltError, match=says):
        data.load("mine", task, "hau", "test")


def test_marks_of_byte_order_and_columns_without_a_name_are_no_part_of_a_table(profile, put):
    """Programs put marks in front of marks, and spreadsheets commas behind their last column."""
    put("all.csv", "\ufeff\ufeffbody,topic,,\n" + "".join(f"labari {n},a,,\n" for n in range(4)))
    profile(CSV)
    found = [e for split in data.SPLITS for e in data.load("mine", "topics", "hau", split)]
    assert {e.text for e in found} == {f"labari {n}" for n in range(4)}


@pytest.mark.parametrize("divided", ["by file", "by column"])
def test_ids_that_begin_anew_in_each_split_are_those_of_other_items(profile, put, divided):
    lines = {
        split: [f"{n},{word} {n},topic{n % 2},{split}\n" for n in range(6)]
        for split, word in (("train", "labari"), ("test", "zance"))
    }
    head, rest = "id,body,topic,part\n", "text: body, gold: topic, id: id"
    if divided == "by file":
        for split, some in lines.items():
            put(f"{split}.csv", head + "".join(some))
        profile(f'{{file: "{{split}}.csv", {rest}}}')
    else:
        put("all.csv", head + "".join(lines["train"] + lines["test"]))
        profile(f'{{file: "all.csv", split: part, {rest}}}')
    demos, test = (data.load("mine", "topics", "hau", split) for split in data.SPLITS)
    assert [e.id for e in test] == [str(n) for n in range(6)]
    assert [e.id for e in demos] == [f"train-{n}" for n in range(6)]
    shown = demonstrations.draw(demos, "topics", 2, 0, test, TOPICS.groups)
    assert {e.gold for e in shown} == {"topic0", "topic1"}


@pytest.mark.parametrize(
    "blank", ["", " ", "\u00a0", "\u3000", "\x0c", "\t\r", "-DOCSTART- -X- -X- O"]
)
def test_a_line_that_shows_nothing_ends_a_sentence_of_conll(profile, put, blank):
    put("all.conll", f"Musa B-PER\nya O\n{blank}\nKano B-LOC\n{blank}\n\n{blank}\nAli B-PER\n")
    profile('{file: "all.conll"}', "ner")
    found = [e.text for split in data.SPLITS for e in data.load("mine", "ner", "hau", split)]
    assert sorted(found) == ["Ali", "Kano", "Musa ya"]


def test_conll_with_line_ends_of_old_macs_is_refused(profile, put):
    put("all.conll", "Musa B-PER\rya O\r\rKano B-LOC\r")
    profile('{file: "all.conll"}', "ner")
    with pytest.raises(XltError, match="line ends of old Macs"):
        data.load("mine", "ner", "hau", "test")


def test_text_in_parquet_that_is_not_utf8_is_named(profile, put):
    import pyarrow as pa
    import pyarrow.parquet as pq

    profile('{file: "all.parquet", text: body, gold: topic}')
    raw = pa.array([b"labari", b"\xff\xfe"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
    pq.write_table(pa.table({"body": text, "topic": ["a", "b"]}), put("all.parquet", "x"))
    with pytest.raises(XltError, match=r"all.parquet: holds b'\\xff\\xfe', which is not UTF-8"):
        data.load("mine", "topics", "hau", "test")


@pytest.mark.parametrize("name", ["~nosuchuser/all.csv", "circle.csv"])
def test_a_path_that_leads_nowhere_is_named(profile, put, name):
    link = put("x.csv", "x").parent / "circle.csv"
    link.symlink_to(link)
    profile(f'{{file: "{name}", text: body, gold: topic}}')
    with pytest.raises(XltError, match="cannot read .*own/.*csv"):
        data.load("mine", "topics", "hau", "test")


def test_a_parquet_file_with_a_column_twice_or_empty_cells(profile, put):
    import pyarrow as pa
    import pyarrow.parquet as pq

    profile('{file: "all.parquet", text: body, gold: topic}')
    path = put("all.parquet", pd.DataFrame({"body": ["a", "b"], "topic": ["x", None]}))
    with pytest.raises(XltError, match="all.parquet, row 2: 'topic' holds None"):
        data.load("mine", "topics", "hau", "test")
    pq.write_table(pa.table([["a"], ["b"], ["c"]], names=["body", "topic", "topic"]), path)
    with pytest.raises(XltError, match="the column 'topic' stands there twice"):
        data.load("mine", "topics", "hau", "test")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('{file: "a.xlsx", text: a, gold: b}', "ends with none of .csv, .tsv"),
        ('{file: "{lang}.csv", text: a, gold: b}', "but got {lang}"),
        ('{file: "a.csv", gold: b}', "give `text` .* or `fields`"),
        ('{file: "a.csv", text: a, fields: {premise: p}, gold: b}', "and not both"),
        ('{file: "a.csv", text: a}', "give `gold`"),
        ('{file: "a.csv", text: a, gold: a}', "the same column, 'a': the answer would be shown"),
        ('{file: "a.csv", text: a, gold: b, delimiter: "\\n"}', "delimiter cannot be"),
        ("{file: a.csv, text: a, gold: b, delimiter: '\"'}", "delimiter cannot be"),
        ('{file: "a.csv", text: a, gold: b, delimiter: a}', "delimiter cannot be 'a'"),
        ('{file: "{split}.csv", text: a, gold: b, split: c}', "not both"),
        ('{file: "a.csv", text: a, gold: b, splits: {test: x}}', "demos and test"),
        ('{file: "a.conll", text: a, gold: b}', "no columns to name: leave out text, gold"),
        ('{file: "a.jsonl", text: a, gold: b, delimiter: ";"}', "delimiter is for csv and tsv"),
        ('{file: "a.csv", text: a, gold: b, demos: 1}', "demos"),
    ],
)
def test_a_description_that_cannot_be_right_is_refused_before_any_reading(profile, table, says):
    with pytest.raises(XltError, match=says):
        profile(table)


def test_one_file_serves_one_language(profile):
    with pytest.raises(XltError, match="one file for 2 languages"):
        profile('{file: "a.csv", text: a, gold: b}', languages="[hau, kin]")


def test_a_table_is_known_while_its_profile_is_and_hides_no_published_set(profile, put):
    put("all.csv", delimited(ROWS))
    profile(CSV)
    assert len(data.load("mine", "topics", "hau", "test")) == 3
    load_profile("mini")
    with pytest.raises(XltError, match="`dataset` must be one of .* give it a `table`"):
        data.load("mine", "topics", "hau", "test")
    profile(CSV, name="sib200")
    with pytest.raises(XltError, match="give it a `name` of its own"):
        data.load("sib200", "topics", "hau", "test")
