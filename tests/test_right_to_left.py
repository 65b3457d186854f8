"""Scripts that run from right to left, Ajami and N'Ko: from a table to scores, page and figure."""

import json
from types import SimpleNamespace

import browser
import nbformat
import pandas as pd
import pytest

from xltlib import data, figures, paths, stats, tasks
from xltlib.config import load_language, load_profile
from xltlib.data.card import checksum
from xltlib.figures.options import UNDRAWN, shown
from xltlib.records.schema import SCHEMA
from xltlib.report import answers, gather
from xltlib.study.cards import card
from xltlib.tasks.entities import mention

MINI = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
AJAMI = ("سُلَيْمَان", "يَا", "زُوَ", "كَنُو")
NKO = ("ߛߎߟߋߡߊߣߌ", "ߕߊ߯ߡߊ߫", "ߘߊ߫", "ߓߡߊ߬ߞߐ߬")


@pytest.fixture
def items(tmp_path):
    """Two sentences of conll, one in either script, with a person and a place each."""
    lines = [
        "\n".join(f"{w}\t{t}" for w, t in zip(one, ("B-PER", "O", "O", "B-LOC"), strict=True))
        for one in (AJAMI, NKO)
    ]
    for split in ("train", "test"):
        text = "\n\n".join(lines) + "\n"
        text = text if split == "test" else text.replace(AJAMI[2], "تَفِي").replace(NKO[2], "ߕߘߍ߬")
        (tmp_path / f"{split}.conll").write_text(text, encoding="utf-8")
    head, tail = MINI.split("datasets:\n")[0], MINI[MINI.index("shots:") :]
    table = '{file: "{split}.conll", licence: CC0 1.0}'
    entry = f"  - {{name: mine, task: ner, languages: [hau], table: {table}}}\n"
    (tmp_path / "own.yaml").write_text(f"{head}datasets:\n{entry}{tail}", encoding="utf-8")
    profile = load_profile(str(tmp_path / "own.yaml"))
    yield profile, data.load("mine", "ner", "hau", "test")
    load_profile("mini")


def test_from_a_table_to_scores_and_a_page(items, tmp_path):
    profile, test = items
    assert [item.text for item in test] == [" ".join(AJAMI), " ".join(NKO)]
    language, ner = load_language("hau"), tasks.get("ner")
    rows = []
    for item, words in zip(test, (AJAMI, NKO), strict=True):
        right = ner.parse(f"PER: {words[0]}; LOC: {words[3]}", item, language, ("LOC", "PER"))
        gold = {mention(item.text, span) for span in item.gold}
        assert set(right) == gold, "every entity is found where it stands"
        half = ner.parse(f"PER: {words[0]}", item, language, ("LOC", "PER"))
        for arm, answer in (("prompt", right), ("laft", half)):
            told = {"arm": arm, "method": arm, "task": "ner", "dataset": "mine"}
            told |= {"language": "hau", "shots": 0, "seed": 0, "example_id": item.id}
            told |= {"answer": ner.answer_json(answer), "gold": ner.gold_json(item)}
            told |= {"valid": True, "output": "x", "model": "m", "flops": 1.0}
            told |= {"test_sha256": checksum(test), "cell_id": arm, "truncated_tokens": 0}
            rows.append(dict.fromkeys(SCHEMA.names) | told | ner.score(answer, item))
    records = pd.DataFrame(rows)
    table = stats.score_table(records, metrics="headline", resamples=20).set_index("method")
    assert table["score"].round(3).to_dict() == {"prompt": 1.0, "laft": 0.667}
    assert answers.write(tmp_path, "own", records, answers.Origin.of(profile), [])
    text = (tmp_path / "answers.html").read_text(encoding="utf-8")
    (place,) = json.loads(text.split('id="data">')[1].split("</script>")[0])["places"]
    assert [item["t"] for item in place["items"]] == [[" ".join(w)] for w in (AJAMI, NKO)]
    assert place["items"][1]["g"] == [
        ["PER", NKO[0], 0],
        ["LOC", NKO[3], test[1].text.index(NKO[3])],
    ]
    if browser.BROWSER:
        code = """var own = document.querySelectorAll(".item .text:not(.english)");
          return Array.from(own).map(function (one) {
            return [one.dir, window.getComputedStyle(one).direction]; });"""
        assert browser.ask(tmp_path / "answers.html", code, tmp_path) == [["auto", "rtl"]] * 2


def test_cards_and_notebook_pages_let_a_text_run_as_its_script_does(tmp_path):
    row = {"text": " ".join(AJAMI), "gold": json.dumps([["PER", AJAMI[0], 0]]), "answer": "[]"}
    made = card(row | {"output": "x"})
    assert f'<p dir="auto">{" ".join(AJAMI)}</p>' in made and f"<bdi>{AJAMI[0]}</bdi>" in made
    table = pd.DataFrame({"text": [" ".join(NKO)]}).to_html()
    outputs = [
        nbformat.v4.new_output("execute_result", {"text/html": table, "text/plain": ""}),
        nbformat.v4.new_output("stream", text=" ".join(AJAMI)),
    ]
    cells = [nbformat.v4.new_code_cell("1", outputs=outputs)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebook.ipynb")
    gather.notebook(tmp_path / "notebook.ipynb", tmp_path / "a.html", "x")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert f'<td dir="auto">{" ".join(NKO)}</td>' in page
    assert page.split(" ".join(AJAMI))[0].rstrip().endswith('<pre dir="auto">')


@pytest.mark.filterwarnings("error")
def test_a_figure_draws_a_text_or_says_that_it_cannot():
    texts = [" ".join(AJAMI), " ".join(NKO), "ሰላም ነው"]
    told = [shown(text) for text in texts]
    assert all(one in (text, UNDRAWN) for one, text in zip(told, texts, strict=True))
    shares = {AJAMI[0]: 0.75, "b": 0.25}
    chosen = [SimpleNamespace(text=text, gold="b", shares=shares) for text in texts]
    figure = figures.option_bars(chosen)
    figure.canvas.draw()  # a letter without a glyph is a warning
    assert [ax.get_title(loc="left") for ax in figure.axes] == told
