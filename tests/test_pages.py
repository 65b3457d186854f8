"""The pages in a real browser: they fit, sort, filter, link, print, and ask nobody for anything."""

import json
import shutil

import browser
import factories
import nbformat
import pandas as pd
import pytest

from xltlib import data, figures, paths, stats
from xltlib.claims import verdicts as claims
from xltlib.data.card import checksum
from xltlib.records import schema
from xltlib.report import answers, artifacts, gather, tables
from xltlib.report import build as report
from xltlib.report.page import part, policy

A4 = 718  # pixels between the margins of a printed page
#: What sticks out of the window and stands in no box that scrolls.
WIDE = """
var wide = [];
document.querySelectorAll("body *").forEach(function (node) {
  var box = node.getBoundingClientRect();
  if (box.width && box.right > document.documentElement.clientWidth + 1 &&
      !node.closest(".scroll, #tables, pre, .output_subarea, .jp-OutputArea-output")) {
    wide.push(node.tagName + "." + node.className + " " + node.textContent.slice(0, 40));
  }
});
return wide.slice(0, 5);"""


def _notebook(folder):
    """An executed notebook with a wide table, a long line and a comment."""
    wide = tables.shown(pd.DataFrame([{f"column_{i}": "x" * 9 for i in range(40)}])).to_html()
    shown = nbformat.v4.new_output("execute_result", {"text/html": wide, "text/plain": ""})
    printed = nbformat.v4.new_output("stream", text="word " * 90)
    code = "# a comment\nfor i in range(3):\n    print('a %d' % i, i in [1, 2.5])"
    cells = [nbformat.v4.new_code_cell(code, outputs=[shown, printed])]
    folder.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebook.ipynb")
    manifest = {"label": "looked", "kind": "analysis", "seconds": 1.0, "notebook": "x"}
    manifest |= {"parameters": {}, "startup_seconds": 0.1}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


ARMS = [f"arm_{i}" for i in range(22)]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The report of made-up answers to the generated corpus."""
    return made(tmp_path_factory.mktemp("pages"), factories.METHODS)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The same of 25 arms, of which seven come first."""
    return made(tmp_path_factory.mktemp("many"), [*factories.METHODS, *ARMS])


def made(home, arms):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLTLIB_HOME", str(home))
        for arm in ARMS:
            patch.setitem(factories.FLOPS, arm, 3e9)
        effects = factories.EFFECTS | dict.fromkeys(ARMS, 0.2)
        frames = []
        for task in ("topics", "ner", "summarization"):
            test = data.load("mini", task, "hau", "test")
            rows = factories.records(
                20, arms, [task], languages=["hau"], shots=[0, 2], effects=effects
            )
            ids = {f"{i:04d}": item.id for i, item in enumerate(test[:20])}
            rows["example_id"] = rows["example_id"].map(ids)
            frames.append(rows.assign(test_sha256=checksum(test)))
        records = pd.concat(frames, ignore_index=True)
        ner = records["task"] == "ner"
        records.loc[ner, "gold"] = '[["PER", "a", 0], ["LOC", "b", 0]]'
        records.loc[ner & records["valid"], "answer"] = '[["PER", "a", 0], ["DATE", "b", 0]]'
        for cell, rows in records.groupby("cell_id"):
            schema.write(rows, paths.runs("mini") / cell / "records.parquet")
            manifest = {
                "label": cell,
                "kind": "method",
                "facts": {},
                "seconds": 1.0,
                "notebook": "x",
            }
            manifest |= {"parameters": {}, "startup_seconds": 0.1}
            text = json.dumps(manifest)
            (paths.runs("mini") / cell / "manifest.json").write_text(text, encoding="utf-8")
        _notebook(paths.runs("mini") / "looked")
        made = artifacts.made_by("60_significance", {}, records)
        saved = {
            "scores": stats.score_table(records, resamples=50),
            "pooled": stats.pooled_table(records, resamples=50),
            "paired": stats.paired_table(records, resamples=50),
            "claims": claims.verdicts(records, factories.training(), resamples=50),
        }
        if len(arms) > 3:
            first = [i < 7 for i in range(len(arms))]
            needs = {"arm": arms, "first": first, "about": [f"what {a} does" for a in arms]}
            saved["requirements"] = pd.DataFrame(needs)
        for name, table in saved.items():
            artifacts.save_table(table, name, name, profile="mini", source=made)
        figure = figures.scores(stats.first_arms(saved["scores"], arms[:7]))
        artifacts.save_figure(figure, "scores", "Scores", profile="mini", source=made)
        return report.build("mini", about="What it is.")


