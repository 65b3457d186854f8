"""``laft`` with models that others adapted: nothing is trained, and the records say which."""

import shutil
from pathlib import Path

import pytest
import yaml

from xltlib import paths
from xltlib.config import load_language, load_profile
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.models import revision
from xltlib.models.training import adapt as training
from xltlib.records import provenance, results
from xltlib.runs import grid
from xltlib.study.study import Study


@pytest.fixture
def profile(tmp_path):
    """The mini profile with a Hausa model of others, and no text of its own for Hausa."""
    other = tmp_path / "others_hausa_LAFT"
    shutil.copytree(paths.MINI_CHECKPOINTS / "lm", other)
    content = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
    content["laft"] |= {"adapted": {"hau": str(other)}, "corpus": {"kin": "mini", "lug": "mini"}}
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(content | {"name": "own"}), encoding="utf-8")
    return str(path)


def test_records_say_whose_model_answered_and_nothing_is_trained(home, profile, monkeypatch):
    monkeypatch.setattr(training, "adapt", None)
    study = Study("laft", "topics", profile=profile, language="hau", shots=[0], limit=3)
    rows = study.run(progress=lambda _: None)
    other = load_profile(profile).laft.adapted["hau"]
    assert set(rows["model_revision"]) == {f"others_hausa_LAFT {revision(Path(other))}"}
    assert not (study.folder / results.HISTORY).exists()
    (shown,) = laft.adapted_on(study.profile, study.language)  # what the notebook shows
    assert shown == "others_hausa_LAFT: adapted by others, whose model card says on what"
    kin = load_language("kin")
    read = laft.training_text(study.profile, kin).lines
    assert laft.adapted_on(study.profile, kin) == read[:3] and len(read) > 3
    with pytest.raises(XltError, match="others_hausa_LAFT as the model adapted to hau: there is"):
        laft.adapted(study.profile, study.language)


def test_the_grid_trains_the_others_alone(home, profile):
    jobs = grid.plan(profile, grid.Options(tasks=["topics"]))
    trained = [j.parameters["language"] for j in jobs if j.name == "preparations/adapt"]
    assert trained == ["kin", "lug"]
    cells = {
        j.parameters["language"]: j
        for j in jobs
        if j.parameters.get("arm") == "laft" and j.kind == "method"
    }
    assert cells["hau"].depends_on == () and "adapted" in cells["hau"].inputs
    assert cells["kin"].depends_on and "adapted" not in cells["kin"].inputs
    before = cells["hau"].id
    weights = Path(load_profile(profile).laft.adapted["hau"]) / "config.json"
    weights.write_text(weights.read_text(encoding="utf-8") + " ", encoding="utf-8")
    provenance.model.cache_clear()
    again = grid.plan(profile, grid.Options(tasks=["topics"], languages=["hau"], methods=["laft"]))
    assert before not in {j.id for j in again}


def test_a_hub_model_may_be_pinned(profile):
    spec = load_profile(profile)
    given = {"hau": "ChrisToukmaji/llama_hausa_LAFT@7d00d64", "lug": "some/other"}
    spec = spec.model_copy(update={"laft": spec.laft.model_copy(update={"adapted": given})})
    hau, lug, kin = (laft.released(spec, code) for code in ("hau", "lug", "kin"))
    assert (hau.path, hau.revision) == ("ChrisToukmaji/llama_hausa_LAFT", "7d00d64")
    assert (lug.path, lug.revision, lug.context) == ("some/other", None, spec.model.context)
    assert kin is None
    (shown,) = laft.adapted_on(spec, load_language("hau"))
    assert shown.startswith("ChrisToukmaji/llama_hausa_LAFT@7d00d64: ")
