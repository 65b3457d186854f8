"""``--fresh``: what it forgets is what the jobs of the run would use, and nothing else."""

import pandas as pd
import pytest
from conftest import mini_without_arms

from xltlib import paths
from xltlib.config import load_language, load_profile
from xltlib.methods import laft
from xltlib.methods.translate import cache_of
from xltlib.models.training import adapt as training
from xltlib.records import results
from xltlib.runs import grid, runner

ARMS = """arms:
  - {name: fast, method: laft}
  - {name: slow, method: laft, laft: {learning_rate: 1.0e-5}}
  - {name: translated, method: translate}
  - {name: copied, method: translate, translator: {path: copy}}
"""

JOINT = """arms:
  - {name: fast, method: laft}
  - {name: both, method: laft, laft: {joint: [hau, kin]}}
  - {name: both_slow, method: laft, laft: {joint: [hau, kin], learning_rate: 1.0e-5}}
"""


@pytest.fixture
def profile(tmp_path, home):
    path = tmp_path / "own.yaml"
    text = mini_without_arms() + ARMS
    for code in ("hau", "kin"):
        lines = "\n".join(f"{code} {i} daga Kano." for i in range(9))
        (tmp_path / f"{code}.txt").write_text(lines, encoding="utf-8")
        text = text.replace(f"{code}: mini", f"{code}: {tmp_path / code}.txt")
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def trained(profile, monkeypatch):
    return trained_by(profile, ("fast", "slow"), monkeypatch)


def trained_by(profile, arms, monkeypatch):
    """Arm and language -> the folder of a model that was adapted without training."""

    def adapt(spec, lines, settings, folder):
        folder.mkdir(parents=True)
        pd.DataFrame({"step": [1]}).to_parquet(folder / "history.parquet")

    monkeypatch.setattr(training, "adapt", adapt)
    return {
        (arm, code): laft.adapted(load_profile(profile).of_arm(arm), load_language(code))[0]
        for arm in arms
        for code in ("hau", "kin")
    }


def forget(profile, arm):
    options = grid.Options(languages=["hau"], tasks=["topics"], methods=[arm])
    jobs = [job for job in grid.plan(profile, options) if job.kind != "analysis"]
    assert {job.kind for job in jobs} == {"preparation", "method"}
    for job in jobs:
        job.folder.mkdir(parents=True)
    runner._forget(jobs)
    assert not any(job.folder.exists() for job in jobs)


def test_the_model_of_an_arm_goes_also_where_an_older_cell_was_made_with_it(profile, trained):
    own = trained["fast", "hau"]
    older = paths.runs("own") / "a-cell-of-another-version"
    older.mkdir()
    (older / "manifest.json").write_text("{}", encoding="utf-8")
    history = pd.DataFrame({"model_revision": [f"{own.name} as float32"], "step": [1]})
    history.to_parquet(older / results.HISTORY)
    forget(profile, "fast")
    assert not own.exists() and older.is_dir()


def test_models_of_other_arms_and_languages_stay_without_any_cell_of_theirs(profile, trained):
    forget(profile, "fast")
    there = {place for place, folder in trained.items() if folder.is_dir()}
    assert there == {("fast", "kin"), ("slow", "hau"), ("slow", "kin")}


def test_a_joint_model_goes_with_its_own_arm_alone(profile, tmp_path, monkeypatch):
    """Two arms that adapt to the same languages together, and one that adapts to each."""
    text = (tmp_path / "own.yaml").read_text(encoding="utf-8").replace(ARMS, JOINT)
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    folders = trained_by(profile, ("both", "both_slow", "fast"), monkeypatch)
    assert folders["both", "hau"] == folders["both", "kin"]
    assert len({folder.name for folder in folders.values()}) == 4
    forget(profile, "fast")
    gone = {folders["fast", "hau"]}
    assert {folder for folder in folders.values() if not folder.is_dir()} == gone
    forget(profile, "both_slow")
    gone.add(folders["both_slow", "hau"])
    assert {folder for folder in folders.values() if not folder.is_dir()} == gone


def test_a_text_that_was_read_for_training_is_read_anew(profile, trained):
    kept = {p.name.split("-")[0]: p for p in (paths.runs("own") / "corpora").iterdir()}
    assert set(kept) == {"hau", "kin"}
    forget(profile, "fast")
    assert not kept["hau"].exists() and kept["kin"].is_file()
    forget(profile, "slow")  # whose text is not there any more, and whose model is
    assert not trained["slow", "hau"].exists() and trained["slow", "kin"].is_dir()


def test_translations_of_the_arms_own_translator_go_with_their_journal(profile):
    scope = "topics-mini-hau"
    files = {a: cache_of(load_profile(profile).of_arm(a), scope) for a in ("translated", "copied")}
    files["other"] = cache_of(load_profile(profile).of_arm("translated"), "topics-mini-kin")
    files["journal"] = files["translated"].with_name(f"{files['translated'].name}-wal")
    files["translated"].parent.mkdir(parents=True)
    for file in files.values():
        file.write_bytes(b"x")
    forget(profile, "translated")
    assert {name for name, file in files.items() if file.exists()} == {"copied", "other"}