def test_a_page_runs_its_own_script_and_no_other():
    assert "script-src" not in policy() and "'sha256-" in policy("x")
    assert "unsafe-inline" not in policy("x").split("style-src")[0]
    for name in ("page.js", "answers.js"):
        assert "innerHTML" not in part(name) and "eval(" not in part(name)


def test_json_inside_a_page_cannot_end_its_block():
    text = answers.embedded({"a": "</script><!-- & \u2028"})
    assert "<" not in text and json.loads(text) == {"a": "</script><!-- & \u2028"}


def test_the_page_begins_with_the_answer_and_the_verdicts(page):
    text = page.read_text(encoding="utf-8")
    order = [text.index(mark) for mark in (
        "<h1>", 'class="answer"', 'id="claims"', 'id="figures"', 'id="scores"', 'id="labels"',
        'id="tables"', 'id="provenance"',
    )]  # fmt: skip
    assert order == sorted(order) and text.count("<h1") == 1
    assert "scores highest at 2 shots" in text and "More test items" in text
    assert "Supported where" in text, "the rule stands in the card"
    assert "No native speaker has reviewed the prompts and label words in Hausa yet." in text


def test_texts_are_left_out_where_their_licence_says_nothing(page, tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "may_be_shown", lambda *_: False)
    records = pd.concat(
        [schema.read([p]) for p in page.parents[2].glob("runs/mini/*/records.parquet")]
    )
    assert answers.write(tmp_path, "mini", records, answers.Origin(), [])
    text = (tmp_path / "answers.html").read_text(encoding="utf-8")
    content = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert [place["title"] for place in content["places"]] == [
        f"{name} · Hausa · mini"
        for name in ("Summarization", "Topic classification", "Named entities")
    ]
    for place in content["places"]:
        assert not place["shown"] and not place["demos"]
        assert all("t" not in item and "e" not in item for item in place["items"])
        if place["kind"] != "choice":
            run = place["runs"]["2/0"]["prompt"]
            assert all(isinstance(score, int | float) for score in run), "no word of an answer"
            assert any(score > 0 for score in run)


def test_texts_stand_on_the_page_as_far_as_they_were_read(tmp_path):
    cut = answers.Origin(document_words={"summarization": 5})
    test = cut.load("mini", "summarization", "hau", "test")
    records = factories.records(4, ["prompt"], ["summarization"], ["hau"], shots=[2], seeds=[0])
    records["example_id"] = [item.id for item in test[:4]]
    records["test_sha256"] = checksum(test)
    whole, said = answers.Origin(), []
    records["demos_sha256"] = checksum(cut.load("mini", "summarization", "hau", "demos"))
    arms = gather.Arms(same=("prompt",))
    for origin, notes in ((whole, said), (cut, [])):
        assert answers.write(tmp_path, "mini", records, origin, notes, arms)
        text = (tmp_path / "answers.html").read_text(encoding="utf-8")
        (place,) = json.loads(text.split('id="data">')[1].split("</script>")[0])["places"]
        assert place["shown"] == (origin is cut)
    assert "are not those that were answered" in said[0] and not notes
    shown = {item["id"]: item["t"] for item in place["items"]}
    assert shown == {item.id: [item.text] for item in test[:4]}
    assert all(len(field.split()) <= 5 for fields in shown.values() for field in fields)
    pool = {item.text for item in cut.load("mini", "summarization", "hau", "demos")}
    assert {field for one in place["demos"]["0"] for field in one["t"]} <= pool


