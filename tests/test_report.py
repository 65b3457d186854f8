"""The report: valid HTML that shows what is there and names what is missing or does not fit."""

import json
from html.parser import HTMLParser

import factories
import nbformat
import pytest

from xltlib import figures, paths, stats
from xltlib.errors import XltError
from xltlib.records import results
from xltlib.report import artifacts, gather
from xltlib.report import build as report

VOID = {"meta", "img", "br", "hr", "link", "input", "col"}


class Page(HTMLParser):
    """Checks that tags nest, and collects links, images and ids."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.images, self.ids, self.text = [], [], [], [], ""
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" and "href" in given else []
        self.images += [given["src"]] if tag == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> does not close what is open"

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A small profile's figures, tables and two executed notebooks."""
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    records = factories.records(items=20, shots=[0, 2])
    source = artifacts.made_by("60_significance", {"profile": "mini"}, records)
    tables = {
        "scores": stats.score_table(records, resamples=50),
        "paired": stats.paired_table(records, resamples=50),
        "pooled": stats.pooled_table(records, resamples=50),
    }  # fmt: skip
    for name, table in tables.items():
        artifacts.save_table(table, name, f"Table <{name}>", profile="mini", source=source)
    artifacts.save_figure(
        figures.scores(tables["scores"]), "scores", "Scores & more", profile="mini", source=source
    )
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("# Ƙasa"),
        nbformat.v4.new_code_cell(
            "1 < 2", outputs=[nbformat.v4.new_output("stream", text="ɗ <b>\n")]
        ),
    ])  # fmt: skip
    for cell, label in (("aa", "31_prompt_summarization mini hau"), ("bb", "60_significance")):
        folder = paths.runs("mini") / cell
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "notebook.ipynb")
        manifest = {
            "cell": cell, "label": label, "kind": "method", "facts": {},
            "seconds": 2.5, "peak_memory_mb": 100.0,
            "startup_seconds": 0.5, "notebook": label.split()[0],
            "parameters": {"shots": [0, 2], "seeds": [0, 1]}, "inputs": {"model": "f00d"},
            "environment": {"python": "3.11.7", "cpu": "Some CPU", "packages": {"torch": "2.13.0"}},
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        phases = {"loading": 0.5, "generation": 0.75}
        (folder / "phases.json").write_text(json.dumps(phases), encoding="utf-8")
    return tmp_path


def test_what_stands_first_is_made_by_a_notebook():
    text = "".join(p.read_text(encoding="utf-8") for p in paths.NOTEBOOKS.rglob("*.py"))
    assert [name for name in report.FIRST if f'"{name}"' not in text] == []


def test_where_the_time_goes_adds_up_to_all_of_it(home):
    found = results.phases(results.newest("mini").values()).set_index("phase")["seconds"]
    assert found.to_dict() == {
        "generation": 1.5, "notebooks": 1.5, "start-up": 1.0, "loading": 1.0,
    }  # fmt: skip
    page = Page(report.build("mini", about="x").read_text(encoding="utf-8")).text
    assert "Where the time goes" in page and "generation" in page


def test_a_section_without_content_is_not_in_the_navigation(home):
    """Cells of another program, or of a version that did not measure start-up, have no phases."""
    imported, unmeasured = sorted((home / "runs" / "mini").glob("*/manifest.json"))
    for path, change in ((imported, {"kind": "imported"}), (unmeasured, {"startup_seconds": None})):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(manifest | change), encoding="utf-8")
    assert results.phases(results.newest("mini").values()).empty
    page = Page(report.build("mini", about="x").read_text(encoding="utf-8"))
    assert "time" not in page.ids and "#time" not in page.links
    assert "#notebooks" in page.links and "Where the time goes" not in page.text


def test_the_page_is_valid_and_every_relative_link_leads_somewhere(home):
    path = report.build("mini", about="What it is.")
    assert path == home / "figures" / "mini" / "index.html"
    page = Page(path.read_text(encoding="utf-8"))
    assert len(page.ids) == len(set(page.ids))
    for link in page.links + page.images:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert "://" not in link and (path.parent / link).is_file(), link
    for expected in (
        "What it is.",
        "Table <pooled>",
        "Scores & more",
        "3.11.7",
        "2.13.0",
        "f00d",
        "[0, 1]",
        "5 s",
    ):
        assert expected in page.text, expected
    assert "http" not in "".join(page.links)


