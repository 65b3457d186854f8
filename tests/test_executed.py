"""Executed notebooks in a publication: our code, the published records, no text held back."""

import base64
import io
import json
import random

import nbformat
import pytest
from PIL import Image

from xltlib import paths
from xltlib.report import executed

PYTHON = {"name": "python", "version": "3.11.9"}
PY = '# %% tags=["parameters"]\ncells = None\n# %% [markdown]\n# words\n# %%\nprint(1)\n'


def png() -> str:
    """A picture with more colours than are kept."""
    image = Image.frombytes("RGB", (60, 60), random.Random(1).randbytes(60 * 60 * 3))
    written = io.BytesIO()
    image.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def ran(folder, notebook, kind, parameters, code=PY, tags=("parameters",), label=None):
    """A cell as a run leaves it: its folder and manifest."""
    sources = [block.split("\n", 1)[1] for block in code.split("# %%")[1:]]
    cells = [
        nbformat.v4.new_code_cell(sources[0].strip(), metadata={"tags": list(tags)}),
        nbformat.v4.new_code_cell(
            "\n".join(f"{k} = {v!r}" for k, v in parameters.items()),
            metadata={"tags": ["injected-parameters"]},
        ),
        nbformat.v4.new_markdown_cell("words"),
        nbformat.v4.new_code_cell(
            sources[2].strip(),
            outputs=[nbformat.v4.new_output("display_data", {"image/png": png()})],
        ),
    ]
    made = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": PYTHON})
    folder.mkdir(parents=True)
    nbformat.write(made, folder / "notebook.ipynb")
    given = {k: v for k, v in parameters.items() if k != "cells"}
    manifest = {"kind": kind, "notebook": notebook, "parameters": given}
    return folder, manifest | {"label": label or notebook}


@pytest.fixture
def done(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path / "notebooks")
    for name in ("results/scores", "methods/prompt", "tasks/topics", "preparations/adapt"):
        path = tmp_path / "notebooks" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PY, encoding="utf-8")
    here = {"task": "topics", "dataset": "masakhanews", "language": "hau"}
    return [
        ran(tmp_path / "c1", "methods/prompt", "method", here,
            label="prompt topics masakhanews hau"),
        ran(tmp_path / "a1", "results/scores", "analysis", {"cells": ["c1"]}),
        ran(tmp_path / "a2", "tasks/topics", "analysis", {"cells": ["c1"]},
            tags=("parameters", "needs:data")),
        ran(tmp_path / "p1", "preparations/adapt", "preparation", {"language": "hau"},
            label="adapt hau"),
    ]  # fmt: skip


def test_a_link_leads_to_what_is_published_beside_it_or_to_its_source(done, tmp_path):
    words = "[topics](../tasks/topics.ipynb) and [cost](cost.ipynb)"
    path = tmp_path / "a1" / "notebook.ipynb"
    path.write_text(path.read_text("utf-8").replace('"words"', json.dumps(words)), "utf-8")
    out = tmp_path / "figures" / "published" / "mini"
    kept, _ = executed.keep(done, out, ())
    made = out / "notebooks" / "results" / "scores.ipynb"
    linked = json.loads(made.read_text("utf-8"))["cells"][2]["source"]
    source = "../../../../../notebooks/results/cost.ipynb"
    assert "".join(linked) == f"[topics](../tasks/topics.ipynb) and [cost]({source})"
    assert (made.parent / source).resolve() == tmp_path / "notebooks" / "results" / "cost.ipynb"
    assert executed.faults(out, kept, ["c1"]) == []


def test_they_have_names_for_people_and_nothing_about_where_they_ran(done, tmp_path):
    kept, notes = executed.keep(done, tmp_path / "out", ())
    assert notes == [] and list(kept)[:2] == [
        "notebooks/results/scores.ipynb", "notebooks/tasks/topics.ipynb",
    ]  # fmt: skip
    assert "notebooks/methods/prompt-topics-masakhanews-hau.ipynb" in kept
    made = json.loads((tmp_path / "out" / "notebooks/results/scores.ipynb").read_text("utf-8"))
    nbformat.validate(nbformat.from_dict(made))
    assert made["metadata"]["language_info"] == {"name": "python"}
    assert made["metadata"]["xltlib"] == {"notebook": "results/scores", "cell": "a1"}
    shown = made["cells"][3]["outputs"][0]["data"]["image/png"]
    assert len("".join(shown)) < len(png()), "fewer colours, fewer bytes"
    assert executed.faults(tmp_path / "out", kept, ["c1"]) == []
    assert executed.stale(tmp_path / "out", kept) == []


def test_texts_that_may_not_be_passed_on_are_not_shown(done, tmp_path):
    hidden = executed.hidden(done, ["topics masakhanews hau"])
    assert hidden == {"c1", "a2", "p1"} and executed.hidden(done, []) == set()
    assert executed.hidden(done, ["topics masakhanews kin"]) == {"a2", "p1"}
    kept, notes = executed.keep(done, tmp_path / "out", hidden)
    assert list(kept) == ["notebooks/results/scores.ipynb"] and "3 executed notebooks" in notes[0]


def test_other_code_than_the_project_s_is_left_out(done, tmp_path):
    (paths.NOTEBOOKS / "results" / "scores.py").write_text(PY + "\nx = 2\n", encoding="utf-8")
    (paths.NOTEBOOKS / "tasks" / "topics.py").unlink()
    kept, notes = executed.keep(done, tmp_path / "out", ())
    assert {known["cell"] for known in kept.values()} == {"c1", "p1"} and len(notes) == 2
    assert "results/scores has other code than notebooks/results/scores.py" in notes[0]


def test_a_notebook_that_was_edited_or_reads_other_records_is_found(done, tmp_path):
    kept, _ = executed.keep(done, tmp_path / "out", ())
    (tmp_path / "out" / "notebooks" / "mine.ipynb").write_text("{}", encoding="utf-8")
    path = tmp_path / "out" / "notebooks/tasks/topics.ipynb"
    path.write_text(path.read_text("utf-8").replace("print(1)", "print(2)"), encoding="utf-8")
    assert executed.faults(tmp_path / "out", kept, ["c2"]) == [
        "notebooks/mine.ipynb is no notebook of this publication",
        "notebooks/results/scores.ipynb reads records that are not published: c1",
        "notebooks/tasks/topics.ipynb is missing or was changed",
    ]
    (paths.NOTEBOOKS / "methods" / "prompt.py").write_text(PY + "\nx = 2\n", encoding="utf-8")
    assert "notebooks/methods/prompt-topics-masakhanews-hau.ipynb" in executed.stale(
        tmp_path / "out", kept
    )


def test_together_they_stay_below_a_size_and_analyses_go_first(done, tmp_path, monkeypatch):
    one = executed.keep(done[1:2], tmp_path / "one", ())[0]
    size = (tmp_path / "one" / next(iter(one))).stat().st_size
    monkeypatch.setattr(executed, "LIMIT", 2 * size + 100)
    kept, notes = executed.keep(done, tmp_path / "out", ())
    assert {known["cell"] for known in kept.values()} == {"a1", "a2"}
    assert "2 executed notebooks are not published as .ipynb" in notes[0]