def test_a_page_of_many_arms_is_small_and_shows_those_that_come_first(many):
    text = many.read_text(encoding="utf-8")
    assert len(text) < 500_000
    assert len(many.with_name("answers.html").read_text(encoding="utf-8")) < 500_000
    scores = text.split('id="table-reader_scores"')[1].split("</table>")[0]
    assert "arm_<wbr>3" in scores, "a long name may be broken at its parts"
    scores = scores.replace("<wbr>", "")
    assert scores.count('scope="col"') == 2 + 7 and "arm_3" in scores and "arm_4" not in scores
    assert "What each of the 25 arms does" in text and "what arm_21 does" in text
    assert "The first 80 of " in text, "a long table is a file"
    answer = text.split('class="answer">')[1].split("</p>")[0]
    assert "scores highest" in answer and len(answer.split()) < 60


@browser.needed
def test_a_card_of_many_arms_unfolds(many, tmp_path):
    code = (
        _CARDS
        + """select("place", String(place));
      var card = document.querySelector(".item"), rest = card.querySelector(".rest");
      var before = card.querySelectorAll(".arm").length; rest.open = true;
      return new Promise(function (done) { setTimeout(function () {
        done([before, rest.firstElementChild.textContent, card.querySelectorAll(".arm").length,
              card.querySelectorAll(".rest .is-right").length]); }, 200); });"""
    )
    before, told, after, right = browser.ask(many.with_name("answers.html"), code, tmp_path)
    assert (before, after) == (7, 25)
    assert told == f"18 more ways, {right} of them right"


@browser.needed
@pytest.mark.skipif(not browser.axe(), reason="needs axe-core (npm i axe-core, or XLT_AXE)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "answers.html", "notebooks/looked.html"])
def test_axe_finds_nothing_serious(many, tmp_path, name, scheme):
    flags = ("--force-dark-mode",) if scheme == "dark" else ()
    assert browser.violations(many.parent / name, tmp_path, flags) == {}


@browser.needed
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["index.html", "answers.html", "notebooks/looked.html"])
def test_nothing_is_wider_than_its_box(page, tmp_path, name, width):
    assert browser.ask((page.parent / name), WIDE, tmp_path, width) == []


@browser.needed
@pytest.mark.parametrize("name", ["index.html", "answers.html", "notebooks/looked.html"])
def test_the_console_is_empty_and_nothing_is_fetched(page, tmp_path, name):
    code = """return window.performance.getEntriesByType("resource").map(function (e) {
      return e.name; });"""
    fetched = browser.ask((page.parent / name), code, tmp_path)
    assert [url for url in fetched if not url.startswith("file:")] == []
    assert browser.dom((page.parent / name), tmp_path)[1] == []


@browser.needed
def test_tables_sort_by_number_both_ways(page, tmp_path):
    code = """var table = document.querySelector("#table-scores table"), out = [];
      var at = Array.from(table.tHead.rows[0].cells).findIndex(function (cell) {
        return cell.textContent === "score"; });
      document.querySelector("#table-scores").open = true;
      for (var i = 0; i < 2; i++) {
        table.tHead.rows[0].cells[at].querySelector("button").click();
        out.push(Array.from(table.tBodies[0].rows).map(function (row) {
          return parseFloat(row.cells[at].textContent); }));
      }
      return out;"""
    up, down = browser.ask(page, code, tmp_path)
    assert up == sorted(up) and down == up[::-1] and len(set(up)) > 5


_CARDS = """var select = function (id, value) { var s = document.getElementById(id);
  s.value = value; s.dispatchEvent(new window.Event("change")); };
  var cards = function () { return Array.from(document.querySelectorAll(".item")); };
  var place = Array.from(document.getElementById("place").options).findIndex(function (o) {
    return o.textContent.indexOf("Topic") === 0; });
  select("place", String(place));"""


