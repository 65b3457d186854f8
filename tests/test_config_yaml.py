"""Settings in YAML: nothing is guessed, everything wrong is said with its line, and quickly."""

import time

import pytest
import yaml

from xltlib import paths
from xltlib.config import language_name, load_language, load_profile, yaml_file
from xltlib.errors import XltError
from xltlib.figures.look import language_name as name_in_figures

HAUSA = (paths.LANGUAGES / "hau.yaml").read_text(encoding="utf-8")
MINI = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")


@pytest.fixture
def written(tmp_path):
    def write(text, name="a.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    load_profile("mini")


@pytest.mark.parametrize(
    "path",
    [*sorted(paths.LANGUAGES.glob("*.yaml")), *sorted(paths.PROFILES.glob("*.yaml"))],
    ids=lambda p: p.stem,
)
def test_shipped_files_mean_the_same_to_any_reader(path):
    found = yaml_file.read(path)
    assert found.content == yaml.safe_load(path.read_text(encoding="utf-8"))
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1.0e-4", 1e-4), ("-3", -3), ("0", 0), (".5", 0.5), ("true", True),
        ("FALSE", False), ("~", None), ("", None), ("'no'", "no"), ('"010"', "010"),
        ("'1:30'", "1:30"), ("hau_Latn", "hau_Latn"), ("1.2.3", "1.2.3"), ("Ƙasa", "Ƙasa"),
    ],
)  # fmt: skip
def test_plain_values(written, text, value):
    found = yaml_file.read(written(f"a: {text}\n"))
    assert found.content == {"a": value} and not found.problems


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("010", "octal"), ("-007", "octal"), ("0x1F", "another base"), ("0b11", "another base"),
        ("0o17", "another base"), ("1_000", "underscores"), ("1:30", "base 60"),
        ("12:30:45", "base 60"), ("no", "truth value"), ("Yes", "truth value"),
        ("ON", "truth value"), ("2024-05-01", "a date"),
        ("2024-05-01 10:00:00", "a date"), (".inf", "no finite"), ("-.NaN", "no finite"),
        ("1e999", "too large"), ("9" * 400, "too large"),
    ],
)  # fmt: skip
def test_what_readers_of_yaml_do_not_agree_on_is_refused(written, text, says):
    found = yaml_file.read(written(f"a: 1\nb:\n  - {text}\n"))
    ((line, message),) = found.problems
    assert line == 3 and says in message
    with pytest.raises(XltError, match=r"a\.yaml cannot be read as settings:\n  line 3: "):
        found.refuse()


def test_a_key_given_twice_is_refused_with_both_lines(written):
    once = "  sports: wasanni\n"
    path = written(HAUSA.replace(once, f"  sports: AAA\n{once}"))
    line = next(n for n, text in enumerate(HAUSA.splitlines(), 1) if text == once.rstrip())
    expected = rf"line {line + 1}: the key 'sports' of labels is given twice, .* in line {line}"
    with pytest.raises(XltError, match=expected):
        load_language(str(path))
    with pytest.raises(XltError, match="the key 'labels' is given twice"):
        load_language(str(written(f"{HAUSA}labels: {{sports: wasanni}}\n")))
    # one letter in two forms of Unicode, and flow style
    both = "{Ọ: 1, \u004f\u0323: 2, [a]: 3}"
    problems = yaml_file.read(written(f"labels: {both}\n")).problems
    assert ["twice" in said for _, said in problems] == [True, False]
    assert "a key must be a word" in problems[1][1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "'1'"), ("1", "1.0"), ("true", "'true'"), ("sports", "sports\u200d"), ("a", "'a '")],
)
def test_keys_that_look_alike_are_one_key_twice(written, one, other):
    (problem,) = yaml_file.read(written(f"labels:\n  {one}: x\n  {other}: y\n")).problems
    assert problem[0] == 3 and "is given twice, here and in line 2" in problem[1]


@pytest.mark.parametrize("line", ["b:\u00a0x", "\u3000b: x", "- b:\u202fx", "b: \u200bx"])
def test_a_space_that_is_none_to_yaml_is_named(written, line):
    with pytest.raises(XltError, match=r"line 2: a space of another kind \(U\+[0-9A-F]{4}\)"):
        yaml_file.read(written(f"a: 1\n{line}\n"))
    text = "a: 1\nb: Voilà\u00a0x\nc: 'a\u00a0b'\n"
    assert yaml_file.read(written(text)).content["c"] == "a\u00a0b"


@pytest.mark.parametrize("value", ["“Labari”", "„Labari“ ko ”", "«Labari»", "‘Labari’"])
def test_quotation_marks_of_print_are_no_quotes(written, value):
    ((line, message),) = yaml_file.read(written(f"a: 1\nb: {value}\n")).problems
    assert line == 2 and "a text in quotation marks, or one with them" in message
    assert yaml_file.read(written(f"b: '{value}'\n")).content["b"] == value


