"""Every source: against the published files when they are there, mini always."""

from collections import Counter

import pytest

from xltlib import data
from xltlib.data import Span
from xltlib.data.demonstrations import draw
from xltlib.data.sets import mini
from xltlib.data.sets.mafand import parallel
from xltlib.errors import XltError
from xltlib.tasks import get

ROWS = {
    ("masakhaner1", "ner", "hau"): (1912, 552),
    ("masakhaner1", "ner", "kin"): (2115, 605),  # one train sentence stands in test
    ("masakhaner1", "ner", "lug"): (1427, 407),  # the same
    ("masakhanews", "topics", "hau"): (350, 637),  # no train.tsv: 50 per label
    ("masakhanews", "topics", "lug"): (771, 223),
    ("masakhanews", "topics", "eng"): (300, 948),
    ("masakhanews", "summarization", "hau"): (350, 637),
    ("masakhanews", "summarization", "lug"): (771, 223),
    ("sib200", "topics", "hau"): (701, 204),
    ("sib200", "topics", "kin"): (701, 204),
    ("sib200", "topics", "lug"): (701, 204),
    ("sib200", "topics", "eng"): (701, 204),
}


@pytest.mark.parametrize(("which", "rows"), ROWS.items(), ids=str)
def test_all_published_rows_are_read(shared_data, which, rows):
    splits = [data.load(*which, split, shared_data) for split in ("demos", "test")]
    assert tuple(map(len, splits)) == rows
    for example in splits[0] + splits[1]:
        assert example.text == " ".join(example.text.split())
        assert example.language == which[2]
    for seed in range(3):
        shown = draw(splits[0], which[1], 8, seed, splits[1], get(which[1]).groups)
        assert not {e.text for e in shown} & {e.text for e in splits[1]}


@pytest.mark.parametrize(
    ("dataset", "language", "n"),
    [
        ("masakhanews", "hau", 7),
        ("masakhanews", "lug", 5),
        ("masakhanews", "eng", 6),
        ("sib200", "kin", 7),
        ("rw_news", "kin", 12),
    ],
)
def test_the_labels_on_offer_are_exactly_the_datas(shared_data, dataset, language, n):
    labels = data.labels(dataset, "topics", language, shared_data)
    assert len(labels) == n
    for split in ("demos", "test"):
        found = data.load(dataset, "topics", language, split, shared_data)
        assert tuple(sorted({e.gold for e in found})) == labels


def test_luganda_news_has_no_technology_and_much_politics(shared_data):
    golds = Counter(e.gold for e in data.load("masakhanews", "topics", "lug", "test", shared_data))
    assert golds["politics"] == 100
    assert not {"technology", "entertainment"} & set(golds)


def test_kinyarwanda_masakhanews_does_not_exist(shared_data):
    with pytest.raises(XltError, match="one of 'eng', 'hau', 'lug', but got 'kin'"):
        data.load("masakhanews", "topics", "kin", "test", shared_data)


@pytest.mark.parametrize(
    ("language", "train", "test", "left_out", "repeats"),
    [("hau", 1, 1, 0, 0), ("kin", 0, 0, 1, 36), ("lug", 3, 0, 1, 4)],
)
def test_ner_repairs_and_leaks_are_counted(shared_data, language, train, test, left_out, repeats):
    notes = data.notes("masakhaner1", "ner", language, shared_data)
    assert notes["orphan I- tags repaired in train"] == train
    assert notes["orphan I- tags repaired in test"] == test
    assert notes["train sentences left out: they stand in test"] == left_out
    assert notes["test sentences that repeat another"] == repeats


def test_ner_spans_are_surfaces_of_their_tokens(shared_data):
    for language in ("hau", "kin", "lug"):
        examples = data.load("masakhaner1", "ner", language, "test", shared_data)
        spans = [(e.text[s.start : s.end], s.type) for e in examples for s in e.gold]
        assert all(surface == surface.strip() != "" for surface, _ in spans)
        assert {kind for _, kind in spans} == {"PER", "ORG", "LOC", "DATE"}


def test_letters_and_apostrophes_of_the_orthographies_survive(shared_data):
    hau = " ".join(e.text for e in data.load("sib200", "topics", "hau", "test", shared_data))
    kin = " ".join(e.text for e in data.load("masakhaner1", "ner", "kin", "test", shared_data))
    assert set("ɓɗƙ’") <= set(hau)
    assert "’" in kin


def test_sib200_is_parallel(shared_data):
    ids = [
        [(e.id, e.gold) for e in data.load("sib200", "topics", language, "test", shared_data)]
        for language in ("eng", "hau", "kin", "lug")
    ]
    assert ids[0] == ids[1] == ids[2] == ids[3]