@browser.needed
def test_answers_filter_by_who_is_right_and_by_words(page, tmp_path):
    code = (
        _CARDS
        + """var all = cards().length;
      select("right", "only:prompt");
      var only = cards().map(function (card) {
        return Array.from(card.querySelectorAll(".arm")).map(function (arm) {
          return arm.classList.contains("is-right"); }); });
      select("right", "any");
      var box = document.getElementById("search"), id = cards()[3].querySelector("h2").textContent;
      box.value = id.split(" ")[1]; box.dispatchEvent(new window.Event("input"));
      return [all, only, cards().length, document.querySelectorAll("#tables table").length];"""
    )
    every, only, found, tables = browser.ask(page.with_name("answers.html"), code, tmp_path)
    assert every == 20 and found == 1 and tables == 3
    assert only and all(marks == [True, False, False] for marks in only)


@browser.needed
def test_an_address_opens_its_card_and_entities_are_told_apart(page, tmp_path):
    code = """var card = document.getElementById("hau-ner-17"), kinds = {};
      document.querySelectorAll(".chip").forEach(function (chip) {
        kinds[chip.className] = chip.textContent; });
      return [card && card.className, kinds, document.querySelectorAll("mark").length];"""
    answer = browser.ask(page.with_name("answers.html"), code, tmp_path, fragment="#hau-ner-17")
    kind, chips, marks = answer
    assert kind == "item here" and marks > 20
    assert chips["chip found"] == "aPER · found" and "wrong type, is LOC" in chips["chip type"]


@browser.needed
def test_printing_opens_what_is_folded(page, tmp_path):
    code = """window.dispatchEvent(new window.Event("beforeprint"));
      return Array.from(document.querySelectorAll("details")).every(function (d) {
        return d.open; });"""
    assert browser.ask(page, code, tmp_path) is True
    target = tmp_path / "page.pdf"
    browser.run(f"--print-to-pdf={target}", page=page, folder=tmp_path)
    assert target.stat().st_size > 20_000
    if shutil.which("pdftotext"):
        said = browser.text_of(target).lower()
        assert said.count("supported") >= 1
        labels = page.read_text("utf-8").split('id="labels"')[1].split("</table>")[0]
        cell = labels.split("<td")[-1].split(">")[1].split("<")[0]  # of a table that is folded
        assert cell.lower() in said, "a folded table is printed to its last row"


@browser.needed
@pytest.mark.parametrize("name", ["index.html", "answers.html", "notebooks/looked.html"])
def test_nothing_is_wider_than_a_printed_page(many, tmp_path, name):
    copy = many.parent / name.replace(".html", "-printed.html")
    text = (many.parent / name).read_text("utf-8").replace("@media print", "@media all")
    copy.write_text(text, encoding="utf-8")
    unfolded = """document.querySelectorAll("details").forEach(function (d) { d.open = true; });"""
    code = unfolded + WIDE.replace('!node.closest(".scroll, #tables, pre, ', '!node.closest("')
    assert browser.ask(copy, code, tmp_path, A4) == []
    copy.unlink()


@browser.needed
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page, tmp_path, scheme):
    flags = ("--force-dark-mode",) if scheme == "dark" else ()
    code = """function light(rgb) { var v = rgb.match(/[\\d.]+/g).slice(0, 3).map(function (x) {
        x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
        return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; }
      function ground(node) { for (; node; node = node.parentElement) {
        var c = window.getComputedStyle(node).backgroundColor;
        if (c !== "rgba(0, 0, 0, 0)" && c !== "transparent") { return c; } }
        return "rgb(255, 255, 255)"; }
      var worst = [99, ""];
      document.querySelectorAll("p, h1, h2, h3, a, td, th, li, summary, dt, dd, small, span")
        .forEach(function (node) {
          if (!node.textContent.trim()) { return; }
          var a = light(window.getComputedStyle(node).color), b = light(ground(node));
          var ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < worst[0]) { worst = [ratio, node.tagName + " " + node.className]; } });
      return [worst, window.matchMedia("(prefers-color-scheme: dark)").matches];"""
    for name in ("index.html", "answers.html", "notebooks/looked.html"):
        (ratio, where), dark = browser.ask((page.parent / name), code, tmp_path, flags=flags)
        assert ratio >= 4.5, (name, where)
        assert dark is (scheme == "dark")
