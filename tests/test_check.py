"""`check` says everything at once: planted mistakes of every kind, each with place and advice."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltlib import cli, data, paths, tasks
from xltlib.check import characters, check, models, refuse
from xltlib.config import codes, load_language, load_profile
from xltlib.data import demonstrations
from xltlib.errors import XltError

SWAHILI = """\
code: swa
name: Swahili
flores: swh_Latn
prompts:
  topics:
    - {instruction: "Mada: {labels}.", document: Habari, answer: Mada}
labels: {health: afya, sports: michezo, travel: safari}
entity_types: {PER: PER}
none: hakuna
"""
PROFILE = """\
name: mine
about: My own.
model: {path: mini, context: 1024}
translator: {path: mini}
laft:
  corpus: {}
  learning_rate: 1e-4
  epochs: 1
  sequence: 128
  batch: 2
datasets:
  - {name: mine, task: topics, languages: [swa.yaml], table: {file: "{split}.csv", text: body, gold: topic}}
shots: [0, 2]
seeds: [0]
max_new_tokens: {topics: 8}
"""  # noqa: E501
WORDS = ["treni", "watalii", "hoteli", "ndege", "abiria", "wageni", "feri", "daktari", "dawa"]


def row(number, label):
    return f"{WORDS[number % 9]} namba {number} iko {WORDS[number // 9 % 9]} leo,{label}\n"


def table(start, n, labels=("health", "sports", "travel")):
    rows = (row(start + i, labels[i % len(labels)]) for i in range(n))
    return "body,topic\n" + "".join(rows)


@pytest.fixture
def own(tmp_path):
    """A folder with a profile, a language and a table that are right, but for what is given."""

    def write(**files):
        whole = {
            "profile.yaml": PROFILE,
            "swa.yaml": SWAHILI,
            "train.csv": table(0, 30),
            "test.csv": table(30, 60),
        }
        for name, content in (whole | files).items():
            path = tmp_path / name.replace("__", ".")
            path.write_bytes(content) if isinstance(content, bytes) else path.write_text(
                content, encoding="utf-8"
            )
        return str(tmp_path / "profile.yaml")

    yield write
    load_profile("mini")


def test_a_good_profile_is_ready_for_what_it_has(own):
    report = check(own())
    assert [str(f) for f in report.findings if f.stops == "all"] == []
    assert not report.ready["prompt"] and report.ready["laft"] and report.ready["translate"]
    said = str(report)
    assert "ready for prompt; not for laft: there is no text for 'swa'" in said
    assert "not for translate: mini does not know Swahili (swh_Latn)" in said
    assert "neither to read nor to write it" in said


@pytest.mark.parametrize("name", sorted(p.stem for p in paths.PROFILES.glob("*.yaml")))
def test_shipped_profiles_are_ready(name, published):
    local = name == "local"
    report = check(name, data_dir=str(published) if local else None)
    if not local:
        stopped = [f for f in report.refused if "data-dir" not in f.what]
        assert not stopped, "\n".join(map(str, stopped))


@pytest.mark.parametrize("name", sorted(p.stem for p in paths.LANGUAGES.glob("*.yaml")))
def test_shipped_languages_have_no_mistake(name):
    report = check(name)
    assert not report.findings and "usable" in str(report)


def test_all_204_codes_are_there():
    every = codes.flores()
    assert len(every) == 204 and sum(f.nllb for f in every.values()) == 202
    assert {f.flores for f in codes.of_code("swa")} == {"swh_Latn"}
    assert codes.of_code("sw")[0].name == "Swahili"
    assert codes.is_known("run") and codes.is_known("swa") and not codes.is_known("xyz")


#: Mistakes -> what must be said of each, all in one run of a profile with all of them.
BROKEN_LANGUAGE = """\
code: swa
name: Swahili
flores: swa_Latn
prompts:
  topics:
    - {instruction: "Mada: {labels}.", document: Habari, answer: Habari}
    - {instruction: "Chagua {topic}.", document: Makala, answer: Mada}
labels:
  health: afya
  sports: "afya"
  travel: "safari, utalii"
  geography: TODO
  culture: " utamaduni"
  economy: "u\u200bchumi"
  religion: "dini\u0430"
  people: "watu\u0301"
