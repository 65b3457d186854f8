"""Looking at records: from a run or from what is published, without a model, nothing made up."""

import factories
import papermill
import pytest
from test_escaping import EVIL, harmless

from xltlib import paths
from xltlib.errors import XltError
from xltlib.records import results
from xltlib.runs import grid, notebooks
from xltlib.study import explore
from xltlib.study.explore import Explorer, Place

NOTEBOOK = paths.NOTEBOOKS / "05_explore.py"
HAUSA = ("topics", "mini", "hau")


@pytest.fixture(scope="module")
def explorer(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLTLIB_HOME", str(tmp_path_factory.mktemp("home")))
        yield Explorer("mini")


def place(explorer, *wanted):
    return next(one for one in explorer.places if one == wanted)


def test_without_a_run_it_shows_the_published_records(explorer):
    published = results.published("mini")
    assert explorer.source == "the published records"
    assert repr(explorer).startswith(f"{len(published):,} answers of 3 arms")
    assert place(explorer, *HAUSA).title == "Topic classification in Hausa (mini)"


def test_a_prompt_is_shown_only_if_it_is_the_one_that_was_asked(explorer):
    here = place(explorer, *HAUSA)
    shots, seed = explorer.conditions(here)[0]
    name = explorer.items(here, shots, seed)[0]
    look = explorer.look(here, shots, seed, name)
    prompts = look.table.set_index("arm")["prompt"]
    assert prompts["prompt"] == prompts["laft"] and prompts.isna()["translate"]
    (why,) = look.table["no_prompt"].dropna()
    assert why.startswith("Translated by a model (mini), which is not loaded")
    assert explorer._examples(here)[name].text in prompts["prompt"]
    assert prompts["prompt"].count("Maudu'i") or prompts["prompt"].count("\n\n") >= shots
    html = look._repr_html_()
    assert html.count("<details>") == 3 and why in html
    assert "Maudu" not in repr(look), "what stands for the cards where there is no HTML is short"
    explorer.rows.loc[explorer.rows["example_id"] == name, "prompt_sha256"] = "0" * 64
    table = explorer.look(here, shots, seed, name).table
    assert "prompt" not in table
    assert table["no_prompt"].str.contains("it is not the prompt that was asked").sum() == 2


def test_every_published_prompt_of_an_item_stands_under_the_other(home):
    """All whose texts come with the project: not those of a phrase table that read a folder."""
    explorer = Explorer("gemma")
    here = Place("topics", "sib200", "hau")
    wanted = {
        "prompt", "prompt_words", "laft", "maft", "mixture_routed", "english_words",
        "translate_reference", "twin", "english_shots", "borrowed_lug", "borrowed_eng",
        "instructed_kin", "plain_letters",
    }  # fmt: skip
    others = {"translate", "translate_prompted", "borrowed_amh"}
    explorer.rows = explorer.rows[explorer.rows["arm"].isin(wanted | others)]
    name = explorer.items(here, 4, 0)[0]
    table = explorer.look(here, 4, 0, name).table.set_index("arm")
    assert set(table.index) == wanted | others
    assert set(table.index[table["prompt"].notna()]) == wanted
    assert table["prompt"].notna().equals(table["no_prompt"].isna())
    assert "(English: " in table.loc["twin", "prompt"]
    assert "other parallel text than is here" in table.loc["translate", "no_prompt"]
    assert "(package:gemma-3-270m)" in table.loc["translate_prompted", "no_prompt"]
    assert "data_dir" in table.loc["borrowed_amh", "no_prompt"]


def test_the_items_that_tell_most_come_first(explorer):
    here = place(explorer, *HAUSA)
    shots, seed = explorer.conditions(here)[0]
    names = explorer.items(here, shots, seed)
    assert len(names) == 80 == len({*names})

    def spread(name):
        return explorer.look(here, shots, seed, name).table["correct"].agg(["min", "max"])

    assert list(spread(names[0])) == [0, 1] and spread(names[-1]).nunique() == 1
    with pytest.raises(XltError, match="`item` is 'none', but Topic .* name one of these"):
        explorer.look(here, shots, seed, "none")


def test_the_model_continues_a_prompt_of_ones_own(explorer):
    said = explorer.ask("Rubutu: Musa ya tafi Kano.\nKanun labari:", "summarization")
    assert said and "\n" not in said


@pytest.mark.parametrize("allowed", [True, False])
def test_a_run_keeps_only_texts_that_may_be_passed_on(home, monkeypatch, allowed):
    rows = factories.records(items=4, languages=["hau"], shots=[0], seeds=[0])
    rows["test_sha256"] = None
    monkeypatch.setattr(results, "read", lambda *_: rows)
    monkeypatch.setattr(explore, "may_be_shown", lambda *_: allowed)
    explorer = Explorer("mini", cells=["any"])
    for here in explorer.places:
        name = explorer.items(here, 0, 0)[0]
        table = explorer.look(here, 0, 0, name).table
        texts = {"topics": {"output"}}.get(here.task, {"output", "gold", "answer"})
        assert bool(texts & {*table.columns}) == allowed
        assert {"gold", "answer"} <= {*table.columns} or here.task != "topics"


def test_no_text_of_a_record_is_markup(home, monkeypatch):
    rows = factories.records(items=2, languages=["hau"], shots=[0], seeds=[0])
    rows = rows.assign(output=EVIL, arm=EVIL, answer=None)
    monkeypatch.setattr(results, "published", lambda *_: rows)
    explorer = Explorer("mini")
    for here in explorer.places:
        for name in explorer.items(here, 0, 0):
            html = explorer.look(here, 0, 0, name)._repr_html_()
            assert harmless(html) and "&lt;script&gt;" in html


def test_without_any_records_it_says_what_to_do(home):
    with pytest.raises(XltError, match="'small' has neither finished cells nor published records"):
        Explorer("small")


def test_a_run_has_it_among_its_analyses(home):
    jobs = grid.plan("mini", grid.Options(methods=["prompt"], tasks=["topics"]))
    assert "05_explore" in {job.name for job in jobs if job.kind == "analysis"}


def test_the_menus_lead_to_one_another(home):
    """The notebook's own cells, with menus changed as a reader would."""
    room: dict = {}
    for cell in notebooks.read(NOTEBOOK).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "05_explore", "exec"), room)
    places, conditions, items = (room[name] for name in ("places", "conditions", "items"))
    before = room["view"].value
    places.value = next(p for p in room["explorer"].places if p == HAUSA)
    assert "Topic classification in Hausa" in room["view"].value != before
    conditions.value = (0, 0)
    assert "0 demonstrations, seed 0" in room["view"].value
    items.value = items.options[-1]
    assert items.value in room["view"].value
    room["prompt"].value = "Rubutu: Musa ya tafi Kano.\nMaudu'i:"
    room["button"].click()
    assert room["said"].value.startswith("<pre>")


def test_without_a_reader_it_runs_and_shows_cards(home):
    done = papermill.execute_notebook(
        notebooks.read(NOTEBOOK),
        None,
        parameters={"profile": "mini"},
        kernel_name="python3",
        progress_bar=False,
    )
    outputs = [o for cell in done.cells for o in cell.get("outputs", [])]
    kinds = [{*o.get("data", {})} for o in outputs]
    assert sum("xlt-arms" in o.get("data", {}).get("text/html", "") for o in outputs) == 3
    assert all("text/plain" in kind for kind in kinds if kind), "a page without widgets shows text"
