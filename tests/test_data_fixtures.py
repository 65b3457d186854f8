"""Every local source on small files in its publisher's format, with the publisher's quirks."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from xltlib import data
from xltlib.data.demonstrations import draw
from xltlib.data.leaks.audit import audit, overlaps
from xltlib.data.leaks.decontaminate import decontaminate
from xltlib.data.sets.mafand import parallel
from xltlib.errors import XltError
from xltlib.tasks import get

sys.path.insert(0, str(Path(__file__).parent / "fixtures"))
import make  # noqa: E402

ROWS = {
    ("masakhaner1", "ner", "hau"): (80, 40),
    ("masakhaner1", "ner", "kin"): (80, 43),  # one train sentence stands in test
    ("masakhaner1", "ner", "lug"): (80, 40),
    ("masakhaner2", "ner", "hau"): (25, 12),
    ("masakhaner2_dev", "ner", "hau"): (24, 12),  # one train sentence stands in dev
    ("masakhanews", "topics", "hau"): (56, 35),  # no train.tsv: 8 per label
    ("masakhanews", "topics", "lug"): (35, 25),
    ("masakhanews", "topics", "eng"): (48, 30),
    ("masakhanews", "summarization", "hau"): (56, 35),
    ("masakhanews", "summarization", "lug"): (35, 25),
}


def test_the_files_are_those_that_their_maker_makes(published):
    there = {p.relative_to(published).as_posix(): p for p in published.rglob("*") if p.is_file()}
    made = make.files()
    assert there.keys() == made.keys()
    assert not [name for name, path in there.items() if path.read_bytes() != made[name]]
    assert sum(map(len, made.values())) < 500_000


@pytest.mark.parametrize(("which", "rows"), ROWS.items(), ids=str)
def test_all_rows_are_read(published, which, rows):
    splits = [data.load(*which, split, published) for split in data.SPLITS]
    assert tuple(map(len, splits)) == rows
    for example in splits[0] + splits[1]:
        assert example.text == " ".join(example.text.split())
        assert example.language == which[2]
    shown = draw(splits[0], which[1], 8, 0, splits[1], get(which[1]).groups)
    assert not {e.text for e in shown} & {e.text for e in splits[1]}


@pytest.mark.parametrize(
    ("dataset", "language", "n"),
    [("masakhanews", "hau", 7), ("masakhanews", "lug", 5), ("rw_news", "kin", 7)],
)
def test_the_labels_on_offer_are_exactly_the_datas(published, dataset, language, n):
    labels = data.labels(dataset, "topics", language, published)
    assert len(labels) == n
    for split in data.SPLITS:
        found = data.load(dataset, "topics", language, split, published)
        assert tuple(sorted({e.gold for e in found})) == labels


@pytest.mark.parametrize("language", ["hau", "kin"])
def test_a_tweet_that_stands_in_test_is_no_demonstration(published, language):
    where = "afrisenti", "sentiment", language
    demos, test = (data.load(*where, split, published) for split in data.SPLITS)
    file = published / "afrisenti" / language / "train.tsv"
    tweets = [x.split("\t")[0] for x in file.read_text(encoding="utf-8").splitlines()[1:]]
    leaked = [x for x in tweets if x in {item.text for item in test}]
    assert leaked == [test[0].text]
    assert [item.text for item in demos] == [x for x in tweets if x not in leaked]
    assert data.notes(*where, published) == {"train tweets left out: they stand in test": 1}


@pytest.mark.parametrize(("language", "leaked"), [("hau", 0), ("kin", 29)])
def test_the_publishers_tweets_of_train_that_stand_in_test_are_left_out(
    shared_data, language, leaked
):
    where = "afrisenti", "sentiment", language
    demos, test = (data.load(*where, split, shared_data) for split in data.SPLITS)
    assert not {item.key for item in demos} & {item.key for item in test}
    assert data.notes(*where, shared_data) == {"train tweets left out: they stand in test": leaked}


def test_a_language_that_a_set_does_not_have_is_named(published):
    with pytest.raises(XltError, match="one of 'eng', 'hau', 'lug', but got 'kin'"):
        data.load("masakhanews", "topics", "kin", "test", published)


@pytest.mark.parametrize(
    ("language", "repaired", "left_out", "repeats"),
    [("hau", 1, 0, 0), ("kin", 0, 1, 3), ("lug", 0, 0, 0)],
)
def test_ner_repairs_and_leaks_are_counted(published, language, repaired, left_out, repeats):
    notes = data.notes("masakhaner1", "ner", language, published)
    assert notes["orphan I- tags repaired in train"] == repaired
    assert notes["train sentences left out: they stand in test"] == left_out
    assert notes["test sentences that repeat another"] == repeats


def test_ner_spans_are_surfaces_of_their_tokens(published):
    kinds = Counter()
    for language in ("hau", "kin", "lug"):
        for e in data.load("masakhaner1", "ner", language, "test", published):
            surfaces = [e.text[s.start : s.end] for s in e.gold]
            assert all(surface == surface.strip() != "" for surface in surfaces)
            kinds.update(s.type for s in e.gold)
    assert set(kinds) == {"PER", "ORG", "LOC", "DATE"}


def test_the_development_sentences_stand_in_for_a_test_that_is_not_there(published, tmp_path):
    for part in ("train", "dev"):
        path = tmp_path / "masakhaner2" / "kin" / f"{part}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((published / "masakhaner2" / "kin" / path.name).read_bytes())
    assert len(data.load("masakhaner2_dev", "ner", "kin", "test", tmp_path)) == 12
    before = data.revision("masakhaner2_dev", "kin", tmp_path)
    with pytest.raises(XltError, match=r"test\.txt.*MasakhaNER2\.0"):
        data.load("masakhaner2", "ner", "kin", "test", tmp_path)
    path.write_bytes(path.read_bytes() + b"Kigali B-LOC\n\n")  # dev
    assert data.revision("masakhaner2_dev", "kin", tmp_path) != before


def test_rw_news_is_whole_and_its_headlines_leave_the_text(published):
    notes = data.notes("rw_news", "topics", "kin", published)
    assert notes["articles"] == 40 and 10 <= notes["headlines recovered"] < 40
    topics, headlines = (
        [e for split in data.SPLITS for e in data.load("rw_news", task, "kin", split, published)]
        for task in ("topics", "summarization")
    )
    assert (len(topics), len(headlines)) == (40, notes["headlines recovered"])
    whole = {e.id: e.text for e in topics}
    for example in headlines:
        assert whole[example.id] == f"{example.gold} {example.text}"


def test_mafand_rows(published):
    for language in ("hau", "lug"):
        for split in ("train", "dev", "test"):
            assert parallel(language, split, published)
    with pytest.raises(XltError, match="`split` must be one of 'dev', 'test'"):
        parallel("kin", "train", published)
    train, test = (parallel("hau", split, published) for split in ("train", "test"))
    known = [{pair[side] for pair in train} for side in (0, 1)]
    assert [sum(pair[side] in known[side] for pair in test) for side in (0, 1)] == [2, 2]


@pytest.mark.parametrize("name", ["masakhaner1_text", "lacuna"])
@pytest.mark.parametrize("language", ["hau", "kin", "lug"])
def test_corpora_lose_blank_lines_only(published, name, language):
    (path,) = (published / "mono" / language).glob(f"{name.removesuffix('_text')}_*.txt")
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert data.corpus(name, language, published) == lines
    assert len(data.revision(name, language, published)) == 64


def test_the_story_books_are_decoded_and_lose_no_letter(published):
    found = data.corpus("data4good_stories", "lug", published)
    raw = (published / "mono/lug/data4good_stories_lug.txt").read_bytes().decode("mac_roman")
    assert len(found) == raw.count("\r")
    assert [c for c in raw if c.isalnum()] == [c for line in found for c in line if c.isalnum()]
    with pytest.raises(XltError, match="one of 'lug'"):
        data.corpus("data4good_stories", "hau", published)


@pytest.mark.parametrize("language", ["hau", "kin", "lug"])
def test_test_sentences_are_found_in_the_text_they_were_taken_from(published, language):
    table = audit("masakhaner1", "ner", language, data_dir=published).set_index("against")
    raw = table.loc["corpus masakhaner1_text"]
    assert raw["exact"] == raw["n"] == ROWS["masakhaner1", "ner", language][1]
    assert table.loc["corpus lacuna", "exact"] == table.loc["demos", "exact"] == 0
    assert raw["repeats"] == (3 if language == "kin" else 0)


def test_targets_of_a_test_set_are_found_and_dropped(published):
    targets = [target for _, target in parallel("lug", "test", published)]
    lines = data.corpus("lacuna", "lug", published)
    assert len(overlaps(targets, lines).exact) == len(targets)
    found = decontaminate(lines, targets)
    assert found.exact == len(targets) and found.lines
    assert overlaps(targets, found.lines).counts["exact"] == 0
