"""Arms that put parts of a prompt into the pivot: which parts, which words, and nothing else."""

import hashlib
import json

import pytest
from conftest import mini_without_arms
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from xltlib import methods, paths
from xltlib.config import load_profile
from xltlib.data import Example
from xltlib.data.card import checksum
from xltlib.errors import XltError
from xltlib.methods.switched import switched_words
from xltlib.records import provenance
from xltlib.runs import grid
from xltlib.study.study import Study
from xltlib.text.spans import Span

TEXT = " ".join(f"kalma{i}" for i in range(400))


def profile(tmp_path, arms: str, languages: str = "[hau, kin, lug]") -> str:
    """A copy of the mini profile on SIB-200's topics, whose translations need no model."""
    path = tmp_path / "own.yaml"
    text = mini_without_arms().replace("{path: mini, max_new_tokens: 96}", "{path: lexicon}")
    head, rest = text.split("datasets:", 1)
    sets = f"datasets:\n  - {{name: sib200, task: topics, languages: {languages}}}\n"
    rest = rest[rest.index("shots:") :]
    path.write_text(f"{head}{sets}{rest}arms:\n{arms}", encoding="utf-8")
    return str(path)


def study(tmp_path, arm: str, more: str = "", **changes) -> Study:
    spec = profile(tmp_path, f"  - {{name: {arm}{more}}}\n")
    asked = {"dataset": "sib200", "shots": [2], "seeds": [0], "limit": 4} | changes
    return Study(arm, "topics", profile=spec, **asked)


def switched(share: float, of: str = "demonstrations") -> str:
    return f", method: switched, with: {{share: {share}, of: {of}}}"


#: Of each arm of the gemma profile: what its method is given, and the first 16 digits of the sha256
#: of its first twelve prompts at 4 shots, made when each of these arms was a module of its own.
PROMPTS = {
    "switched_quarter": ("hau", switched(0.25), "18a1cf35993a321d"),
    "switched_half": ("hau", switched(0.5), "310d270b71a7268e"),
    "switched_input_quarter": ("hau", switched(0.25, "items"), "519384e09b353eef"),
    "switched_input_half": ("hau", switched(0.5, "items"), "565bc8030d86157e"),
    "english_pool": ("hau", ", method: english_pool", "170dd20df33035b5"),
    "borrowed_hau": ("kin", ", method: borrowed, with: {language: hau}", "daa45fc05c6ab3aa"),
    "borrowed_kin": ("hau", ", method: borrowed, with: {language: kin}", "cff7d29039390d4e"),
    "borrowed_lug": ("hau", ", method: borrowed, with: {language: lug}", "5425141b3dc1bd20"),
}


@pytest.mark.parametrize("arm", PROMPTS)
def test_prompts_are_byte_for_byte_those_of_before_arms_had_parameters(arm, home, tmp_path):
    language, more, sha = PROMPTS[arm]
    one = study(tmp_path, arm, more, language=language, shots=[4], limit=12)
    texts = "\0".join(prompt.text for prompt in one.prompts(4, 0))
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == sha
    (own,) = (a for a in load_profile("gemma").arms if a.name == arm)
    assert methods.of(own).given == one.method.given, "the gemma profile asks for the same"