def test_rw_news_is_whole_and_its_headlines_leave_the_text(shared_data):
    notes = data.notes("rw_news", "topics", "kin", shared_data)
    assert notes["articles"] == 1329
    assert notes["headlines recovered"] >= 650
    topics, headlines = (
        [data.load("rw_news", task, "kin", split, shared_data) for split in ("demos", "test")]
        for task in ("topics", "summarization")
    )
    assert sum(map(len, topics)) == 1329
    assert sum(map(len, headlines)) == notes["headlines recovered"]
    whole = {e.id: e.text for e in topics[0] + topics[1]}
    for example in headlines[0] + headlines[1]:
        assert whole[example.id].startswith(example.gold)
        assert whole[example.id].removeprefix(example.gold).strip() == example.text


def test_mafand_rows(shared_data):
    expected = {("hau", "train"): 5865, ("kin", "test"): 1006, ("lug", "dev"): 1500}
    for (language, split), n in expected.items():
        assert len(parallel(language, split, shared_data)) == n
    with pytest.raises(XltError, match="`split` must be one of 'dev', 'test'"):
        parallel("kin", "train", shared_data)


@pytest.mark.parametrize(
    ("name", "language", "lines"),
    [
        ("masakhaner1_text", "hau", 7718),
        ("masakhaner1_text", "kin", 7503),
        ("masakhaner1_text", "lug", 9810),
        ("lacuna", "hau", 8000),
        ("lacuna", "kin", 7997),
        ("lacuna", "lug", 7038),
    ],
)
def test_corpora_lose_blank_lines_only(shared_data, name, language, lines):
    found = data.corpus(name, language, shared_data)
    assert len(found) == lines
    assert all(line == line.strip() != "" for line in found)
    assert len(data.revision(name, language, shared_data)) == 64


def test_the_story_books_are_decoded_and_lose_no_letter(shared_data):
    found = data.corpus("data4good_stories", "lug", shared_data)
    (path,) = (shared_data / "mono" / "lug").glob("data4good_stories_*")
    raw = path.read_bytes().decode("mac_roman")
    assert len(found) == 1189
    assert [c for c in raw if c.isalnum()] == [c for line in found for c in line if c.isalnum()]
    assert any("’" in line for line in found)
    with pytest.raises(XltError, match="one of 'lug'"):
        data.corpus("data4good_stories", "hau", shared_data)


def test_mini_is_parallel_and_needs_no_folder():
    for task in ("topics", "summarization"):
        eng, hau = (data.load("mini", task, language, "test") for language in ("eng", "hau"))
        assert [e.id for e in eng] == [e.id for e in hau]
        assert sum(a.text != b.text for a, b in zip(eng, hau, strict=True)) > 0.99 * len(eng)
    assert {e.gold for e in data.load("mini", "topics", "kin", "demos")} == set(
        data.labels("mini", "topics", "kin")
    )
    assert data.labels("mini", "summarization", "kin") == ()


@pytest.mark.parametrize("language", mini.LANGUAGES)
def test_mini_ner_has_right_spans_and_some_sentences_without(language):
    examples = data.load("mini", "ner", language, "test")
    surfaces = [(e.text[s.start : s.end], s) for e in examples for s in e.gold]
    assert all(surface == surface.strip() != "" for surface, _ in surfaces)
    assert {s.type for _, s in surfaces} <= set(data.labels("mini", "ner", language))
    assert 0 < sum(not e.gold for e in examples) < 0.2 * len(examples)
    test = {e.id: e.text for e in data.load("mini", "topics", language, "test")}
    assert all(e.text in test[e.id] for e in examples)
    assert [e.gold for e in examples] == [tuple(sorted(e.gold)) for e in examples]


def test_mini_excerpts_shift_spans():
    class Article:
        id = "a"
        sentences = ("Musa left Kano.", "It rained.", "Aisha stayed.")
        spans = ((Span(0, 4, "PER"), Span(10, 14, "LOC")), (), (Span(0, 5, "PER"),))

    seen = set()
    for number in range(200):
        article = Article()
        article.id = f"test-{number}"
        text, spans = mini._excerpt(article)
        seen.add(text)
        expected = [w for w in ("Musa", "Kano", "Aisha") if w in text]
        assert [text[s.start : s.end] for s in spans] == expected
    assert len(seen) == 5  # three sentences and two pairs


def test_mini_corpus_and_revision():
    lines = data.corpus("mini", "lug")
    assert len(lines) == 4000
    assert all(line.strip() for line in lines)
    assert data.revision("mini", "lug") == data.revision("mini", "lug")
