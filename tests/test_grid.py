"""The grid: what runs, with which parameters, after what; and what a cell id depends on."""

import json
import shutil
from pathlib import Path

import pytest
import toy_grid

from xltlib import paths
from xltlib.config import METHODS
from xltlib.errors import XltError
from xltlib.records import provenance
from xltlib.runs import grid, notebooks

ANALYSES = ("00_start_here", "10_data", "60_significance")
CELL = '# %% [markdown]\n# # Words\n# %% tags=["parameters"]\nprofile = "mini"\n# %%\n1 + 1\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Notebooks of all kinds, and revisions that do not need data or models."""
    stems = [grid.LAFT, grid.TRANSLATION, *ANALYSES, "90_new_language"]
    stems += [
        f"{3 + i}{1 + j}_{m}_{t}"
        for i, m in enumerate(METHODS)
        for j, t in enumerate(("summarization", "topics", "ner"))
    ]
    for stem in stems:
        toy_grid.write(tmp_path, stem, CELL)
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(provenance, "data", lambda name, code, folder: f"{name} {code}")
    monkeypatch.setattr(provenance, "model", lambda spec: f"{type(spec).__name__}")
    return tmp_path


def ids(**options) -> dict[str, str]:
    return {job.label: job.id for job in grid.plan("mini", grid.Options(**options))}


def test_mini_is_the_whole_grid_in_order(folder):
    jobs = grid.plan("mini")
    kinds = [job.kind for job in jobs]
    assert (kinds.count("method"), kinds.count("preparation")) == (27, 3 + 9)
    assert [j.notebook.stem for j in jobs if j.kind == "analysis"] == list(ANALYSES)
    seen: set[str] = set()
    for job in jobs:
        assert {b.id for b in job.depends_on} <= seen
        seen.add(job.id)
    assert len(seen) == len(jobs)
    cells = [job for job in jobs if job.kind == "method"]
    for job in cells:
        method = job.notebook.stem.split("_")[1]
        before = [b.notebook.stem for b in job.depends_on]
        expected = {"prompt": [], "laft": [grid.LAFT], "translate": [grid.TRANSLATION]}
        assert before == expected[method]
        assert all(b.parameters["language"] == job.parameters["language"] for b in job.depends_on)
    for job in jobs:
        if job.kind == "analysis":
            assert job.parameters["cells"] == [c.id for c in cells]
        assert json.loads(json.dumps(job.parameters)) == job.parameters


def test_options_narrow_and_replace(folder):
    options = grid.Options(
        languages=["lug"], tasks=["ner"], methods=["laft"], shots=[0, 8], seeds=[5], limit=7
    )
    jobs = grid.plan("mini", options)
    assert [j.label for j in jobs[:2]] == ["20_laft_adaptation lug", "43_laft_ner mini lug"]
    assert [j.kind for j in jobs[2:]] == ["analysis"] * 3
    given = {"shots": [0, 8], "seeds": [5], "limit": 7, "dataset": "mini", "language": "lug"}
    assert given.items() <= jobs[1].parameters.items()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"languages": ["swa"]}, "`languages` must be one of 'hau', 'kin', 'lug', but got 'swa'"),
        ({"tasks": ["qa"]}, "`tasks` must be one of 'summarization', 'topics', 'ner', but"),
        ({"methods": ["icl"]}, "`methods` must be one of 'prompt', 'laft', 'translate', but got"),
        ({"shots": [-1]}, "shots"),
        ({"limit": 0}, "limit"),
        ({"data_dir": "no/such/folder"}, "`data_dir` must be a folder that exists"),
    ],
)
def test_unknown_values_are_refused(folder, options, message):
    with pytest.raises(XltError, match=message):
        grid.plan("mini", grid.Options(**options))


def test_unknown_profile_and_missing_notebooks(folder):
    with pytest.raises(XltError, match="`profile` must be one of"):
        grid.plan("maxi")
    (folder / "42_laft_topics.py").unlink(missing_ok=True)
    for path in folder.glob("*_laft_topics.py"):
        path.unlink()
    with pytest.raises(XltError, match="no notebook for the method 'laft' and the task 'topics'"):
        grid.plan("mini")
    grid.plan("mini", grid.Options(tasks=["ner"]))
    shutil.rmtree(folder)
    with pytest.raises(XltError, match="no notebooks in"):
        grid.plan("mini")