def test_words_are_drawn_by_the_item_and_smaller_shares_lie_in_larger():
    item = Example("7", "hau", TEXT, "x")
    quarter, half = (switched_words(item, share)["text"] for share in (0.25, 0.5))
    assert set(quarter) < set(half) and half == switched_words(item, 0.5)["text"]
    assert 0.18 < len(quarter) / 400 < 0.32 and 0.42 < len(half) / 400 < 0.58
    assert switched_words(item, 0)["text"] == [] and len(switched_words(item, 1)["text"]) == 400
    assert switched_words(Example("8", "hau", TEXT, "x"), 0.5)["text"] != half
    assert all(TEXT[a:b].startswith("kalma") for a, b in half)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_demonstrations_are_switched_and_items_are_not(share, home, tmp_path):
    one = study(tmp_path, "mixed", switched(share))
    assert one.carried.examples == tuple(one.test)
    shown = one.shown(2, 0).examples
    originals = one.demonstrations(2, 0)
    for original, carried in zip(originals, shown, strict=True):
        places = switched_words(original, share)["text"]
        assert carried.text != original.text and carried.gold == original.gold
        kept = _without(original.text, places)
        at = 0  # what stands between the switched words is there, in its order
        for part in kept:
            at = carried.text.index(part, at) + len(part)
    rows = one.run(progress=lambda line: None)
    assert len(rows) == 4 and set(rows["translator"]) == {"lexicon"}
    assert set(rows["prompt_language"]) == {"hau"} and set(rows["method"]) == {"switched"}
    (given,) = map(json.loads, set(rows["given"]))
    assert given == {"share": share, "of": "demonstrations"}


def _without(text, places):
    parts, at = [], 0
    for start, end in places:
        parts.append(text[at:start])
        at = end
    return [*parts, text[at:]]


def test_items_are_switched_and_demonstrations_are_not(home, tmp_path):
    one = study(tmp_path, "mixed", switched(0.5, "items"))
    assert [e.text for e in one.shown(2, 0).examples] == [e.text for e in one.demonstrations(2, 0)]
    assert all(a.text != b.text for a, b in zip(one.carried.examples, one.test, strict=True))
    for carried, prompt in zip(one.carried.examples, one.prompts(2, 0), strict=True):
        assert carried.text in prompt.text
    one.run(progress=lambda line: None)


def test_a_switched_word_keeps_its_case_and_unknown_words_stay(home, tmp_path):
    one = study(tmp_path, "mixed", switched(1))
    method = one.method
    method.translator.translate = lambda texts, source, target: [
        {"gida": "House", "sabo": "New one"}.get(t, t) for t in texts
    ]
    item = Example("1", "hau", "Gida sabo ne, Kano.", "x")
    (carried,) = method.carry(one.task, [item], True)
    assert carried.text == "House new one ne, Kano."


def test_entity_spans_are_refused(home, tmp_path):
    one = study(tmp_path, "mixed", switched(0.5))
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


def test_the_nearest_of_the_english_pool_are_those_of_the_translated_item(home, tmp_path):
    """No labelled item of the item's own language is read, nor one shown that is a test item."""
    one = study(tmp_path, "english_pool", ", demonstrations: {by: nearest}", shots=[4])
    load, asked = one._load, []

    def watched(split, limit=None, language=""):
        asked.append((split, language))
        return load(split, limit, language)

    one._load = watched
    english = {e.id: e for e in _english("demos")}
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    known = vectorizer.fit_transform(e.text for e in english.values())
    own = study(tmp_path, "prompt", ", demonstrations: {by: nearest}", shots=[4])
    differ = 0
    for item, carried, prompt in zip(
        one.test, one.carried.examples, one.prompts(4, 0), strict=True
    ):
        likeness = cosine_similarity(vectorizer.transform([carried.text]), known)[0]
        picked = one.demonstrations(4, 0, item)
        found = [likeness[list(english).index(e.id)] for e in picked]
        assert found == pytest.approx(sorted(likeness)[-4:])
        assert all(e == english[e.id] and e.text in prompt.text for e in picked)
        differ += {e.id for e in picked} != {e.id for e in own.demonstrations(4, 0, item)}
    assert differ, "the neighbours in Hausa are others"
    rows = one.run(progress=lambda line: None)
    assert set(rows["demos_sha256"]) == {checksum(_english("demos"))}
    assert {code for split, code in asked if split == "demos"} == {"eng"}


