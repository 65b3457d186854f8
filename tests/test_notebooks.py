"""Notebooks: parameters, pairs, and what is taken out before they are written."""

import json
import subprocess
import sys
from pathlib import Path

import papermill
import pytest
import toy_grid

from xltlib import paths
from xltlib.errors import XltError
from xltlib.runs import notebooks

TEXT = '# %% [markdown]\n# # Hello\n# %% tags=["parameters"]\na = 1\nb: str = "x"\n# %%\na\n'


def test_reading_is_deterministic_and_keeps_tags(tmp_path):
    path = toy_grid.write(tmp_path, "31_x", TEXT)
    assert notebooks.read(path) == notebooks.read(path)
    assert [c.cell_type for c in notebooks.read(path).cells] == ["markdown", "code", "code"]
    assert notebooks.parameters(path) == ("a", "b")


def test_reading_builds_no_grammars_of_addresses(tmp_path):
    """Of a new process, and what was left out can be imported afterwards."""
    path = toy_grid.write(tmp_path, "31_x", TEXT)
    code = (
        "import sys; from pathlib import Path; from xltlib.runs import notebooks; "
        "print(len(notebooks.read(Path(sys.argv[1])).cells), 'lark' in sys.modules, "
        "'jsonschema' in sys.modules, 'rfc3987_syntax' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["3", "False", "True", "False"]


def test_a_missing_notebook_is_named(tmp_path):
    with pytest.raises(XltError, match="cannot read the notebook .*none.py"):
        notebooks.read(tmp_path / "none.py")


@pytest.mark.parametrize("text", ["# %%\na = 1\n", TEXT + TEXT])
def test_parameters_need_one_tagged_cell(tmp_path, text):
    with pytest.raises(XltError, match="one cell tagged 'parameters'"):
        notebooks.parameters(toy_grid.write(tmp_path, "31_x", text))


def test_parameters_are_papermills(tmp_path):
    """The injected cell follows the defaults and gives back the very values."""
    path = toy_grid.write(tmp_path, "31_x", TEXT)
    values = {"a": [0, 4, None, True, 1.5, {"k": "no"}], "b": "nan \"ɓ' \\"}
    notebook = papermill.execute_notebook(
        notebooks.read(path), None, parameters=values, prepare_only=True, progress_bar=False
    )
    assert [c.metadata.get("tags", []) for c in notebook.cells[1:3]] == [
        ["parameters"],
        ["injected-parameters"],
    ]
    found: dict = {}
    exec(notebook.cells[2].source, found)
    assert {k: found[k] for k in values} == values


def test_scrub_names_folders_instead_of_showing_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "h"))
    data = tmp_path / "h" / "data"
    text = f"{data}/x.tsv {paths.home()}/runs {sys.prefix}/lib {paths.CHECKOUT}/xltlib/cli.py"
    clean = notebooks.scrub({"a": [text]}, str(data))["a"][0]
    assert clean == "$DATA_DIR/x.tsv $XLTLIB_HOME/runs $PYTHON/lib $XLTLIB/xltlib/cli.py"
    near = f"{paths.home()}ly a word, and 1/2"
    assert notebooks.scrub(near) == near or "$TMP" in notebooks.scrub(near)
    assert notebooks.scrub("ɓ ɗ ƙ ’ 1/2 and/or") == "ɓ ɗ ƙ ’ 1/2 and/or"


def test_written_notebooks_have_no_timestamps(tmp_path):
    notebook = notebooks.read(toy_grid.write(tmp_path, "31_x", TEXT))
    notebook.cells[1].metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
    notebooks.write(notebook, tmp_path / "out.ipynb")
    assert "2026" not in (tmp_path / "out.ipynb").read_text()
    assert not list(tmp_path.glob("*.part"))


def test_pairs_are_made_one_way(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    toy_grid.write(tmp_path, "31_x", TEXT)
    pair = tmp_path / "31_x.ipynb"
    assert notebooks.pairs(check=True) == [pair] and not pair.exists()
    assert notebooks.pairs() == [pair]
    assert notebooks.pairs(check=True) == notebooks.pairs() == []
    content = json.loads(pair.read_text())
    assert all(not c.get("outputs") for c in content["cells"])
    content["cells"].pop()
    pair.write_text(json.dumps(content))
    assert notebooks.pairs() == [pair]
    (tmp_path / "own.ipynb").write_text("{}")
    assert notebooks.pairs(check=True) == [tmp_path / "own.ipynb"]
    notebooks.pairs()
    assert (tmp_path / "own.ipynb").exists(), "a file of the reader's own was deleted"
    assert (tmp_path / "31_x.py").read_text() == TEXT


def test_the_projects_pairs_fit_their_sources():
    stale = notebooks.pairs(check=True)
    assert not stale, f"run python -m xltlib notebooks: {[p.name for p in stale]}"


def test_the_projects_notebooks_hold_no_relative_or_absolute_paths():
    for path in sorted(paths.NOTEBOOKS.rglob("*.py")):
        text = Path(path).read_text(encoding="utf-8")
        for folder in ("../", "/home/", "/root/", "/tmp/", "/Users/"):
            assert folder not in text, f"{path.name} holds {folder}"
