"""The grid: what runs, with which parameters, after what; and what a cell id depends on."""

import json
import shutil
from pathlib import Path

import pytest
import toy_grid
import yaml
from conftest import FIXTURES

from xltlib import check, methods, paths
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.records import modules, provenance, results
from xltlib.runs import grid, narrowing, notebooks
from xltlib.runs.plan import time as estimates

ANALYSES = ("00_start_here", "results/scores", "tasks/ner", "tasks/summarization", "tasks/topics")
PROJECTION = "validity/projection"
CELL = (
    "# %% [markdown]\n# # Words\n"
    '# %% tags=["parameters"{tags}]\nprofile = "mini"\ncells = None\n# %%\n1 + 1\n'
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Notebooks of all kinds, and revisions that do not need data or models."""
    own = [*(f"methods/{name}" for name in methods.registry()), "05_your_language"]
    own += ["preparations/adapt", "preparations/translations"]
    for name in (*ANALYSES, *own):
        text = CELL.format(tags="")
        write(tmp_path, name, text if name in ANALYSES else text.replace("cells = None\n", ""))
    write(tmp_path, PROJECTION, CELL.format(tags=', "where:translator", "where:ner"'))
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(provenance, "data", lambda name, code, folder: f"{name} {code}")
    monkeypatch.setattr(provenance, "model", lambda spec: f"{type(spec).__name__}")
    return tmp_path


def write(root: Path, name: str, text: str) -> Path:
    place, _, stem = name.rpartition("/")
    return toy_grid.write(root / place, stem, text)


def ids(profile: str = "mini", **options) -> dict[str, str]:
    return {job.label: job.id for job in grid.plan(profile, grid.Options(**options))}


def own(folder: Path, **changes: object) -> str:
    """The path of a copy of the mini profile."""
    content = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
    folder.mkdir(exist_ok=True)
    path = folder / "mini.yaml"
    path.write_text(yaml.safe_dump(content | changes, allow_unicode=True), encoding="utf-8")
    return str(path)


def analyses(**options) -> set[str]:
    return {j.label for j in grid.plan("mini", grid.Options(**options)) if j.kind == "analysis"}


def test_mini_is_the_whole_grid_in_order(folder):
    jobs = grid.plan("mini")
    kinds = [job.kind for job in jobs]
    assert (kinds.count("method"), kinds.count("preparation")) == (27, 3 + 9)
    assert [j.name for j in jobs if j.kind == "analysis"] == [*ANALYSES, PROJECTION]
    seen: set[str] = set()
    for job in jobs:
        assert {b.id for b in job.depends_on} <= seen
        seen.add(job.id)
    assert len(seen) == len(jobs)
    cells = [job for job in jobs if job.kind == "method"]
    for job in cells:
        method = methods.get(job.facts["method"])
        prepared = method.preparation and [f"preparations/{method.preparation.notebook}"]
        assert [b.name for b in job.depends_on] == (prepared or [])
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
    assert [j.label for j in jobs] == [
        "adapt laft lug", "laft ner mini lug", "00_start_here", "results/scores", "tasks/ner"
    ]  # fmt: skip
    given = {"shots": [0, 8], "seeds": [5], "limit": 7, "dataset": "mini", "language": "lug"}
    assert given.items() <= jobs[1].parameters.items()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"languages": ["swa"]}, "`languages` must be one of 'hau', 'kin', 'lug', but got 'swa'"),
        ({"tasks": ["qa"]}, "`tasks` must be one of 'summarization', 'topics', 'ner', but"),
        (
            {"methods": ["icl"]},
            "`methods` must be one of 'prompt', 'laft', 'translate', 'prompt_bytes'",
        ),
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
    (folder / "methods/laft.py").unlink()
    with pytest.raises(XltError, match="no notebook for the method 'laft': add methods/laft.py"):
        grid.plan("mini")
    grid.plan("mini", grid.Options(methods=["prompt"]))
    shutil.rmtree(folder)
    with pytest.raises(XltError, match="no notebooks in"):
        grid.plan("mini")


def test_a_language_without_text_to_adapt_on_is_refused(folder, tmp_path):
    text = (paths.PROFILES / "mini.yaml").read_text().replace("lug: mini}", "}", 1)
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(XltError, match="laft.corpus.lug"):
        grid.plan(str(path))
    assert grid.plan(str(path), grid.Options(methods=["prompt"]))


def test_the_pivot_has_cells_of_arms_that_neither_train_nor_translate(folder, tmp_path):
    sets = [{"name": "mini", "task": "ner", "languages": ["eng", "hau"]}]
    path = own(tmp_path / "own", datasets=sets)
    labels = [x for x in ids(path, languages=["eng"]) if "eng" in x]
    assert labels == ["prompt ner mini eng"]
    path = own(tmp_path / "own", datasets=sets, pivot="hau")
    assert {"translate ner mini hau", "laft ner mini hau"}.isdisjoint(ids(path, languages=["hau"]))


# Arms


ARMS = [
    {"name": "prompt"},
    {"name": "laft"},
    {"name": "laft_twice", "method": "laft", "laft": {"epochs": 2}},
    {"name": "translate"},
    {"name": "marked", "method": "translate", "projection": {"by": "markers"}, "tasks": ["ner"]},
    {"name": "few", "method": "prompt", "shots": [1], "languages": ["hau"], "tasks": ["topics"]},
]


def test_arms_are_the_axis_of_the_grid(folder, tmp_path):
    jobs = grid.plan(own(tmp_path / "own", arms=ARMS), grid.Options(languages=["hau"]))
    cells = [j for j in jobs if j.kind == "method"]
    assert len(cells) == 4 * 3 + 1 + 1
    assert list(dict.fromkeys(j.parameters["arm"] for j in cells)) == [a["name"] for a in ARMS]
    assert {j.name for j in cells} == {"methods/prompt", "methods/laft", "methods/translate"}
    few = next(j for j in cells if j.parameters["arm"] == "few")
    assert (few.parameters["shots"], few.parameters["task"]) == ([1], "topics")
    twice = {j.depends_on[0].id for j in cells if j.parameters["arm"].startswith("laft")}
    assert len(twice) == 2, "each text and settings has its own adapted model"


def test_arms_that_need_the_same_preparation_share_it(folder, tmp_path):
    same = [{"name": "laft"}, {"name": "laft_worded", "method": "laft", "wording": 0}]
    jobs = grid.plan(own(tmp_path / "own", arms=same), grid.Options(languages=["hau"]))
    assert [j.label for j in jobs if j.kind == "preparation"] == ["adapt laft hau"]
    assert len({j.id for j in jobs}) == len(jobs)


def test_methods_narrow_to_arms_and_arms_to_themselves(folder, tmp_path):
    path = own(tmp_path / "own", arms=ARMS)
    options = {"languages": ["hau"], "tasks": ["topics"]}
    by_method = ids(path, methods=["laft"], **options)
    assert {"laft topics mini hau", "laft_twice topics mini hau"} <= set(by_method)
    by_arm = ids(path, methods=["laft_twice"], **options)
    assert "laft topics mini hau" not in by_arm and "laft_twice topics mini hau" in by_arm
    assert by_arm["laft_twice topics mini hau"] == by_method["laft_twice topics mini hau"]
    assert "few topics mini hau" not in ids(path, shots=[0, 4], **options)


def test_an_analysis_runs_where_it_has_something_to_read(folder):
    assert analyses() == {*ANALYSES, PROJECTION}
    assert PROJECTION not in analyses(methods=["prompt", "laft"])
    few = analyses(tasks=["topics"])
    assert PROJECTION not in few and "tasks/topics" in few and "tasks/ner" not in few
    assert "05_your_language" not in analyses(), "it has no parameter `cells`"


def test_what_is_not_asked_for_is_not_read(folder, monkeypatch, tmp_path):
    read = set()
    monkeypatch.setattr(provenance, "data", lambda name, code, folder: read.add((name, code)))
    path = own(
        tmp_path / "own",
        datasets=[
            {"name": "mini", "task": "topics", "languages": ["hau", "lug"]},
            {"name": "sib200", "task": "topics", "languages": ["kin"]},
            {"name": "masakhaner1", "task": "ner", "languages": ["hau"]},
        ],
        data_dir=str(tmp_path),
    )
    assert ids(path, methods=["prompt"], languages=["hau"], tasks=["topics"])
    assert read == {("mini", "hau")}


# What an id depends on


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
    notebooks._cells.cache_clear()


def changed(before: dict[str, str], **options) -> set[str]:
    return {k for k, v in ids(**options).items() if v != before[k]} - {*ANALYSES, PROJECTION}


def test_a_cell_id_changes_with_what_the_outcome_depends_on(folder, monkeypatch):
    before = ids()
    assert ids() == before
    same = set(before) - changed(before, limit=3) - {*ANALYSES, PROJECTION}
    assert same == {k for k in before if k.startswith("adapt ")}

    path = folder / "methods/prompt.py"
    edit(path, "1 + 1", "1 + 2")
    assert changed(before) == {k for k in before if k.startswith("prompt ")}
    edit(path, "1 + 2", "1 + 1")
    edit(path, "# # Words", "# # Other words")
    assert ids() == before

    monkeypatch.setattr(
        provenance, "data", lambda name, code, folder: "new" if code == "hau" else f"{name} {code}"
    )
    assert changed(before) == {k for k in before if k.endswith("hau")}


def test_new_adaptation_settings_change_its_cells_alone(folder, tmp_path):
    path = own(tmp_path / "own")
    before = ids(path)
    assert before == ids()  # where a profile lies does not count
    laft = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["laft"]
    own(tmp_path / "own", laft=laft | {"epochs": 2})
    assert changed(before, profile=path) == {k for k in before if "laft" in k}


def test_the_length_of_another_tasks_answers_does_not_count(folder, tmp_path):
    before = ids()
    path = own(tmp_path / "own", max_new_tokens={"summarization": 41, "topics": 16, "ner": 64})
    cells = {
        f"{arm} summarization mini {c}"
        for arm in load_profile("mini").first
        for c in ("hau", "kin", "lug")
    }
    assert changed(before, profile=path) == cells


def test_where_the_data_lie_does_not_count(folder, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert ids(data_dir=str(tmp_path / "a")) == ids(data_dir=str(tmp_path / "b"))


def test_a_projector_and_its_encoder_change_the_cells_of_translate(folder, tmp_path):
    before = ids()
    expected = {k for k in before if "translat" in k and k not in {*ANALYSES, PROJECTION}}
    for projection in ({"by": "alignment"}, {"by": "alignment", "encoder": {"path": "mini"}}):
        assert changed(before, profile=own(tmp_path / "own", projection=projection)) == expected
    assert changed(before, profile=own(tmp_path / "own", projection={"by": "match"})) == set()


# Which sources a cell is made by


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package's sources that a test may write to."""
    copy = tmp_path / "xltlib"
    shutil.copytree(paths.PACKAGE, copy, ignore=shutil.ignore_patterns("checkpoints", "*cache*"))
    real = paths.PACKAGE
    files = {name: found.relative_to(real) for name in ("mini", "sib200", "masakhaner1")
             if (found := modules_of(name))}  # fmt: skip
    monkeypatch.setattr(modules, "_defining", lambda n: [files[n].with_suffix("").as_posix()])
    monkeypatch.setattr(paths, "PACKAGE", copy)
    return copy


def modules_of(name: str) -> Path | None:
    from xltlib.data import registry

    return registry.module(name)


def test_a_cell_depends_on_its_own_task_method_picker_and_data_set_alone(package):
    cells = {
        "mini": modules.Own("topics", "prompt", "fixed", ("mini",)),
        "sib200": modules.Own("topics", "prompt", "fixed", ("sib200",)),
        "ner": modules.Own("ner", "prompt", "fixed", ("mini",)),
        "laft": modules.Own("topics", "laft", "fixed", ("mini",)),
    }

    def touched(file: str, line: str) -> set[str]:
        """The cells whose hash changes with a line at the end of a file."""
        clear()
        before = {name: modules.hashes(own) for name, own in cells.items()}
        with open(package / file, "a", encoding="utf-8") as out:
            out.write(f"\n{line}\n")
        clear()
        return {name for name, own in cells.items() if modules.hashes(own) != before[name]}

    assert touched("data/sets/sib200.py", "# a comment") == set()
    assert touched("data/sets/sib200.py", "_NEW = 1") == {"sib200"}
    assert touched("data/sets/xlsum.py", "_NEW = 1") == set()
    assert touched("tasks/ner.py", "_NEW = 1") == {"ner"}
    assert touched("methods/laft.py", "_NEW = 1") == {"laft"}
    assert touched("models/training/adapt.py", "_NEW = 1") == {"laft"}
    assert touched("methods/translate.py", "_NEW = 1") == set()
    for shared in ("study/study.py", "prompts/layout.py", "models/engine/core.py", "tasks/base.py"):
        assert touched(shared, "_NEW = 1") == set(cells), shared
    (package / "data/sets/new.py").write_text("SOURCE = 1\n")
    (package / "tasks/new.py").write_text("name = 'new'\n")
    assert touched("report/build.py", "_NEW = 1") == set()


def clear() -> None:
    for function in (modules._imports, modules._states, modules._tree, modules._code_sha):
        function.cache_clear()


def test_machinery_that_does_not_count_is_all_there():
    for name in provenance.MACHINERY:
        assert (paths.PACKAGE / name).exists(), name
    for name in modules.ROOMS:
        assert (paths.PACKAGE / name).is_dir(), name


def test_environment_names_no_user_machine_or_path():
    text = json.dumps(provenance.environment())
    assert str(Path.home()) not in text.replace('"/"', "")
    assert str(paths.CHECKOUT) not in text
    assert provenance.environment()["packages"]["numpy"]


def test_an_optional_arm_runs_where_it_is_named(tmp_path):
    arms = [{"name": "prompt"}, {"name": "near", "method": "prompt", "optional": True}]
    path = own(tmp_path / "own", arms=arms)

    def of(**options):
        jobs = grid.plan(path, grid.Options(languages=["hau"], tasks=["topics"], **options))
        return {job.parameters["arm"] for job in jobs if job.kind == "method"}

    assert of() == of(methods=["prompt"]) == {"prompt"}
    assert of(methods=["near"]) == {"near"}
    assert of(methods=["all"]) == {"prompt", "near"}


def test_an_arm_that_lacks_text_is_left_out_and_said(tmp_path):
    laft = load_profile("mini").laft.model_dump() | {"min_lines": 10**6}
    path = own(tmp_path / "own", arms=[{"name": "prompt"}, {"name": "laft"}], laft=laft)
    options = grid.Options(languages=["hau"], tasks=["topics"])
    jobs = grid.plan(path, options)
    assert {job.parameters.get("arm") for job in jobs if job.kind != "analysis"} == {"prompt"}
    (said,) = narrowing.left_out(narrowing.narrowed(path, options))
    assert said.startswith("laft hau is left out: mini has ") and "1,000,000" in said
    assert not grid.plan(path, grid.Options(languages=["hau"], methods=["laft"]))


def test_a_folder_with_one_set_runs_that_set_and_the_others_are_said(tmp_path, capsys):
    """Masakhanews is in the profile and not in the folder; SIB-200's folder holds Hausa alone."""
    shutil.copytree(FIXTURES / "masakhaner1" / "hau", tmp_path / "masakhaner1" / "hau")
    options = grid.Options(methods=["prompt"], tasks=["ner"], data_dir=str(tmp_path))
    jobs = grid.plan("local", options)
    labels = [job.label for job in jobs if job.kind == "method"]
    assert labels == ["prompt ner masakhaner1 hau"]
    narrowing.say_left_out("local", options, jobs)
    out = capsys.readouterr().out
    assert out.count("is left out") == 2 and "masakhaner1 ner kin is left out: `language`" in out
    check.refuse("local", tasks=["ner"], methods=["prompt"], data_dir=str(tmp_path))
    with pytest.raises(XltError, match="no folder .*masakhanews: get the files from github.com"):
        check.refuse("local", tasks=["summarization"], methods=["prompt"], data_dir=str(tmp_path))
    trained = grid.Options(methods=["laft"], tasks=["ner"], data_dir=str(tmp_path))
    with pytest.raises(XltError, match="text to train on is not cleaned of the test sets that are"):
        narrowing.say_left_out("local", trained, [])
    nothing = grid.Options(tasks=["summarization"], data_dir=str(tmp_path))
    with pytest.raises(XltError, match="nothing is left of profile 'local'.*masakhanews summari"):
        narrowing.say_left_out("local", nothing, grid.plan("local", nothing))


def test_an_analysis_looks_at_the_items_that_the_cells_were_asked_about(tmp_path, monkeypatch):
    cell = {"arm": "prompt", "task": "topics", "dataset": "sib200", "language": "hau", "limit": 24}
    made = {"prompt topics sib200 hau": (tmp_path / "abc", {"parameters": cell})}
    monkeypatch.setattr(results, "newest", lambda name, kinds: made)
    seen = results.evaluated(load_profile("local"))
    assert seen.limit == 100 and [d.limit for d in seen.datasets] == [24]


def test_published_cells_are_done_and_their_analyses_read_the_data_folder(tmp_path):
    place = {"task": "topics", "dataset": "mini", "language": "hau"}
    cell = {"cell": "abc", "kind": "method", "notebook": "methods/prompt", "parameters": place}
    cell |= {"facts": {"method": "prompt", "order": 0}}
    done, *analyses = grid.published("mini", [cell, {"kind": "preparation"}], str(tmp_path))
    assert done.id == "abc" and done.kind == "method"
    assert {job.kind for job in analyses} == {"analysis"}
    assert {job.parameters["data_dir"] for job in analyses} == {str(tmp_path)}
    names = {job.name for job in analyses}
    assert {"results/scores", "tasks/topics", "10_data", "validity/readings"} <= names
    assert "validity/sensitivity" not in names  # it asks the model


@pytest.mark.parametrize("tag", ["needs:model", "takes:long"])
def test_an_analysis_that_takes_long_begins_before_those_that_only_count(folder, home, tag):
    write(folder, "validity/asks", CELL.format(tags=f', "{tag}"'))
    jobs = grid.plan("mini", grid.Options(languages=["hau"]))
    expected = estimates.estimate(jobs)
    seconds = {job.name: expected[job.id].seconds for job in jobs if job.kind == "analysis"}
    asks = seconds.pop("validity/asks")
    assert seconds and asks > max(seconds.values())
