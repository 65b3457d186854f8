"""One adaptation to several languages: equal tokens of each, one model, no test item in it."""

import json

import pytest
from test_methods_switching import profile
from test_models_laft import base  # noqa: F401  a fixture
from test_models_laft import recipe as settings

from xltlib.config import load_language, load_profile
from xltlib.data.leaks.decontaminate import Decontaminated
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.methods.joint_text import joined, recipe
from xltlib.models.training import adapt as training
from xltlib.runs import grid

LANGUAGES = ("hau", "kin", "lug", "eng")
CORPUS = "corpus: {hau: gathered, kin: gathered, lug: gathered, eng: gathered}"


def words(texts):
    return {"input_ids": [text.split() for text in texts]}


def test_each_language_gives_as_many_tokens_as_the_shortest():
    short = Decontaminated(["a b", "c d e"], read=3, exact=1, tests=2)
    long = Decontaminated([f"x{i} y" for i in range(9)], 9, near=4, tests=1, absent=("afriqa",))
    both = joined([short, long], words, 7)
    assert both.absent == ("afriqa",)
    assert sorted(both.lines) == ["a b", "c d e", "x0 y", "x1 y"]
    assert both.counts == {
        "read": 12, "dropped_exact": 1, "dropped_near": 4, "kept": 4, "test_texts": 3,
    }  # fmt: skip
    assert joined([short, long], words, 7) == both
    many = Decontaminated([str(i) for i in range(50)], read=50)
    assert joined([many, many], words, 1).lines != joined([many, many], words, 2).lines


def test_no_document_that_is_trained_on_has_two_languages(base, tmp_path, monkeypatch):  # noqa: F811
    """The last document of a language may be short, and adapting joins short lines."""
    texts = [Decontaminated([f"{code} {i}" for i in range(7)], 7) for code in ("ha", "ki", "lu")]
    spec = settings(epochs=1, document_characters=15, joint=["ha", "ki", "lu"])
    read = joined(texts, words, spec.seed, spec.document_characters).lines
    assert {len(one) < 15 for one in read} == {True, False}, "each language's last one is short"
    packed, pack = [], training.packing.packed

    def keep(tokenizer, some, length):
        packed.extend(some)
        return pack(tokenizer, some, length)

    monkeypatch.setattr(training.packing, "packed", keep)
    training.adapt(base, read, recipe(spec), tmp_path / "out")
    assert sorted(packed) == sorted(read)
    assert all(len({line[:2] for line in one.splitlines()}) == 1 for one in packed)
    alone = spec.model_copy(update={"joint": ()})
    assert recipe(alone) == alone, "lines of one language are joined when adapting"


@pytest.fixture
def own(home, tmp_path):
    """A copy of the mini profile with real text, of which all languages get one model."""
    arms = "  - {name: laft}\n  - {name: maft, method: laft, laft: {joint: [hau, kin, lug, eng]}}\n"
    path = profile(tmp_path, arms, "[hau, kin, lug, eng]")
    text = (tmp_path / "own.yaml").read_text(encoding="utf-8")
    head, rest = text.split("  corpus:", 1)
    text = f"{head}  {CORPUS}\n{rest.partition(chr(10))[2]}"
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    return path


def test_all_languages_share_one_text_that_has_no_test_item(own):
    spec = load_profile(own).of_arm("maft")
    texts = [laft.training_text(spec, load_language(code)) for code in ("hau", "lug")]
    assert texts[0] == texts[1] and texts[0].tests > 700
    alone = laft.training_text(load_profile(own).of_arm("laft"), load_language("hau"))
    assert 0 < len(set(texts[0].lines) & set(alone.lines)) < len(texts[0].lines)
    tested = {text for code in LANGUAGES for text in laft.evaluated_texts(spec, code)}
    assert not tested & set(texts[0].lines)


def test_the_model_is_trained_once_and_says_from_what(own, monkeypatch):
    spec, made = load_profile(own).of_arm("maft"), []

    def adapt(model, lines, recipe, out):
        made.append(out)
        out.mkdir()
        (out / "history.parquet").write_bytes(b"")

    monkeypatch.setattr(training, "adapt", adapt)
    monkeypatch.setattr(laft.pd, "read_parquet", lambda path: None)
    folders = [laft.adapted(spec, load_language(code))[0] for code in ("hau", "kin")]
    assert folders[0] == folders[1] == made[0] and len(made) == 1
    assert folders[0].name.startswith("joint-")
    card = json.loads((folders[0] / "corpus.json").read_text(encoding="utf-8"))
    assert card["corpus"] == ["gathered"] * 4 and card["test_texts"] > 700


def test_a_cell_depends_on_the_text_of_all_languages(own):
    jobs = grid.plan(own, grid.Options(methods=["maft"], languages=["hau"]))
    (made,) = [job for job in jobs if job.name == "preparations/adapt"]
    assert {"data", "data kin", "data lug", "data eng"} <= set(made.inputs)


def test_a_set_that_leaks_in_another_of_the_languages_is_refused():
    spec = load_profile("gemma").of_arm("maft")
    with pytest.raises(XltError, match="masakhaner2"):
        laft.check_leaks(spec, "hau", ["masakhaner2"])
