"""Texts of data and models reach every reader as text: pages, notebooks, Markdown and LaTeX."""

import json
from html.parser import HTMLParser

import browser
import factories
import nbformat
import pandas as pd
import pytest

from xltlib import data, paths, stats, tasks
from xltlib.records import schema
from xltlib.report import answers, artifacts, tables
from xltlib.report import build as report
from xltlib.stats.labels import is_extraction
from xltlib.stats.metrics import of_task

RAN = "it ran"
SCRIPT = f"<script>document.title='{RAN}'</script>"
IMAGE = f"<img src=x onerror=\"document.title='{RAN}'\">"
LINK = "[x](javascript:alert(1)) | a"
EVIL = f"Ƙasa {SCRIPT} {IMAGE} </table></style></script> {LINK} $x$ \\input{{y}}"


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def harmless(text: str) -> bool:
    """Whether no tag of the payload, and no attribute that runs something, is in a page."""
    for _, attributes in Tags(text).found:
        if any(name.startswith("on") for name in attributes) or attributes.get("src") == "x":
            return False
        if (attributes.get("href") or "").startswith("javascript"):
            return False
    return f"<script>document.title='{RAN}'" not in text


def evil_records(task: str) -> pd.DataFrame:
    """Records of a task whose every text holds markup."""
    kind = "ner" if is_extraction(task) else tasks.get(task).kind
    like = {"choose": "topics", "ner": "ner"}.get(kind, "summarization")
    rows = factories.records(items=12, tasks=[like], languages=["hau"], shots=[0], seeds=[0])
    rows["task"], rows["cell_id"] = task, task
    for metric in of_task(task, "all"):  # of tasks with statistics of their own
        lacking = [c for c in metric.columns if rows[c].isna().all()]
        rows[lacking] = 0.5
    if kind == "choose":
        wrong = rows["answer"] != rows["gold"]
        rows.loc[wrong, "answer"] = json.dumps(EVIL)
    else:
        rows["gold"] = rows["answer"] = json.dumps(EVIL)
    rows = rows.assign(method=rows["method"] + EVIL, dataset="sib200", test_sha256=None)
    return rows.assign(output=EVIL, model=EVIL, translator=EVIL, scoring=EVIL)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A report all of whose texts are hostile, and an executed notebook that shows them."""
    home = tmp_path_factory.mktemp("evil")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLTLIB_HOME", str(home))
        every = [evil_records(task) for task in tasks.names()]
        records = pd.concat(every, ignore_index=True)
        # Texts, too: as if the data set itself held markup.
        items = [data.Example(f"{i:04d}", "hau", {"text": EVIL}, EVIL) for i in range(12)]
        patch.setattr(answers.data, "load", lambda *_, **__: items)
        patch.setattr(answers.demonstrations, "draw", lambda *_: items[:1])
        schema.write(records, paths.runs("mini") / "bb" / "records.parquet")
        source = artifacts.made_by(EVIL, {"profile": EVIL}, records)
        scores = stats.score_table(records, resamples=20).assign(note=EVIL)
        artifacts.save_table(scores, "scores", EVIL, profile="mini", source=source)
        looked = records.groupby("task").head(2)[["gold", "output", "answer"]]
        outputs = [
            nbformat.v4.new_output("display_data", {"text/html": html, "text/plain": EVIL})
            for html in (looked._repr_html_(), tables.shown(looked).to_html())
        ]
        cells = [nbformat.v4.new_code_cell("look", outputs=outputs)]
        folder = paths.runs("mini") / "aa"
        folder.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebook.ipynb")
        manifest = {"label": EVIL, "kind": "analysis", "seconds": 1.0, "notebook": EVIL}
        manifest |= {"parameters": {"limit": EVIL}, "environment": {"cpu": EVIL}}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        text = json.dumps(
            manifest | {"kind": "method", "facts": {}, "label": "b", "startup_seconds": 0.1}
        )
        (paths.runs("mini") / "bb" / "manifest.json").write_text(text, encoding="utf-8")
        return report.build("mini", about=EVIL)


def pages(page):
    return sorted(page.parent.rglob("*.html"))


def test_every_page_says_what_may_run_and_holds_no_markup_of_its_data(page):
    assert len(pages(page)) >= 2
    for path in pages(page):
        text = path.read_text(encoding="utf-8")
        metas = [a for tag, a in Tags(text).found if tag == "meta"]
        (policy,) = [a["content"] for a in metas if "http-equiv" in a]
        assert "default-src 'none'" in policy and "script-src 'unsafe" not in policy
        assert harmless(text), path.name
        assert "&lt;script&gt;" in text or "\\u003cscript\\u003e" in text
    assert {"index.html", "answers.html", "aa.html"} <= {path.name for path in pages(page)}


@browser.needed
def test_nothing_of_the_data_runs_in_a_browser(page, tmp_path):
    control = tmp_path / "control.html"
    control.write_text(f"<!DOCTYPE html><title>x</title>{SCRIPT}", encoding="utf-8")
    assert f"<title>{RAN}</title>" in browser.dom(control, tmp_path)[0], "the payload runs nowhere"
    for path in pages(page):
        html, console = browser.dom(path, tmp_path)
        assert f"<title>{RAN}</title>" not in html and console == [], (path.name, console)
        assert harmless(html.split('type="application/json"')[0]), path.name
        if path.name == "answers.html":
            assert html.count('class="item') >= 12 and "&lt;script&gt;" in html


def test_a_table_in_a_notebook_shows_markup_as_text():
    table = pd.DataFrame({EVIL: [EVIL, None], "score": [0.123456, 2.0]})
    html = tables.shown(table).to_html()
    assert harmless(html) and "&lt;img" in html and "0.123<" in html and "nan" not in html.lower()
    assert html == tables.shown(table).to_html(), "the same table has the same HTML each time"


def test_markdown_cells_hold_neither_tags_nor_links_nor_columns():
    text = tables.markdown(pd.DataFrame({"model": [EVIL + "\nnext"]}), LINK)
    *_, row = text.strip().splitlines()
    assert row.count("|") - row.count("\\|") == 2 and "next" in row
    assert "\\<script>" in row and "\\<img" in row and "\\[x\\](javascript" in row
    assert text.startswith("\\[x\\](javascript")


def test_latex_cells_hold_no_commands():
    text = tables.latex(pd.DataFrame({"model": [EVIL, "[2pt] a", "*"]}), "evil", EVIL)
    assert "\\input" not in text and "\\$x\\$" in text and "\\textless{}script" in text
    assert "\n{}[2pt] a" in text and "\n{}*" in text
    assert tables.escape_latex("50 % of #1_a") == r"50 \% of \#1\_a"
