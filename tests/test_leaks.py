"""Adapting on the text that a test set was taken from is refused unless it is asked for."""

import shutil

import pytest
from conftest import FIXTURES

from xltlib import paths
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.records import provenance
from xltlib.runs import grid
from xltlib.study.study import Study


@pytest.fixture
def leaking(tmp_path, monkeypatch):
    """The local profile, adapted on the text that MasakhaNER 1.0 was annotated from."""
    text = (paths.PROFILES / "local.yaml").read_text(encoding="utf-8")
    shutil.copytree(FIXTURES, tmp_path, dirs_exist_ok=True)  # sets that are not here are left out
    path = tmp_path / "leaking.yaml"
    path.write_text(text.replace("hau: lacuna,", "hau: masakhaner1_text,"), encoding="utf-8")
    monkeypatch.setattr(provenance, "data", lambda *_: "")
    monkeypatch.setattr(provenance, "model", lambda *_: "")
    return path


def plan(path, **options):
    return grid.plan(str(path), grid.Options(data_dir=str(path.parent), **options))


def test_the_profile_is_refused_before_anything_runs(leaking):
    with pytest.raises(XltError, match="holds the test text of masakhaner1") as error:
        plan(leaking)
    assert "laft.corpus.hau" in str(error.value) and "allow_leaks: true" in str(error.value)
    with pytest.raises(XltError, match="masakhaner1_text"):
        Study("laft", "ner", profile=str(leaking), dataset="masakhaner1")


def test_what_does_not_touch_the_leak_runs(leaking):
    assert plan(leaking, methods=["prompt", "translate"])
    assert plan(leaking, tasks=["topics"])
    assert plan(leaking, languages=["kin"])
    Study("laft", "topics", profile=str(leaking), dataset="masakhanews")
    Study("prompt", "ner", profile=str(leaking), dataset="masakhaner1")


def test_a_profile_may_allow_it(leaking):
    text = leaking.read_text(encoding="utf-8")
    leaking.write_text(text.replace("laft:\n", "laft:\n  allow_leaks: true\n"), encoding="utf-8")
    assert plan(leaking)


@pytest.mark.parametrize("name", ["mini", "local"])
def test_shipped_profiles_do_not_leak(name):
    profile = load_profile(name)
    assert not profile.laft.allow_leaks
    from xltlib.methods.laft import check_leaks

    for language in profile.laft.corpus:
        check_leaks(profile, language, [d.name for d in profile.datasets if not d.optional])


def test_an_optional_set_that_training_text_holds_is_refused_where_it_is_named():
    from xltlib.methods.laft import check_leaks

    with pytest.raises(XltError, match="lacuna', which holds the test text of mafand"):
        check_leaks(load_profile("local"), "lug", ["mafand"])