def test_all_that_is_wrong_is_said_at_once(written):
    text = HAUSA.replace("name: Hausa", "nmae: Hausa").replace("code: hau", "code: Hausa")
    with pytest.raises(XltError) as refused:
        load_language(str(written(text)))
    said = str(refused.value)
    assert "line 2: code: String should match" in said
    assert "line 3: nmae: Extra inputs are not permitted" in said and "name: Field required" in said


def _bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 9):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_bomb(), "line 1: anchors"),
        ("a: *nothing", "line 1: anchors"),
        ("[" * 100_000, "nested more than 20 levels"),
        ("{a: " * 30_000, "nested more than 20 levels"),
        ("".join(f"{' ' * n}a:\n" for n in range(300)), "nested more than 20 levels"),
        ("a: " + "x" * 150_000, "a value of 150,000 characters"),
        ("a: |\n" + "  word\n" * 20_000, "characters"),
        ("a: 1\n" * 50_000, "has 250,000 bytes"),
        ("k" * 5_000 + ": 1", "not YAML"),
        ("a: !!python/object/apply:os.system [ls]", "the tag 'tag:yaml.org,2002:python"),
        ("a: !!binary aGk=", "tags are not read"),
        ("# nothing\n", "is empty"),
        ("a: 1\n---\na: 2\n", "line 2: not YAML"),
        ("a: [1\nb: 2\n", "line 2: not YAML"),
        ("a:\n\tb: 1\n", "line 2: not YAML"),
        ("a: \x00\n", "is not YAML"),
    ],
    ids=lambda text: text[:12].strip(),
)
@pytest.mark.parametrize("load", [load_language, load_profile])
def test_hostile_files_are_refused_quickly(written, text, says, load):
    path = written(text)
    start = time.process_time()
    with pytest.raises(XltError, match="a.yaml") as refused:
        load(str(path))
    assert says in str(refused.value) and len(str(refused.value)) < 1_000
    assert time.process_time() - start < 2


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"code: hau\nname: caf\xe9\n")
    with pytest.raises(XltError, match="a.yaml, line 2: not UTF-8"):
        load_language(str(path))
    path.write_bytes("\ufeffa: 1\n".encode())
    assert yaml_file.read(path).content == {"a": 1}


@pytest.mark.parametrize("number", ["inf", "nan", "'inf'"])
def test_numbers_are_finite(written, number):
    text = MINI.replace("learning_rate: 1.0e-4", f"learning_rate: {number}")
    with pytest.raises(XltError, match="learning_rate"):
        load_profile(str(written(text)))


def _with_languages(*names):
    return MINI.replace("languages: [hau, kin, lug]", f"languages: [{', '.join(map(str, names))}]")


def test_a_profile_brings_languages_by_path_relative_to_itself(written, monkeypatch, tmp_path):
    swahili = HAUSA.replace("code: hau", "code: swa").replace("name: Hausa", "name: Kiswahili")
    swahili = swahili.replace("hau_Latn", "swh_Latn")
    written(swahili, "mine/words/swa.yaml")
    profile = written(_with_languages("words/swa.yaml", "hau"), "mine/profile.yaml")
    monkeypatch.chdir(tmp_path.parent)
    loaded = load_profile(str(profile), limit=3)
    assert all(d.languages == ("swa", "hau") for d in loaded.datasets)
    assert load_language("swa").flores == "swh_Latn"
    assert language_name("swa") == name_in_figures("swa") == "Kiswahili"
    load_profile("mini")  # which has no Swahili
    with pytest.raises(XltError, match="`language` must be one of 'eng', 'hau', 'kin', 'lug'"):
        load_language("swa")
    assert language_name("swa") == "swa" and language_name("lug") == "Luganda"


def test_a_profile_may_have_its_own_words_for_a_shipped_language(written):
    path = written(HAUSA.replace("name: Hausa", "name: Hausa of Zinder"), "hau.yml")
    profile = written(_with_languages(path), "profile.yaml")
    load_profile(str(profile))
    assert load_language("hau").name == language_name("hau") == "Hausa of Zinder"
    load_profile("mini")
    assert language_name("hau") == "Hausa"


def test_a_language_named_twice_is_refused(written):
    path = written(HAUSA, "hau.yaml")
    profile = written(_with_languages("hau", path), "profile.yaml")
    with pytest.raises(XltError, match="languages: .*at least one .* and none twice"):
        load_profile(str(profile))


def test_two_files_of_one_code_are_refused(written):
    one, two = (written(HAUSA, name) for name in ("one.yaml", "two.yaml"))
    profile = written(_with_languages(one, two), "profile.yaml")
    with pytest.raises(XltError, match=r"profile\.yaml, line \d+: .* are both 'hau'"):
        load_profile(str(profile))


def test_a_profile_with_a_bad_language_file_names_that_file(written):
    profile = written(_with_languages("none.yaml"), "profile.yaml")
    with pytest.raises(XltError, match="cannot read .*none.yaml"):
        load_profile(str(profile))
    written("code: [", "none.yaml")
    with pytest.raises(XltError, match="none.yaml, line 1: not YAML"):
        load_profile(str(profile))