def test_conclusions_are_computed_from_the_saved_tables(home):
    text = Page(report.build("mini", about="x").read_text(encoding="utf-8")).text
    assert "Of 18 conditions, prompt scores highest in " in text
    assert "At 2 shots, pooled over 9 conditions" in text
    (home / "figures" / "mini" / "tables" / "pooled.csv").unlink()
    text = Page(report.build("mini", about="x").read_text(encoding="utf-8")).text
    assert (
        "No conclusions, because these tables are missing: pooled.csv" in text
        and "scores highest in" not in text
    )


def test_executed_notebooks_become_pages_and_are_kept_until_they_change(home):
    report.build("mini", about="x")
    path = home / "figures" / "mini" / "notebooks" / "aa.html"
    content = path.read_text(encoding="utf-8")
    Page(content)
    assert "Ƙasa" in content and "ɗ &lt;b&gt;" in content and "https://" not in content
    before = path.stat().st_mtime_ns
    report.build("mini", about="x")
    assert path.stat().st_mtime_ns == before
    source = home / "runs" / "mini" / "aa" / "notebook.ipynb"
    source.write_text(
        source.read_text(encoding="utf-8").replace("1 < 2", "1 < 3"), encoding="utf-8"
    )
    report.build("mini", about="x")
    assert path.stat().st_mtime_ns != before


def test_a_link_to_a_notebook_leads_to_its_page_or_is_dropped(tmp_path):
    text = "See [the other](other.ipynb), [scores](../results/scores.ipynb) and [none](no.ipynb)."
    source = tmp_path / "notebook.ipynb"
    cells = [nbformat.v4.new_markdown_cell(text)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), source)
    pages = {"validity/other": "notebooks/b1.html", "results/scores": "notebooks/c2.html"}
    target = tmp_path / "a0.html"
    gather.notebook(source, target, "x", "validity/readings", pages)
    content = target.read_text(encoding="utf-8")
    assert Page(content).links[1:] == ["b1.html", "c2.html"] and "and none." in content
    gather.notebook(source, target, "x", "validity/readings", {})
    assert len(Page(target.read_text(encoding="utf-8")).links) == 1, "other pages, another page"


def test_what_is_missing_or_changed_is_said(home):
    folder = home / "figures" / "mini"
    (folder / "scores.svg").unlink()
    (folder / "scores.png").write_bytes(b"something else")
    (home / "runs" / "mini" / "bb" / "notebook.ipynb").unlink()
    text = Page(report.build("mini", about="x").read_text(encoding="utf-8")).text
    assert "scores.svg is missing" in text and "scores.png is not the file" in text
    assert "executed notebook of 60_significance (bb) is missing" in text


def test_a_manifest_that_cannot_be_read_is_an_error_that_says_what_to_do(home):
    (home / "runs" / "mini" / "aa" / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(XltError, match="manifest of cell aa cannot be read .* delete .* run again"):
        report.build("mini", about="x")


def test_only_the_newest_manifest_of_a_notebook_counts(home):
    old = json.loads((home / "runs" / "mini" / "aa" / "manifest.json").read_text(encoding="utf-8"))
    folder = home / "runs" / "mini" / "cc"
    folder.mkdir()
    (folder / "manifest.json").write_text(
        json.dumps(old | {"cell": "cc", "seconds": 9}), encoding="utf-8"
    )
    nbformat.write(nbformat.v4.new_notebook(), folder / "notebook.ipynb")
    (folder / "phases.json").write_text("{}", encoding="utf-8")
    text = Page(report.build("mini", about="x").read_text(encoding="utf-8")).text
    assert "earlier sources or settings in runs/mini, not shown here: 1" in text


def test_a_profile_without_results_and_a_broken_description_are_errors(home):
    with pytest.raises(XltError, match="no results"):
        report.build("nothing")
    (home / "figures" / "mini" / "scores.meta.json").write_text("[]", encoding="utf-8")
    with pytest.raises(XltError, match="scores.meta.json"):
        report.build("mini", about="x")
