"""A language of one's own, from two CSV files to a run, without touching the package."""

import random
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from xltlib import cli, data, paths
from xltlib.check import check
from xltlib.config import language_name, load_profile, yaml_file
from xltlib.study.study import Study

TEXTS = {
    "michezo": ["Timu imeshinda mechi", "Kocha amechagua wachezaji", "Mashabiki walijaa uwanjani"],
    "health": ["Daktari alishauri wagonjwa", "Dawa mpya za malaria", "Hospitali imefunguliwa"],
    "travel": ["Ndege ilichelewa kuondoka", "Watalii wametembelea mbuga", "Hoteli mpya ufukweni"],
}
WORDS = {"michezo": "michezo", "health": "afya", "travel": "safari"}


def table(n, seed):
    draw = random.Random(seed)
    rows = ["id,habari,aina"]
    for number in range(n):
        label = list(TEXTS)[number % 3]
        rows.append(f"{seed}-{number},{draw.choice(TEXTS[label])} namba {seed}{number}.,{label}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "swa_train.csv").write_text(table(12, 1), encoding="utf-8")
    (tmp_path / "swa_test.csv").write_text(table(60, 2), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    load_profile("mini")


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        cli.main(list(arguments))
    said = capsys.readouterr()
    return end.value.code, said.out + said.err


ASKED = (
    "new-language",
    "swa",
    "--from",
    "swa_train.csv",
    "--from",
    "swa_test.csv",
    "--like",
    "kin",
)
COLUMNS = ("--text-column", "habari", "--gold-column", "aina")


def filled(path):
    """As a speaker fills it in."""
    text = path.read_text(encoding="utf-8")
    for label, word in WORDS.items():
        text = re.sub(rf'("{label}": )TODO', rf"\1{word}", text)
    path.write_text(text.replace("TODO ", ""), encoding="utf-8")


def test_from_two_tables_to_a_run_without_a_file_of_the_package(folder, home, capsys):
    before = subprocess.run(
        ["git", "-C", str(paths.CHECKOUT), "status", "--porcelain"], capture_output=True, text=True
    ).stdout
    code, said = call(capsys, *ASKED, *COLUMNS)
    assert code == 0, said
    my = folder / "my"
    assert sorted(p.name for p in my.iterdir()) == ["eng.yaml", "profile.yaml", "swa.yaml"]
    swahili = (my / "swa.yaml").read_text(encoding="utf-8")
    assert 'name: "Swahili"\nflores: swh_Latn' in swahili
    assert '"health": TODO  # 24 items; Kinyarwanda: ubuzima; English: health' in swahili
    assert '"michezo": TODO  # 24 items\n' in swahili
    code, said = call(capsys, "check", "my/profile.yaml", "--methods", "prompt")
    assert code == 2 and said.count("still marked TODO") >= 7
    for name in ("swa.yaml", "eng.yaml"):
        filled(my / name)
    code, said = call(capsys, "check", "my/profile.yaml", "--methods", "prompt")
    assert code == 0 and "ready for prompt" in said, said
    study = Study(
        "prompt", "topics", profile="my/profile.yaml", dataset="swa_topics", language="swa",
        shots=[0, 2], seeds=[0], limit=6,
    )  # fmt: skip
    records = study.run(lambda _: None)
    assert len(records) == 12 and set(records["language"]) == {"swa"}
    assert records["output"].str.strip().isin(WORDS.values()).all()
    assert language_name("swa") == "Swahili"
    report = check("my/profile.yaml")
    assert "mini does not know Swahili" in str(report) and report.ready["translate"]
    after = subprocess.run(
        ["git", "-C", str(paths.CHECKOUT), "status", "--porcelain"], capture_output=True, text=True
    ).stdout
    assert before == after


@pytest.mark.parametrize("names", [["all.conll"], ["train.bio", "test.bio"]])
def test_entities_come_from_conll(folder, capsys, names):
    text = "".join(f"Juma B-PER\nn{n} O\nMto{n} B-RIVER\n\n" for n in range(20))
    for number, name in enumerate(names):
        (folder / name).write_text(text.replace("n1", f"m{number}"), encoding="utf-8")
    given = [word for name in names for word in ("--from", name)]
    code, said = call(capsys, "new-language", "swa", *given, "--task", "ner", "--like", "hau")
    assert code == 0, said
    made = (folder / "my" / "swa.yaml").read_text(encoding="utf-8")
    assert '"RIVER": TODO' in made and "PER: PER" in made and "none: TODO  # Hausa: babu" in made
    code, said = call(capsys, "check", "my/profile.yaml", "--methods", "prompt")
    assert code == 2 and "still marked TODO" in said and "swa_ner" not in said.split("to know")[0]


@pytest.mark.parametrize(("task", "table"), [("ner", "csv"), ("topics", "conll")])
def test_a_check_refuses_entities_in_columns_and_labels_in_conll(folder, capsys, task, table):
    assert call(capsys, *ASKED, *COLUMNS)[0] == 0
    profile = folder / "my" / "profile.yaml"
    text = profile.read_text(encoding="utf-8").replace("task: topics", f"task: {task}")
    if table == "conll":
        text = re.sub(r"table:\n(    .*\n)+", "table: {file: a.conll}\n", text)
    profile.write_text(text, encoding="utf-8")
    code, said = call(capsys, "check", "my/profile.yaml", "--methods", "prompt")
    assert code == 2 and f"{task} cannot be read from" in said, said


def test_nothing_is_overwritten(folder, capsys):
    assert call(capsys, *ASKED, *COLUMNS)[0] == 0
    kept = (folder / "my" / "swa.yaml").read_text(encoding="utf-8")
    code, said = call(capsys, *ASKED, *COLUMNS)
    assert code == 2 and "my/swa.yaml is there already" in said and "--out" in said
    assert (folder / "my" / "swa.yaml").read_text(encoding="utf-8") == kept


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (ASKED, "give the column of the answer (--gold-column): one of id, habari, aina"),
        ((*ASKED, "--gold-column", "aina"), None),  # one column is left
        ((*ASKED, "--gold-column", "nosuch"), "`column` must be one of 'id', 'habari', 'aina'"),
        (("new-language", "xyz", *ASKED[2:], *COLUMNS), "'xyz' is no code of ISO 639-3"),
        (("new-language", "sw", *ASKED[2:], *COLUMNS), "'sw' is no code of ISO 639-3"),
        (("new-language", "SWA", *ASKED[2:], *COLUMNS), "'SWA' is no code of ISO 639-3"),
        (("new-language", "mul", *ASKED[2:], *COLUMNS), "for one language: take three small"),
        (("new-language", "../a", *ASKED[2:], *COLUMNS), "'../a' is no code of ISO 639-3"),
        (("new-language", "", *ASKED[2:], *COLUMNS), "'' is no code of ISO 639-3"),
        ((*ASKED, *COLUMNS, "--profile", "none"), "`profile` must be one of 'gemma'"),
        ((*ASKED, *COLUMNS, "--task", "ner"), "entities stand in CoNLL files"),
        ((*ASKED[:2], "--from", "x.csv", "--from", "x.csv", *COLUMNS), "two tables of one format"),
        ((*ASKED[:2], "--from", "x.csv", "--from", "y.jsonl", *COLUMNS), "x.csv and y.jsonl: con"),
        ((*ASKED, "--text-column", "aina", "--gold-column", "habari"), "which are no labels: name"),
        ((*ASKED, *COLUMNS, "--flores", "swa_Latn"), "`flores` must be one of 'swh_Latn'"),
        ((*ASKED, *COLUMNS, "--task", "poetry"), "`task` must be one of"),
        ((*ASKED[:2], "--from", "none.csv", *COLUMNS), "cannot read none.csv"),
        ((*ASKED[:2], "--from", "a.xlsx", *COLUMNS), "`--from` must be one of '.csv'"),
    ],
)  # fmt: skip
def test_it_asks_only_for_what_it_cannot_know(folder, capsys, arguments, says):
    code, said = call(capsys, *arguments)
    assert code == (2 if says else 0), said
    assert not says or says in said


