"""Arms that put parts of a prompt into the pivot: which parts, which words, and nothing else."""

import pytest

from xltlib import methods, paths
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.methods.switching import switched_words
from xltlib.study.study import Study
from xltlib.text.spans import Span

TEXT = " ".join(f"kalma{i}" for i in range(400))


def profile(tmp_path, arms: str, languages: str = "[hau, kin, lug]") -> str:
    """A copy of the mini profile on SIB-200's topics, whose translations need no model."""
    path = tmp_path / "own.yaml"
    text = (paths.PROFILES / "mini.yaml").read_text(encoding="utf-8")
    text = text.replace("name: mini", "name: own", 1)
    text = text.replace("{path: mini, max_new_tokens: 96}", "{path: lexicon}")
    head, rest = text.split("datasets:", 1)
    sets = f"datasets:\n  - {{name: sib200, task: topics, languages: {languages}}}\n"
    rest = rest[rest.index("shots:") :]
    path.write_text(f"{head}{sets}{rest}arms:\n{arms}", encoding="utf-8")
    return str(path)


def study(tmp_path, arm: str, more: str = "") -> Study:
    spec = profile(tmp_path, f"  - {{name: {arm}{more}}}\n")
    return Study(arm, "topics", profile=spec, dataset="sib200", shots=[2], seeds=[0], limit=4)


def test_words_are_drawn_by_the_item_and_smaller_shares_lie_in_larger():
    item = Example("7", "hau", TEXT, "x")
    quarter, half = (switched_words(item, share)["text"] for share in (0.25, 0.5))
    assert set(quarter) < set(half) and half == switched_words(item, 0.5)["text"]
    assert 0.18 < len(quarter) / 400 < 0.32 and 0.42 < len(half) / 400 < 0.58
    assert switched_words(item, 0)["text"] == [] and len(switched_words(item, 1)["text"]) == 400
    assert switched_words(Example("8", "hau", TEXT, "x"), 0.5)["text"] != half
    assert all(TEXT[a:b].startswith("kalma") for a, b in half)


@pytest.mark.parametrize("arm", ["switched_quarter", "switched_half"])
def test_demonstrations_are_switched_and_items_are_not(arm, home, tmp_path):
    one = study(tmp_path, arm)
    kind = methods.get(arm)
    assert one.carried.examples == tuple(one.test)
    shown = one.shown(2, 0).examples
    originals = one.demonstrations(2, 0)
    for original, carried in zip(originals, shown, strict=True):
        places = switched_words(original, kind.shown)["text"]
        assert carried.text != original.text and carried.gold == original.gold
        kept = _without(original.text, places)
        at = 0  # what stands between the switched words is there, in its order
        for part in kept:
            at = carried.text.index(part, at) + len(part)
    rows = one.run(progress=lambda line: None)
    assert len(rows) == 4 and set(rows["translator"]) == {"lexicon"}
    assert set(rows["prompt_language"]) == {"hau"}


def _without(text, places):
    parts, at = [], 0
    for start, end in places:
        parts.append(text[at:start])
        at = end
    return [*parts, text[at:]]


def test_items_are_switched_and_demonstrations_are_not(home, tmp_path):
    one = study(tmp_path, "switched_input_half")
    assert [e.text for e in one.shown(2, 0).examples] == [e.text for e in one.demonstrations(2, 0)]
    assert all(a.text != b.text for a, b in zip(one.carried.examples, one.test, strict=True))
    for carried, prompt in zip(one.carried.examples, one.prompts(2, 0), strict=True):
        assert carried.text in prompt.text
    one.run(progress=lambda line: None)


def test_a_switched_word_keeps_its_case_and_unknown_words_stay(home, tmp_path):
    one = study(tmp_path, "switched_half")
    method = one.method
    method.translator.translate = lambda texts, source, target: [
        {"gida": "House", "sabo": "New one"}.get(t, t) for t in texts
    ]
    method.shown = 1.0
    item = Example("1", "hau", "Gida sabo ne, Kano.", "x")
    (carried,) = method.carry(one.task, [item], True)
    assert carried.text == "House new one ne, Kano."


def test_entity_spans_are_refused(home, tmp_path):
    one = study(tmp_path, "switched_half")
    item = Example("1", "hau", "Kano ce", (Span(0, 4, "LOC"),))
    with pytest.raises(XltError, match="entity spans"):
        one.method.carry(one.task, [item], True)


def test_the_twin_stands_beside_each_demonstration(home, tmp_path):
    one = study(tmp_path, "twin", ", translator: {path: reference}")
    english = {e.id: e.text for e in _english("demos")}
    for original, carried in zip(one.demonstrations(2, 0), one.shown(2, 0).examples, strict=True):
        assert carried.text == f"{original.text} (English: {english[original.id]})"
    prompt = one.prompts(2, 0)[0].text
    assert prompt.count("(English: ") == 2 and one.test[0].text in prompt
    one.run(progress=lambda line: None)


@pytest.mark.parametrize("arm", ["english_shots", "english_pool"])
def test_demonstrations_are_the_human_sentences_of_the_pivot(arm, home, tmp_path):
    more = ", translator: {path: reference}" if arm == "english_shots" else ""
    one = study(tmp_path, arm, more)
    english = {e.id: e.text for e in _english("demos")}
    ids = [e.id for e in one.demonstrations(2, 0)]
    assert [e.text for e in one.shown(2, 0).examples] == [english[i] for i in ids]
    own = arm == "english_shots"
    assert one.method.language.code == ("hau" if own else "eng")
    for item, carried in zip(one.test, one.carried.examples, strict=True):
        assert (carried.text == item.text) == own
    one.run(progress=lambda line: None)


def test_borrowed_demonstrations_are_the_same_items_in_the_lenders_words(home, tmp_path):
    from xltlib import data

    one = study(tmp_path, "borrowed_lug")
    lent = {e.id: e.text for e in data.load("sib200", "topics", "lug", "demos")}
    drawn = one.demonstrations(2, 0)
    assert [e.text for e in one.shown(2, 0).examples] == [lent[e.id] for e in drawn]
    assert one.method.language.code == "hau" and one.carried.examples == tuple(one.test)
    assert set(one.run(progress=lambda line: None)["translator"]) == {""}
    kind = methods.get("borrowed_lug")
    assert [kind.serves(c, "eng") for c in ("hau", "lug", "eng")] == [True, False, False]
    with pytest.raises(XltError, match="cannot be borrowed from 'lug'"):
        one.method.carry(one.task, [Example("none", "hau", "x", "sports")], True)


def test_they_have_no_cells_in_the_pivot():
    for name in ("switched_half", "twin", "english_shots", "english_pool"):
        assert methods.get(name).serves("hau", "eng") and not methods.get(name).serves("eng", "eng")


def _english(split):
    from xltlib import data

    return data.load("sib200", "topics", "eng", split)