entity_types: {PER: hakuna}
none: hakuna
"""
BROKEN_PROFILE = (
    PROFILE.replace("corpus: {}", "corpus: {swa: OWN, yor: nothing}\n  rate: 3")
    .replace("shots: [0, 2]", "shots: [0, 2, 40]")
    .replace("seeds: [0]", "seeds: [0, 0]")
    .replace(
        "max_new_tokens: {topics: 8}", "max_new_tokens: {topics: 8}\nlimit: 500\ndata_dir: nowhere"
    )
    .replace("path: mini}", "path: /no/such/translator}")
    .replace(
        "datasets:\n",
        "datasets:\n  - {name: nosuch, task: topics, languages: [hau]}\n"
        "  - {name: sib200, task: ner, languages: [kin], arms: [promt]}\n",
    )
)
BROKEN_TEST = (
    table(30, 20, ("health",))
    + row(0, "sports")  # stands among the demonstrations
    + row(31, "Health")  # a test item again, with another answer; a label in two spellings
    + "Ndiyo,weather\n"  # a label without a word, one word
    + ",sports\n"
    + "nusu tu\n"
    + "MakÃ©ala mabaya sana leo,health\n"
    + "<b>Treni</b> mpya &nbsp; imefika leo,health\n"
)
EXPECTED = [
    "line 10: the labels 'health' and 'sports' have the same word 'afya'",
    "the word 'safari, utalii' for 'travel' has a comma",
    "line 12: labels.geography is still marked TODO",
    "labels.culture begins or ends with a space",
    "labels.economy has characters that nobody sees",
    "labels.religion has words that mix Latin letters with Cyrillic",
    "labels.people is not in composed Unicode",
    "line 3: 'swa_Latn' is none of the 204 codes of FLORES-200: it is swh_Latn",
    "prompts.topics.0 calls text and answer 'Habari'",
    "prompts.topics.1 uses {topic}",
    "no word for the data's label 'weather' (topics)",
    "no word for the data's label 'Health' (topics)",
    "laft.rate: Extra inputs are not permitted",
    "seeds: Value error, needs at least one value and none twice",
    "laft.corpus has 'yor', which no data set is in",
    "sib200 ner is for the arm 'promt', which the profile does not have",
    "`dataset` must be one of",
    "`task` must be one of 'topics', but got 'ner'",
    "there is no model /no/such/translator",
    "`data_dir` must be a folder that exists, but got 'nowhere'",
    "test.csv, line 25: the cell 'body' is empty",
    "test.csv, line 26: found 1 cells, expected 2",
    "limit is 500, but there are 25 test items",
    "25 test items: an interval will be wider",
    "demonstrations that are no test items, but 40 shots are asked for",
    "1 test items stand among the demonstrations",
    "the labels 'Health' and 'health' differ in spelling alone",
    "one text has two answers",
    "1 test items repeat another",
    "test.csv, line 23)",
    "have fewer than 3 words",
    "have what one encoding makes of another",
    "have markup",
    "no demonstration has the label 'Health', 'weather'",
    "no test item has the label 'travel'",
    "fewer than 5 test items of",
    "own.txt, line 3: not UTF-8",
]


def test_many_planted_mistakes_are_all_found_in_one_run(own, tmp_path):
    text = b"Maandishi ya kwanza.\nYa pili.\nYa tatu \xff.\n"
    profile = BROKEN_PROFILE.replace("OWN", str(tmp_path / "own.txt"))
    files = {"profile.yaml": profile, "swa.yaml": BROKEN_LANGUAGE, "own.txt": text}
    start = time.process_time()
    said = str(check(own(**files, **{"test.csv": BROKEN_TEST})))
    missing = [line for line in EXPECTED if line not in said]
    assert not missing, f"{missing}\n{said}"
    assert len(EXPECTED) >= 25
    assert time.process_time() - start < 3


def test_rows_of_ones_own_are_all_named(own):
    rows = table(30, 60) + ",sports\n" + row(95, "") + row(96, "sports") + " ,travel\n"
    said = str(check(own(**{"test.csv": rows})))
    for line in (62, 63, 65):
        assert f"test.csv, line {line}: the cell" in said


def test_labels_without_an_english_word_stop_translation_alone(own):
    language = SWAHILI.replace("travel: safari", "travel: safari, harvest: mavuno")
    test = table(30, 60, ("health", "harvest"))
    report = check(own(**{"swa.yaml": language, "test.csv": test, "train.csv": table(0, 30)}))
    (english,) = [f for f in report.findings if "no word for the data's label 'harvest'" in f.what]
    assert english.stops == "english" and english.where.endswith("eng.yaml")
    assert not report.ready["prompt"] and english in report.ready["translate"]
    assert report.is_ready is False and check(report.name, methods=["prompt"]).is_ready


def test_a_profile_brings_its_own_english(own):
    text = (paths.LANGUAGES / "eng.yaml").read_text(encoding="utf-8")
    more = text.replace("  travel: travel\n", "  travel: travel\n  harvest: harvest\n")
    language = SWAHILI.replace("travel: safari", "travel: safari, harvest: mavuno")
    profile = PROFILE + "languages: [eng.yaml]\n"
    name = own(
        **{
            "swa.yaml": language, "test.csv": table(30, 60, ("health", "harvest")),
            "profile.yaml": profile, "eng.yaml": more,
        }
    )  # fmt: skip
    assert "harvest" not in str([f for f in check(name).findings if "no word" in f.what])
    (file,) = Path(name).parent.glob("eng.yaml")
    file.write_text(more.replace("harvest: harvest", "harvest: TODO"), encoding="utf-8")
    report = check(name, methods=["prompt"])
    assert report.is_ready and "to put right" not in str(report)
    assert "labels.harvest is still marked TODO: write the word" in str(report)
    assert "labels.harvest is still marked TODO" in check(name).verdict()


@pytest.mark.parametrize(
    ("text", "says", "stops"),
    [
        ("", "is empty|no text", True),
        ("Neno moja tu.\n", "has 1 documents: too few to hold any out", True),
        ("".join(f"Maneno mengine {n}.\n" for n in range(30)), "words: a model learns little", 0),
        ("Habari za leo.\n" * 40, "39 of 40 documents repeat another", 0),
        ("".join(f"Слова другие {n}\n" for n in range(30)), "letters are not in the script", True),
        ("".join(row(n, "")[:-2] + "\n" for n in range(30, 90)), "nothing of .* is left", True),
    ],
)
def test_the_text_for_training(own, text, says, stops, tmp_path):
    profile = PROFILE.replace("corpus: {}", f"corpus: {{swa: {tmp_path}/own.txt}}")
    report = check(own(**{"profile.yaml": profile, "own.txt": text}))
    found = [f for f in report.findings if re.search(says, f.what)]
    assert found and bool(found[0].stops) == bool(stops), str(report)
    assert bool(report.ready["laft"]) == bool(stops)


@given(st.lists(st.text("aé Ã©â€<b>&amp;\u200b\x07\ufffdдΩï»¿", max_size=12), max_size=8))
def test_signs_are_counted_by_text_and_the_first_is_named(texts):
    found = {what: (n, first) for what, n, first, _ in characters.signs(texts)}
    for what, (_, pattern, _) in characters._SIGNS.items():
        at = [i for i, text in enumerate(texts) if pattern.search(text)]
        assert found.get(what) == ((len(at), at[0]) if at else None)


def test_prompts_that_are_cut_are_counted_at_every_number_of_shots(own, monkeypatch):
    """By a tokenizer that takes a letter for a token, on a context of a few hundred."""

    class Letters:
        def encode_batch_fast(self, texts, add_special_tokens):
            return [SimpleNamespace(ids=list(text), tokens=list(text)) for text in texts]

    monkeypatch.setattr(models, "model", lambda *_: Letters())
    long = "".join(f"{'neno ' * (10 * n)}mwisho {n},health\n" for n in range(20))
    profile = PROFILE.replace("context: 1024", "context: 520").replace("[0, 2]", "[2, 0, 1]")
    report = check(own(**{"profile.yaml": profile, "test.csv": "body,topic\n" + long}))
    (said,) = [f.what for f in report.findings if "will be cut" in f.what]
    shares = {int(k): int(n) for n, k in re.findall(r"(\d+)% at (\d)", said)}
    sizes = {k: lengths(report.name, k) for k in (0, 1, 2)}
    assert shares == {k: round(100 * sum(n > 512 for n in s) / 20) for k, s in sizes.items()}
    assert 0 < shares[0] < shares[1] < shares[2] < 100


def lengths(name, shots):
    """Of the prompts of all test items, in characters."""
    profile = load_profile(name)
    language = load_language(profile.datasets[0].languages[0])
    pool, test = (data.load("mine", "topics", "swa", split) for split in data.SPLITS)
    task, labels = tasks.get("topics"), data.labels("mine", "topics", "swa")
    shown = demonstrations.draw(pool, "topics", shots, 0, test, task.groups)
    return [len(task.render(item, shown, language, 0, labels).text()) for item in test]


def test_shots_that_are_too_many_are_named(own):
    profile = PROFILE.replace("[0, 2]", "[0, 2, 4, 20, 25]")
    said = str(check(own(**{"profile.yaml": profile})))
    assert "no prompt can be made with 20 shots: `shots` is 20" in said and "with 25" not in said


def test_scripts(own):
    arabic = table(30, 60).replace("namba", "رقم جديد من هذه الأشياء").replace("leo", "اليوم")
    said = str(check(own(**{"test.csv": arabic})))
    assert "letters are" in said and "script" in said
    ethiopic = SWAHILI.replace("Swahili", "አማርኛ").replace("swh_Latn", "amh_Ethi")
    ethiopic = ethiopic.replace("code: swa", "code: amh")
    said = str(check(own(**{"swa.yaml": ethiopic})))
    assert "of the label words are not in the script of 'amh_Ethi'" in said
    assert "the file is called 'swa', but its code is 'amh'" in said


def test_codes_that_do_not_agree(own):
    wrong = SWAHILI.replace("swh_Latn", "kin_Latn")
    said = str(check(own(**{"swa.yaml": wrong})))
    assert (
        "code 'swa' and flores 'kin_Latn' (Kinyarwanda) do not agree: write flores: swh_Lat" in said
    )
    said = str(check(own(**{"swa.yaml": SWAHILI.replace("code: swa", "code: xyz")})))
    assert "line 1: 'xyz' is no language of ISO 639" in said


def test_a_run_refuses_what_a_check_refuses(own, home, capsys):
    name = own()
    with pytest.raises(SystemExit) as end:
        cli.main(["run", "--profile", name, "--plan"])
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert "mini does not know Swahili" in said and "--methods prompt" in said
    assert "there is no text for 'swa'" in said
    refuse(name, methods=["prompt"])  # nothing is said
    with pytest.raises(XltError, match="no word for the data's label 'weather'"):
        refuse(own(**{"test.csv": table(30, 60, ("health", "weather"))}), methods=["prompt"])


def test_the_command_needs_no_torch_and_its_status_says_what_it_found(own, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["check", own(), "--methods", "prompt"])
    assert end.value.code == 0 and "ready for prompt" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        cli.main(["check", own()])
    assert end.value.code == 2 and "not for translate" in capsys.readouterr().out
    code = (
        "import sys; from xltlib.check import check; "
        f"print(check({own()!r})); assert not {{'torch', 'transformers'}} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_what_is_no_profile_and_no_language_is_said(tmp_path):
    assert "`profile` must be one of" in str(check("nosuch"))
    path = tmp_path / "a.yaml"
    path.write_text("- 1\n", encoding="utf-8")
    assert "is no mapping of settings" in str(check(str(path)))
    path.write_text("a: [\n", encoding="utf-8")
    assert "not YAML" in str(check(str(path)))


def test_a_folder_with_the_narrowed_sets_alone_is_enough(tmp_path, published, home):
    """Nothing is asked of data sets and languages that a run was told to leave out."""
    from xltlib.runs import grid

    shutil.copytree(published / "masakhanews" / "hau", tmp_path / "masakhanews" / "hau")
    shutil.copytree(published / "masakhanews" / "eng", tmp_path / "masakhanews" / "eng")
    for name in ("train", "dev", "test"):
        text = "index_id\tcategory\ttext\n" + "".join(
            f"{name}{n}\t{label}\tLabari na {name} {n}.\n"
            for n, label in enumerate(["sports", "health", "travel", "politics"] * 3)
        )
        for code in ("hau", "eng"):
            path = tmp_path / "sib200" / code / f"{name}.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            labels = path.with_name("labels.txt")
            labels.write_text("sports\nhealth\ntravel\npolitics\n", encoding="utf-8")
    asked = (["hau"], ["topics"], ["prompt"])
    refuse("local", *asked, str(tmp_path))
    options = grid.Options(*asked, shots=[0], data_dir=str(tmp_path))
    planned = grid.plan("local", options)
    cells = {job.label for job in planned if job.kind == "method"}
    assert cells == {"prompt topics masakhanews hau", "prompt topics sib200 hau"}
    # Of Kinyarwanda the folder has nothing: SIB-200's, which comes with the project, is left.
    kin = grid.Options(["kin"], ["topics"], ["prompt"], data_dir=str(tmp_path))
    cells = {job.label for job in grid.plan("local", kin) if job.kind == "method"}
    assert cells == {"prompt topics sib200 kin"}
    with pytest.raises(XltError, match="kin"):
        refuse("local", ["kin"], ["ner"], ["prompt"], str(tmp_path))