def test_one_table_is_divided_and_a_script_is_seen(folder, capsys):
    rows = ["text,label"] + [f"مقاله شماره {n} خبر,{'ab'[n % 2]}" for n in range(30)]
    (folder / "kas.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    code, said = call(capsys, "new-language", "kas", "--from", "kas.csv", "--out", "other")
    assert code == 0, said
    assert "flores: kas_Arab" in (folder / "other" / "kas.yaml").read_text(encoding="utf-8")
    table = load_profile("other/profile.yaml").datasets[0].table
    assert "{split}" not in table.file and (table.text, table.gold) == ("text", "label")


def test_mistakes_of_the_table_are_all_named(folder, capsys):
    bad = table(12, 1) + "x,,health\ny,Maneno,\n"
    (folder / "swa_train.csv").write_text(bad, encoding="utf-8")
    code, said = call(capsys, *ASKED, *COLUMNS)
    assert code == 2 and "line 14: the cell 'habari'" in said and "line 15: the cell 'aina'" in said
    assert not (folder / "my").exists()


def test_headlines_need_no_labels(folder, capsys):
    rows = ["article,headline"] + [f"Habari ndefu namba {n}.,Kichwa {n}" for n in range(20)]
    (folder / "h.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    asked = ("new-language", "swa", "--from", "h.csv", "--task", "summarization")
    code, said = call(capsys, *asked)
    assert code == 0, said
    text = (folder / "my" / "swa.yaml").read_text(encoding="utf-8")
    assert "labels: {}" in text and 'document: "TODO Text"' in text
    filled(folder / "my" / "swa.yaml")
    assert not check("my/profile.yaml", methods=["prompt"]).ready["prompt"]


def begun(capsys, code, name, content):
    """new-language on one table of 24 rows or so; what it said, and the profile it wrote."""
    Path(name).write_text(content, encoding="utf-8", newline="")
    status, said = call(capsys, "new-language", code, "--from", name, "--out", "own")
    return status, said, load_profile("own/profile.yaml") if status == 0 else None


def lines(mark=",", labels=("a", "b"), end="\n", text="Habari ya leo"):
    rows = [f"text{mark}label", *(f"{text} {n}{mark}{labels[n % len(labels)]}" for n in range(24))]
    return end.join(rows) + end


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_spreadsheets_other_separators_are_seen(folder, capsys, mark):
    status, said, profile = begun(capsys, "swa", "x.csv", lines(mark))
    assert status == 0, said
    assert profile.datasets[0].table.delimiter == mark
    assert check("own/profile.yaml").findings and "cannot read" not in str(
        check("own/profile.yaml")
    )


def test_quotation_marks_without_a_pair_are_characters(folder, capsys):
    status, said, profile = begun(capsys, "swa", "x.tsv", lines("\t", text='Alisema "ndiyo'))
    assert status == 0, said
    assert profile.datasets[0].table.quoted is False
    status, said, profile = begun(capsys, "swa", "y.tsv", "one column\nA\nB\n")
    assert status == 2 and "found the one column 'one column'" in said


def test_a_label_in_two_forms_of_unicode_is_refused(folder, capsys):
    forms = [unicodedata.normalize(form, "ìlera") for form in ("NFC", "NFD")]
    status, said, _ = begun(capsys, "yor", "x.csv", lines(labels=forms))
    assert status == 2 and "two forms of Unicode" in said and not Path("own").exists()


@pytest.mark.parametrize(
    ("code", "text", "labels", "flores"),
    [
        ("hau", "حَوْسَ بَكْوَيْ", ("سِيَاسَ", "وَسَنِ"), "hau_Latn"),  # Ajami: FLORES has it in Latin alone
        ("amh", "እንደምን ናችሁ።", ("ጤና", "ስፖርት"), "amh_Ethi"),
        ("zgh", "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ", ("ⵜⴰⴷⵓⵙⵉ", "ⵜⵓⵏⵏⵓⵏⵜ"), "zgh_Latn"),  # of no list: asked for
    ],
)  # fmt: skip
def test_scripts_of_all_directions_are_kept_letter_by_letter(
    folder, capsys, code, text, labels, flores
):
    Path("x.csv").write_text("\ufeff" + lines(labels=labels, text=text, end="\r\n"), "utf-8")
    asked = ["--name", "Standard Moroccan Tamazight"] if code == "zgh" else []
    status, said = call(capsys, "new-language", code, "--from", "x.csv", "--out", "own", *asked)
    assert status == 0, said
    written = Path("own", f"{code}.yaml").read_text(encoding="utf-8")
    assert f"flores: {flores}" in written and all(f'"{label}": TODO' in written for label in labels)
    load_profile("own/profile.yaml")
    items = data.load(f"{code}_topics", "topics", code, "test")
    assert all(e.text.startswith(text) and e.gold in labels for e in items)


def test_labels_that_yaml_would_read_as_something_else_stay_labels(folder, capsys):
    hard = ["no", "null", "~", "1:30", "- x", "a: b", "#c", "{y}", "'q'", "&z", "*w", "1e3", "é"]
    status, said, _ = begun(capsys, "swa", "x.csv", lines(labels=hard) + lines(labels=hard)[11:])
    assert status == 0, said
    for name in ("swa.yaml", "eng.yaml"):
        labels = yaml_file.read(Path("own", name)).content["labels"]
        assert set(hard) <= set(labels)


def test_english_is_the_shipped_one_whatever_was_loaded_before(folder, capsys):
    assert begun(capsys, "swa", "x.csv", lines())[0] == 0
    assert "own/eng.yaml" in call(capsys, "check", "own/profile.yaml")[1]
    status, said = call(capsys, "new-language", "swa", "--from", "x.csv", "--out", "other")
    assert status == 0 and Path("other/eng.yaml").exists(), said