def test_a_language_without_text_to_adapt_on_is_refused(folder, tmp_path):
    text = (paths.PROFILES / "mini.yaml").read_text().replace("lug: mini}", "}", 1)
    own = tmp_path / "own.yaml"
    own.write_text(text)
    with pytest.raises(XltError, match="laft.corpus.lug"):
        grid.plan(str(own))
    assert grid.plan(str(own), grid.Options(methods=["prompt"]))


def test_english_has_prompt_cells_only(folder, tmp_path):
    own = tmp_path / "own.yaml"
    text = (paths.PROFILES / "mini.yaml").read_text()
    own.write_text(text.replace("languages: [hau", "languages: [eng, hau"))
    labels = [j.label for j in grid.plan(str(own), grid.Options(languages=["eng"]))]
    assert [x for x in labels if "eng" in x and "prompt" not in x] == []
    assert sum("eng" in x for x in labels) == 3


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
    notebooks._cells.cache_clear()


def test_a_cell_id_changes_with_what_the_outcome_depends_on(folder, monkeypatch):
    before = ids()
    assert ids() == before

    changed = {k for k, v in ids(limit=3).items() if v != before[k]}
    assert changed == {k for k in before if not k.startswith("20_")}

    path = next(folder.glob("*_prompt_ner.py"))
    edit(path, "1 + 1", "1 + 2")
    changed = {k for k, v in ids().items() if v != before[k]}
    assert changed == {f"{path.stem} mini {c}" for c in ("hau", "kin", "lug")} | set(ANALYSES)
    edit(path, "1 + 2", "1 + 1")
    edit(path, "# # Words", "# # Other words")
    assert ids() == before

    monkeypatch.setattr(
        provenance, "data", lambda name, code, folder: "new" if code == "hau" else f"{name} {code}"
    )
    changed = {k for k, v in ids().items() if v != before[k]}
    assert changed == {k for k in before if k.endswith("hau")} | set(ANALYSES)


def test_new_adaptation_text_changes_its_cells_alone(folder, tmp_path):
    own = tmp_path / "mini.yaml"
    text = (paths.PROFILES / "mini.yaml").read_text()
    own.write_text(text)
    before = {j.label: j.id for j in grid.plan(str(own))}
    assert before == ids()  # where a profile lies does not count
    own.write_text(text.replace("epochs: 1", "epochs: 2"))
    after = {j.label: j.id for j in grid.plan(str(own))}
    assert {k for k in before if before[k] != after[k]} == {
        k for k in before if "_laft_" in k
    } | set(ANALYSES)


def test_where_the_data_lie_does_not_count(folder, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert ids(data_dir=str(tmp_path / "a")) == ids(data_dir=str(tmp_path / "b"))


def test_projectors_are_compared_only_where_entities_are_translated(folder):
    toy_grid.write(folder, grid.PROJECTION, CELL)
    assert grid.PROJECTION in ids()
    assert grid.PROJECTION not in ids(methods=["prompt", "laft"])
    assert grid.PROJECTION not in ids(tasks=["topics"])


def test_a_projector_and_its_encoder_change_the_cells_of_translate(folder, tmp_path):
    own = tmp_path / "new" / "mini.yaml"
    own.parent.mkdir()
    text = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
    before = {j.label: j.id for j in grid.plan("mini")}
    changed = {}
    for by in ("{by: match}", "{by: alignment}", "{by: alignment, encoder: {path: mini}}"):
        own.write_text(f"{text}projection: {by}\n", encoding="utf-8")
        after = {j.label: j.id for j in grid.plan(str(own))}
        changed[by] = {k for k in before if before[k] != after[k]} - set(ANALYSES)
    assert changed.pop("{by: match}") == set()
    expected = {k for k in before if "_translat" in k}
    assert all(labels == expected for labels in changed.values())


def test_a_notebook_of_a_number_from_90_is_not_run(folder):
    assert not [x for x in ids() if x.startswith("90")]


def test_sources_that_make_records_are_all_there():
    for name in provenance.MAKE_RECORDS:
        assert (paths.PACKAGE / name).exists(), name
    for name in provenance.MACHINERY:
        assert (paths.PACKAGE / name).exists(), name


def test_environment_names_no_user_machine_or_path():
    text = json.dumps(provenance.environment())
    assert str(Path.home()) not in text.replace('"/"', "")
    assert str(paths.CHECKOUT) not in text
    assert provenance.environment()["packages"]["numpy"]
