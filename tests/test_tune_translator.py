"""A language model tuned to translate: what it is shown, what is kept apart, what is written."""

import json

import numpy as np
import pytest
from test_translators import PAIRS
from tiny_models import causal, tokenizer

from xltlib import cli, models, paths
from xltlib.config import ModelSpec, TranslatorSpec, load_language
from xltlib.errors import XltError
from xltlib.methods.parallel_text import ProfileText
from xltlib.models import load_lm
from xltlib.models.training import packing
from xltlib.models.translation.tune import Recipe, examples, tune
from xltlib.models.weights import load
from xltlib.study.study import Study

ENG, HAU = load_language("eng"), load_language("hau")
TEXT = [(HAU, [(b, a) for a, b in PAIRS])]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    with load.quiet():
        causal("llama").save_pretrained(folder)
        tokenizer("llama", bos=True).save_pretrained(folder)
    return folder


def text_of(pieces) -> str:
    return "".join(piece for piece, _ in pieces)


def test_both_directions_with_and_without_the_nearest_pair():
    recipe = Recipe(gloss=False, characters=10**6, into_pivot=0.7, held_out=4)
    train, held = examples(TEXT, ENG, recipe)
    assert len(held) == 4 and len(train) == len(PAIRS) - 4
    into = [p for p in train if p[-2][0].lstrip().startswith("Hausa:")]
    shown = [p for p in train if len(p) == 4]
    assert 0.5 < len(into) / len(train) < 0.9 and 0.3 < len(shown) / len(train) < 0.7
    for pieces in train:
        assert [learned for _, learned in pieces] == [False, True] * (len(pieces) // 2)
    apart = {piece.strip() for pieces in held for piece, learned in pieces if learned}
    learned = {piece.strip() for pieces in train for piece, learned in pieces if learned}
    assert not apart & learned
    assert examples(TEXT, ENG, recipe) == (train, held)


def test_glosses_are_of_the_other_halfs_phrase_table():
    train, held = examples(TEXT, ENG, Recipe(characters=10**6, held_out=4))
    assert len(held) == 4 and len(train) == len(PAIRS) - 4
    for pieces in [*train, *held]:
        (asked, no), (answer, yes) = pieces
        assert asked.startswith("Gloss: Musa") and asked.endswith("\nEnglish:")
        assert (no, yes) == (False, True) and answer.startswith(" Musa")
    few, _ = examples(TEXT, ENG, Recipe(characters=600, held_out=4))
    assert 2 < len(few) < 20


def test_only_answers_are_learned_and_documents_stay_whole():
    words = tokenizer("llama", bos=True)
    texts = [(("Hausa: a\nEnglish:", False), (" b", True)), (("x " * 30, False), (" yes", True))]
    ids, learned = packing.marked(words, texts)
    assert all(one[0] == words.bos_token_id and one[-1] == words.eos_token_id for one in ids)
    packed = packing.packed(words, texts, max(map(len, ids)) + 2)
    assert packed.ids.shape[0] == 2  # the second does not fit behind the first
    for row, own, marks in zip(range(2), ids, learned, strict=True):
        wanted = [i for i, yes in zip(own, marks, strict=True) if yes]
        assert [x for x in packed.labels[row] if x != packing.IGNORED] == wanted
        assert list(packed.positions[row, : len(own)]) == list(range(len(own)))
        assert packed.positions[row, len(own)] == 0
    two = packing.packed(words, [texts[0], texts[0]], 2 * len(ids[0]))
    assert two.ids.shape[0] == 1 and (two.positions == 0).sum() == 2
    short = packing.packed(words, [texts[1]], 12)
    assert short.ids.shape == (1, 12) and (short.labels == packing.IGNORED).all()


def test_a_tuned_model_is_a_folder_with_a_card(base, tmp_path):
    recipe = Recipe(characters=2000, held_out=4)
    spec = ModelSpec(path=str(base), context=512)
    laft = recipe.laft(1e-2, rank=4)
    history = tune(spec, TEXT, ENG, recipe, laft, tmp_path / "tuned", {"pairs": {"hau": 75}})
    card = json.loads((tmp_path / "tuned" / "translator.json").read_text())
    assert card["pairs"] == {"hau": 75} and card["examples"] > 10
    assert card["held_out_loss"][1] < card["held_out_loss"][0]
    assert card["tokens"] == history["tokens"].iloc[-1] > 0
    assert np.isfinite(history["held_out_loss"]).all()
    assert load_lm(spec, tmp_path / "tuned").generate(["Gloss: Musa\nEnglish:"], 4)
    again = tune(spec, TEXT, ENG, recipe, laft, tmp_path / "tuned", {"pairs": {"hau": 75}})
    assert again.equals(history)


def toy(folder, base, arms="") -> str:
    """The path of a profile with one data set."""
    path = folder / "toy.yaml"
    path.write_text(
        f"""
name: toy
about: Toy.
model: {{path: {base}, context: 512}}
translator: {{path: lexicon}}
laft: {{corpus: {{}}, learning_rate: 1.0e-4, epochs: 1, sequence: 64, batch: 2}}
datasets: [{{name: sib200, task: topics, languages: [hau]}}]
shots: [0]
seeds: [0]
max_new_tokens: {{topics: 8}}
{arms}""",
        encoding="utf-8",
    )
    return str(path)


ARM = """
  - name: tuned_{amount}
    method: translate
    translator:
      path: {base}
      max_new_tokens: 4
      prompted: {{shots: 0, gloss: true, tuned: {amount}, context: 512}}
"""


def test_an_arm_tunes_its_translator_once(base, home, tmp_path, monkeypatch):
    arms = "".join(ARM.format(amount=amount, base=base) for amount in (1000, 1500))
    profile = toy(tmp_path, base, f"arms:{arms}")

    def opened(arm: str) -> Study:
        where = {"profile": profile, "dataset": "sib200", "language": "hau", "limit": 2}
        return Study(arm, "topics", **where)

    less, more = opened("tuned_1000"), opened("tuned_1500")
    revisions = [one.method.translator.revision for one in (less, more)]
    assert revisions[0] != revisions[1]
    folders = sorted((paths.runs("toy") / "tuned_translators").glob("tuned_*[0-9a-f]"))
    cards = [json.loads((folder / "translator.json").read_text()) for folder in folders]
    assert [card["recipe"]["characters"] for card in cards] == [1000, 1500]
    assert cards[0]["examples"] < cards[1]["examples"] and cards[0]["languages"] == ["hau"]
    assert cards[0]["sets"]["hau"]["sib200"]["kept"] == cards[0]["pairs"]["hau"] > 0
    item = less.test[0]
    (carried,) = less.method.carry(less.task, [item], gold=False)
    assert carried.language == "eng" and carried.text != item.text
    table = models.load_translator(
        TranslatorSpec(path="lexicon"), parallel=ProfileText(less.profile)
    )
    assert carried.text != table.translate([item.text], HAU, ENG)[0]
    assert set(less.method.keeps(less.profile, HAU, "any")) & set(folders) == {folders[0]}
    monkeypatch.setattr("xltlib.models.translation.tune.tune", None)
    assert opened("tuned_1000").method.translator.revision == revisions[0]


def test_a_model_that_has_not_learned_yet_does_not_translate():
    spec = TranslatorSpec(path="any", prompted={"shots": 0, "gloss": True, "tuned": 1000})
    with pytest.raises(XltError, match="is to be trained first"):
        models.load_translator(spec, parallel=object())


def test_only_glosses_are_tuned():
    with pytest.raises(ValueError, match="tuned is for glosses"):
        TranslatorSpec(path="owner/name", prompted={"tuned": 1000})


def test_the_command(base, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    profile = toy(tmp_path, base)
    arguments = ["tune-translator", "--profile", profile, "--out", str(tmp_path / "tuned")]
    with pytest.raises(SystemExit) as end:
        cli.main([*arguments, "--characters", "1500", "--rank", "2"])
    assert end.value.code == 0 and "held-out loss" in capsys.readouterr().out
    card = json.loads((tmp_path / "tuned" / "translator.json").read_text())
    assert card["sets"]["hau"]["sib200"]["leaks"] >= 0 and card["recipe"]["characters"] == 1500
    with pytest.raises(SystemExit) as end:
        cli.main([*arguments, "--languages", "eng"])
    assert end.value.code == 2 and "must name one besides" in capsys.readouterr().err