def test_borrowed_demonstrations_are_the_same_items_in_the_lenders_words(home, tmp_path):
    from xltlib import data

    one = study(tmp_path, "lent", ", method: borrowed, with: {language: lug}")
    lent = {e.id: e.text for e in data.load("sib200", "topics", "lug", "demos")}
    drawn = one.demonstrations(2, 0)
    assert [e.text for e in one.shown(2, 0).examples] == [lent[e.id] for e in drawn]
    assert one.method.language.code == "hau" and one.carried.examples == tuple(one.test)
    assert set(one.run(progress=lambda line: None)["translator"]) == {""}
    kind = type(one.method)
    assert [kind.serves(c, "eng") for c in ("hau", "lug", "eng")] == [True, False, False]
    with pytest.raises(XltError, match="cannot be borrowed from 'lug'"):
        one.method.carry(one.task, [Example("none", "hau", "x", "sports")], True)


def test_any_language_of_the_folder_lends_without_a_file_of_its_own(home, tmp_path):
    """Swahili has none; what it lends is hashed into the cell, so that another text is another."""
    own = tmp_path / "data" / "sib200"
    for code in ("hau", "swa"):
        (own / code).mkdir(parents=True)
        for file in (paths.SHIPPED_DATA / "sib200" / "hau").iterdir():
            text = file.read_text(encoding="utf-8")
            (own / code / file.name).write_text(
                text if code == "hau" else text.replace(" da ", " na "), encoding="utf-8"
            )
    more = ", method: borrowed, with: {language: swa}"
    one = study(tmp_path, "lent", more, data_dir=str(own.parent))
    drawn, shown = one.demonstrations(2, 0), one.shown(2, 0).examples
    assert [e.text for e in shown] == [e.text.replace(" da ", " na ") for e in drawn]
    assert {e.language for e in shown} == {"swa"}
    spec = profile(tmp_path, f"  - {{name: lent{more}}}\n", "[hau]")
    options = grid.Options(data_dir=str(own.parent), shots=[2])
    before = [job.id for job in grid.plan(spec, options) if job.kind == "method"]
    train = own / "swa" / "train.tsv"
    train.write_text(train.read_text(encoding="utf-8").replace(" na ", " ya "), encoding="utf-8")
    provenance.data.cache_clear()  # a process takes data as they were when it first looked
    assert before != [job.id for job in grid.plan(spec, options) if job.kind == "method"]
    with pytest.raises(XltError, match="`language` must be one of .*, but got 'yor'"):
        study(tmp_path, "lent", more.replace("swa", "yor"), data_dir=str(own.parent))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (", method: switched", r"with.share: Field required .* has share, of"),
        (switched(0), r"with.share: Input should be greater than 0 \(got 0\)"),
        (switched(0.5, "words"), "with.of: Input should be 'demonstrations' or 'items'"),
        (", method: switched, with: {part: 1, share: 1}", "with.part: .* has share, of: correct"),
        (", method: prompt, with: {share: 1}", "with.share: .*'prompt' has no parameters"),
        (", method: borrowed, with: {language: Hausa}", "with.language: String should match"),
    ],
)
def test_parameters_that_a_method_does_not_have_are_refused(more, said, tmp_path):
    with pytest.raises(XltError, match=f"arm 'mine', {said}"):
        study(tmp_path, "mine", more)
    with pytest.raises(XltError, match=f"arm 'mine', {said}"):
        grid.plan(profile(tmp_path, f"  - {{name: mine{more}}}\n"))


def test_another_parameter_is_another_cell(tmp_path, home):
    def cells(more):
        spec = profile(tmp_path, f"  - {{name: mixed{more}}}\n", "[hau]")
        return [job.id for job in grid.plan(spec) if job.kind == "method"]

    shares = [cells(switched(share)) for share in (0.25, 0.5, 0.25)]
    assert shares[0] == shares[2] != shares[1]
    assert cells(", method: switched, with: {share: 0.5}") == shares[1], "the default is written"


def test_they_have_no_cells_in_the_pivot():
    for name in ("switched", "twin", "english_shots", "english_pool"):
        assert methods.get(name).serves("hau", "eng") and not methods.get(name).serves("eng", "eng")


def _english(split):
    from xltlib import data

    return data.load("sib200", "topics", "eng", split)
