import pytest
import yaml

from xltlib import paths
from xltlib.config import Cell, load_language, load_profile
from xltlib.data.registry import CORPORA, SOURCES
from xltlib.errors import XltError

PROFILES = sorted(p.stem for p in paths.PROFILES.glob("*.yaml"))


@pytest.mark.parametrize("name", PROFILES)
def test_shipped_profiles_are_valid_and_named_as_their_files(name):
    profile = load_profile(name)
    assert profile.name == name
    for data in profile.datasets:
        for code in data.languages:
            assert data.task in load_language(code).prompts


@pytest.mark.parametrize("name", PROFILES)
def test_shipped_profiles_name_data_and_text_that_there_is(name):
    profile = load_profile(name)
    for data in profile.datasets:
        source = SOURCES[data.name]
        assert data.task in source.tasks
        known = source.published if source.local else source.languages(None)
        assert known is None or set(data.languages) <= set(known)  # None: any of FLORES
    for code, corpus in profile.laft.corpus.items():
        assert code in CORPORA[corpus].published
    languages = {code for data in profile.datasets for code in data.languages}
    # English is prompted alone
    assert languages - {"eng"} <= {*profile.laft.corpus, *profile.laft.adapted}


@pytest.mark.parametrize("name", ["small", "paper", "modern", "modern_african"])
def test_hub_profiles_ask_every_task_in_every_language(name):
    asked = {(d.task, code) for d in load_profile(name).datasets for code in d.languages}
    tasks = ("summarization", "topics", "ner")
    assert asked == {(task, code) for task in tasks for code in ("hau", "kin", "lug")}


def test_the_papers_known_settings_stand_in_its_profile():
    paper = load_profile("paper")
    laft = paper.laft
    assert paper.model.path == "huggyllama/llama-7b"
    assert (laft.learning_rate, laft.batch, laft.epochs) == (2e-5, 4, 3)
    assert (laft.warmup_ratio, laft.seed) == (0.03, 42)
    assert (laft.betas, laft.epsilon) == ((0.9, 0.999), 1e-8)


def test_changes_replace_and_empty_ones_do_not():
    profile = load_profile("mini", shots=[0, 2], seeds=[], limit=None)
    assert profile.shots == (0, 2)
    assert profile.seeds == load_profile("mini").seeds


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"shots": [1, 1]}, "shots"),
        ({"shots": [-1]}, "greater than or equal to 0"),
        ({"limit": 0}, "limit"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_bad_changes_are_refused_by_name(changes, says):
    with pytest.raises(XltError, match=says):
        load_profile("mini", **changes)


def test_an_adapted_model_of_no_language_is_refused(tmp_path):
    text = (paths.PROFILES / "modern.yaml").read_text(encoding="utf-8")
    path = tmp_path / "modern.yaml"
    path.write_text(text.replace("adapted: {hau:", "adapted: {hua:"), encoding="utf-8")
    with pytest.raises(XltError, match="`laft.adapted` must be one of 'hau', .* but got 'hua'"):
        load_profile(str(path))


def test_an_unknown_profile_or_language_lists_those_there_are():
    with pytest.raises(XltError, match="`profile` must be one of .*'mini'.* got 'maxi'"):
        load_profile("maxi")
    with pytest.raises(XltError, match="`language` must be one of 'eng', 'hau', 'kin', 'lug'"):
        load_language("nan")


def test_a_language_may_be_a_file(tmp_path):
    content = load_language("hau").model_dump(mode="json") | {"code": "xho", "name": "Xhosa"}
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert load_language(str(path)).name == "Xhosa"
    path.write_text(yaml.safe_dump(content | {"code": "Xhosa", "extra": 1}), encoding="utf-8")
    with pytest.raises(XltError) as refused:
        load_language(str(path))
    assert "code" in str(refused.value) and "extra" in str(refused.value)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(XltError, match="any.yaml, line 1: not YAML"):
        load_language(str(path))
    with pytest.raises(XltError, match="cannot read"):
        load_language(str(tmp_path / "none.yaml"))


def test_a_cell_is_frozen_and_closed():
    cell = Cell(arm="prompt", method="prompt", task="ner", dataset="mini", language="hau")
    assert cell.slug == "prompt-ner-mini-hau"
    with pytest.raises(ValueError, match="frozen"):
        cell.method = "laft"
    with pytest.raises(ValueError, match="colour"):
        Cell(arm="a", method="b", task="ner", dataset="mini", language="hau", colour="red")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("limit: 80", "limit: true"), "limit: .*needs a number, and true or false is none"),
        (("seeds: [0, 1", "seeds: [0, true"), "seeds: .*true or false is none"),
        (("context: 1024", "context: true"), "model.context: .*true or false is none"),
        (("topics: 16", "topics: false"), "max_new_tokens: .*true or false is none"),
        (("name: mini", f"name: {'a' * 65}"), "name: .*at most 64"),
    ],
)
def test_a_truth_value_is_no_number_and_a_name_fits_a_folder(tmp_path, changed, says):
    text = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
    assert changed[0] in text
    (tmp_path / "own.yaml").write_text(text.replace(*changed, 1), encoding="utf-8")
    with pytest.raises(XltError, match=says):
        load_profile(str(tmp_path / "own.yaml"))


def test_a_profile_has_a_data_set(tmp_path):
    text = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
    head, tail = text.split("datasets:\n")[0], text[text.index("shots:") :]
    (tmp_path / "own.yaml").write_text(f"{head}datasets: []\n{tail}", encoding="utf-8")
    with pytest.raises(XltError, match="datasets: .*at least 1 item"):
        load_profile(str(tmp_path / "own.yaml"))


def test_an_unknown_key_of_an_arm_is_answered_with_those_that_are_known(tmp_path):
    content = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
    content["arms"] = [{"name": "quick", "method": "laft", "laft": {"learn_rate": 1.0e-4}}]
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(XltError, match="learn_rate: .*it may have .*learning_rate") as refused:
        load_profile(str(file))
    assert "arm 'quick'" in str(refused.value)
